"""What other people have consented to, and what of a submission hangs on it.

A document's `consents` say of whom each is asked; the candidate's answers name those people. A
consent stands when its person gave it by their link, to the words that it has now, or when a record
on paper was attached where the document takes one. Whoever says no, or takes their yes back, is
never outweighed by paper: files that the consent covers are shown to nobody but the candidate and
program staff from then on, and what is public hears of it in the same transaction
(`on_withdrawal`). An award stays; staff are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials import rules
from engine.credentials.consents import Consent
from engine.credentials.credential import Edition
from engine.credentials.workflow import Transition
from engine.errors import NotFound, Refusal
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.pointers import value_at
from engine.forms.schema import form_set_of
from engine.languages import LANGUAGES, _, ngettext, speaking
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject
from engine.phrases import day
from engine.records import catalogue
from engine.records.tables import Account, Asking, Award, Evidence, Snapshot, Submission
from engine.settings import Settings
from engine.submissions import asking_letters, askings, drafting, history, letters, named_people
from engine.submissions.askings import Manner, Words, person_key

KIND: Final = "consent"

State = Literal[
    "given", "attested", "unasked", "asked", "lapsed", "refused", "withdrawn", "reworded"
]
Hook = Callable[[Session, Settings, str, datetime], None]

_hooks: list[Hook] = []


class PersonStanding(NamedTuple):
    """One consent of one person."""

    consent: Consent
    name: str
    email: str
    """As the candidate's answers have it; often empty."""
    places: tuple[str, ...]
    """The pointers of the answers that name them."""
    state: State
    needed: bool
    """Whether nothing can be submitted without it."""
    asking: Asking | None = None

    @property
    def stands(self) -> bool:
        return self.state in ("given", "attested")

    @property
    def denied(self) -> bool:
        """Whether the person does not want it."""
        return self.state in ("refused", "withdrawn")

    @property
    def label(self) -> str:
        """How it stands, in a word or two."""
        return {
            "given": _("Given"),
            "attested": _("On paper"),
            "unasked": _("Not asked yet"),
            "asked": _("Asked"),
            "lapsed": _("No answer"),
            "refused": _("Said no"),
            "withdrawn": _("Withdrawn"),
            "reworded": _("Given to an earlier wording"),
        }[self.state]

    @property
    def since(self) -> datetime | None:
        """Since when it stands like that; None for what no link says."""
        row = self.asking
        if row is None or self.state == "attested":
            return None
        if self.state in ("asked", "lapsed"):
            return row.told_at
        return row.withdrawn_at if self.state == "withdrawn" else row.answered_at

    @property
    def words(self) -> str:
        """How it stands, in one sentence for the candidate and for whoever reviews."""
        row = self.asking
        if row is None:
            return _("Recorded on paper") if self.state == "attested" else _("Not asked yet")
        if self.state == "given" and row.answered_at:
            return _("Given on %(day)s", day=day(row.answered_at))
        if self.state == "refused" and row.answered_at:
            return _("Said no on %(day)s", day=day(row.answered_at))
        if self.state == "withdrawn" and row.withdrawn_at:
            return _("Withdrawn on %(day)s", day=day(row.withdrawn_at))
        if self.state == "reworded":
            return _("Given to an earlier wording")
        if self.state == "lapsed":
            return _("Asked on %(day)s; the link has expired", day=day(row.told_at))
        return _("Asked on %(day)s, no answer yet", day=day(row.told_at))


class _Person(NamedTuple):
    name: str
    email: str
    place: str
    attested: bool
    files: tuple[Any, ...]
    """What the answers have where the consent covers files."""


def on_withdrawal(hook: Hook) -> None:
    """Have `hook` called, in the same transaction, when somebody refuses or withdraws a consent.
    Once, when the hook's module is imported."""
    if hook not in _hooks:
        _hooks.append(hook)


def standing(
    session: Session,
    subject: SubmissionSubject,
    at: datetime,
    answers: Mapping[str, Any] | None = None,
) -> list[PersonStanding]:
    """Every consent of every person that the answers name, in the document's order.

    Without `answers`, those of the draft while the candidate may change it, and what was handed in
    last otherwise: for the candidate's own eyes. Everybody else is shown what was handed in
    (`named_people.handed_in`). No queries where the document asks for no consents, else two.
    """
    consents = subject.edition.credential.consents
    if not consents:
        return []
    said = _answers(session, subject) if answers is None else answers
    rows = {
        (row.concern, row.person): row
        for row in askings.of_submission(session, subject.submission.id, KIND)
    }
    found = []
    for consent in consents.values():
        needed = _needed(consent, said)
        for key, persons in _people(consent, said).items():
            row = rows.get((consent.id, key))
            found.append(
                PersonStanding(
                    consent,
                    persons[0].name,
                    next((one.email for one in persons if one.email), ""),
                    tuple(one.place for one in persons),
                    _state(session, subject, consent, row, persons, at),
                    needed,
                    row,
                )
            )
    return found


def lacking(session: Session, subject: SubmissionSubject, at: datetime) -> list[PersonStanding]:
    """The consents without which nothing can be submitted or awarded now, in order."""
    return [
        one
        for one in standing(session, subject, at)
        if not one.stands and (one.needed or one.denied)
    ]


def refusal(
    session: Session, subject: SubmissionSubject, transition: Transition, at: datetime
) -> Refusal | None:
    """Why a transition that hands the work in, or awards it, has to wait for somebody's consent."""
    if not subject.edition.credential.consents:
        return None
    effects = {effect.name for effect in transition.do}
    if not effects & {"snapshot", "issue"}:
        return None
    missing = lacking(session, subject, at)
    if not missing:
        return None
    lines = tuple(f"{one.name}: {one.consent.title}. {one.words}." for one in missing)
    denied = [one for one in missing if one.denied]
    if "snapshot" not in effects:
        return Refusal(
            ngettext(
                "A consent that this needs is missing or was withdrawn.",
                "%(count)s consents that this needs are missing or were withdrawn.",
                len(missing),
            ),
            _("Mark what hangs on it with N and return it, so that the candidate can change it."),
            "guard",
            lines,
        )
    if denied:
        return Refusal(
            _(
                "%(name)s does not want this: %(what)s.",
                name=denied[0].name,
                what=denied[0].consent.title,
            ),
            _("Take out what shows them, or name somebody else. Please don’t press them."),
            "guard",
            lines,
        )
    return Refusal(
        ngettext(
            "The consent of %(count)s person is missing.",
            "The consents of %(count)s people are missing.",
            len({person_key(one.name) for one in missing}),
        ),
        _("Ask for it under “People’s consent”. You can submit as soon as it is given."),
        "guard",
        lines,
    )


def hang_on(subject: SubmissionSubject, transition: Transition) -> bool:
    """Whether a transition awards what needs other people's consents."""
    issues = any(effect.name == "issue" for effect in transition.do)
    return issues and bool(subject.edition.credential.consents)


def withheld(
    session: Session, subject: SubmissionSubject, transition: Transition, at: datetime
) -> bool:
    """Whether an award that has waited can't be given now, for want of somebody's consent; program
    staff are told then. Nobody withdraws one until the caller's transaction ends."""
    if not hang_on(subject, transition):
        return False
    submission = subject.submission
    session.execute(
        select(Asking.id)
        .where(Asking.submission_id == submission.id, Asking.kind == KIND)
        .order_by(Asking.id)
        .with_for_update()
    )
    why = refusal(session, subject, transition, at)
    if why is None:
        return False
    facts = {"transition": transition.name, "words": "\n".join(why.details)}
    history.record(session, submission.id, "award-withheld", facts, ENGINE, at)
    for one in denials(session, subject, at)[:1]:
        values = {"person": one.name, "what": one.consent.title, "awarded": "withheld"}
        key = f"withheld.{submission.revision}"
        _tell_staff(session, submission, key, values)
    return True


def publication_stands(session: Session, submission_id: str, at: datetime | None = None) -> bool:
    """Whether the work may be public as far as other people's consents go.

    Every needed consent to publication is given, and none at all is refused or withdrawn. True
    where the document asks for none.
    """
    subject = drafting.subject_of(session, submission_id)
    if not subject.edition.credential.consents:
        return True
    asked = standing(session, subject, at or subject.submission.state_since)
    return not any(
        one.denied or (one.needed and one.consent.purpose == "publication" and not one.stands)
        for one in asked
    )


def hidden_files(session: Session, subject: SubmissionSubject) -> frozenset[str]:
    """The files that nobody but the candidate and program staff may open: those covered by a
    consent that was refused or withdrawn, in any round. One query where there is none."""
    if not subject.edition.credential.consents:
        return frozenset()
    submission = subject.submission
    denied = {
        (row.concern, row.person)
        for row in askings.of_submission(session, submission.id, KIND)
        if row.state in ("refused", "withdrawn")
    }
    if not denied:
        return frozenset()
    versions: list[Mapping[str, Any]] = [drafting.draft_of(session, submission.id).answers]
    versions += session.scalars(
        select(Snapshot.answers).where(Snapshot.submission_id == submission.id)
    )
    found: set[str] = set()
    for consent in subject.edition.credential.consents.values():
        for said in versions:
            for key, persons in _people(consent, said).items():
                if (consent.id, key) in denied:
                    found.update(_texts(one.files for one in persons))
    captions = select(Evidence.captions_id).where(
        Evidence.submission_id == submission.id, Evidence.id.in_(sorted(found))
    )
    found.update(id for id in session.scalars(captions) if id)
    return frozenset(found)


def covered(subject: SubmissionSubject, answers: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The files that consents cover, by their ids, each with whom of these answers it shows
    (`person_key`)."""
    found: dict[str, set[str]] = {}
    for consent in subject.edition.credential.consents.values():
        for key, persons in _people(consent, answers).items():
            for id in _texts(one.files for one in persons):
                found.setdefault(id, set()).add(key)
    return {id: frozenset(keys) for id, keys in found.items()}


def hidden_from(session: Session, actor: Actor, subject: SubmissionSubject) -> frozenset[str]:
    """The files of a submission that this person may not open for want of somebody's consent."""
    if actor.id == subject.submission.candidate_id or actor.roles & {"staff", "admin"}:
        return frozenset()
    return hidden_files(session, subject)


def not_shown() -> Refusal:
    """What whoever opens such a file is told."""
    return Refusal(
        _("This file is not shown any more."),
        _("Somebody whom it shows does not consent to that. The candidate knows."),
        "consent",
    )


def denials(
    session: Session,
    subject: SubmissionSubject,
    at: datetime,
    answers: Mapping[str, Any] | None = None,
) -> list[PersonStanding]:
    """Who has said no, or taken their yes back, of those whom these answers name (`standing`)."""
    return [one for one in standing(session, subject, at, answers) if one.denied]


def words_of(edition: Edition, concern: str) -> Words:
    """What a consent asks, in the edition's language. Raises `KeyError`."""
    consent = edition.credential.consents[concern]
    return Words(consent.title, consent.wording, consent.digest)


def consent_of(subject: SubmissionSubject, concern: str) -> Consent:
    """Raises `NotFound`."""
    found = subject.edition.credential.consents.get(concern)
    if found is None:
        raise NotFound(_("Nobody is asked for such a consent here."))
    return found


def _answers(session: Session, subject: SubmissionSubject) -> Mapping[str, Any]:
    submission = subject.submission
    if subject.state.kind != "open" and submission.round:
        handed_in = session.get(Snapshot, (submission.id, submission.round))
        if handed_in is not None:
            return handed_in.answers
    draft: Draft = drafting.draft_of(session, submission.id)
    return forms_answers.prune(form_set_of(subject.edition), draft)


def _needed(consent: Consent, said: Mapping[str, Any]) -> bool:
    if consent.needed in ("true", "false"):
        return consent.needed == "true"
    try:
        # What it asks for is not answered yet: the form itself asks for that.
        return rules.compile(consent.needed, ("self",)).holds({"self": said}) is True
    except rules.BadRule:
        return True


def _people(consent: Consent, said: Mapping[str, Any]) -> dict[str, list[_Person]]:
    """Whom the answers name, by their folded names; each with every place that names them."""
    found: dict[str, list[_Person]] = {}
    for named in consent.people:
        for place, row in named_people.rows(said, named.at):
            name = row if isinstance(row, str) else named_people.within(row, named.name)
            if not isinstance(name, str) or not name.strip():
                continue
            email = named_people.within(row, named.email)
            files = tuple(
                value_at(said, one) if one.startswith("/") else named_people.within(row, one)
                for one in named.covers
            )
            person = _Person(
                " ".join(name.split())[: askings.LONGEST_NAME],
                email.strip() if isinstance(email, str) else "",
                place,
                bool(named.attested) and _is_answered(named_people.within(row, named.attested)),
                files,
            )
            found.setdefault(person_key(name), []).append(person)
    return found


def _is_answered(value: Any) -> bool:
    return value not in (None, "", [], {}, False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _texts(one)


def _state(
    session: Session,
    subject: SubmissionSubject,
    consent: Consent,
    row: Asking | None,
    persons: list[_Person],
    at: datetime,
) -> State:
    if row is not None and row.state in ("refused", "withdrawn"):
        return "refused" if row.state == "refused" else "withdrawn"
    if row is not None and row.state == "given" and _is_of_now(session, subject, row):
        return "given"
    if all(one.attested for one in persons):
        return "attested"
    if row is None:
        return "unasked"
    if row.state == "given":
        return "reworded"
    return "lapsed" if askings.lapsed(row, at) else "asked"


def _is_of_now(session: Session, subject: SubmissionSubject, row: Asking) -> bool:
    """Whether what somebody said yes to is what the document says now, in whatever language."""
    if row.edition_digest == subject.edition.digest:
        return True
    for language in LANGUAGES:
        with speaking(language):
            edition = catalogue.edition(session, subject.edition.digest)
        if edition.credential.consents[row.concern].digest == row.wording_digest:
            return True
    return False


def _followed(
    session: Session, settings: Settings, subject: SubmissionSubject, asking: Asking, at: datetime
) -> None:
    """What happens with an answer: everybody who should know is told."""
    submission = subject.submission
    asking_letters.receipt(session, asking)
    values = {"person": asking.name, "what": asking.wording.partition("\n")[0]}
    key = f"{asking.id}.{asking.revision}"
    letters.tell(
        session,
        submission.candidate_id,
        f"consent-{asking.state}",
        key=key,
        submission_id=submission.id,
        values={**values, "path": f"/submissions/{submission.id}/people"},
    )
    if asking.state == "given":
        return
    for hook in _hooks:
        hook(session, settings, submission.id, at)
    if asking.state == "withdrawn" and submission.round:
        awarded = select(Award.serial).where(Award.submission_id == submission.id)
        values["awarded"] = "yes" if session.scalar(awarded.limit(1)) else ""
        _tell_staff(session, submission, key, values)


def _tell_staff(
    session: Session, submission: Submission, key: str, values: Mapping[str, Any]
) -> None:
    for reader in _staff(session, submission):
        letters.tell(
            session,
            reader,
            "consent-withdrawn-staff",
            key=key,
            submission_id=submission.id,
            values={**values, "path": f"/review/{submission.id}"},
        )


def _staff(session: Session, submission: Submission) -> list[str]:
    everybody = session.execute(
        select(Account.id, Account.roles)
        .where(Account.active, Account.id != submission.candidate_id)
        .order_by(Account.created_at, Account.id)
    )
    found = [id for id, roles in everybody if {"staff", "admin"} & set(roles)]
    return found[: letters.MOST_READERS]


def _named(session: Session, subject: SubmissionSubject, concern: str) -> set[str]:
    return set(_people(consent_of(subject, concern), _answers(session, subject)))


askings.register(KIND, Manner(words_of, withdrawable=True, followed=_followed, named=_named))
