"""A small tus client for tests: it sends what it is told to, right or wrong."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.test import TestResponse

from tests.conftest import Browser

PIECE = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    return ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items()
    )


def checksum(content: bytes, name: str = "sha256") -> str:
    digest = hashlib.new(name, content).digest()
    return f"{name} {base64.b64encode(digest).decode()}"


@dataclass(frozen=True)
class Tus:
    """One person's requests about one submission's uploads."""

    browser: Browser
    submission_id: str

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str | None) -> TestResponse:
        """Headers by name with `_` for `-`; None leaves one out."""
        said: dict[str, str | None] = {"Tus_Resumable": "1.0.0", **headers}
        sent = {name.replace("_", "-"): text for name, text in said.items() if text is not None}
        return self.browser.client.open(path, method=method, headers=sent, data=body)

    def create(
        self, length: int | str | None, pointer: str = "/answers/report", name: str = "report.txt",
        body: bytes = b"", **headers: str | None,
    ) -> TestResponse:  # fmt: skip
        said: Mapping[str, str | None] = {
            "Upload_Metadata": metadata(pointer=pointer, filename=name),
            "Upload_Length": None if length is None else str(length),
            **headers,
        }
        return self.ask("POST", f"/submissions/{self.submission_id}/uploads", body, **said)

    def begun(self, length: int | str | None, **named: str) -> str:
        answer = self.create(length, **named)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def patch(
        self, url: str, offset: int | str, body: bytes, **headers: str | None
    ) -> TestResponse:
        said = {"Upload_Offset": str(offset), "Content_Type": PIECE, **headers}
        return self.ask("PATCH", url, body, **said)

    def offset(self, url: str) -> int:
        answer = self.ask("HEAD", url)
        assert answer.status_code == 200, answer.status
        return int(answer.headers["Upload-Offset"])
