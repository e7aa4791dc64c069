"""The meta-schemas and the reference (`docs/documents.md`, `docs/workflows.md`) agree, and both are
complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from engine.credentials.credential import Credential
from engine.credentials.meta import meta_schema
from engine.credentials.reading import read_yaml
from engine.credentials.walking import walk

from .conftest import ROOT

KINDS = ["credential", "workflow", "framework", "form"]
PARTS = ("documents", "workflows", "surveys", "consents", "statements", "gallery", "recognised")
REFERENCE = "\n".join((ROOT / "docs" / f"{part}.md").read_text("utf-8") for part in PARTS)


def keywords(kind: str) -> Iterator[tuple[str, Any]]:
    """Every key that documents of this kind may have, with the schema of its value."""
    for _, schema in walk(meta_schema(kind)):
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            yield from schema["properties"].items()


@pytest.mark.parametrize("kind", KINDS)
def test_a_meta_schema_is_valid_json_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(meta_schema(kind))


def test_an_editor_finds_the_vocabulary_of_forms_from_the_credential_meta_schema() -> None:
    folder = ROOT / "schemas" / "meta"
    credential = json.loads((folder / "credential.json").read_text("utf-8"))
    reference = credential["properties"]["forms"]["additionalProperties"]["$ref"]

    assert (folder / reference).is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_every_keyword_has_a_description(kind: str) -> None:
    bare = [name for name, one in keywords(kind) if one is not False and "description" not in one]

    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_keyword_is_told_in_the_reference(kind: str) -> None:
    # `notify: {to: …}` in an example tells as much as a row of a table.
    told = set(re.findall(r"[$\w]+", REFERENCE))

    assert sorted({name for name, _ in keywords(kind)} - told) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_choice_is_told_in_the_reference(kind: str) -> None:
    choices = {
        str(choice)
        for _, schema in walk(meta_schema(kind))
        if isinstance(schema, dict)
        for choice in schema.get("enum", [])
    }

    assert sorted(one for one in choices if f"`{one}`" not in REFERENCE) == []


def test_every_example_in_the_reference_is_yaml() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    shown_side_by_side = "prerequisites: {all"

    assert len(examples) >= 8
    for text in examples:
        findings = read_yaml(text, "example").findings
        assert findings == [] or text.startswith(shown_side_by_side)


def test_the_typed_model_knows_every_key_of_a_credential() -> None:
    known = {field.rstrip("_") for field in Credential.__dataclass_fields__} | {"credential"}
    not_kept_in_the_model = {"$defs", "languages"}

    assert set(meta_schema("credential")["properties"]) - known == not_kept_in_the_model
