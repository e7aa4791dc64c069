"""What `accolade new` writes passes `check`, and has in it what it is meant to teach."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials import lint
from engine.credentials.library import Library
from engine.credentials.starter import KINDS, new_document


def library_with(shipped: Library, folder: Path, kind: str, id: str) -> Library:
    (folder / "new.yaml").write_text(new_document(kind, id), "utf-8")
    return Library((*shipped.documents, folder), shipped.workflows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id", ["my-topic", "123", "null", "1e3", "my_topic-2"])
def test_a_new_document_has_no_findings(
    kind: str, id: str, shipped: Library, tmp_path: Path
) -> None:
    library = library_with(shipped, tmp_path, kind, id)

    assert lint.check(library) == []
    assert library.edition(id).credential.kind == kind


def test_a_new_document_teaches_pages_rows_rules_and_scoring(
    shipped: Library, tmp_path: Path
) -> None:
    edition = library_with(shipped, tmp_path, "micro-credential", "my-topic").edition("my-topic")
    (form,) = edition.credential.forms.values()

    assert edition.credential.title == "My topic"
    assert len(form["pages"]) == 2
    assert form["properties"]["lessons"]["items"]["type"] == "object"
    assert len(form["rules"]) == 1
    assert [len(guide.look_fors) for guide in edition.credential.scoring_guides.values()] == [3]


@pytest.mark.parametrize("id", ["My Topic", "", "../x", "ümlaut", "a" * 81])
def test_what_cannot_be_an_id_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="is not an id"):
        new_document("milestone", id)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind 'badge'"):
        new_document("badge", "a")
