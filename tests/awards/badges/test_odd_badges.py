"""Whatever a stranger writes into a badge, the answer is a refusal in words, never an error.

Each part of a good badge, and of what it leads to, is replaced by odd things in turn. Where a
signature would stop it, it is made with the issuer's own key: issuers err, and may mean ill.
"""

from __future__ import annotations

import copy
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey
from openbadgeslib.ob3 import status_list

from engine.awards.badges import verifying
from engine.awards.badges.strict_json import MAX_BYTES
from engine.errors import Refused
from tests.awards.badges.conftest import TODAY
from tests.awards.badges.issuing_site import Issuer, pem_of

ODD: tuple[Any, ...] = (None, 7, -1.5, True, "", "x", [], {}, [[]], {"id": {}}, [None], "\ud800")


class Pages:
    """The web, as these tests have it: nothing is asked of anybody."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages

    def read(self, url: str, most: int = MAX_BYTES) -> bytes:
        found = self.pages.get(url)
        return found if isinstance(found, bytes) else json.dumps(found).encode()

    def stands_at(self, url: str) -> str:
        return url


def spoiled(document: Any, things: Sequence[Any] = ODD) -> Iterator[Any]:
    """`document` with one part replaced, again and again."""
    for place in list(_places(document)):
        for odd in things:
            made = copy.deepcopy(document)
            holder = made
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = odd
            yield made


def _places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in items:
        yield (*above, step)
        if isinstance(inner, dict | list):
            yield from _places(inner, (*above, step))


def look(shown: bytes, pages: dict[str, Any]) -> bool:
    """Whether it verifies; anything but a refusal comes out."""
    try:
        verifying.verify(shown, Pages(pages), TODAY)
    except Refused:
        return False
    return True


def signed(issuer: Issuer, payload: Any) -> bytes:
    key = OKPKey.import_key(pem_of(issuer.key))
    header = {"alg": "EdDSA", "kid": issuer.did}
    return jws.serialize_compact(header, json.dumps(payload), key, ["EdDSA"]).encode()


def coded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


@pytest.fixture
def payload(issuer: Issuer) -> dict[str, Any]:
    status = [
        status_list.status_entry("https://x.example.org/list", "revocation", 3),
        {"id": "https://x.example.org/names", "type": "1EdTechRevocationList"},
    ]
    return issuer.credential(credential_status=status).to_jwt_payload()


@pytest.fixture
def pages(issuer: Issuer) -> dict[str, Any]:
    listing = status_list.build_status_list_credential(
        issuer.did, "https://x.example.org/list", "revocation", {5}
    )
    listing["validFrom"] = "2026-01-01T00:00:00Z"
    names = {"issuer": issuer.did, "revokedCredential": [{"id": "urn:uuid:other"}]}
    return {
        "https://x.example.org/list": signed(issuer, listing),
        "https://x.example.org/names": names,
        "listing": listing,
    }


def test_odd_tokens_are_refused(
    issuer: Issuer, payload: dict[str, Any], pages: dict[str, Any]
) -> None:
    assert look(signed(issuer, payload), pages)
    assert sum(not look(signed(issuer, one), pages) for one in spoiled(payload)) > 100


def test_odd_lists_are_refused(
    issuer: Issuer, payload: dict[str, Any], pages: dict[str, Any]
) -> None:
    shown = signed(issuer, payload)
    for one in spoiled(pages["listing"]):
        look(shown, {**pages, "https://x.example.org/list": signed(issuer, one)})
    for one in spoiled(pages["https://x.example.org/names"]):
        look(shown, {**pages, "https://x.example.org/names": one})


def test_odd_documents_are_refused(issuer: Issuer) -> None:
    document = issuer.document()
    assert look(json.dumps(document).encode(), {})
    for one in spoiled(document, (None, 7, [[]], {"id": {}})):
        look(json.dumps(one).encode(), {})


def test_odd_headers_are_refused(issuer: Issuer, payload: dict[str, Any]) -> None:
    del payload["credentialStatus"]
    key = OKPKey.import_key(pem_of(issuer.key))
    whole = {"alg": "EdDSA", "kid": issuer.did, "jwk": key.as_dict(private=False)}
    for header in spoiled(whole):  # by hand, since no library would
        words = b".".join(map(coded, (json.dumps(header).encode(), json.dumps(payload).encode())))
        look(words + b"." + coded(issuer.key.sign(words)), {})


def test_odd_profiles_and_keys_are_refused(issuer: Issuer) -> None:
    did = "did:web:x.example.org"
    shown = json.dumps(issuer.document(issuer=did, method=f"{did}#one")).encode()
    key = {
        "id": f"{did}#one",
        "type": "Multikey",
        "controller": did,
        "expires": "2100-01-01T00:00:00Z",
        "publicKeyMultibase": issuer.did.removeprefix("did:key:"),
    }
    profile = {"id": did, "verificationMethod": [key], "assertionMethod": [f"{did}#one"]}
    address = "https://x.example.org/.well-known/did.json"
    assert look(shown, {address: profile})
    for one in spoiled(profile):
        look(shown, {address: one})


def test_odd_badges_of_the_older_version_are_refused(issuer: Issuer) -> None:
    issuer.profile(revocationList=f"{issuer.site.url}/revoked")
    url = issuer.site.url
    pages = {url + path: json.loads(body) for path, (_, body, _h) in issuer.site.pages.items()}
    assertion = issuer.assertion().to_dict()
    pages[f"{url}/revoked"] = {"issuer": f"{url}/issuer", "revokedAssertions": ["urn:uuid:2"]}
    pages[f"{url}/assertion"] = assertion
    hosted = json.dumps(assertion).encode()
    token = issuer.signed(id="urn:uuid:1").encode()
    assert look(hosted, pages)
    assert look(token, pages)
    for address, page in list(pages.items()):
        for one in spoiled(page):
            look(hosted, {**pages, address: one})
            look(token, {**pages, address: one})
    for one in spoiled(assertion):
        look(json.dumps(one).encode(), {**pages, f"{url}/assertion": one})
    payload = issuer.assertion("SignedBadge", id="urn:uuid:1").to_dict()
    for one in spoiled(payload):
        look(signed(issuer, one), pages)
