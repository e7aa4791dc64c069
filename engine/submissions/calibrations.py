"""Calibrations: prepared work for reviewers to practice on, with the scores that were agreed on.

Staff prepare one from a finished submission, without names, or from a credential's examples, and
set the agreed scores with their reasons. Once it is open to reviewers the agreed scores stay as
they are, or earlier practice would mean something else. What a calibration holds is a copy: of
the submission that it came from only files that were kept are needed. Practicing itself is in
`calibrating`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition, LookFor, ScoringGuide
from engine.errors import NotFound, Refusal, Refused
from engine.forms.answers import EvidenceFacts
from engine.forms.drafts import Draft
from engine.forms.pointers import escape
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit, catalogue
from engine.records.tables import Account, Calibration, Evidence, Snapshot, new_id
from engine.submissions import stored
from engine.submissions.scores import Key, Score, Scores, kept

NAME = "[name]"
"""What stands in place of a name that was taken out."""
LONGEST_TITLE = 200
LONGEST_ANSWER = 100_000


def prepare_from_submission(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    title: str,
    keep: Collection[str],
    at: datetime,
) -> Calibration:
    """Copy what was last submitted, with the candidate's name and address taken out of every
    answer, and of its files only those to `keep` (ids), which staff have looked at, under names
    that say nothing.

    Raises `Refused` unless `actor` may read it and it has come to its end, and `NotFound` when
    there is nothing in it.
    """
    require(actor, "staff.see")
    require(actor, "submission.read", subject)
    if subject.state.kind not in ("outcome", "closed"):
        raise Refused(
            Refusal(
                _("Only work on which somebody has decided can be practiced on."),
                _("Wait until this submission has come to its end."),
                "unfinished",
            )
        )
    taken = session.scalars(
        select(Snapshot)
        .where(Snapshot.submission_id == subject.submission.id)
        .order_by(Snapshot.round.desc())
    ).first()
    if taken is None:
        raise NotFound(_("Nothing was ever submitted here."))
    account = session.get_one(Account, subject.submission.candidate_id)
    evidence = stored.evidence_of(session, subject.submission.id)
    files = {
        id: _("File %(number)s", number=number) + PurePath(facts.name).suffix[:10].lower()
        for number, (id, facts) in enumerate(files_to_keep(session, subject).items(), 1)
        if id in keep
    }
    answers = _without(_renamed(taken.answers, account), frozenset(evidence) - frozenset(files))
    return _prepared(session, actor, subject.edition, title, answers, taken.marks, files, at)


def prepare_from_examples(
    session: Session, actor: Actor, edition: Edition, title: str, at: datetime
) -> Calibration:
    """Copy the example answers of a credential. Raises `NotFound` when it has none."""
    require(actor, "staff.see")
    if not edition.examples or not edition.credential.scoring_guides:
        raise NotFound(_("This credential has no example answers that could be scored."))
    return _prepared(session, actor, edition, title, edition.examples, {}, {}, at)


def _prepared(
    session: Session,
    actor: Actor,
    edition: Edition,
    title: str,
    answers: Mapping[str, Any],
    marks: Mapping[str, Any],
    files: Mapping[str, str],
    at: datetime,
) -> Calibration:
    found = Calibration(
        id=new_id(),
        credential_id=edition.credential.id,
        edition_digest=edition.digest,
        title=_titled(title, edition),
        answers=dict(answers),
        marks=dict(marks),
        agreed={},
        files=dict(files),
        made_by=actor.id,
        made_at=at,
    )
    session.add(found)
    session.flush()
    _record(session, found, "calibration-prepared", actor, at)
    return found


def rewrite(
    session: Session,
    actor: Actor,
    calibration: Calibration,
    title: str,
    words: Mapping[str, str],
    at: datetime,
) -> None:
    """Put other words into text answers, by their pointers, before it is open to reviewers.

    Pointers that lead to no text are ignored. Raises `Refused` once it is open.
    """
    _require_unopened(actor, calibration)
    edition = catalogue.edition(session, calibration.edition_digest)
    answers = calibration.answers
    for pointer, text in words.items():
        answers = _replaced(answers, pointer, text[:LONGEST_ANSWER])
    before = calibration.title
    calibration.title, calibration.answers = _titled(title, edition), dict(answers)
    session.flush()
    facts = {"before": before, "answers": sorted(words)}
    _record(session, calibration, "calibration-changed", actor, at, facts)


def agree(
    session: Session, actor: Actor, calibration: Calibration, scores: Scores, at: datetime
) -> None:
    """Keep the agreed scores as they stand, with their reasons as notes; finished or not.

    Raises `Refused` once it is open to reviewers.
    """
    _require_unopened(actor, calibration)
    agreed: dict[str, dict[str, Any]] = {}
    for guide in guides(session, calibration):
        for look_for in guide.look_fors:
            score = kept(look_for, scores.get((guide.id, look_for.id), Score()))
            if score.decision or score.notes:
                agreed.setdefault(guide.id, {})[look_for.id] = plain(score, "why")
    if agreed != calibration.agreed:
        facts = {"before": calibration.agreed, "after": agreed}
        calibration.agreed = agreed
        session.flush()
        _record(session, calibration, "calibration-agreed", actor, at, facts)


def open_to_reviewers(
    session: Session, actor: Actor, calibration: Calibration, at: datetime
) -> None:
    """Let reviewers practice on it. Raises `Refused` while a score or a reason is missing."""
    _require_unopened(actor, calibration)
    agreed = agreed_scores(calibration)
    rows = [agreed.get(key, Score()) for key, _look_for in rows_of(session, calibration)]
    if any(score.decision is None or not score.notes for score in rows):
        raise Refused(
            Refusal(
                _("Every look-for needs an agreed score and the reason for it."),
                _("Reviewers learn from the reasons. Write them, then open it."),
                "unagreed",
            )
        )
    calibration.opened_at = at
    session.flush()
    _record(session, calibration, "calibration-opened", actor, at)


def retire(session: Session, actor: Actor, calibration: Calibration, at: datetime) -> None:
    """Offer it to nobody any more. What was practiced on it still counts."""
    require(actor, "staff.see")
    if calibration.retired_at is None:
        calibration.retired_at = at
        session.flush()
        _record(session, calibration, "calibration-retired", actor, at)


def every(session: Session) -> list[Calibration]:
    """All calibrations, the latest first, with the retired ones last."""
    return list(
        session.scalars(
            select(Calibration).order_by(
                Calibration.retired_at.is_not(None), Calibration.made_at.desc(), Calibration.id
            )
        )
    )


def guides(session: Session, calibration: Calibration) -> tuple[ScoringGuide, ...]:
    """The scoring guides of the edition that it was prepared with."""
    edition = catalogue.edition(session, calibration.edition_digest)
    return tuple(edition.credential.scoring_guides.values())


def answers_of(calibration: Calibration) -> Draft:
    """What is to be scored."""
    return Draft.of(calibration.answers, calibration.marks)


def texts_of(calibration: Calibration) -> list[tuple[str, str]]:
    """Every text in the answers, by its pointer, in their order: what staff may put otherwise."""
    return list(_texts(calibration.answers, ""))


def agreed_scores(calibration: Calibration) -> dict[Key, Score]:
    """The agreed scores; their notes are the reasons."""
    return scores_of(calibration.agreed, "why")


def files_to_keep(session: Session, subject: SubmissionSubject) -> Mapping[str, EvidenceFacts]:
    """The files of a submission that a calibration could keep; links lead to somebody's own
    pages, and are not among them."""
    evidence = stored.evidence_of(session, subject.submission.id)
    return {id: facts for id, facts in evidence.items() if not facts.url}


def evidence_of(session: Session, calibration: Calibration) -> dict[str, EvidenceFacts]:
    """The kept files under the names that they have here."""
    rows = session.execute(select(*stored.FACTS).where(Evidence.id.in_(calibration.files)))
    facts = [EvidenceFacts(*tuple(row)) for row in rows]
    return {one.id: replace(one, name=calibration.files[one.id]) for one in facts}


def file_name(session: Session, actor: Actor, evidence_id: str) -> str:
    """What a kept file is called for somebody who practices; empty when it is not for them."""
    if not actor.roles & {"reviewer", "staff", "admin"}:
        return ""
    rows = session.scalars(
        select(Calibration.files).where(
            Calibration.opened_at.is_not(None), Calibration.retired_at.is_(None)
        )
    )
    return next((str(files[evidence_id]) for files in rows if evidence_id in files), "")


def _require_unopened(actor: Actor, calibration: Calibration) -> None:
    require(actor, "staff.see")
    if calibration.opened_at is not None:
        raise Refused(
            Refusal(
                _("Reviewers practice on this already, so it stays as it is."),
                _("Retire it and prepare another one."),
                "opened",
            )
        )


def rows_of(session: Session, calibration: Calibration) -> Iterable[tuple[Key, LookFor]]:
    for guide in guides(session, calibration):
        for look_for in guide.look_fors:
            yield (guide.id, look_for.id), look_for


def scores_of(sheet: Mapping[str, Any], words: str) -> dict[Key, Score]:
    return {
        (guide, look_for): Score(one.get("decision"), one.get(words, ""), one.get("value"))
        for guide, rows in sheet.items()
        for look_for, one in rows.items()
    }


def plain(score: Score, words: str) -> dict[str, Any]:
    return {"decision": score.decision, "value": score.value, words: score.notes}


def _titled(title: str, edition: Edition) -> str:
    return title.strip()[:LONGEST_TITLE] or edition.credential.title[:LONGEST_TITLE]


def _record(
    session: Session,
    calibration: Calibration,
    kind: str,
    actor: Actor,
    at: datetime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    facts = {"calibration": calibration.id, "title": calibration.title, **more}
    audit.record(session, f"credential:{calibration.credential_id}", kind, facts, actor, at)


def _renamed(value: Any, account: Account) -> Any:
    """`value` without the person's address, their whole name and the parts of it."""
    parts = [one for one in re.findall(r"\w+", account.name) if len(one) > 2]
    words = [re.escape(one) for one in (account.email, account.name, *parts) if one]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)

    def within(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(NAME, value)
        if isinstance(value, Mapping):
            return {key: within(one) for key, one in value.items()}
        return [within(one) for one in value] if isinstance(value, list) else value

    return within(value)


def _without(value: Any, gone: frozenset[str]) -> Any:
    """`value` without answers, or items of them, that are among `gone`."""
    if isinstance(value, Mapping):
        return {
            key: _without(one, gone)
            for key, one in value.items()
            if not (isinstance(one, str) and one in gone)
        }
    if isinstance(value, list):
        return [_without(one, gone) for one in value if not (isinstance(one, str) and one in gone)]
    return value


def _texts(value: Any, pointer: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, f"{pointer}/{escape(str(key))}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{pointer}/{number}")


def _replaced(value: Any, pointer: str, text: str, here: str = "") -> Any:
    """`value` with the text at `pointer` put otherwise; unchanged where no text is there."""
    if here == pointer:
        return text if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {
            key: _replaced(one, pointer, text, f"{here}/{escape(str(key))}")
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [
            _replaced(one, pointer, text, f"{here}/{number}") for number, one in enumerate(value)
        ]
    return value
