"""A worker in a process of its own, to be killed in the middle of a job.

Run as `python -m tests.records.slow_worker DATABASE-URL INSTANCE-FOLDER`. Its job writes a line
to `started`, then waits for ever if it is the first to run it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.records import jobs
from engine.records.database import Database
from tests.databases import context_of


def slow(context: jobs.JobContext, payload: Mapping[str, Any]) -> None:
    started = context.settings.instance / "started"
    first = not started.exists()
    with started.open("a", encoding="utf-8") as file:
        file.write(f"{payload['what']}\n")
    if first:
        time.sleep(600)
    (context.settings.instance / "finished").write_text(payload["what"], "utf-8")


jobs.register("slow", slow)


if __name__ == "__main__":
    database = Database(sys.argv[1])
    jobs.Worker(database, context_of(database, Path(sys.argv[2])), beat=0.2).start()
    time.sleep(600)
