"""A mail server that does as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from engine.records.jobs import JobContext


class PostOffice:
    """A real mail server on a port of its own, which can be shut and opened again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrived: list[Envelope] = []
        self.refuses: dict[str, str] = {}
        """What the server says of an address, instead of taking letters for it."""
        self._controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def shut(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.refuses.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.arrived.append(envelope)
        return "250 OK"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = PostOffice(port)
    made.open()
    yield made
    made.shut()


@pytest.fixture
def by_post(context: JobContext, office: PostOffice) -> JobContext:
    """A context whose letters go to `office`."""
    url = f"smtp://127.0.0.1:{office.port}"
    return replace(context, settings=replace(context.settings, mail_url=url))
