"""A draft as a file: taken out, looked at, put in again, and put back if that was a mistake.

A copy is JSON with a name and a version of its format, so that a later release can still read it.
What a file from outside may not do: bring in files that belong to other work, give an agreement
that was not given here, or change what a person may not answer. Whatever does not fit a question is
kept, as it is when it is typed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.errors import AccoladeError, Conflict
from engine.forms.attachments import Evidence
from engine.forms.drafts import MARKS, Draft, EvidenceFacts
from engine.forms.groups import Group
from engine.forms.nodes import Node, clean
from engine.forms.pointers import ABSENT, escape, within
from engine.forms.rows import Rows
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, may, require
from engine.records.tables import ReplacedDraft
from engine.submissions import drafting, statements

FORMAT = "accolade draft"
VERSION = 1
MAX_BYTES = 2_000_000
"""Of a file that is read; a draft of forty full pages has a tenth of that."""
MAX_DEPTH = 64


class NotACopy(AccoladeError):
    """A file can't be read as a copy of this draft. Its text says why."""


@dataclass(frozen=True)
class Copy:
    """What a file would make of a draft."""

    draft: Draft
    """The forms of the file, ready to be kept."""
    left_out: tuple[str, ...]
    """What of the file is not taken over, in words."""


def exported(session: Session, subject: SubmissionSubject, at: datetime) -> dict[str, Any]:
    """The whole draft as JSON: answers, and everything that is known beside them."""
    draft = drafting.draft_of(session, subject.submission.id)
    evidence = drafting.evidence_of(session, subject.submission.id)
    credential = subject.edition.credential
    return {
        "format": FORMAT,
        "version": VERSION,
        "credential": credential.id,
        "title": credential.title,
        "credential_version": credential.version,
        "edition": subject.edition.digest,
        "exported_at": at.isoformat(timespec="seconds"),
        "answers": draft.answers,
        **draft.marks,
        "evidence": [
            {"id": id, "name": one.name, "bytes": one.bytes, "sha256": one.sha256}
            for id, one in evidence.items()
        ],
        # To keep, not to read back: what others have said is theirs.
        "statements": statements.as_json(session, subject),
    }


def read(
    data: bytes, subject: SubmissionSubject, now: Draft, known: Mapping[str, EvidenceFacts]
) -> Copy:
    """A file's content as a copy for the draft that is `now`. Raises `NotACopy`.

    `known` are the files of this submission by id.
    """
    said = _parsed(data)
    credential = subject.edition.credential
    if said.get("credential") != credential.id:
        title = str(said.get("title") or said.get("credential") or "?")[:200]
        raise NotACopy(
            _(
                "This is a copy of a draft for “%(theirs)s”. This draft is for “%(ours)s”.",
                theirs=title,
                ours=credential.title,
            )
        )
    form_set = form_set_of(subject.edition)
    answers, left_out = {}, []
    sieve = _Sieve(known, _names(said.get("evidence")))
    for form_id, form in said["answers"].items():
        if form_id not in form_set.forms or not isinstance(form, dict):
            left_out.append(_("“%(name)s”: this credential has no such form.", name=form_id[:80]))
            continue
        root = form_set.forms[form_id].root
        answers[form_id] = sieve.sifted(root, form, now.answers.get(form_id))
    marks = {name: _marks(name, said.get(name), answers) for name in MARKS}
    marks["agreed"] = _marks("agreed", now.agreed, answers)
    return Copy(Draft.of(answers, marks), (*left_out, *dict.fromkeys(sieve.left_out)))


def seen_of(draft: Draft) -> str:
    """A digest of a whole draft: what somebody saw when they decided to replace it."""
    text = json.dumps([draft.answers, draft.marks], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def replace(
    session: Session,
    subject: SubmissionSubject,
    copy: Copy,
    seen: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Put a copy in the place of the draft's forms that it has; the draft as it was is kept.

    Raises `Refused`, and `Conflict` when the draft is no longer the one that was `seen`.
    """
    require(actor, "submission.edit", subject)
    if seen_of(drafting.draft_of(session, subject.submission.id)) != seen:
        raise Conflict(_("Your draft has changed since you looked at it here. Look again."))
    _keep_this(session, subject, at)
    _put(session, subject, copy.draft, actor, at)


def kept(session: Session, submission_id: str) -> ReplacedDraft | None:
    """The draft that was replaced last, as `exported` wrote it."""
    return session.get(ReplacedDraft, submission_id)


def put_back(session: Session, subject: SubmissionSubject, actor: Actor, at: datetime) -> bool:
    """Undo the last replacement; the draft that is there now is kept in its turn."""
    require(actor, "submission.edit", subject)
    row = kept(session, subject.submission.id)
    if row is None:
        return False
    content = row.content
    _keep_this(session, subject, at)
    marks = {name: content.get(name, {}) for name in MARKS}
    _put(session, subject, Draft.of(content["answers"], marks), actor, at)
    return True


def _keep_this(session: Session, subject: SubmissionSubject, at: datetime) -> None:
    id = subject.submission.id
    session.execute(delete(ReplacedDraft).where(ReplacedDraft.submission_id == id))
    content = exported(session, subject, at)
    session.add(ReplacedDraft(submission_id=id, replaced_at=at, content=content))
    session.flush()


def _put(
    session: Session, subject: SubmissionSubject, draft: Draft, actor: Actor, at: datetime
) -> None:
    for form_id in draft.answers:
        if may(actor, "submission.edit", subject, form_id) is None:
            drafting.put(session, subject, form_id, draft.of_form(form_id), at)


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise NotACopy(_("This file is too large to be a copy of a draft."))
    try:
        said = _tidied(json.loads(data.decode("utf-8-sig"), parse_constant=_no_number))
    except (ValueError, RecursionError):
        raise NotACopy(_("This file is not a copy of a draft, or it is damaged.")) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise NotACopy(_("This file is not a copy of a draft that was downloaded here."))
    version = said.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version > VERSION:
        raise NotACopy(_("This copy was made by a newer version of this site."))
    if not isinstance(said.get("answers"), dict):
        raise NotACopy(_("This copy has no answers in it."))
    return said


def _no_number(text: str) -> None:
    raise ValueError(text)


def _tidied(value: Any, depth: int = 0) -> Any:
    """JSON without what no answer may hold, such as control characters."""
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("too large a number")
    if isinstance(value, list):
        return [_tidied(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {clean(key): _tidied(one, depth + 1) for key, one in value.items()}
    return value


def _names(said: Any) -> dict[str, str]:
    return {
        str(one.get("id")): str(one.get("name", ""))[:120]
        for one in (said if isinstance(said, list) else ())
        if isinstance(one, dict)
    }


_SHAPES: Mapping[str, type[Any]] = {"typed": str, "chosen": int, "rows": list, "agreed": dict}


def _marks(name: str, said: Any, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The marks of a file, as far as they have the shape that a draft's have."""
    if not isinstance(said, dict):
        return {}
    shape = _SHAPES.get(name, dict)
    return {
        at: one
        for at, one in said.items()
        if isinstance(one, shape)
        and not isinstance(one, bool)
        and (name != "rows" or all(isinstance(id, str) for id in one))
        and any(within(at, f"/{escape(form_id)}") for form_id in answers)
    }


class _Sieve:
    """Goes through answers with the questions that they answer, and leaves out what may not come
    from a file. Agreements, and what a person may not answer, stay as the draft has them."""

    def __init__(self, known: Mapping[str, EvidenceFacts], names: Mapping[str, str]) -> None:
        self.known = known
        self.names = names
        self.left_out: list[str] = []

    def sifted(self, node: Node, value: Any, now: Any) -> Any:
        """`value` as it may be taken over; `now` is the draft's answer at the same place."""
        if isinstance(node, Group) and isinstance(value, dict):
            return self._object(node, value, now if isinstance(now, dict) else {})
        if isinstance(node, Rows) and isinstance(value, list):
            there = now if isinstance(now, list) else []
            return [
                self.sifted(node.item, one, there[number] if number < len(there) else None)
                for number, one in enumerate(value)
            ]
        return value

    def _object(self, group: Group, value: Mapping[str, Any], now: Mapping[str, Any]) -> Any:
        found = dict(value)
        for node in group.nodes():
            said, own = value.get(node.key, ABSENT), now.get(node.key, ABSENT)
            if node.kind == "agreement" or node.schema.get("readOnly") is True:
                if said not in (ABSENT, own) and node.kind == "agreement":
                    words = _("“%(title)s”: you are asked to agree to it here.", title=node.title)
                    self.left_out.append(words)
                kept = own
            elif said is ABSENT:
                continue
            elif isinstance(node, Evidence):
                kept = self._files(node, said)
            else:
                kept = self.sifted(node, said, own)
            found.pop(node.key, None)
            if kept is not ABSENT:
                found[node.key] = kept
        return found

    def _files(self, node: Evidence, said: Any) -> Any:
        """What is left of an answer that names files."""
        ids = node.ids(said)
        gone = [id for id in ids if id not in self.known]
        for id in gone:
            name = self.names.get(id) or _("a file")
            self.left_out.append(
                _(
                    "“%(title)s”: %(name)s belongs to other work. Attach it again.",
                    title=node.title,
                    name=name,
                )
            )
        if not gone:
            return said
        left = [one for one in ids if one in self.known]
        return left if node.many and left else ABSENT
