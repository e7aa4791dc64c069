"""Files that are there whole or not at all, and what a worker that was killed has left of one.

Whatever is half written is called `.part`, in a folder that `clear` is told to look through.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

PART = ".part"


@contextmanager
def whole(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """A place in `folder`, or beside `path`, for what takes its place at the end: nobody is ever
    served half a file."""
    for one in (path.parent, folder or path.parent):
        one.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder or path.parent, suffix=PART)
    os.close(descriptor)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def clear(folder: Path, before: datetime) -> None:
    """Remove what was left half done in `folder` before this moment: files, and folders of them."""
    for left in folder.glob(f"*{PART}"):
        # Another worker may clear at the same moment.
        with suppress(FileNotFoundError):
            if left.stat().st_mtime >= before.timestamp():
                continue
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
