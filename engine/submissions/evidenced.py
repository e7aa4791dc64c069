"""Where standards are evidenced: in one person's work, and in how many people's.

What stands for which standard is the documents' business (`credentials.alignment`); here it meets
what people hold and what they handed in. Drafts count for nothing yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import case, func, select, union_all
from sqlalchemy.orm import Session

from engine.awards import issuing, status
from engine.credentials import alignment
from engine.credentials.credential import Edition
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import Award, Recognition, Snapshot
from engine.submissions import drafting

Standing = Literal["held", "waiting", "handed-in"]


class Part(NamedTuple):
    """Something within a credential that speaks to a standard."""

    what: Literal["question", "chosen", "look-for"]
    """`question`: one that is aligned was answered. `chosen`: the standard is the answer itself.
    `look-for`: reviewers looked for it."""
    title: str


class Work(NamedTuple):
    """One credential of a person's that evidences a standard."""

    credential_id: str
    title: str
    standing: Standing
    """`held`; `waiting` while it is with reviewers; `handed-in` for anything else."""
    submission_id: str
    """The work; empty for what was earned elsewhere."""
    whole: bool
    """Whether the credential itself is aligned to the standard."""
    parts: tuple[Part, ...]


def of_person(session: Session, person: Actor, at: datetime) -> dict[str, list[Work]]:
    """What of the person's evidences each standard (`FRAMEWORK:CODE`), the latest work first.

    Everything that was handed in at least once counts with its own edition and the answers of its
    last round; a credential from elsewhere counts with the edition that is current. Queries: five,
    however much the person has done, and one for editions that are not in memory.
    """
    held = issuing.held(session, person.id, at)
    rows = [one for one in drafting.my_submissions(session, person) if one.submission.round > 0]
    answers = _last_answers(session, [one.submission.id for one in rows])
    earned_by = set(
        session.scalars(
            select(Award.submission_id).where(Award.recipient_id == person.id, *status.counting(at))
        )
    )
    found: dict[str, list[Work]] = {}
    for row in rows:
        submission = row.submission
        standing: Standing = "handed-in"
        if submission.id in earned_by:
            standing = "held"
        elif submission.state_kind in ("review", "decide"):
            standing = "waiting"
        said = answers.get(submission.id, {})
        for item, whole, parts in _spoken_to(row.edition, said, looked=standing == "held"):
            credential = row.edition.credential
            work = Work(credential.id, credential.title, standing, submission.id, whole, parts)
            found.setdefault(item, []).append(work)
    worked_for = {one.edition.credential.id for one in rows if one.submission.id in earned_by}
    for edition in catalogue.current_all(session) if held - worked_for else ():
        credential = edition.credential
        if credential.id in held - worked_for:
            for item in credential.aligned_to:
                work = Work(credential.id, credential.title, "held", "", True, ())
                found.setdefault(item, []).append(work)
    return found


def holders(
    session: Session, groups: Collection[frozenset[str]], at: datetime
) -> dict[frozenset[str], int]:
    """For each group of credentials, how many people hold at least one of them at `at`.

    One query for all groups, which reads what is held once.
    """
    asked = [one for one in dict.fromkeys(groups) if one]
    if not asked:
        return dict.fromkeys(groups, 0)
    named = sorted(frozenset().union(*asked))
    held = union_all(
        select(Award.recipient_id.label("person"), Award.credential_id.label("credential")).where(
            Award.credential_id.in_(named), *status.counting(at)
        ),
        select(Recognition.account_id, Recognition.credential_id).where(
            Recognition.credential_id.in_(named), *issuing.counting(at)
        ),
    ).subquery()
    each = (
        select(
            *(
                func.max(case((held.c.credential.in_(sorted(one)), 1), else_=0)).label(f"g{number}")
                for number, one in enumerate(asked)
            )
        )
        .group_by(held.c.person)
        .subquery()
    )
    sums = session.execute(select(*(func.sum(column) for column in each.c))).one()
    known = dict(zip(asked, (int(one or 0) for one in sums), strict=True))
    return {one: known.get(one, 0) for one in groups}


def _last_answers(session: Session, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """What was handed in last, by submission and form."""
    rows = session.execute(
        select(Snapshot.submission_id, Snapshot.answers)
        .where(Snapshot.submission_id.in_(ids))
        .order_by(Snapshot.round)
    )
    return {row.submission_id: row.answers for row in rows}


def _spoken_to(
    edition: Edition, answers: Mapping[str, Any], *, looked: bool
) -> Iterator[tuple[str, bool, tuple[Part, ...]]]:
    """The standards that a piece of work speaks to: whether as a whole, and by which parts."""
    parts: dict[str, list[Part]] = {item: [] for item in edition.credential.aligned_to}
    wordings = _wordings(edition)
    for form_id, form in edition.credential.forms.items():
        for one in alignment.answered(form, answers.get(form_id), wordings):
            part = Part("chosen" if one.chosen else "question", one.title)
            if part not in parts.setdefault(one.item, []):
                parts[one.item].append(part)
    if looked:
        for said in alignment.aligned(edition.credential):
            if said.what == "look-for":
                parts.setdefault(said.item, []).append(Part("look-for", said.title))
    for item, some in parts.items():
        yield item, item in edition.credential.aligned_to, tuple(some)


def _wordings(edition: Edition) -> dict[str, str]:
    """The standards that questions offer, by each text that an answer may name them with."""
    return {
        text: f"{id}:{item.code}"
        for id, items in edition.frameworks.items()
        for item in items
        for text in (f"{id}:{item.code}", f"{item.code} {item.statement}")
    }
