"""Asking people who need no account: by a one-time link, what they said, and asking again.

What lives here is the same for everything that a candidate's submission asks of somebody else: a
consent, a statement, a confirmation. Each kind says for itself what it asks and in which words
(`register`). Letters are in `asking_letters`, what consents mean for a submission in `consents`.

Nobody is pressed: who has said no is not written to again, and may change their answer themselves,
by the same link. A link that was taken back, or that never was, looks like any other that leads
nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import LANGUAGES, _, current, speaking
from engine.people import Actor, normal_email
from engine.permissions import SubmissionSubject, require
from engine.phrases import day
from engine.records import audit, catalogue
from engine.records.folding import composed, folded
from engine.records.prepared import PreparedRead
from engine.records.tables import Account, Asking, Submission, new_id
from engine.settings import Settings
from engine.submissions import asking_letters, history
from engine.submissions.link_tokens import digest_of, token_of

Kind = Literal["consent", "statement", "confirmation"]
Said = Literal["given", "refused", "withdrawn"]

BETWEEN_LETTERS: Final = timedelta(days=1)
OPEN_FOR: Final = timedelta(days=60)
"""How long a link that was not used waits, counted from the last letter."""
MOST_REMINDERS: Final = 5
"""Of one asking: who has not answered by then does not want to."""
MOST_A_DAY: Final = 40
"""Letters of one candidate to people who are asked: nobody sends bulk mail from here."""
MOST: Final = 120
"""Askings of one submission, taken back or not: more would be a newsletter."""
LONGEST_NAME: Final = 200
LINK: Final = "asking"
"""What the tokens of these links are made for."""

_BY_TOKEN: Final = PreparedRead(Asking, Asking.token_digest == bindparam("digest"))
_AFTER: Final[Mapping[str, tuple[str, ...]]] = {
    "asked": ("given", "refused"),
    "given": ("withdrawn",),
    "refused": ("given",),
    "withdrawn": ("given",),
}
"""What somebody may say, by what they said last."""


class Words(NamedTuple):
    """What is asked, in the language of the moment."""

    title: str
    wording: str
    """Markdown."""
    digest: str
    """The version of the words."""


class Kept(NamedTuple):
    """What is kept of an answer."""

    answer: Mapping[str, Any] | None
    place: str | None = None
    """Of what they were shown, where that has changed since they were asked."""


@dataclass(frozen=True)
class Manner:
    """How one kind of asking asks."""

    words: Callable[[Edition, str], Words]
    """Given the edition and what of it the asking concerns. Raises `KeyError` for nothing."""
    withdrawable: bool = False
    """Whether a yes can be taken back by the same link, and a no be changed."""
    followed: Callable[[Session, Settings, SubmissionSubject, Asking, datetime], None] | None = None
    """What else happens with an answer, in its transaction."""
    answers: Callable[[Session, Asked, Mapping[str, Any] | None], Kept] | None = None
    """Looks at what was written before it is kept: what it returns is kept in its place. Raises
    `Refused`, and `Conflict` where the person saw something else than there is now."""
    named: Callable[[Session, SubmissionSubject, str], Collection[str]] | None = None
    """The keys of everybody whom the answers name for a concern (`person_key`)."""


_manners: dict[str, Manner] = {}


def register(kind: Kind, manner: Manner) -> None:
    """Say how askings of a kind ask. Once, when the kind's module is imported."""
    _manners[kind] = manner


@dataclass(frozen=True)
class Asked:
    """An asking, for whoever came by its link."""

    asking: Asking
    subject: SubmissionSubject
    words: Words
    asker: str
    """The candidate's name."""
    open: bool
    """Whether it may be answered now."""
    lapsed: bool
    """Whether it has waited for too long."""

    @property
    def may_say(self) -> tuple[str, ...]:
        """What they may say now."""
        if not self.open:
            return ()
        known = _AFTER.get(self.asking.state, ())
        if _manners[self.asking.kind].withdrawable or self.asking.state == "asked":
            return known
        return ()


@dataclass(frozen=True)
class Person:
    """Somebody who answers by a link, as the trail names them."""

    id: str
    name: str


def person_key(name: str) -> str:
    """A name however it is spelled: without capitals, accents and spare spaces."""
    return " ".join(folded(composed(name)).split())[:320]


def of_submission(session: Session, submission_id: str, *kinds: Kind) -> list[Asking]:
    """Everything that was asked and not taken back, the oldest first. One query, and always as it
    is in the database now: somebody may have answered since it was read first."""
    found = select(Asking).where(
        Asking.submission_id == submission_id, Asking.state != "taken-back"
    )
    if kinds:
        found = found.where(Asking.kind.in_(kinds))
    found = found.order_by(Asking.asked_at, Asking.id).execution_options(populate_existing=True)
    return list(session.scalars(found))


def one_of(session: Session, subject: SubmissionSubject, asking_id: str) -> Asking:
    """An asking of this submission. Raises `NotFound`."""
    found = session.get(Asking, asking_id)
    if found is None or found.submission_id != subject.submission.id or found.state == "taken-back":
        raise NotFound(_("Nobody was asked this here."))
    return found


def lapsed(asking: Asking, at: datetime) -> bool:
    """Whether a link waited for too long without an answer. A new letter wakes it up."""
    return asking.state == "asked" and at >= asking.told_at + OPEN_FOR


def ask(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    kind: Kind,
    concern: str,
    name: str,
    email: str,
    actor: Actor,
    at: datetime,
    *,
    place: str = "",
    language: str = "",
) -> Asking:
    """Ask somebody by a link of their own, in their language, and queue the letter.

    Raises `Refused` with what to do instead, and `Conflict` when the same was asked at the same
    moment.
    """
    _require_owner(actor, subject)
    name = " ".join(name.split())[:LONGEST_NAME]
    address = _fit_address(session, subject, email, at)
    if not name:
        raise Refused(Refusal(_("Enter the person's name."), code="name"))
    key = person_key(name)
    for other in of_submission(session, subject.submission.id):
        if other.concern != concern or other.place != place:
            continue
        if other.person == key:
            raise Refused(_asked_already(other))
        # A parent may answer for two children. But who said no is not asked again by calling them
        # something else in the answers.
        denied = other.email == address and other.state in ("refused", "withdrawn")
        if denied and not _is_named(session, subject, other):
            raise Refused(_asked_already(other))
    language = language if language in LANGUAGES else current()
    with speaking(language):
        edition = catalogue.edition(session, subject.edition.digest)
        try:
            words = _manners[kind].words(edition, concern)
        except KeyError as error:
            raise NotFound(_("Nobody was asked this here.")) from error
    asking = Asking(
        id=new_id(),
        submission_id=subject.submission.id,
        edition_digest=subject.edition.digest,
        kind=kind,
        concern=concern,
        place=place,
        person=key,
        name=name,
        email=address,
        language=language,
        state="asked",
        wording=_whole(words),
        wording_digest=words.digest,
        asked_at=at,
        told_at=at,
    )
    asking.token_digest = digest_of(token_of(settings, LINK, asking.id))
    session.add(asking)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict from error
    asking_letters.queue(session, asking, f"{kind}-asked")
    history.record(session, asking.submission_id, "person-asked", _facts(asking), actor, at)
    return asking


def ask_again(
    session: Session,
    subject: SubmissionSubject,
    asking: Asking,
    actor: Actor,
    at: datetime,
    *,
    reworded: bool = False,
) -> None:
    """Write once more to somebody who has not answered, at most once a day and `MOST_REMINDERS`
    times; or, when what they said yes to is `reworded`, ask them anew. Raises `Refused`."""
    _require_owner(actor, subject)
    if asking.state != "asked" and not (reworded and asking.state == "given"):
        raise Refused(_asked_already(asking))
    if at < asking.told_at + BETWEEN_LETTERS:
        raise Refused(
            Refusal(
                _("%(name)s got a letter less than a day ago.", name=asking.name),
                _("Give them a day to answer, then remind them again."),
                "too-soon",
            )
        )
    _may_write(session, subject, at)
    if asking.state == "asked" and _reminders(session, asking) >= MOST_REMINDERS:
        raise Refused(
            Refusal(
                _("%(name)s was reminded often enough.", name=asking.name),
                _("Their link still works. Speak with them, or ask somebody else."),
                "too-many",
            )
        )
    _write(session, asking, {"told_at": at, "state": "asked"})
    letter = f"{asking.kind}-reminder"
    asking_letters.queue(session, asking, letter, at.strftime("%Y%m%d%H%M"))
    history.record(session, asking.submission_id, "person-reminded", _facts(asking), actor, at)


def correct(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    asking: Asking,
    email: str,
    actor: Actor,
    at: datetime,
) -> Asking:
    """Ask the same at another address: the old link dies. Raises `Refused`."""
    _require_owner(actor, subject)
    if normal_email(email) == asking.email:
        raise Refused(Refusal(_("This is the address that they have now."), code="address"))
    _fit_address(session, subject, email, at)
    take_back(session, subject, asking, actor, at)
    return ask(
        session,
        settings,
        subject,
        asking.kind,  # type: ignore[arg-type]
        asking.concern,
        asking.name,
        email,
        actor,
        at,
        place=asking.place,
        language=asking.language,
    )


def take_back(
    session: Session, subject: SubmissionSubject, asking: Asking, actor: Actor, at: datetime
) -> None:
    """Ask no longer: the link leads nowhere from now on. What was answered stays answered, so
    that nobody is asked until they agree. Raises `Refused`, and `Conflict` when they answer now."""
    _require_owner(actor, subject)
    if asking.state != "asked":
        raise Refused(_asked_already(asking))
    _write(session, asking, {"state": "taken-back", "token_digest": None})
    history.record(session, asking.submission_id, "person-not-asked", _facts(asking), actor, at)


def by_token(session: Session, token: str, at: datetime) -> Asked:
    """What a link leads to. Raises `NotFound`, in the same words whatever is wrong with it."""
    row = _BY_TOKEN.one(session, {"digest": digest_of(token)})
    if row is None:
        raise NotFound(_("This link leads nowhere. Copy all of it from the letter."))
    submission = session.get_one(Submission, row.submission_id)
    edition = catalogue.edition(session, submission.edition_digest)
    try:
        words = _manners[row.kind].words(edition, row.concern)
    except KeyError:
        # Another version of the credential asks no such thing: what was asked then still stands.
        words = _manners[row.kind].words(
            catalogue.edition(session, row.edition_digest), row.concern
        )
    late = lapsed(row, at)
    asker = session.get_one(Account, submission.candidate_id).name
    subject = SubmissionSubject(submission, edition)
    over = _set_aside(subject) and row.state == "asked"
    return Asked(row, subject, words, asker, not (late or over), late)


def _set_aside(subject: SubmissionSubject) -> bool:
    """Whether the work is closed, and not merely kept as it stands by somebody who can go on."""
    state, workflow = subject.state, subject.workflow
    if state.kind != "closed":
        return False
    goes_on = any(
        workflow.roles[name].kind == "owner"
        for one in workflow.leaving(state.name)
        for name in one.by
    )
    handed_in = any(
        one.target == state.name and effect.name == "snapshot"
        for one in workflow.transitions.values()
        for effect in one.do
    )
    return not (goes_on and handed_in)


def take(
    session: Session,
    settings: Settings,
    token: str,
    said: Said,
    seen: str,
    at: datetime,
    answer: Mapping[str, Any] | None = None,
) -> Asking:
    """Keep what somebody said by their link.

    `seen` is the digest of the words that they had before them: a yes is to those. Raises
    `NotFound`, `Refused` where that can't be said (any more), and `Conflict` when the words have
    changed, or when the same link was used at the same moment.
    """
    asked = by_token(session, token, at)
    asking = asked.asking
    if said not in asked.may_say:
        raise Refused(_not_now(asked))
    columns: dict[str, Any] = {"state": said}
    looked = _manners[asking.kind].answers
    if looked is not None and said != "withdrawn":
        answer, place = looked(session, asked, answer)
        if place is not None and place != asking.place:
            columns["place"] = _free_place(session, asking, place)
    if said == "withdrawn":
        columns["withdrawn_at"] = at
        kind = "person-withdrew"
    else:
        if said == "given" and seen != asked.words.digest:
            raise Conflict(_("The wording has changed since you opened this page. Read it again."))
        columns |= {
            "answered_at": at,
            "withdrawn_at": None,
            "edition_digest": asked.subject.edition.digest,
            "language": current(),
            "wording": _whole(asked.words),
            "wording_digest": asked.words.digest,
            "answer": dict(answer) if answer is not None else None,
        }
        kind = "person-gave" if said == "given" else "person-refused"
    _write(session, asking, columns)
    facts = {**_facts(asking), "wording": asking.wording_digest}
    if said == "given":
        facts["words"] = asking.wording
    person = Person(f"asking:{asking.id}", asking.name)
    # Events say from which network they came; where somebody without an account sat is nobody's
    # business.
    with audit.coming_from(None):
        history.record(session, asking.submission_id, kind, facts, person, at)
    followed = _manners[asking.kind].followed
    if followed is not None:
        followed(session, settings, asked.subject, asking, at)
    return asking


def _write(session: Session, asking: Asking, columns: Mapping[str, Any]) -> None:
    """Write the columns, unless somebody else was faster."""
    changed = (
        update(Asking)
        .where(
            Asking.id == asking.id,
            Asking.state == asking.state,
            Asking.revision == asking.revision,
        )
        .values(**columns, revision=asking.revision + 1)
        .execution_options(synchronize_session=False)
    )
    try:
        written = session.execute(changed).rowcount  # type: ignore[attr-defined]
    except IntegrityError as error:  # another one was put in its place at this moment
        raise Conflict from error
    if written == 0:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    session.refresh(asking)


def _is_named(session: Session, subject: SubmissionSubject, other: Asking) -> bool:
    """Whether the answers still name who was asked."""
    named = _manners[other.kind].named
    return named is not None and other.person in named(session, subject, other.concern)


def _free_place(session: Session, asking: Asking, place: str) -> str:
    """Where an answer is kept that was about `place`; beside another one that is there already."""
    taken = any(
        (other.concern, other.place, other.person) == (asking.concern, place, asking.person)
        for other in of_submission(session, asking.submission_id)
        if other.id != asking.id
    )
    return f"{place}.{asking.id}" if taken else place


def _reminders(session: Session, asking: Asking) -> int:
    events = history.events(session, asking.submission_id, "person-reminded")
    return sum(event.facts.get("asking") == asking.id for event in events)


def _may_write(session: Session, subject: SubmissionSubject, at: datetime) -> None:
    """Whether any letter may ask somebody now. Raises `Refused`."""
    submission = subject.submission
    if submission.state_kind in ("outcome", "closed"):
        raise Refused(Refusal(_("This is finished, so nobody is asked any more."), code="state"))
    today = (
        select(func.count())
        .select_from(Asking)
        .join(Submission, Submission.id == Asking.submission_id)
        .where(
            Submission.candidate_id == submission.candidate_id,
            Asking.told_at > at - BETWEEN_LETTERS,
        )
    )
    if (session.scalar(today) or 0) >= MOST_A_DAY:
        message = _("At most %(most)s letters a day go from you to other people.", most=MOST_A_DAY)
        raise Refused(Refusal(message, _("Ask the others tomorrow."), "too-many"))


def _fit_address(session: Session, subject: SubmissionSubject, email: str, at: datetime) -> str:
    submission = subject.submission
    address = normal_email(email)
    if not address:
        raise Refused(
            Refusal(
                _("This does not look like an e-mail address."),
                _("Enter an e-mail address, like ana@school.org."),
                "address",
            )
        )
    if address == normal_email(session.get_one(Account, submission.candidate_id).email):
        raise Refused(
            Refusal(
                _("This is your own address."),
                _("The letter goes to the person who is asked. Enter theirs."),
                "address",
            )
        )
    _may_write(session, subject, at)
    asked = select(func.count()).where(Asking.submission_id == submission.id)
    if (session.scalar(asked) or 0) >= MOST:
        message = _("At most %(most)s letters can ask people here.", most=MOST)
        raise Refused(Refusal(message, _("Ask program staff for help."), "too-many"))
    return address


def _asked_already(asking: Asking) -> Refusal:
    if asking.state == "refused":
        remedy = (
            _("They can change their answer by their link. Please don’t press them.")
            if _manners[asking.kind].withdrawable
            else _("Change what is not right, then ask anew, or ask somebody else.")
        )
        return Refusal(_("%(name)s has said no.", name=asking.name), remedy, "refused")
    if asking.state == "withdrawn":
        return Refusal(
            _("%(name)s has taken their yes back.", name=asking.name),
            _("They can change their answer by their link. Please don’t press them."),
            "withdrawn",
        )
    if asking.state == "given":
        return Refusal(_("%(name)s has answered already.", name=asking.name), code="given")
    return Refusal(
        _("%(name)s was asked on %(day)s.", name=asking.name, day=day(asking.asked_at)),
        _("You can remind them, or correct their address."),
        "asked",
    )


def _not_now(asked: Asked) -> Refusal:
    if asked.lapsed:
        return Refusal(
            _("This link has waited for too long."),
            _("If you still want to answer, ask %(name)s for a new letter.", name=asked.asker),
            "lapsed",
        )
    if not asked.open:
        return Refusal(_("This is not needed any more. Thank you for coming."), code="over")
    return Refusal(_("You have answered already."), _("What you said is on this page."), "answered")


def _require_owner(actor: Actor, subject: SubmissionSubject) -> None:
    require(actor, "submission.see", subject)
    if actor.id != subject.submission.candidate_id:
        raise Refused(Refusal(_("Only the candidate asks people here."), code="role"))


def _whole(words: Words) -> str:
    return f"{words.title}\n\n{words.wording}"


def _facts(asking: Asking) -> dict[str, Any]:
    facts = {
        "asking": asking.id,
        "asks": asking.kind,
        "concern": asking.concern,
        "name": asking.name,
        "language": asking.language,
    }
    if asking.place:
        facts["place"] = asking.place
    return facts
