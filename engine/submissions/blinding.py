"""What each viewer may know of whom, in submissions whose reviews are blind.

A review block says `single` (the candidate does not learn who reviews) or `double` (nor do the
reviewers learn whose work it is, or who the other reviewers are). Every page, letter, feed, file
and export that names somebody asks here. Program staff see everybody. What people write about
themselves in their answers cannot be taken out; `named_in` finds it for a word of warning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Workflow
from engine.forms.drafts import EvidenceFacts
from engine.languages import _
from engine.people import ENGINE, SYSTEM, Actor
from engine.permissions import SubmissionSubject, decides_without_reviewing, plays
from engine.records import author_marks, catalogue
from engine.records.tables import Account, EditionRow, Evidence, Review

_CODE = "23456789CFGHJKMPQRVWX"
"""Characters that nobody mistakes for another, and that spell no word."""
_STAFF = frozenset({"staff", "admin"})
_NOBODY = frozenset({ENGINE.id, SYSTEM.id, ""})


class GivesAway(NamedTuple):
    """What in a candidate's work may tell a reviewer whose it is."""

    blind: bool
    """Whether reviewers are not to learn it at all."""
    named: bool
    """Their own words name them."""
    files: tuple[EvidenceFacts, ...]


@dataclass(frozen=True)
class Eyes:
    """What one viewer may know of the people around one submission."""

    viewer_id: str
    candidate_id: str
    hides_candidate: bool = False
    hides_reviewers: bool = False
    code: str = ""
    """What the candidate is called instead, `4F2K`."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Of everybody who was ever asked to review it, by account id."""

    @property
    def open(self) -> bool:
        """Nothing is hidden."""
        return not (self.hides_candidate or self.hides_reviewers)

    def name_of(self, account_id: str, name: str) -> str:
        """What the viewer reads where somebody's name would stand."""
        if account_id == self.viewer_id or account_id in _NOBODY:
            return name
        if account_id == self.candidate_id:
            return self.candidate(name)
        if not self.hides_reviewers:
            return name
        if number := self.numbers.get(account_id):
            return _("Reviewer %(number)s", number=number)
        return _("Program staff")

    def candidate(self, name: str) -> str:
        """The candidate's name, or what they are called instead."""
        return _("Candidate %(code)s", code=self.code) if self.hides_candidate else name


def is_blind(workflow: Workflow) -> bool:
    """Whether anybody is hidden from anybody."""
    return any(block.blind != "none" for block in _blocks(workflow))


def hides_candidate(viewer: Actor, subject: SubmissionSubject) -> bool:
    """Whether this viewer does not learn whose work it is. Asks no database: for lists."""
    if viewer.id == subject.submission.candidate_id or viewer.roles & _STAFF:
        return False
    double = [block for block in _blocks(subject.workflow) if block.blind == "double"]
    return bool(double) and not _stands_above(viewer, subject, double)


def hides_reviewers(viewer: Actor, subject: SubmissionSubject) -> bool:
    """Whether this viewer does not learn who else deals with the submission: the candidate, and
    reviewers among themselves, where any of its reviews is blind."""
    if viewer.roles & _STAFF and viewer.id != subject.submission.candidate_id:
        return False
    if not is_blind(subject.workflow):
        return False
    if viewer.id == subject.submission.candidate_id:
        return True
    blind = [block for block in _blocks(subject.workflow) if block.blind != "none"]
    return not _stands_above(viewer, subject, blind)


def _stands_above(viewer: Actor, subject: SubmissionSubject, blocks: Iterable[ReviewBlock]) -> bool:
    """An editor, who decides on what the reviewers of `blocks` say and could not be asked to be
    one of them, knows whom it is about and who said it."""
    submission, roles = subject.submission, subject.workflow.roles
    return (
        viewer.id not in submission.reviewer_ids
        and not any(plays(viewer, roles[block.by], submission) for block in blocks)
        and decides_without_reviewing(viewer, subject)
    )


def eyes(session: Session, viewer: Actor, subject: SubmissionSubject) -> Eyes:
    """What `viewer` may know here. One query where anything is hidden, none where nothing is."""
    submission = subject.submission
    candidate, reviewers = hides_candidate(viewer, subject), hides_reviewers(viewer, subject)
    return Eyes(
        viewer.id,
        submission.candidate_id,
        candidate,
        reviewers,
        code_of(submission.id) if candidate else "",
        numbers(session, submission.id) if reviewers else {},
    )


def of_owner(session: Session, subject: SubmissionSubject) -> Eyes:
    """What the candidate may know."""
    id, blind = subject.submission.candidate_id, is_blind(subject.workflow)
    known = numbers(session, subject.submission.id) if blind else {}
    return Eyes(id, id, hides_reviewers=blind, numbers=known)


def numbers(session: Session, submission_id: str) -> dict[str, int]:
    """The number of everybody who was ever asked to review a submission, from 1, for ever."""
    rows = session.scalars(
        select(Review.reviewer_id)
        .where(Review.submission_id == submission_id)
        .order_by(Review.started_at, Review.id)
    )
    return {id: number for number, id in enumerate(dict.fromkeys(rows), 1)}


def code_of(submission_id: str) -> str:
    """What the candidate of a submission is called: the same for ever, another for each of their
    submissions, and no way back from it."""
    number = int.from_bytes(hashlib.sha256(f"candidate {submission_id}".encode()).digest()[:8])
    code = ""
    for _unused in range(4):
        number, rest = divmod(number, len(_CODE))
        code += _CODE[rest]
    return code


def candidate_in_list(viewer: Actor, subject: SubmissionSubject, name: str) -> str:
    """The candidate as a row of a list names them."""
    if not hides_candidate(viewer, subject):
        return name
    return _("Candidate %(code)s", code=code_of(subject.submission.id))


def reviewer_in_list(viewer: Actor, subject: SubmissionSubject, name: str) -> str:
    """The reviewer as a row of a list names them; one's own name stays."""
    if not name or subject.submission.reviewer_id == viewer.id:
        return name
    return _("A reviewer") if hides_reviewers(viewer, subject) else name


def blind_editions(session: Session) -> list[str]:
    """The digests of all editions in whose reviews anybody is hidden from anybody."""
    found = []
    for digest in session.scalars(select(EditionRow.digest)):
        workflow = catalogue.edition(session, digest).workflow
        if workflow is not None and is_blind(workflow):
            found.append(digest)
    return found


# Files.


def file_names(session: Session, submission_id: str) -> dict[str, str]:
    """`File 1.pdf`, `Link 2`: what files are called where their names may tell whose they are."""
    rows = session.execute(
        select(Evidence.id, Evidence.name, Evidence.url)
        .where(Evidence.submission_id == submission_id)
        .order_by(Evidence.uploaded_at, Evidence.id)
    )
    named = {}
    for number, row in enumerate(rows, 1):
        if row.url:
            named[row.id] = _("Link %(number)s", number=number)
            continue
        ending = re.search(r"\.[A-Za-z0-9]{1,8}$", row.name)
        words = _("File %(number)s", number=number)
        named[row.id] = words + (ending[0].lower() if ending else "")
    return named


def shown_files(
    session: Session, seen: Eyes, submission_id: str, evidence: Mapping[str, EvidenceFacts]
) -> Mapping[str, EvidenceFacts]:
    """Files as the viewer may know them."""
    if not seen.hides_candidate:
        return evidence
    names = file_names(session, submission_id)
    return {id: replace(one, name=names.get(id, "")) for id, one in evidence.items()}


def telling_files(workflow: Workflow, evidence: Iterable[EvidenceFacts]) -> list[EvidenceFacts]:
    """The files and links from which a reviewer may learn whose work it is although the review is
    double blind, because nothing can be taken out of them."""
    if not any(block.blind == "double" for block in _blocks(workflow)):
        return []
    return [one for one in evidence if one.url or not author_marks.can_clean(one.media_type)]


def gives_away(
    session: Session, subject: SubmissionSubject, answers: object, evidence: Iterable[EvidenceFacts]
) -> GivesAway:
    """From what a double-blind reviewer of this work could learn whose it is, for a warning to
    the candidate before they hand it in; nothing where no review is double blind."""
    if not any(block.blind == "double" for block in _blocks(subject.workflow)):
        return GivesAway(False, False, ())
    account = session.get_one(Account, subject.submission.candidate_id)
    return GivesAway(
        True, named_in(answers, account), tuple(telling_files(subject.workflow, evidence))
    )


def named_in(answers: object, account: Account) -> bool:
    """Whether what a candidate wrote names them: both of their names, or their address."""
    parts = [part for part in re.findall(r"\w+", account.name.casefold()) if len(part) > 1]
    for text in _texts(answers):
        folded = text.casefold()
        if account.email in folded:
            return True
        words = set(re.findall(r"\w+", folded))
        if len(parts) > 1 and parts[0] in words and parts[-1] in words:
            return True
    return False


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _blocks(workflow: Workflow) -> Iterable[ReviewBlock]:
    return (block for state in workflow.states.values() for block in state.reviews.values())
