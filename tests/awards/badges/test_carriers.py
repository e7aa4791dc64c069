"""Badges come out of pictures, and nothing else does."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from openbadgeslib import baking
from openbadgeslib.ob2.signer import OB2Signer
from openbadgeslib.ob3.ldp import OB3LdpSigner
from openbadgeslib.ob3.signer import OB3Signer

from engine.awards.badges.carriers import unbake
from engine.errors import Refused
from tests.awards.badges.conftest import Fault, Verify
from tests.awards.badges.issuing_site import Issuer, pem_of
from tests.web.conftest import PNG

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


def piece(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def with_piece(kind: bytes, data: bytes) -> bytes:
    """The picture with one more piece before its end."""
    return PNG[:-12] + piece(kind, data) + PNG[-12:]


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        unbake(data)
    return caught.value.refusal.code


def test_pictures_of_either_version_verify(issuer: Issuer, verify: Verify) -> None:
    issuer.profile()
    key, badge = pem_of(issuer.key), issuer.credential()
    assertion = issuer.assertion("SignedBadge")
    for picture, version in (
        (OB3LdpSigner(key).sign_into_png(badge, PNG), "3.0"),
        (OB3LdpSigner(key).sign_into_svg(badge, SVG), "3.0"),
        (OB3Signer(key, "EdDSA").sign_into_png(badge, PNG), "3.0"),
        (OB3Signer(key, "EdDSA").sign_into_svg(badge, SVG), "3.0"),
        (OB2Signer(key, "EdDSA").sign_into_png(assertion, PNG), "2.0"),
        (OB2Signer(key, "EdDSA").sign_into_svg(assertion, SVG), "2.0"),
    ):
        assert verify(picture).version == version


def test_a_picture_may_carry_where_its_badge_stands(issuer: Issuer, verify: Verify) -> None:
    issuer.profile()
    address = issuer.site.put("/assertion", issuer.assertion().to_dict())
    assert verify(baking.bake_png(PNG, address)).id == address
    assert verify(baking.bake_svg(SVG, address)).id == address


def test_packed_text_is_unpacked() -> None:
    packed = b"openbadgecredential\0\1\0\0\0" + zlib.compress(b'{"a": 1}')
    assert unbake(with_piece(b"iTXt", packed)) == '{"a": 1}'


def test_a_bomb_in_a_picture_is_left_alone() -> None:
    bomb = zlib.compress(b" " * 200_000_000)
    data = with_piece(b"iTXt", b"openbadges\0\1\0\0\0" + bomb)
    started = datetime.now(UTC)
    assert refused(data) == "too-large"
    assert datetime.now(UTC) - started < timedelta(seconds=1)


def test_a_picture_that_lies_about_its_size_is_refused() -> None:
    lying = PNG[:8] + struct.pack(">I", 2**31) + b"iTXt" + b"openbadges\0"
    assert refused(lying) == "unreadable"


def test_a_screenshot_has_no_badge_inside(fault: Fault) -> None:
    assert fault(PNG) == "no-badge"
    assert fault(SVG) == "no-badge"


def test_entities_of_a_drawing_are_never_read() -> None:
    laughs = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>'
    assert refused(laughs) == "unreadable"
    outside = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    assert refused(outside) == "unreadable"
    assert refused(b"<svg>" + b"<g>" * 200_000) == "unreadable"


def test_a_page_about_a_badge_is_no_badge(fault: Fault) -> None:
    assert fault(b"<!DOCTYPE html><html><p>My badge</p></html>") == "no-badge"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00\x01",
        b"{",
        b"[]",
        b'{"a": NaN}',
        b'{"type": "Assertion", "id": "https://example.org/\\ud800"}',
        b'{"\\udfff": 1}',
        b"[" * 100_000,
        json.dumps({"type": "Person"}).encode(),
        b"PK\x03\x04 a workbook",
        b"Hello",
        b"",
    ],
)
def test_what_is_no_badge_is_refused_in_words(fault: Fault, data: bytes) -> None:
    assert fault(data) == "unreadable"


def test_more_than_a_badge_ever_is_is_not_read(fault: Fault) -> None:
    assert fault(b" " * 600_000) == "too-large"
    assert fault(b" " * (5 * 1024 * 1024 + 1)) == "too-large"
    assert fault(json.dumps([[]] * 30_000).encode()) == "too-large"
