"""What a server process starts: the application, and a worker beside it when settings say so."""

from __future__ import annotations

import atexit

from flask import Flask

from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, Worker
from engine.settings import Settings, load_settings
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
    return app


def worker_for(settings: Settings, database: Database) -> Worker:
    """A worker that knows every job of this installation; the caller starts and stops it."""
    return Worker(database, JobContext(settings, database, EvidenceStore(settings.evidence)))
