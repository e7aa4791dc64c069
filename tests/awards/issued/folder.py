"""Every badge of an installation, and everything that they lead to, as files: what a program in
another language verifies with no web at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.awards.badges import awarded, contexts, issuer
from tests.awards.issued.installation import Issued, OnlyOurs


def write(issued: Issued, folder: Path) -> None:
    """Write `index.json` and the files that it names into `folder`:

    `{"issuer": "did:web:…", "documents": {address: file}, "credentials": [{"id", "credential",
    "serial", "file", "expect": "valid" | "revoked"}]}`. Among the documents are the contexts, the
    status lists, and the DID document, under its DID and under its address on the web.
    """
    web, settings = OnlyOurs(issued), issued.settings
    documents: dict[str, str] = {}

    def put(address: str, name: str, text: str) -> str:
        (folder / name).write_text(text, "utf-8")
        documents[address] = name
        return name

    for number, address in enumerate(contexts.PINNED):
        put(address, f"context-{number}.json", json.dumps(contexts.context(address)))
    credentials: list[dict[str, Any]] = []
    for credential, serial in issued.serials.items():
        signed = issued.signed(serial)
        said = json.loads(signed)
        id = awarded.address(serial, settings)
        credentials.append(
            {
                "id": id,
                "credential": credential,
                "serial": serial,
                "file": put(id, f"{serial}.json", signed),
                "expect": issued.expectations[serial],
            }
        )
        listed = said["credentialStatus"]["statusListCredential"]
        if listed not in documents:
            put(listed, f"status-{len(documents)}.json", web.read(listed).decode())
    did = issuer.of(settings).did
    address = f"{settings.base_url}/.well-known/did.json"
    documents[did] = put(address, "did.json", web.read(address).decode())
    index = {"issuer": did, "documents": documents, "credentials": credentials}
    (folder / "index.json").write_text(json.dumps(index, indent=2), "utf-8")
