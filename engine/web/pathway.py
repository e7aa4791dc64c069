"""Where a person stands on each credential, in the words of the catalogue.

Everything is worked out from four things that are read once: what the person holds, what they
have under way, the published editions, and the time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.credentials import pathways
from engine.credentials.credential import CredentialKind, Edition
from engine.credentials.workflow import State
from engine.languages import N_, _, ngettext
from engine.people import Actor
from engine.records.tables import Submission
from engine.submissions import drafting

KIND_WORDS: dict[CredentialKind, str] = {
    "milestone": N_("Milestone credential"),
    "micro-credential": N_("Micro-credential"),
    "programme": N_("Program"),
    "recognised": N_("Recognized credential"),
    "goal": N_("Pathway goal"),
}


@dataclass(frozen=True)
class PersonalRecord:
    """What a person holds and has begun. Empty for a visitor."""

    signed_in: bool = False
    held: Collection[str] = frozenset()
    under_way: Mapping[str, Submission] = field(default_factory=dict)
    """By credential id: submissions that have not ended."""
    states: Mapping[str, State] = field(default_factory=dict)
    """By submission id."""


class Card(NamedTuple):
    """One credential in the catalogue. `url` leads to the work under way, if there is any."""

    edition: Edition
    kind: str
    sentence: str
    towards: list[str]
    tone: str
    standing: str
    work: Submission | None
    held: bool


class Step(NamedTuple):
    """A credential on the way to another, and whether one holds it."""

    id: str
    title: str
    held: bool
    published: bool
    by_badge: bool = False
    """A badge may be shown for it."""


class Before(NamedTuple):
    """The prerequisites: how many are needed, and each with whether it is held."""

    steps: list[Step]
    needed: int
    held: int
    met: bool


def record_of(session: Session, actor: Actor, at: datetime) -> PersonalRecord:
    """What `actor` holds at `at` and has under way."""
    if not actor.id:
        return PersonalRecord()
    held = issuing.held(session, actor.id, at)
    return record_from(held, drafting.my_submissions(session, actor))


def record_from(held: Collection[str], work: Iterable[drafting.SubmissionRow]) -> PersonalRecord:
    """The same of what was read already: ids of what is held, and all of somebody's work."""
    rows = [row for row in work if row.submission.state_kind not in ("outcome", "closed")]
    return PersonalRecord(
        True,
        held,
        {row.submission.credential_id: row.submission for row in rows},
        {
            row.submission.id: row.edition.workflow.states[row.submission.state]
            for row in rows
            if row.edition.workflow
        },
    )


def card(edition: Edition, record: PersonalRecord, editions: Iterable[Edition]) -> Card:
    """One credential with where the person stands on it."""
    credential = edition.credential
    work = record.under_way.get(credential.id)
    tone, standing = _standing(edition, record, feeding(edition, record, editions))
    return Card(
        edition,
        _(KIND_WORDS[credential.kind]),
        first_sentence(credential.summary),
        [edition.titles.get(one, one) for one in credential.builds_towards],
        tone,
        standing,
        work,
        credential.id in record.held,
    )


def prerequisites(
    edition: Edition, record: PersonalRecord, editions: Mapping[str, Edition]
) -> Before:
    """What must be held first, each with whether it is."""
    asked = edition.credential.prerequisites
    standing = pathways.standing(asked, record.held)
    steps = [_step(id, edition, record, editions) for id in asked.credentials]
    return Before(steps, asked.needed, len(standing.held), standing.met)


def after(edition: Edition, editions: Mapping[str, Edition]) -> list[Step]:
    """What this credential builds towards."""
    nobody = PersonalRecord()
    return [_step(id, edition, nobody, editions) for id in edition.credential.builds_towards]


def feeding(edition: Edition, record: PersonalRecord, editions: Iterable[Edition]) -> list[Step]:
    """The credentials that build towards this one."""
    return [
        Step(one.credential.id, one.credential.title, one.credential.id in record.held, True)
        for one in sorted(editions, key=_title)
        if edition.credential.id in one.credential.builds_towards
    ]


def first_sentence(text: str) -> str:
    """The first sentence of a summary, for a card: plain text without Markdown's marks."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split()).replace("*", "").replace("`", "")
    head, stop, _ = paragraph.partition(". ")
    return head + "." if stop else paragraph


def _step(
    id: str, edition: Edition, record: PersonalRecord, editions: Mapping[str, Edition]
) -> Step:
    published = editions.get(id)
    title = published.credential.title if published else edition.titles.get(id, id)
    accepts = published is not None and bool(published.credential.accepts)
    return Step(id, title, id in record.held, published is not None, accepts)


def _standing(edition: Edition, record: PersonalRecord, steps: list[Step]) -> tuple[str, str]:
    credential = edition.credential
    if not record.signed_in:
        return "", ""
    if credential.id in record.held:
        return "good", _("You hold this")
    if work := record.under_way.get(credential.id):
        state = record.states[work.id]
        return state.public_tone, state.public_label
    if edition.workflow is None and steps:
        return "neutral", _(
            "%(held)s of %(count)s earned", held=sum(step.held for step in steps), count=len(steps)
        )
    if edition.workflow is None:
        return "neutral", _("Not held yet")
    before = pathways.standing(credential.prerequisites, record.held)
    if before.met:
        return "neutral", _("Not started")
    held = ngettext(
        "%(held)s of %(count)s prerequisite held",
        "%(held)s of %(count)s prerequisites held",
        before.needed,
        held=len(before.held),
    )
    return "neutral", held


def _title(edition: Edition) -> str:
    return edition.credential.title.casefold()
