"""An installation with its awards, and the web as a verifier sees it that knows only this one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from engine.awards.badges import contexts
from engine.awards.badges.badge import refused
from engine.awards.badges.web import Gone
from engine.errors import Refusal
from engine.records.database import Database
from engine.settings import Settings

NAMES = (
    "Ana Ruiz",
    "Nguyễn Thị Minh Khai",
    "مريم عبد الرحمن",
    "王小明",
    "<b>Bo</b> & \"Co\" 'Do' \\ ${x} {{ y }}",
    "Zoë \U0001f33f Ødegård",
    "Right‮to left",
    "Tab\tand\nline\x0b\x00\x1f\x7fend",
    "A" * 200,
    "é" * 100,
)
"""Of the first holders; the others have plain ones."""
_ANYTHING = "application/vc, application/ld+json, application/json;q=0.9, */*;q=0.1"


@dataclass(frozen=True)
class Issued:
    settings: Settings
    database: Database
    app: Flask
    serials: dict[str, str]
    """By credential."""

    @property
    def expectations(self) -> dict[str, str]:
        """By serial: `valid`, or `revoked` for what does not count by somebody's decision."""
        *good, revoked, suspended, replaced = self.serials.values()
        bad = dict.fromkeys((revoked, suspended, replaced), "revoked")
        return {**dict.fromkeys(good, "valid"), **bad}

    def signed(self, serial: str) -> str:
        """The badge as its holder has it."""
        from engine.awards.badges import awarded
        from engine.records.tables import Award

        with self.database.read() as session:
            return awarded.credential_of(session, session.get_one(Award, serial), self.settings)


@dataclass
class OnlyOurs:
    """Reads the installation's own addresses and the pinned contexts, and nothing else: for our
    verifier (`read`), and for others (`download`)."""

    issued: Issued
    asked: list[str] = field(default_factory=list)

    def read(self, url: str, most: int = 0) -> bytes:
        self.asked.append(url)
        base = self.issued.settings.base_url
        if not url.startswith(f"{base}/"):
            raise refused("unreachable", f"{url} is not ours", "")
        headers = {"Accept": _ANYTHING}
        answer = self.issued.app.test_client().get(url.removeprefix(base), headers=headers)
        if answer.status_code == 410:
            raise Gone(Refusal(f"{url} is gone", "", "unreachable"))
        if answer.status_code != 200:
            raise refused("unreachable", f"{url}: {answer.status_code}", "")
        found: bytes = answer.data
        return found

    def stands_at(self, url: str) -> str:
        return url

    def download(self, url: str) -> bytes:
        if url in contexts.PINNED:
            return json.dumps(contexts.context(url)).encode()
        return self.read(url)


def changed(document: dict[str, Any], *way: str | int) -> dict[str, Any]:
    """A copy of `document` with one letter of the text at `way` changed."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    holder: Any = copy
    for step in way[:-1]:
        holder = holder[step]
    said = holder[way[-1]]
    assert isinstance(said, str)
    at = len(said) // 2
    holder[way[-1]] = said[:at] + ("x" if said[at] != "x" else "y") + said[at + 1 :]
    return copy
