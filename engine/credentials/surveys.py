"""The typed model of a credential's surveys: questions, who is asked, and when each wave may open.

What is here has passed the meta-schema and `survey_faults`. Running a survey is
`submissions.surveys`; how its answers are counted, `submissions.survey_results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Audience = Literal["invited", "open"]


@dataclass(frozen=True)
class Opening:
    """When a wave may open: after an earlier one closed, within a window of the year, or both."""

    after: str = ""
    """The id of the earlier wave, or empty."""
    months: int = 0
    """So many calendar months after that one closed."""
    within: Literal["", "end_of_school_year"] = ""


@dataclass(frozen=True)
class Wave:
    """One time that a survey is run."""

    id: str
    title: str
    opens: Opening
    results: str
    """`/FORM/FIELD`, where the results go by one click; empty: nowhere."""


@dataclass(frozen=True)
class Construct:
    """What several questions measure together."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    id: str
    title: str
    introduction: str
    """Markdown."""
    form: Mapping[str, Any]
    """A JSON Schema object schema, references bundled."""
    audience: Audience
    people: tuple[str, ...]
    """`/FORM/FIELD`, where the candidate's answers name who is invited."""
    minimum_invited: int
    waves: tuple[Wave, ...]
    constructs: tuple[Construct, ...]

    def wave(self, id: str) -> Wave | None:
        """The wave of that id, if there is one."""
        return next((one for one in self.waves if one.id == id), None)

    @property
    def items(self) -> Mapping[str, Any]:
        """The questions' schemas by name, in the form's order."""
        found = self.form.get("properties")
        return found if isinstance(found, Mapping) else {}


def survey_from(id: str, data: Mapping[str, Any]) -> Survey:
    """The model of one checked entry of a document's `surveys`."""
    people = data.get("people", ())
    return Survey(
        id=id,
        title=data["title"],
        introduction=data.get("introduction", ""),
        form=data["form"],
        audience=data["audience"],
        people=(people,) if isinstance(people, str) else tuple(people),
        minimum_invited=data.get("minimum_invited", 1),
        waves=tuple(
            Wave(
                id=one["id"],
                title=one.get("title", data["title"]),
                opens=Opening(**one.get("opens", {})),
                results=one.get("results", ""),
            )
            for one in data["waves"]
        ),
        constructs=tuple(
            Construct(one["title"], tuple(one["items"])) for one in data.get("constructs", ())
        ),
    )
