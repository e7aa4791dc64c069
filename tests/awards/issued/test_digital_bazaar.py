"""Every badge that is issued here verifies with the Digital Bazaar stack too: another language,
another canonicalization, another signature library, other copies of the contexts."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.awards.badges import contexts
from tests.awards.issued.installation import Issued, changed
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("issued")  # the installation is slow to make

PROGRAM = ROOT / "tests" / "independent" / "verify.mjs"
SPOILED: tuple[tuple[str | int, ...], ...] = (
    ("name",),
    ("awardedDate",),
    ("issuer", "name"),
    ("credentialSubject", "achievement", "criteria", "narrative"),
    ("credentialSubject", "identifier", 0, "identityHash"),
    ("credentialStatus", "statusListIndex"),
    ("evidence", 0, "name"),
    ("proof", "proofValue"),
    ("proof", "created"),
)
"""Where one letter is changed."""


class Theirs(NamedTuple):
    """What the stack said."""

    badges: dict[str, dict[str, Any]]
    """By serial; spoiled ones by the way to what is changed."""
    contexts: dict[str, Any]
    """By address."""


@pytest.fixture(scope="session")
def theirs(issued: Issued, issued_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """Everything in one run: node starts once."""
    node = shutil.which("node")
    if node is None or not (PROGRAM.parent / "node_modules").is_dir():
        pytest.fail("The packages of tests/independent are not installed: run `make test` once.")
    index = json.loads((issued_folder / "index.json").read_text("utf-8"))
    dated = (json.loads(issued.signed(one))["validFrom"] for one in issued.serials.values())
    day_after = datetime.fromisoformat(max(dated)) + timedelta(days=1)
    good = json.loads(issued.signed(issued.serials["instructional-coach"]))
    spoiled = tmp_path_factory.mktemp("spoiled")
    for number, way in enumerate(SPOILED):
        file = spoiled / f"{number}.json"
        file.write_text(json.dumps(changed(good, *way)), "utf-8")
        index["credentials"].append({"serial": str(way), "file": str(file)})
    listing = issued_folder / "with-spoiled.json"
    listing.write_text(json.dumps(index), "utf-8")
    ran = subprocess.run(
        [node, str(PROGRAM), str(listing), day_after.isoformat()],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return Theirs(**json.loads(ran.stdout))


def test_every_credential_of_the_catalogue_verifies(issued: Issued, theirs: Theirs) -> None:
    found = {serial: theirs.badges[serial] for serial in issued.serials.values()}
    assert {serial: one["errors"] for serial, one in found.items()} == {
        serial: [] for serial in found
    }
    assert {one["verified"] for one in found.values()} == {True}


def test_what_was_taken_back_is_reported_as_revoked(issued: Issued, theirs: Theirs) -> None:
    expected = {serial: said == "revoked" for serial, said in issued.expectations.items()}
    assert {serial: theirs.badges[serial]["revoked"] for serial in expected} == expected
    assert sorted(expected.values())[-3:] == [True, True, True]


@pytest.mark.parametrize("way", SPOILED, ids=str)
def test_one_changed_letter_fails(theirs: Theirs, way: tuple[str | int, ...]) -> None:
    assert theirs.badges[str(way)]["verified"] is False
    assert theirs.badges[str(way)]["errors"]


def test_both_read_the_same_contexts(issued: Issued, theirs: Theirs) -> None:
    """What a signature covers is what the contexts make of the words: of those of 3.0.3 there are
    copies that lack two, which therefore no badge of ours may use."""
    shared = contexts.PINNED.keys() & theirs.contexts.keys()
    assert len(shared) == 5
    lacking = {contexts.BADGES: {"endorsementJwt", "jti"}}
    for address in shared:
        ours = contexts.context(address)["@context"]
        known = {word: said for word, said in ours.items() if word not in lacking.get(address, ())}
        assert known == theirs.contexts[address]["@context"], address
    for serial in issued.serials.values():
        assert not [
            word for word in lacking[contexts.BADGES] if f'"{word}"' in issued.signed(serial)
        ]


def test_the_lock_file_names_no_place_to_fetch_from() -> None:
    lock = json.loads((PROGRAM.parent / "package-lock.json").read_text("utf-8"))
    packages = {name: said for name, said in lock["packages"].items() if name}
    assert packages
    assert [name for name, said in packages.items() if "resolved" in said] == []
    assert [name for name, said in packages.items() if "integrity" not in said] == []
