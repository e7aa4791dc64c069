"""Who can be asked for a statement, and what each is shown: only what the candidate's answers say
of that one person, as far as the document names it.

A place is a row by its id, so that it stays the same wherever the row moves. With the place goes a
digest of what is shown there: once that changes, what somebody confirmed was another version.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from engine.credentials.statements import Statement, Witness
from engine.forms import answers as forms_answers
from engine.forms.anchors import anchor_of
from engine.forms.drafts import Draft
from engine.forms.entries import entry_of
from engine.forms.nodes import Leaf
from engine.forms.pointers import ABSENT, value_at
from engine.forms.schema import FormSet, form_set_of
from engine.permissions import SubmissionSubject
from engine.records.tables import Snapshot
from engine.submissions import drafting, named_people
from engine.submissions.askings import LONGEST_NAME, person_key

_PRINT: Final = 16
"""Signs of a digest that go into an asking's place."""


class Fact(NamedTuple):
    """One answer, as somebody is shown it."""

    label: str
    text: str


@dataclass(frozen=True)
class Named:
    """Somebody whom the answers name for a statement."""

    statement: Statement
    name: str
    email: str
    """As the answers have it; often empty."""
    pointer: str
    """Of the row or person, now."""
    anchor: str
    """The same, wherever the row moves."""
    facts: tuple[Fact, ...]
    """In the language of the moment."""
    digest: str
    """SHA-256 of what is shown, the same in every language."""

    @property
    def key(self) -> str:
        return person_key(self.name)

    @property
    def place(self) -> str:
        """Where an asking about this version of the answers stands."""
        return f"{self.anchor} {self.digest[:_PRINT]}"


def anchor_in(place: str) -> str:
    """Whose row an asking's place is, whatever it said then."""
    return place.rpartition(" ")[0]


def said_of(session: Session, subject: SubmissionSubject) -> Draft:
    """The answers that count: the draft while the candidate may change it, otherwise what was
    handed in last."""
    submission = subject.submission
    if subject.state.kind != "open" and submission.round:
        taken = session.get(Snapshot, (submission.id, submission.round))
        if taken is not None:
            return Draft.of(taken.answers, taken.marks)
    draft = drafting.draft_of(session, submission.id)
    pruned = forms_answers.prune(form_set_of(subject.edition), draft)
    return Draft.of(pruned, draft.marks)


def named(subject: SubmissionSubject, statement: Statement, draft: Draft) -> list[Named]:
    """Everybody whom the answers name for a statement, in their order; rows without a name are
    left out."""
    form_set = form_set_of(subject.edition)
    return [
        one
        for witness in statement.witnesses
        for pointer, row in named_people.rows(draft.answers, witness.at)
        if (one := _named(form_set, statement, witness, draft, pointer, row)) is not None
    ]


def _named(
    form_set: FormSet,
    statement: Statement,
    witness: Witness,
    draft: Draft,
    pointer: str,
    row: Any,
) -> Named | None:
    name = row if isinstance(row, str) else named_people.within(row, witness.name)
    if not isinstance(name, str) or not name.strip():
        return None
    email = named_people.within(row, witness.email)
    raw = {path: named_people.within(row, path) for path in witness.shows}
    seen = json.dumps([person_key(name), raw], sort_keys=True, ensure_ascii=True)
    return Named(
        statement,
        " ".join(name.split())[:LONGEST_NAME],
        email.strip() if isinstance(email, str) else "",
        pointer,
        anchor_of(pointer, draft.rows) or pointer,
        tuple(
            fact
            for path in witness.shows
            if (fact := _fact(form_set, draft, f"{pointer}/{path}")) is not None
        ),
        hashlib.sha256(f"{witness.at} {seen}".encode()).hexdigest(),
    )


def _fact(form_set: FormSet, draft: Draft, pointer: str) -> Fact | None:
    node, value = form_set.node(pointer), value_at(draft.answers, pointer)
    if node is None or value is ABSENT or node.write_only:
        return None
    entry = entry_of(node, value, pointer, draft)
    # Files are not shown to anybody outside; of lists there are the words.
    text = "" if isinstance(node, Leaf) and entry.evidence else entry.text or ", ".join(entry.items)
    return Fact(entry.label, text) if text else None
