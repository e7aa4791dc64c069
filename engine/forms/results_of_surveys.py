"""The results of a survey as an answer: entered by hand, or taken over from one that was run here.

An answer that says it was run here (`source: here`) is believed only while it says what the site
itself counted. Nothing here knows a database: whoever has one hands in the digests (`Offers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms.groups import Group
from engine.forms.offers import Offers, digest_of
from engine.forms.resolving import Merged
from engine.languages import _

HERE = "here"


class SurveyResults(Group):
    """An object as `schemas/shared/surveys.yaml#/results` describes it; asked as a group."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.checks = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        asked = merged.schema.get("properties")
        return widget == "survey-results" and bool(isinstance(asked, Mapping) and asked)

    def unproven(self, value: Any, offers: Offers) -> str:
        """Why results are not those of a survey that was run here; empty when nobody says so."""
        if not isinstance(value, dict) or value.get("source") != HERE:
            return ""
        run = value.get("run")
        if isinstance(run, str) and offers.runs.get(run) == digest_of(value):
            return ""
        return _(
            "These are not the results of a survey that was run here. Take them over again from"
            " the survey’s page, or choose “elsewhere” and attach them."
        )
