"""Frameworks as CASE 1.1 packages, there and back, and what is wrong in packages from elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from engine.credentials import case, case_reading
from engine.credentials.documents import load
from engine.credentials.frameworks import Framework, load_framework
from engine.credentials.library import Library

from .conftest import ROOT

SHIPPED = Library((ROOT / "schemas",), (ROOT / "workflows",))
THEN = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = "https://hill.example"
SIZES = {"tlms": (7, 37), "dlp": (5, 32), "pp": (7, 0)}
"""Of each shipped framework: its highest items, and all those below."""

Change = Callable[[dict[str, Any]], object]


def shipped(id: str) -> Framework:
    return SHIPPED.framework(id)[0]


def packed(id: str = "pp") -> dict[str, Any]:
    return case.package(shipped(id), HERE, THEN)


@pytest.fixture
def came_back(tmp_path: Path) -> Callable[..., Framework]:
    """What a package says after it was written to a file and read again."""

    def back(package: dict[str, Any], id: str, **named: Any) -> Framework:
        file = tmp_path / "package.json"
        file.write_text(json.dumps(package), "utf-8")
        written = case_reading.document_of(file, id, **named)
        assert written.text is not None, written.findings
        document = tmp_path / f"{id}.yaml"
        document.write_text(written.text, "utf-8")
        return load_framework(load(document))

    return back


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[tuple[str, str]]]:
    """The codes and severities of what is wrong in a text, and that it ends in no document."""

    def findings(text: str, **named: Any) -> list[tuple[str, str]]:
        file = tmp_path / "package.json"
        file.write_text(text, "utf-8")
        written = case_reading.document_of(file, "pp", **named)
        failed = any(one.severity == "error" for one in written.findings)
        assert (written.text is None) == failed
        return [(one.code, one.severity) for one in written.findings]

    return findings


def changed(change: Change, id: str = "pp") -> str:
    package = packed(id)
    change(package)
    return json.dumps(package, indent=1)


@pytest.mark.row("B1", "B2", "D1", "D2", "D3", "D4")
@pytest.mark.parametrize("id", SIZES)
def test_a_shipped_framework_comes_back_as_it_went_out(
    id: str, came_back: Callable[..., Framework]
) -> None:
    assert came_back(packed(id), id) == shipped(id)


@pytest.mark.row("B1", "B2")
@pytest.mark.parametrize("id", SIZES)
def test_every_item_is_a_child_of_another_or_of_the_document(id: str) -> None:
    highest, below = SIZES[id]
    package = packed(id)
    document = package["CFDocument"]["identifier"]
    ends = Counter(
        one["destinationNodeURI"]["identifier"] == document for one in package["CFAssociations"]
    )

    assert len(package["CFItems"]) == highest + below
    assert {one["associationType"] for one in package["CFAssociations"]} == {"isChildOf"}
    assert (ends[True], ends[False]) == (highest, below)


def test_identifiers_are_the_same_whenever_they_are_made() -> None:
    first = {one["humanCodingScheme"]: one["identifier"] for one in packed("tlms")["CFItems"]}

    assert case.document_identifier(shipped("tlms")) == "2c52980f-e36f-55f7-8e70-46bd617fb2b1"
    assert first["1"] == "d621b448-4d04-5b7e-92cd-aa98d2e160b6"
    assert first["1.a"] == "ca0b46db-cd2e-50ea-9d2e-f3328631b35a"


def test_every_identifier_is_a_uuid_of_its_own() -> None:
    package = packed("dlp")
    said = [package["CFDocument"], *package["CFItems"], *package["CFAssociations"]]

    assert len({UUID(one["identifier"]) for one in said}) == len(said)
    assert all(one["uri"].endswith(f"/{one['identifier']}") for one in said)


def test_siblings_are_numbered_in_the_documents_order() -> None:
    numbers = [
        (one["originNodeURI"]["title"], one["sequenceNumber"])
        for one in packed("dlp")["CFAssociations"]
    ]

    assert numbers[:6] == [("B", 1), ("B.1", 1), ("B.2", 2), ("B.3", 3), ("B.4", 4), ("1", 2)]


def test_somebody_elses_identifiers_are_kept_through_there_and_back(
    came_back: Callable[..., Framework],
) -> None:
    theirs = packed("dlp")
    ours = came_back(theirs, "coaching")
    again = case.package(ours, HERE, THEN)

    assert again["CFDocument"]["identifier"] == theirs["CFDocument"]["identifier"]
    assert [one["identifier"] for one in again["CFItems"]] == [
        one["identifier"] for one in theirs["CFItems"]
    ]


def test_the_order_is_that_of_the_numbers_not_of_the_file(
    came_back: Callable[..., Framework],
) -> None:
    package = packed("pp")
    package["CFAssociations"].reverse()
    package["CFItems"].reverse()

    assert came_back(package, "pp") == shipped("pp")


@pytest.mark.parametrize("code", ["1E3", "0o17", "no", "2026-03-12", "12:30", "~", "4.b"])
def test_a_code_comes_back_as_text_whatever_it_looks_like(
    came_back: Callable[..., Framework], code: str
) -> None:
    package = packed("pp")
    package["CFItems"][0]["humanCodingScheme"] = code

    assert code in {item.code for item in came_back(package, "pp").items}


def test_without_an_id_one_is_made_from_the_title(tmp_path: Path) -> None:
    file = tmp_path / "package.json"
    file.write_text(json.dumps(packed("pp")), "utf-8")

    assert case_reading.document_of(file).id == "partnership-principles"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("this is no JSON", ["syntax"]),
        ("[]", ["wrong-type"]),
        ("{}", ["no-package"]),
        ('{"CFDocument": {"title": "A"}, "CFItems": []}', ["no-items"]),
    ],
)
def test_a_file_that_is_no_package_is_a_finding(
    text: str, codes: list[str], found: Callable[..., list[tuple[str, str]]]
) -> None:
    said = found(text)

    assert [code for code, severity in said if severity == "error"] == codes


def end(number: int, side: str = "destinationNodeURI") -> Callable[[dict[str, Any]], Any]:
    return lambda package: package["CFAssociations"][number][side]


def below(package: dict[str, Any], child: int, parent: int) -> None:
    package["CFAssociations"][child]["destinationNodeURI"] = {
        "identifier": package["CFItems"][parent]["identifier"]
    }


def in_a_circle(package: dict[str, Any], *items: int) -> None:
    for child, parent in zip(items, (*items[1:], items[0]), strict=True):
        below(package, child, parent)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda one: one["CFItems"][2].pop("humanCodingScheme"), ["missing-code"]),
        (lambda one: one["CFItems"][2].update(humanCodingScheme="1"), ["duplicate-id"]),
        (lambda one: one["CFItems"][2].pop("fullStatement"), ["missing-key"]),
        (
            lambda one: one["CFItems"][2].update(identifier=one["CFItems"][0]["identifier"]),
            ["duplicate-id", "unknown-item"],
        ),
        (lambda one: below(one, 3, 3), ["loop"]),
        (lambda one: in_a_circle(one, 3, 4, 5), ["loop"]),
        (lambda one: end(1)(one).update(identifier="nobody"), ["unknown-item"]),
        (lambda one: end(1, "originNodeURI")(one).update(identifier="x"), ["unknown-item"]),
        (lambda one: one["CFItems"].append("an item"), ["wrong-type"]),
        (lambda one: one["CFDocument"].update(title=""), ["missing-key"]),
        (lambda one: one["CFDocument"].update(identifier=""), ["unknown-item"] * 7),
    ],
)
def test_what_cannot_be_settled_is_an_error(
    change: Change, codes: list[str], found: Callable[..., list[tuple[str, str]]]
) -> None:
    said = found(changed(change))

    assert [code for code, severity in said if severity == "error"] == codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one: one["CFAssociations"].pop(), "no-parent"),
        (lambda one: one["CFItems"][0].update(educationLevel=["09"]), "left-out"),
        (lambda one: one["CFAssociations"].append({"associationType": "isPartOf"}), "left-out"),
        (lambda one: one["CFItems"][0].update(language="de"), None),
        (lambda one: one["CFDocument"].update(language="de-CH"), "bad-value"),
        (
            lambda one: one["CFAssociations"].append(
                {
                    **one["CFAssociations"][1],
                    "destinationNodeURI": end(0, "originNodeURI")(one),
                }
            ),
            "two-parents",
        ),
    ],
)
def test_what_can_be_settled_is_a_warning(
    change: Change, code: str | None, found: Callable[..., list[tuple[str, str]]]
) -> None:
    said = found(changed(change))

    assert said == ([(code, "warning")] if code else [])


def test_an_item_in_two_places_stays_in_the_first(came_back: Callable[..., Framework]) -> None:
    package = packed("pp")
    again = {**package["CFAssociations"][1]}
    again["destinationNodeURI"] = {"identifier": package["CFItems"][0]["identifier"]}
    package["CFAssociations"].append(again)

    assert came_back(package, "pp") == shipped("pp")


def test_codes_are_made_up_only_when_asked(came_back: Callable[..., Framework]) -> None:
    package = packed("dlp")
    for item in package["CFItems"]:
        del item["humanCodingScheme"]
    made = came_back(package, "dlp", make_codes=True)

    assert [one.code for one in made.items][:6] == ["1", "1.1", "1.2", "1.3", "1.4", "2"]


def test_a_tree_that_is_too_deep_is_an_error(
    found: Callable[..., list[tuple[str, str]]],
) -> None:
    package = packed("tlms")
    for number in range(1, len(package["CFItems"])):
        below(package, number, number - 1)

    assert found(json.dumps(package)) == [("too-deep", "error")]


def test_a_finding_names_the_line_of_the_item(tmp_path: Path) -> None:
    text = changed(lambda one: one["CFItems"][2].update(humanCodingScheme="1"))
    file = tmp_path / "package.json"
    file.write_text(text, "utf-8")
    (finding,) = case_reading.document_of(file, "pp").findings
    lines = text.splitlines()

    assert '"humanCodingScheme": "1"' in lines[finding.line - 1]
    assert finding.message.startswith("The code '1' is already used by the item in line")
