"""What other people confirm or write for a submission: asked by a link, arrived as evidence.

A document's `statements` say what is asked of whom; asking itself is `askings`, who is named and
what they are shown `statement_places`. What has arrived is theirs: the candidate reads it and can't
change it. A confirmation is of the answers as they were shown; once those change it says so, counts
no longer, and can be asked for anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.statements import Statement
from engine.credentials.workflow import Transition
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.forms import display
from engine.forms.drafts import Draft
from engine.forms.entries import Entry
from engine.forms.schema import FormSet, form_set_of
from engine.languages import _, ngettext
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.phrases import day, listed
from engine.records import catalogue
from engine.records.tables import Asking
from engine.settings import Settings
from engine.submissions import asking_letters, askings, letters, statement_places
from engine.submissions.askings import Kept, Manner, Words, person_key
from engine.submissions.statement_places import Fact, Named

KINDS: Final = ("confirmation", "statement")
WORDS: Final = "words"
"""The question of a statement that has no form of its own."""
LONGEST_WORDS: Final = 6_000
"""Characters of a statement that has no form of its own."""
LONGEST_REMARK: Final = 1_000
"""Characters beside a yes or a no."""

State = Literal["given", "unasked", "asked", "lapsed", "refused", "outdated"]


@dataclass(frozen=True)
class Received:
    """What somebody has said, to read."""

    id: str
    kind: str
    title: str
    name: str
    said: str
    """`given` or `refused`."""
    answered_at: datetime
    facts: tuple[Fact, ...]
    """What they were shown."""
    remark: str
    """Beside a yes or a no."""
    entries: tuple[Entry, ...]
    """What they wrote."""
    current: bool
    """Whether the candidate's answers still say what they were shown."""

    @property
    def words(self) -> str:
        """What was said, in a few words, with its day."""
        on = day(self.answered_at)
        if self.kind == "confirmation":
            if self.said == "given":
                return _("Confirmed on %(day)s", day=on)
            return _("Not confirmed: said no on %(day)s", day=on)
        if self.said == "given":
            return _("Written on %(day)s", day=on)
        return _("Declined on %(day)s", day=on)


class Standing(NamedTuple):
    """One statement of one person."""

    statement: Statement
    name: str
    email: str
    state: State
    named: Named | None
    """Where the answers name them; None where the candidate named them when they asked."""
    asking: Asking | None
    """The latest one that is about them."""

    @property
    def stands(self) -> bool:
        return self.state == "given"

    @property
    def may_ask(self) -> bool:
        """Whether they can be asked now: for the first time, or about what has changed since."""
        return self.state in ("unasked", "outdated")

    @property
    def words(self) -> str:
        """How it stands, for the candidate."""
        row = self.asking
        if row is None:
            return _("Not asked yet")
        answered = day(row.answered_at) if row.answered_at else ""
        match self.state:
            case "given" if row.kind == "confirmation":
                return _("Confirmed on %(day)s", day=answered)
            case "given":
                return _("Written on %(day)s", day=answered)
            case "refused" if row.kind == "confirmation":
                return _("Not confirmed: said no on %(day)s", day=answered)
            case "refused":
                return _("Declined on %(day)s", day=answered)
            case "outdated":
                return _(
                    "Answered on %(day)s, before you changed what they were shown", day=answered
                )
            case "lapsed":
                return _("Asked on %(day)s; the link has expired", day=day(row.told_at))
        return _("Asked on %(day)s, no answer yet", day=day(row.told_at))


def standing(
    session: Session, subject: SubmissionSubject, at: datetime, handed_in: Draft | None = None
) -> list[Standing]:
    """Every statement of every person who is named for one or was asked for one, in the document's
    order. No queries where the document asks for none.

    The candidate's draft counts while it is open. Everybody else is shown what was `handed_in`
    (`named_people.handed_in`), and nobody before the first round.
    """
    statements = subject.edition.credential.statements
    if not statements or (handed_in is not None and not subject.submission.round):
        return []
    draft = statement_places.said_of(session, subject) if handed_in is None else handed_in
    rows = _askings(session, subject)
    found: list[Standing] = []
    for one in statements.values():
        mine = [row for row in rows if row.concern == one.id]
        if one.role:
            found += [_of_role(one, row, at) for row in mine]
        else:
            found += [_of_named(named, mine, at) for named in _named(subject, one, draft)]
    return found


def lacking(session: Session, subject: SubmissionSubject, at: datetime) -> list[Refusal]:
    """Why nothing can be submitted yet: each statement that is needed and not there, with who is
    missing."""
    if not any(one.needed for one in subject.edition.credential.statements.values()):
        return []
    everybody = standing(session, subject, at)
    found = []
    for one in subject.edition.credential.statements.values():
        if not one.needed:
            continue
        people = [person for person in everybody if person.statement.id == one.id]
        there = {person_key(person.name) for person in people if person.stands}
        waiting = [person for person in people if not person.stands]
        if not one.minimum:
            # Everybody, for each answer that names them.
            if waiting:
                short = len({person_key(person.name) for person in waiting})
                found.append(_missing(one, short, waiting))
        elif len(there) < one.minimum:
            found.append(_missing(one, one.minimum - len(there), waiting))
    return found


def refusal(
    session: Session, subject: SubmissionSubject, transition: Transition, at: datetime
) -> Refusal | None:
    """Why a transition that hands the work in has to wait for somebody's words."""
    if not subject.edition.credential.statements:
        return None
    if "snapshot" not in {effect.name for effect in transition.do}:
        return None
    return next(iter(lacking(session, subject, at)), None)


def statement_of(subject: SubmissionSubject, concern: str) -> Statement:
    """Raises `NotFound`."""
    found = subject.edition.credential.statements.get(concern)
    if found is None:
        raise NotFound(_("Nobody is asked for such a statement here."))
    return found


def ask(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    concern: str,
    name: str,
    email: str,
    actor: Actor,
    at: datetime,
    *,
    anchor: str = "",
    language: str = "",
) -> Asking:
    """Ask somebody, and queue their letter: the person at `anchor` in the answers, or whom the
    candidate names.

    Raises `Refused`, `NotFound` (nobody is named there any more) and `Conflict`.
    """
    statement = statement_of(subject, concern)
    place = ""
    if not statement.role:
        found = _at_anchor(session, subject, statement, anchor)
        name, place = found.name, found.place
        earlier = [row for row in _askings(session, subject) if row.concern == concern]
        how = _of_named(found, earlier, at)
        if how.asking is not None and not how.may_ask:
            raise Refused(
                Refusal(
                    _("%(name)s: %(how)s.", name=name, how=how.words),
                    _("You can remind people who have not answered. Please don’t press anybody."),
                    how.state,
                )
            )
    return askings.ask(
        session,
        settings,
        subject,
        statement.kind,
        concern,
        name,
        email,
        actor,
        at,
        place=place,
        language=language,
    )


def shown(session: Session, asked: askings.Asked) -> Named | None:
    """What somebody is shown now who came by their link; None where the answers do not name them
    there any more, and for a statement that is about no answer."""
    statement = statement_in(session, asked)
    if statement.role:
        return None
    draft = statement_places.said_of(session, asked.subject)
    anchor = statement_places.anchor_in(asked.asking.place)
    return next(
        (
            one
            for one in _named(asked.subject, statement, draft)
            if one.anchor == anchor and one.key == asked.asking.person
        ),
        None,
    )


def statement_in(session: Session, asked: askings.Asked) -> Statement:
    """What somebody was asked, as the submission's edition has it now, or as it was then."""
    concern = asked.asking.concern
    now = asked.subject.edition.credential.statements.get(concern)
    if now is not None:
        return now
    then = catalogue.edition(session, asked.asking.edition_digest)
    return then.credential.statements[concern]


def received(
    session: Session, subject: SubmissionSubject, handed_in: Draft | None = None
) -> list[Received]:
    """Everything that has arrived, in the order in which it did. No queries where the document
    asks for nothing.

    With `handed_in`, for everybody but the candidate, nothing that somebody was shown of answers
    that were not handed in yet.
    """
    statements = subject.edition.credential.statements
    submission = subject.submission
    if not statements or (handed_in is not None and not submission.round):
        return []
    rows = [
        (row.answered_at, row)
        for row in _askings(session, subject)
        if row.state in ("given", "refused") and row.answered_at is not None
    ]
    if not rows:
        return []
    draft = statement_places.said_of(session, subject) if handed_in is None else handed_in
    known = {
        (one.id, named.anchor, named.digest)
        for one in statements.values()
        for named in _named(subject, one, draft)
    }
    rows.sort(key=lambda row: (row[0], row[1].id))
    found = [(on, row, _is_current(row, known)) for on, row in rows]
    last = submission.submitted_at if handed_in is not None else None
    return [
        _received(session, row, current)
        for on, row, current in found
        # What was shown since then and is not there is of the draft.
        if current or not row.place or last is None or on < last
    ]


def _is_current(row: Asking, known: Collection[tuple[str, str, str]]) -> bool:
    # Who was named by the candidate was shown nothing that could change.
    digest = (row.answer or {}).get("digest")
    if digest is None:
        return not row.place
    return (row.concern, statement_places.anchor_in(row.place), digest) in known


def as_json(session: Session, subject: SubmissionSubject) -> list[dict[str, Any]]:
    """The same as JSON, for a file that somebody keeps."""
    return [
        {
            "title": one.title,
            "kind": one.kind,
            "name": one.name,
            "said": one.said,
            "on": one.answered_at.isoformat(timespec="seconds"),
            "shown": [list(fact) for fact in one.facts],
            "remark": one.remark,
            "words": [[entry.label, entry.text] for entry in one.entries],
            "current": one.current,
        }
        for one in received(session, subject)
    ]


def said_by(session: Session, asked: askings.Asked) -> Received | None:
    """What somebody has said by their link; None while they have not."""
    row = asked.asking
    if row.state not in ("given", "refused"):
        return None
    now = shown(session, asked)
    current = now is not None and (row.answer or {}).get("digest") == now.digest
    return _received(session, row, current or bool(statement_in(session, asked).role))


def without_words(one: Received) -> Received:
    """That somebody has said something, for who may not know whose work it is."""
    return replace(one, remark="", entries=())


def forms_of(edition: Edition, statement: Statement) -> FormSet:
    """What a statement is written in, compiled and remembered like a credential's own forms."""
    form = statement.form or {
        "type": "object",
        "title": statement.title,
        "required": [WORDS],
        "properties": {
            WORDS: {
                "title": _("What you want to say"),
                "type": "string",
                "widget": "long-text",
                "minLength": 1,
                "maxLength": LONGEST_WORDS,
                "messages": {"required": _("Write a few words, or choose not to.")},
            }
        },
    }
    credential = replace(edition.credential, forms={statement.id: form}, rules=(), requirements=())
    # Its own digest, so that it is remembered beside the credential's forms, not in their place.
    digest = f"{edition.digest}/statements/{statement.id}"
    return form_set_of(replace(edition, digest=digest, credential=credential))


def words_of(edition: Edition, concern: str) -> Words:
    """What is asked, in the edition's language. Raises `KeyError`."""
    statement = edition.credential.statements[concern]
    return Words(statement.title, statement.wording, statement.digest)


def _askings(session: Session, subject: SubmissionSubject) -> list[Asking]:
    return askings.of_submission(session, subject.submission.id, "confirmation", "statement")


def _named(subject: SubmissionSubject, statement: Statement, draft: Draft) -> list[Named]:
    return statement_places.named(subject, statement, draft)


def _at_anchor(
    session: Session, subject: SubmissionSubject, statement: Statement, anchor: str
) -> Named:
    draft = statement_places.said_of(session, subject)
    for one in _named(subject, statement, draft):
        if one.anchor == anchor:
            return one
    raise NotFound(_("Your answers name nobody there any more. Look at the list again."))


def _of_role(statement: Statement, row: Asking, at: datetime) -> Standing:
    return Standing(statement, row.name, row.email, _state(row, at), None, row)


def _of_named(named: Named, rows: Sequence[Asking], at: datetime) -> Standing:
    """How it stands with one person: what they answered to the answers as they are comes first,
    then a question that waits for them, then an answer to an earlier version."""
    mine = [
        row
        for row in rows
        if row.person == named.key and statement_places.anchor_in(row.place) == named.anchor
    ]
    for row in reversed(mine):
        if row.state != "asked" and (row.answer or {}).get("digest") == named.digest:
            return Standing(named.statement, named.name, row.email, _state(row, at), named, row)
    for row in reversed(mine):
        if row.state == "asked":
            return Standing(named.statement, named.name, row.email, _state(row, at), named, row)
    if mine:
        return Standing(named.statement, named.name, mine[-1].email, "outdated", named, mine[-1])
    return Standing(named.statement, named.name, named.email, "unasked", named, None)


def _state(row: Asking, at: datetime) -> State:
    if row.state == "asked":
        return "lapsed" if askings.lapsed(row, at) else "asked"
    return "given" if row.state == "given" else "refused"


def _missing(statement: Statement, short: int, waiting: Sequence[Standing]) -> Refusal:
    names = list(dict.fromkeys(person.name for person in waiting))
    lines = tuple(f"{person.name}: {person.words}." for person in waiting)
    if not names:
        return Refusal(
            _("Still missing: %(what)s, from %(who)s.", what=statement.title, who=statement.role)
            if statement.role
            else ngettext(
                "Still missing: %(what)s, from %(count)s person.",
                "Still missing: %(what)s, from %(count)s people.",
                short,
                what=statement.title,
            ),
            _("Ask for it on the page “What others say”."),
            "guard",
        )
    if short < len(names):
        reason = ngettext(
            "Still missing: %(what)s, from %(count)s of these people: %(names)s.",
            "Still missing: %(what)s, from %(count)s of these people: %(names)s.",
            short,
            what=statement.title,
            names=listed(names, "and"),
        )
    else:
        reason = _(
            "Still missing: %(what)s, from %(names)s.",
            what=statement.title,
            names=listed(names, "and"),
        )
    return Refusal(reason, _("Ask for it on the page “What others say”."), "guard", lines)


def _received(session: Session, row: Asking, current: bool) -> Received:
    said = row.answer or {}
    edition = catalogue.edition(session, row.edition_digest)
    statement = edition.credential.statements.get(row.concern)
    entries: tuple[Entry, ...] = ()
    if statement is not None and row.kind == "statement" and row.state == "given":
        form_set = forms_of(edition, statement)
        (form,) = display.read_only(form_set, {statement.id: said.get("form", {})})
        entries = form.entries
    assert row.answered_at is not None
    return Received(
        row.id,
        row.kind,
        statement.title if statement is not None else row.wording.partition("\n")[0],
        row.name,
        row.state,
        row.answered_at,
        tuple(Fact(*fact) for fact in said.get("facts", ())),
        str(said.get("remark", "")),
        entries,
        current,
    )


def _looked_at(session: Session, asked: askings.Asked, answer: Mapping[str, Any] | None) -> Kept:
    """What somebody wrote, with what they were shown: `facts` and its `digest`, beside their
    `remark` or `form`. They post the digest of what they saw as `seen`."""
    kept = dict(answer or {})
    seen = kept.pop("seen", "")
    if statement_in(session, asked).role:
        return Kept(kept)
    now = shown(session, asked)
    if now is None:
        raise Refused(
            Refusal(
                _("This is not needed any more. Thank you for coming."),
                _("%(name)s has changed what they wrote since they asked you.", name=asked.asker),
                "over",
            )
        )
    if now.digest != seen:
        raise Conflict(
            _("What you were shown has changed since you opened this page. Read it again.")
        )
    facts = [list(fact) for fact in now.facts]
    return Kept({**kept, "facts": facts, "digest": now.digest}, now.place)


def _followed(
    session: Session, settings: Settings, subject: SubmissionSubject, asking: Asking, at: datetime
) -> None:
    """The person gets their words back by letter, and the candidate hears that they arrived."""
    asking_letters.receipt(session, asking)
    submission = subject.submission
    letters.tell(
        session,
        submission.candidate_id,
        "statement-arrived",
        key=f"{asking.id}.{asking.revision}",
        submission_id=submission.id,
        values={
            "person": asking.name,
            "what": asking.wording.partition("\n")[0],
            "said": asking.state,
            "asks": asking.kind,
            "path": f"/submissions/{submission.id}/statements",
        },
    )


askings.register("confirmation", Manner(words_of, followed=_followed, answers=_looked_at))
askings.register("statement", Manner(words_of, followed=_followed, answers=_looked_at))
