"""Signed badges go into their pictures, and come out of them to the letter."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from openbadgeslib import baking
from openbadgeslib.ob3.ldp import OB3LdpVerifier

from engine.awards.badges import picture
from engine.awards.badges.baking import bake
from engine.awards.badges.carriers import unbake
from engine.credentials.credential import credential_from
from tests.awards.badges.conftest import Verify
from tests.awards.badges.issuing_site import ANA, Issuer
from tests.awards.badges.test_carriers import piece

GARDEN = credential_from(
    {
        "credential": "window-garden",
        "version": 1,
        "kind": "micro-credential",
        "title": "Window Garden",
    }
)
DRAWN = {"svg": picture.svg(GARDEN, "Hill School"), "png": picture.png(GARDEN, "Hill School")}
ODD = '{"name": "Ana \\"A\\" & <Ruiz> ]]> 王 🌱 e\u0301", "space": "  two  \\n\\t"}'


def taken_out(kind: str, baked: bytes) -> str | None:
    """What the other library finds."""
    if kind == "png":
        return baking.extract_png(baked, keyword=baking.ITXT_KEYWORD_OB3)
    return baking.extract_svg(baked, element=baking.SVG_ELEMENT_OB3, text_fallback=True)


@pytest.mark.parametrize("kind", DRAWN)
def test_what_was_baked_comes_out_to_the_letter(kind: str) -> None:
    baked = bake(DRAWN[kind], ODD)
    assert unbake(baked) == taken_out(kind, baked) == ODD


@pytest.mark.parametrize("kind", DRAWN)
def test_a_signed_badge_still_verifies_in_its_picture(
    kind: str, issuer: Issuer, verify: Verify
) -> None:
    document = issuer.document()
    baked = bake(DRAWN[kind], json.dumps(document))
    assert verify(baked).recipients[0].names(ANA)
    theirs = OB3LdpVerifier().verify(taken_out(kind, baked))
    assert theirs.achievement.name == "Facilitator"


def test_the_names_are_those_of_version_three() -> None:
    assert b"openbadgecredential\0\0\0\0\0{" in bake(DRAWN["png"], "{}")
    [found] = ElementTree.fromstring(bake(DRAWN["svg"], "{}")).iter(
        "{https://purl.imsglobal.org/ob/v3p0}credential"
    )
    assert found.text == "{}"


@pytest.mark.parametrize("kind", DRAWN)
def test_the_same_badge_gives_the_same_bytes(kind: str) -> None:
    assert bake(DRAWN[kind], ODD) == bake(DRAWN[kind], ODD)


def test_the_picture_itself_stays_what_it_was() -> None:
    baked = bake(DRAWN["png"], ODD)
    text = b"openbadgecredential\0\0\0\0\0" + ODD.encode()
    assert baked == DRAWN["png"][:-12] + piece(b"iTXt", text) + DRAWN["png"][-12:]
    drawn, with_badge = (
        ElementTree.fromstring(one) for one in (DRAWN["svg"], bake(DRAWN["svg"], ODD))
    )
    with_badge.remove(with_badge[-1])
    assert ElementTree.tostring(with_badge) == ElementTree.tostring(drawn)
