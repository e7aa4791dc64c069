"""Serves one school to the browser tests, in a process of its own, with its worker beside it.

`python -m tests.browser.serving FOLDER` prints its address and serves until its standard input
closes, so that it never outlives the tests, however they end. It is a process because a worker
is one to a process, and tests of the queue start workers of their own.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

from werkzeug.serving import make_server

from engine.records.database import Database
from engine.web import fonts
from engine.web.app import create_app
from engine.web.serving import worker_for
from tests.conftest import settings_in


def main(folder: Path) -> None:
    logging.basicConfig(filename=folder / "server.log", level=logging.WARNING)
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = listening.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    settings = replace(settings_in(folder), base_url=address)
    # Before the first page, which would otherwise take the seconds that this takes.
    fonts.ensure_fonts(settings.fonts)
    database = Database(settings.database_url)
    app = create_app(settings, database)
    worker = worker_for(settings, database)
    worker.start()
    server = make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()
    worker.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
