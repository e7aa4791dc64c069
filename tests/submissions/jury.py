"""A submission that several people may review: each test writes its own review block.

The cast is six judges, two of them of the candidate's school, with staff and a candidate.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import audit
from engine.records.tables import Account, Event, Review, Submission
from engine.submissions import assigning, assignments, claiming, drafting, places, progress
from tests import editions

from .conftest import BUNDLE, NOON, Garden

WORKFLOW: dict[str, Any] = {
    "workflow": "jury",
    "version": 1,
    "title": "Jury",
    "roles": {
        "grower": {"kind": "owner"},
        "judge": {"kind": "reviewer", "label": "Judge"},
        "chair": {"kind": "reviewer", "label": "Chair", "group": "chairs"},
        "office": {"kind": "staff", "label": "Office"},
    },
    "initial": "planting",
    "states": {
        "planting": {"kind": "open"},
        "on_show": {"kind": "review", "label": "On show"},
        "replanting": {"kind": "open"},
        "second_look": {"kind": "review", "label": "Second look"},
        "ribbon": {"kind": "outcome"},
        "compost": {"kind": "closed"},
    },
    "transitions": {
        "enter": {
            "from": ["planting", "replanting"],
            "to": "on_show",
            "by": "grower",
            "do": ["snapshot"],
        },
        "send_back": {"from": "on_show", "to": "replanting", "by": ["chair", "office"]},
        "send_back_free": {
            "from": "on_show",
            "to": "replanting",
            "by": "office",
            "do": ["unassign"],
        },
        "look_again": {"from": "on_show", "to": "second_look", "by": ["chair", "office"]},
        "back": {"from": "second_look", "to": "on_show", "by": "office"},
        "give_ribbon": {
            "from": ["on_show", "second_look"],
            "to": "ribbon",
            "by": ["judge", "chair"],
            "do": ["close_review"],
        },
        "pull_out": {"from": ["on_show", "second_look"], "to": "compost", "by": "grower"},
    },
}
JUDGES = ("ines", "jon", "kim", "leo", "mia", "nat")
"""Ines and Jon work at the candidate's school."""


@dataclass
class Jury:
    """The garden's database with another workflow and more judges."""

    garden: Garden
    session: Session
    submission: Submission

    @property
    def subject(self) -> SubmissionSubject:
        return drafting.subject_of(self.session, self.submission.id)

    def actor(self, id: str) -> Actor:
        one = self.session.get_one(Account, id)
        groups = frozenset(one.groups)
        return Actor(
            one.id, one.name, one.email, frozenset(one.roles), groups=groups, school=one.school
        )

    def go(self, name: str, who: str = "grower", at: datetime = NOON) -> Submission:
        return progress.advance(
            self.session,
            self.garden.settings,
            self.actor(who),
            self.submission.id,
            name,
            self.submission.revision,
            at,
        )

    def claim(self, who: str, block: str = "", at: datetime = NOON) -> Review:
        settings = self.garden.settings
        return claiming.claim(self.session, settings, self.actor(who), self.subject, block, at)

    def assign(self, who: str, block: str = "", at: datetime = NOON, **named: Any) -> Review:
        settings, office = self.garden.settings, self.actor("office")
        return assigning.assign(
            self.session, settings, office, self.subject, who, block, at, **named
        )

    def hand_back(self, who: str, at: datetime = NOON) -> None:
        settings = self.garden.settings
        claiming.hand_back(self.session, settings, self.actor(who), self.subject, at)

    def close(self, who: str, at: datetime = NOON) -> None:
        for review in places.every(self.session, self.subject):
            if review.reviewer_id == who and review.status == "open":
                assignments.close(self.session, review, at)
        self.session.flush()

    @property
    def seats(self) -> tuple[list[str], int]:
        """Who has a place, and how many are free, as the submission's row says."""
        row = self.session.execute(
            select(Submission.reviewer_ids, Submission.places_free, Submission.reviewer_id).where(
                Submission.id == self.submission.id
            )
        ).one()
        assert row.reviewer_id == (row.reviewer_ids[0] if row.reviewer_ids else None)
        return row.reviewer_ids, row.places_free

    @property
    def kinds(self) -> list[str]:
        """The kinds of events so far, but for how it came here."""
        events = audit.story(self.session, f"submission:{self.submission.id}")
        return [one.kind for one in events if one.kind not in ("opened", "advanced")]

    def last_event(self) -> Event:
        return audit.story(self.session, f"submission:{self.submission.id}")[-1]

    def change(self, who: str, **columns: Any) -> None:
        self.session.execute(update(Account).where(Account.id == who).values(**columns))
        self.session.expire_all()

    def another(self, at: datetime = NOON) -> Jury:
        """One more submission of another candidate, handed in at `at`."""
        number = len(self.session.scalars(select(Submission)).all())
        id = f"grower{number}"
        self.session.add(person(id, ["candidate"]))
        self.session.flush()
        edition = self.subject.edition
        row = drafting.open_submission(self.session, edition, self.actor(id), at)
        jury = Jury(self.garden, self.session, row)
        jury.go("enter", id, at)
        return jury


def person(id: str, roles: list[str], school: str = "", groups: tuple[str, ...] = ()) -> Account:
    return Account(
        id=id,
        email=f"{id}@example.org",
        name=id.title(),
        password_hash="",
        roles=roles,
        active=True,
        created_at=NOON - timedelta(days=9),
        school=school,
        groups=list(groups),
    )


def seat(garden: Garden, session: Session, *, enter: bool = True, **on_show: Any) -> Jury:
    """A submission whose state `on_show` has the review of `on_show` (a block's keywords), or
    `reviews` as they are; `second_look` has a claimed review by judges."""
    bundle = deepcopy(BUNDLE)
    workflow = deepcopy(WORKFLOW)
    plain = {"by": "judge", "guides": ["all"]}
    if "reviews" in on_show:
        workflow["states"]["on_show"]["reviews"] = on_show["reviews"]
    else:
        workflow["states"]["on_show"]["review"] = {**plain, **on_show}
    second = on_show.get("exclude", ["earlier_reviewer"])
    workflow["states"]["second_look"]["review"] = {**plain, "exclude": second}
    bundle["workflow"] = workflow
    bundle["credential"] = {**bundle["credential"], "prerequisites": {}}
    digest = editions.put(session, bundle, NOON, version=2)
    # The garden's own judges are not on this jury.
    session.execute(
        update(Account).where(Account.id.in_(("judge", "second_judge"))).values(roles=["candidate"])
    )
    for name in JUDGES:
        school = "Hill Street School" if name in ("ines", "jon") else "Lake Road School"
        session.add(person(name, ["candidate", "reviewer"], school))
    session.add(person("vera", ["reviewer"], "", ("chairs",)))
    session.execute(
        update(Account).where(Account.id == "grower").values(school="hill  street school")
    )
    session.flush()
    from engine.records import catalogue

    edition = catalogue.edition(session, digest)
    row = drafting.open_submission(session, edition, garden.grower, NOON)
    jury = Jury(garden, session, row)
    if enter:
        jury.go("enter")
    return jury
