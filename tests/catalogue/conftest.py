"""The shipped catalogue, read once, and a credential's example as answers that tests may spoil."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.errors import Problem
from engine.forms.answers import EvidenceFacts, validate
from engine.forms.drafts import Draft
from engine.forms.schema import FormSet, form_set_of

ROOT = Path(__file__).parents[2]

Answers = dict[str, Any]
Check = Callable[[Answers], list[Problem]]

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}


@pytest.fixture(scope="session")
def library() -> Library:
    return Library((ROOT / "schemas",), (ROOT / "workflows",)).still()


@pytest.fixture(scope="module")
def edition(library: Library, request: pytest.FixtureRequest) -> Edition:
    """Of the credential that the module is about: its `CREDENTIAL`."""
    return library.edition(getattr(request.module, "CREDENTIAL", "instructional-coach"))


@pytest.fixture(scope="module")
def form_set(edition: Edition) -> FormSet:
    return form_set_of(edition)


@pytest.fixture
def answers(edition: Edition) -> Answers:
    """The example, complete and valid; a copy for each test."""
    return {form: copy.deepcopy(dict(example)) for form, example in edition.examples.items()}


@pytest.fixture
def check(form_set: FormSet) -> Check:
    """Every problem of a whole submission's answers."""
    return lambda answers: problems_of(form_set, answers)


def places(problems: list[Problem]) -> list[str]:
    """Where something is wrong, by the pointers of the answers."""
    return [problem.pointer for problem in problems]


def worded(text: str) -> str:
    """A text of a document without its line breaks."""
    return " ".join(text.split())


def problems_of(form_set: FormSet, answers: Mapping[str, Any]) -> list[Problem]:
    """Problems of `answers`, whose file names stand for files that were attached."""
    evidence = {
        name: EvidenceFacts(name, name, MEDIA_TYPES[Path(name).suffix], 40_000, "0" * 64)
        for name in file_names(answers)
    }
    draft = Draft({form: dict(own) for form, own in answers.items()}, {}, {})
    return validate(form_set, draft, evidence)


def file_names(value: Any) -> Iterator[str]:
    """Everything in `value` that is named like a file."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from file_names(one)
    elif isinstance(value, list):
        for one in value:
            yield from file_names(one)
    elif isinstance(value, str) and Path(value).suffix in MEDIA_TYPES and " " not in value:
        yield value
