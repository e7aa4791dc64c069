"""What a server process starts: the application, and a worker beside it when settings say so."""

from __future__ import annotations

import atexit
import gc

from flask import Flask

# Each registers its job when imported; a worker without a web application imports them only here.
from engine import notices  # noqa: F401
from engine.awards import ending  # noqa: F401
from engine.awards.badges import rekeying  # noqa: F401
from engine.awards.certificates import bundles, printing  # noqa: F401
from engine.awards.held import renaming  # noqa: F401
from engine.awards.lists import award_list_job  # noqa: F401
from engine.connections import forgetting  # noqa: F401
from engine.records import checkpoints, counting  # noqa: F401
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, Worker
from engine.settings import Settings, load_settings
from engine.submissions import (  # noqa: F401
    absences,
    asking_letters,
    bulk,
    digests,
    figures,
    gallery_forgetting,
    gallery_letters,
    hooks,
    letters,
    links,
    record,
    surveys,
    uploading,
)
from engine.web.app import create_app


def application() -> Flask:
    """The WSGI application, called once in each server process, after the fork: a worker that
    two processes shared would run its jobs twice."""
    settings = load_settings()
    database = Database(settings.database_url)
    app = create_app(settings, database)
    if settings.embedded_worker:
        worker = worker_for(settings, database)
        worker.start()
        atexit.register(worker.stop)
    settle()
    return app


def settle() -> None:
    """Tell the garbage collector that what is loaded now stays: a page with a thousand rows makes
    it look through everything several times, and most of that is code and templates."""
    gc.collect()
    gc.freeze()


def worker_for(settings: Settings, database: Database) -> Worker:
    """A worker that knows every job of this installation; the caller starts and stops it."""
    return Worker(database, JobContext(settings, database, EvidenceStore.of(settings)))
