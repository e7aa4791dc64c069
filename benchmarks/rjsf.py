"""react-jsonschema-form on a server, as `rendering` compares with it: a node process that draws.

Its packages come from npm, in the versions named here, into a folder outside the repository
(`~/.cache/accolade/benchmarks`, or under `XDG_CACHE_HOME`); node runs them in production mode.
Without node and npm there is nothing to compare with.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PACKAGES = {
    "@rjsf/core": "6.11.1",
    "@rjsf/utils": "6.11.1",
    "@rjsf/validator-ajv8": "6.11.1",
    "react": "19.3.1",
    "react-dom": "19.3.1",
}
SCRIPT = Path(__file__).with_name("rjsf.mjs")


class Theirs:
    """A form that is ready to be drawn."""

    def __init__(self, asks: IO[str], says: IO[str], given: Mapping[str, Any]) -> None:
        self._asks = asks
        self._says = says
        self.size = int(self._said(json.dumps(given)))
        """Bytes of its HTML."""

    def turn(self, rounds: int) -> list[float]:
        """Seconds of each of so many drawings, by node's own clock."""
        return [one / 1000 for one in json.loads(self._said(str(rounds)))]

    def _said(self, line: str) -> str:
        self._asks.write(line + "\n")
        self._asks.flush()
        return self._says.readline()


@contextmanager
def drawing(
    schema: dict[str, Any], answers: dict[str, Any], widgets: Mapping[str, str]
) -> Iterator[Theirs | None]:
    """The form filled in with `answers`, with `widgets` for the kinds of question whose keys begin
    so: both draw the same inputs. None where there is no node."""
    folder = installed()
    if folder is None:
        yield None
        return
    node = subprocess.Popen(
        ["node", SCRIPT.name],
        cwd=folder,
        env={**os.environ, "NODE_ENV": "production"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert node.stdin is not None
    assert node.stdout is not None
    kinds = {key: key.partition("_")[0] for key in schema["properties"]}
    ui = {key: {"ui:widget": widgets[kind]} for key, kind in kinds.items() if kind in widgets}
    given = {"schema": schema, "uiSchema": ui, "formData": answers, "idPrefix": "f"}
    try:
        yield Theirs(node.stdin, node.stdout, given)
    finally:
        node.stdin.close()
        node.wait(timeout=30)


def installed() -> Path | None:
    """The folder with the packages, which are installed when they are not there."""
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "accolade" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps({"private": True, "type": "module", "dependencies": PACKAGES})
    manifest, done = folder / "package.json", folder / "installed.json"
    if not done.exists() or done.read_text() != wanted:
        manifest.write_text(wanted)
        options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
        if subprocess.run([npm, "install", *options], cwd=folder, check=False).returncode:
            return None
        done.write_text(wanted)
    # Modules are looked for beside the script.
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    return folder
