"""A small credential and a small cast, on a real database.

The credential has two forms and two look-fors; its states and roles have names that no Python
module knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.credentials.credential import Edition, edition_from
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.tables import Account, Submission
from engine.settings import Settings, load_settings
from engine.submissions import drafting, progress, reviewing
from tests import editions
from tests.databases import settle

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)

WORKFLOW: dict[str, Any] = {
    "workflow": "garden-round",
    "version": 1,
    "title": "Garden round",
    "roles": {
        "grower": {"kind": "owner", "label": "Grower"},
        "judge": {"kind": "reviewer", "label": "Judge"},
        "office": {"kind": "staff", "label": "Office"},
    },
    "initial": "planting",
    "states": {
        "planting": {"kind": "open"},
        "on_show": {"kind": "review", "label": "On show", "public_label": "With the judges"},
        "judging": {"kind": "decide", "review": {"by": "judge", "guides": ["all"]}},
        "replanting": {"kind": "open", "edits": ["plan"], "tone": "attention"},
        "ribbon": {"kind": "outcome", "tone": "good"},
        "compost": {"kind": "closed"},
    },
    "transitions": {
        "enter": {
            "from": ["planting", "replanting"],
            "to": "on_show",
            "by": "grower",
            "when": [
                {"rule": "prerequisites.met", "reason": "Something comes first."},
                {"rule": "answers.problems == 0", "reason": "Something is missing."},
            ],
            "do": ["snapshot", "unassign", {"notify": {"to": "grower", "letter": "submitted"}}],
        },
        "take": {"from": "on_show", "to": "judging", "by": "judge", "do": ["assign"]},
        "put_back": {"from": "judging", "to": "on_show", "by": "judge", "do": ["unassign"]},
        "send_back": {
            "from": "judging",
            "to": "replanting",
            "by": "judge",
            "when": [
                {"rule": "scores.all_decided", "reason": "Some look-fors are open."},
                {"rule": "scores.no > 0", "reason": "Nothing is to be changed."},
                {"rule": "scores.no_without_notes == 0", "reason": "Say why."},
            ],
            "do": ["close_review", {"notify": {"to": "grower", "letter": "returned"}}],
        },
        "give_ribbon": {
            "from": "judging",
            "to": "ribbon",
            "by": "judge",
            "when": [{"rule": "scores.all_yes", "reason": "Not every look-for is Y."}],
            "do": ["close_review", "issue", {"notify": {"to": "grower", "letter": "awarded"}}],
        },
        "give_up": {
            "from": ["planting", "replanting", "on_show"],
            "to": "compost",
            "by": "grower",
            "confirm": "Really?",
        },
        "dig_up": {"from": "compost", "to": "planting", "by": "office", "require": "comment"},
    },
}

CREDENTIAL: dict[str, Any] = {
    "credential": "window-garden",
    "version": 1,
    "kind": "micro-credential",
    "title": "Window Garden",
    "prerequisites": {"all": ["watering", "weeding"]},
    "workflow": "garden-round",
    "forms": {
        "plan": {
            "title": "Plan",
            "type": "object",
            "required": ["goal"],
            "properties": {
                "goal": {"type": "string", "title": "Goal", "minLength": 3},
                "plants": {"type": "integer", "title": "Plants"},
                "beds": {
                    "type": "array",
                    "item_title": "Bed",
                    "items": {"type": "object", "properties": {"herb": {"type": "string"}}},
                },
            },
        },
        "proof": {
            "title": "Proof",
            "type": "object",
            "properties": {
                "words": {"type": "string", "title": "Words"},
                "photo": {
                    "type": "string",
                    "title": "Photo",
                    "widget": "evidence",
                    "accept": ["text/plain"],
                    "max_bytes": 1000,
                },
            },
        },
    },
    "scoring_guides": {
        "growth": {
            "title": "Growth",
            "reviews": ["plan"],
            "look_fors": [
                {"id": "basic", "text": "Everything is answered.", "precheck": True},
                {"id": "green", "text": "It is green."},
            ],
        }
    },
    "certificate": {"statement": "Grows things in windows."},
}

BUNDLE: dict[str, Any] = {
    "credential": CREDENTIAL,
    "workflow": WORKFLOW,
    "examples": {},
    "alignment": [],
    "titles": {"watering": "Watering", "weeding": "Weeding"},
}


@dataclass(frozen=True)
class Garden:
    """A database with the small credential published and the cast in it."""

    database: Database
    settings: Settings
    store: EvidenceStore
    edition: Edition
    grower: Actor
    stranger: Actor
    judge: Actor
    second_judge: Actor
    office: Actor

    def advance(
        self,
        session: Session,
        actor: Actor,
        submission: Submission,
        name: str,
        comment: str = "",
        at: datetime = NOON,
    ) -> Submission:
        return progress.advance(
            session, self.settings, actor, submission.id, name, submission.revision, at, comment
        )

    def subject(self, session: Session, submission: Submission) -> SubmissionSubject:
        return drafting.subject_of(session, submission.id)

    def save(
        self, session: Session, submission: Submission, form: str, **answers: Any
    ) -> drafting.Saved:
        """Post a page of one field per keyword, as a browser that saw the stored answers would."""
        from werkzeug.datastructures import MultiDict

        from engine.forms import answers as forms_answers
        from engine.forms.schema import form_set_of

        subject = self.subject(session, submission)
        page = next(one for one in form_set_of(self.edition).pages if one.form_id == form)
        draft = drafting.draft_of(session, submission.id)
        posted = MultiDict({f"/{form}/{name}": str(value) for name, value in answers.items()})
        seen = forms_answers.page_seen(page, draft)
        return drafting.save_page(session, subject, page, posted, seen, self.grower, NOON)

    def hold_prerequisites(self, session: Session, *ids: str) -> None:
        for id in ids or ("watering", "weeding"):
            issuing.recognise(
                session,
                session.get_one(Account, self.grower.id),
                id,
                date(2025, 6, 1),
                "Evening school",
                None,
                self.office,
                NOON - timedelta(days=1),
            )

    def opened(self, session: Session) -> Submission:
        return drafting.open_submission(session, self.edition, self.grower, NOON)

    def entered(self, session: Session) -> Submission:
        submission = self.opened(session)
        self.hold_prerequisites(session)
        self.save(session, submission, "plan", goal="Basil all year", plants=4)
        return self.advance(session, self.grower, submission, "enter")

    def taken(self, session: Session) -> Submission:
        return self.advance(session, self.judge, self.entered(session), "take")

    def score(
        self, session: Session, submission: Submission, green: str | None, notes: str = ""
    ) -> None:
        subject = self.subject(session, submission)
        review = reviewing.current_review(session, subject)
        assert review is not None
        reviewing.save_scores(
            session,
            self.judge,
            subject,
            {("growth", "basic"): ("Y", ""), ("growth", "green"): (green, notes)},
            review.revision,
            NOON,
        )

    def ribbon(self, session: Session) -> Submission:
        submission = self.taken(session)
        self.score(session, submission, "Y")
        return self.advance(session, self.judge, submission, "give_ribbon")


@pytest.fixture
def garden(migrated_url: str, tmp_path: Path) -> Iterator[Garden]:
    settle(tmp_path, migrated_url)
    settings = replace(load_settings(tmp_path, {}), site_name="Garden School")
    database = Database(settings.database_url)
    cast = {
        "grower": ["candidate"],
        "stranger": ["candidate"],
        "judge": ["candidate", "reviewer"],
        "second_judge": ["candidate", "reviewer"],
        "office": ["staff"],
    }
    with database.transaction() as session:
        digest = editions.put(session, BUNDLE, NOON)
        for name, roles in cast.items():
            session.add(
                Account(
                    id=name,
                    email=f"{name}@example.org",
                    name=name.replace("_", " ").title(),
                    password_hash="",
                    roles=roles,
                    active=True,
                    created_at=NOON,
                )
            )
    actors = {
        name: Actor(name, name.title(), f"{name}@example.org", frozenset(roles))
        for name, roles in cast.items()
    }
    yield Garden(
        database=database,
        settings=settings,
        store=EvidenceStore(settings.evidence),
        edition=edition_from(digest, BUNDLE),
        **actors,
    )
    database.engine.dispose()


@pytest.fixture
def session(garden: Garden) -> Iterator[Session]:
    with garden.database.transaction() as session:
        yield session
