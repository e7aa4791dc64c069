"""Every page that Accolade shows, by who sees it: what the tests of all pages look at.

The addresses come from a filled demonstration, so that every page has real content. A page that
only follows from doing something (a refused submit, a conflict) names what is done first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from io import BytesIO

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine import demo
from engine.awards import issuing
from engine.awards.certificates import bundles
from engine.awards.lists import award_list_job, award_list_rows, award_lists
from engine.awards.lists.award_lists import Asked
from engine.credentials.credential import Edition
from engine.forms.schema import form_set_of
from engine.mail import muting
from engine.people import SYSTEM, Actor
from engine.records import catalogue
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import (
    Account,
    Award,
    AwardList,
    Calibration,
    Comment,
    Delivery,
    Letter,
    Submission,
    Webhook,
    new_id,
)
from engine.submissions import bulk, calibrating, calibrations, captions, drafting, hooks, noting
from engine.submissions.scores import Score
from tests.browser import certificates, consented, letting_in, shared, surveyed, witnessed
from tests.browser.hand import contents
from tests.browser.house import LiveHouse, page_urls, transition_to
from tests.web.conftest import PNG

NOBODY = ""
HANNAH = demo.READY[0]
BEN = demo.BEGINNER[0]
CORA = demo.REVIEWER[0]
NOAH = demo.SECOND_REVIEWER[0]
ROBIN = demo.STAFF[0]

HANDLE = "a-teacher-here"
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nGood morning, everybody.\n"

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Sight:
    """One page: whose eyes see it, its address, what is done there first, and its status."""

    name: str
    who: str
    url: str
    act: Act | None = None
    status: int = 200


@dataclass(frozen=True)
class Demonstration:
    """A served demonstration, and where everything is in it."""

    house: LiveHouse

    @property
    def accounts(self) -> dict[str, Actor]:
        with self.house.database.read() as session:
            return {
                one.email: Actor(one.id, one.name, one.email, frozenset(one.roles))
                for one in session.scalars(select(Account))
            }

    @property
    def editions(self) -> list[Edition]:
        """The credentials that the demonstration shows in every state."""
        with self.house.database.read() as session:
            found = catalogue.current_all(session)
            hannah = select(Submission.edition_digest).where(
                Submission.candidate_id == self.accounts[HANNAH].id
            )
            begun = set(session.scalars(hannah))
        return [
            one
            for one in found
            if one.digest in begun
            and one.examples
            and one.workflow is not None
            and any(state.kind == "review" for state in one.workflow.states.values())
        ]

    @property
    def exemplified(self) -> list[Edition]:
        """The credentials that show visitors an example."""
        with self.house.database.read() as session:
            return [one for one in catalogue.current_all(session) if one.examples]

    @property
    def films(self) -> Edition:
        """The tiny document that asks for films and links."""
        return self.house.edition("field-video")

    @property
    def watched(self) -> Edition:
        """The tiny document whose films a reviewer watches."""
        return self.house.edition("filmed-lesson")

    def in_every_state(self, edition: Edition) -> list[tuple[str, Submission]]:
        """The newest submission in each state; those of the prepared ones have notes."""
        return list({one.state: (who, one) for who, one in self.submissions(edition)}.values())

    def submissions(self, edition: Edition) -> list[tuple[str, Submission]]:
        """Every submission of the credential with its candidate's address."""
        emails = {one.id: email for email, one in self.accounts.items()}
        with self.house.database.read() as session:
            found = session.scalars(
                select(Submission)
                .where(Submission.edition_digest == edition.digest)
                .order_by(Submission.opened_at, Submission.id)
            )
            return [(emails[one.candidate_id], one) for one in found]

    def one_in(self, edition: Edition, kind: str, noted: bool = False) -> tuple[str, str]:
        """Who, and the id of, a submission in a state of this kind."""
        with self.house.database.read() as session:
            with_notes = set(session.scalars(select(Comment.submission_id)))
        return next(
            (email, one.id)
            for email, one in self.submissions(edition)
            if one.state_kind == kind and (one.id in with_notes) == noted
        )

    def own(self, edition: Edition, email: str) -> str:
        return next(one.id for who, one in self.submissions(edition) if who == email)

    def serials(self) -> list[str]:
        with self.house.database.read() as session:
            return list(session.scalars(select(Award.serial).order_by(Award.issued_at)))

    def shown(self) -> tuple[str, str]:
        """Who has a page of awards, and the award on it."""
        serial = self.serials()[0]
        with self.house.database.read() as session:
            holder = session.get_one(Award, serial).recipient_id
        return next(email for email, one in self.accounts.items() if one.id == holder), serial

    def letter(self) -> str:
        with self.house.database.read() as session:
            return session.scalars(select(Letter.id)).first() or ""

    def stop_link(self) -> str:
        """What the link in a letter to Ben leads to."""
        address = muting.link(self.house.settings, self.accounts[BEN].id, "returned")
        return address.removeprefix(self.house.settings.base_url)

    def app_of(self, who: str) -> letting_in.Addresses:
        """An app that somebody let in, and that asks again."""
        with self.house.database.transaction() as session:
            return letting_in.begun(session, self.accounts[who], datetime.now(UTC))

    def webhook(self, removed: bool = False) -> str:
        """A webhook with one message that is waiting and one that was given up."""
        now = datetime.now(UTC)
        with self.house.database.transaction() as session:
            webhook = Webhook(
                id=new_id(),
                url="https://records.example/hooks",
                secret=hooks.new_secret(),
                events=["award.awarded"],
                made_by=self.accounts[ROBIN].id,
                made_at=now,
                failing_since=now,
            )
            session.add(webhook)
            session.flush()
            for error in ("", "It answered 500."):
                delivery = session.get_one(Delivery, hooks.ping(session, webhook, now))
                delivery.error, delivery.done_at = error, now if error else None
            if removed:
                session.flush()
                hooks.remove(session, webhook, SYSTEM, now)
            return webhook.id

    def reminder(self) -> str:
        """A letter to everybody who works on the first credential, put together and not sent."""
        with self.house.database.transaction() as session:
            asked = {"to": "candidate", "words": "How far have you come?", "list": "staff"}
            chosen = bulk.revisions(
                session, [one.id for _, one in self.submissions(self.editions[0])]
            )
            robin, now = self.accounts[ROBIN], datetime.now(UTC)
            return bulk.prepare(session, robin, "remind", asked, chosen, now)

    def endless_reminder(self) -> str:
        """One that is under way for ever, since no job was asked to send it."""
        run_id = self.reminder()
        with self.house.database.transaction() as session:
            bulk.find(session, self.accounts[ROBIN], run_id).begun_at = datetime.now(UTC)
        return run_id

    @cached_property
    def awarded_list(self) -> tuple[str, str, str]:
        """The ids of a list that was awarded, of one that was stopped, and of the certificates of
        the first in one file. A list is awarded once, however often it is looked at."""
        settings, now = self.house.settings, datetime.now(UTC)
        store = EvidenceStore(settings.evidence)
        context = JobContext(settings, self.house.database, store)
        asked = Asked(self.editions[0].credential.id, "Workshop, June 2026", True, True)
        begun = []
        for name in ("Ida Berg", "Leo Marsh"):
            text = f"Email,Name\n{name[:3].lower()}@example.org,{name}\nnobody,,\n{BEN},Ben\n"
            with self.house.database.transaction() as session:
                found = award_lists.rehearse(session, text.encode(), asked, now)
                robin, file = self.accounts[ROBIN], "workshop.csv"
                begun.append(
                    award_lists.begin(
                        session, settings, text.encode(), file, asked, found.digest, robin, now
                    )
                )
            if len(begun) == 2:
                with self.house.database.transaction() as session:
                    row = session.get_one(AwardList, begun[1])
                    award_list_job.stop(session, row, self.accounts[ROBIN], now)
            award_list_job.run(context, {"list": begun[-1]})
        with self.house.database.transaction() as session:
            rows = award_list_rows.rows_with(session, begun[0], "awarded")
            serials = [row.serial for row in rows if row.serial]
            bundle = bundles.ask(session, "zip", "Workshop", serials, self.accounts[ROBIN], now)
        for _step in ("print", "bind"):
            bundles.run(context, {"bundle": bundle})
        return begun[0], begun[1], bundle

    def prepare(self) -> None:
        """Add what the demonstration lacks: a revoked award, an empty submission, and work that
        went back and forth, with notes on single answers."""
        now = datetime.now(UTC)
        with self.house.database.transaction() as session:
            revoked = session.get_one(Award, self.serials()[-1])
            issuing.revoke(session, revoked, "Granted to the wrong person.", SYSTEM, now)
            shown = session.get_one(Award, self.serials()[0])
            shown.on_page = True
            session.get_one(Account, shown.recipient_id).handle = HANDLE
            for edition in (*self.editions, self.films):
                drafting.open_submission(session, edition, self.accounts[BEN], now)
        coach = self.accounts[CORA]
        for edition in self.editions:
            for again in (False, True):
                candidate = self.house.person()
                id = self.house.prepared(edition, candidate, coach, kind="decide")
                cast = {CORA: coach, ROBIN: self.accounts[ROBIN], candidate.email: candidate}
                with self.house.database.transaction() as session:
                    store = EvidenceStore(self.house.settings.evidence)
                    stage = demo.Stage(session, self.house.settings, store, cast, now)
                    self._return(stage, edition, coach, id)
                    if again:
                        self._hand_in_again(stage, edition, candidate, id)

        self._let_films_be_watched(coach, now - timedelta(days=1))
        self._prepare_practice(coach, now)
        with self.house.database.transaction() as session:
            settings = self.house.settings
            surveyed.run_surveys(session, settings, self.accounts[BEN], now)
            surveyed.invite(session, settings, self.accounts[HANNAH], now)
            shared.talk(session, settings, now)
            witnessed.ask_people(session, settings, self.accounts[BEN], now)
            consented.ask_people(session, settings, self.accounts[BEN], now)

    def _prepare_practice(self, coach: Actor, now: datetime) -> None:
        """Three calibrations: one in preparation, one to practice on, one that the reviewer did."""
        robin, edition = self.accounts[ROBIN], self.editions[0]
        agreed = {
            (guide.id, one.id): Score("Y", "It says so in the second answer.")
            for guide in edition.credential.scoring_guides.values()
            for one in guide.look_fors
        }
        with self.house.database.transaction() as session:
            for title in ("In preparation", "To practice on", "Practiced"):
                made = calibrations.prepare_from_examples(session, robin, edition, title, now)
                if title != "In preparation":
                    calibrations.agree(session, robin, made, agreed, now)
                    calibrations.open_to_reviewers(session, robin, made, now)
            said = {**agreed, next(iter(agreed)): Score("N", "I do not see it.")}
            calibrating.save_practice(session, coach, made, said, 0, now)
            calibrating.finish_practice(session, coach, made, now)

    def practice(self, title: str) -> str:
        with self.house.database.read() as session:
            return session.scalars(select(Calibration.id).where(Calibration.title == title)).one()

    def _let_films_be_watched(self, coach: Actor, now: datetime) -> None:
        """Hand in a film with captions and one without, and let the reviewer take them up."""
        candidate = self.house.person()
        cast = {CORA: coach, ROBIN: self.accounts[ROBIN], candidate.email: candidate}
        store = EvidenceStore(self.house.settings.evidence)
        with self.house.database.transaction() as session:
            stage = demo.Stage(session, self.house.settings, store, cast, now)
            work = drafting.open_submission(session, self.watched, candidate, now)
            subject = drafting.subject_of(session, work.id)
            films = []
            for place, name in (("lesson", "lesson.mp4"), ("clips", "clip.mp4")):
                bytes_ = BytesIO(contents(name, ()))
                film = drafting.keep_file(
                    store, subject, f"/answers/{place}", bytes_, name, 2**20, candidate
                )
                drafting.attach(session, subject, film, candidate, now)
                films.append(film.id)
            words = captions.keep(store, subject, BytesIO(CAPTIONS), "lesson.vtt", candidate)
            captions.attach(session, subject, films[0], words, candidate, now)
            said = {"lesson": films[0], "clips": films[1:], "about": "Who talks, and for how long."}
            drafting.fill(session, subject, {"answers": said}, candidate, now)
            assert self.watched.workflow is not None
            for transition in demo.way_to(self.watched.workflow, "watching"):
                demo.walk(stage, self.watched, work, transition)

    def _return(self, stage: demo.Stage, edition: Edition, coach: Actor, id: str) -> None:
        """Write notes on answers, and send the work back."""
        subject = drafting.subject_of(stage.session, id)
        for form_id, answers in edition.examples.items():
            for key in list(answers)[:2]:
                body = "Please say more here: what did you see, and how often?"
                noting.add(stage.session, coach, subject, f"/{form_id}/{key}", body, stage.at)
        demo.walk(stage, edition, subject.submission, transition_to(edition, "open", "decide"))

    def _hand_in_again(
        self, stage: demo.Stage, edition: Edition, candidate: Actor, id: str
    ) -> None:
        """Change the first text of each form, and let the same reviewer take it up again."""
        subject = drafting.subject_of(stage.session, id)
        answers = drafting.draft_of(stage.session, id).answers
        for form_id, said in answers.items():
            key = next((key for key, value in said.items() if _may_grow(value)), "")
            if key:
                more = {form_id: {**said, key: f"{said[key]} And more."}}
                drafting.fill(stage.session, subject, more, candidate, stage.at)
        for kind, leaving in (("review", "open"), ("decide", "review")):
            demo.walk(stage, edition, subject.submission, transition_to(edition, kind, leaving))


def _may_grow(value: object) -> bool:
    """Whether it is prose, which stays valid with another sentence."""
    return isinstance(value, str) and value.endswith(".")


def visitors(found: Demonstration) -> Iterator[Sight]:
    yield Sight("catalogue", NOBODY, "/")
    yield Sight("catalogue-search", NOBODY, "/?q=learning&kind=micro-credential")
    yield Sight("catalogue-nothing", NOBODY, "/?q=xyzzy")
    yield Sight("pathways", NOBODY, "/pathways")
    with found.house.database.read() as session:
        everything = catalogue.current_all(session)
    for edition in everything:
        yield Sight(f"credential-{edition.credential.id}", NOBODY, _credential(edition))
    for edition in found.exemplified:
        for form_id in edition.credential.examples:
            url = f"{_credential(edition)}/examples/{form_id}"
            yield Sight(f"example-{edition.credential.id}-{form_id}", NOBODY, url)
    valid, *_, revoked = found.serials()
    yield Sight("verify", NOBODY, "/verify")
    yield Sight("frameworks", NOBODY, "/frameworks")
    yield Sight("framework", NOBODY, "/frameworks/dlp")
    yield Sight("verify-valid", NOBODY, f"/verify/{valid}")
    yield Sight("verify-revoked", NOBODY, f"/verify/{revoked}")
    yield Sight("verify-unknown", NOBODY, "/verify/0000-0000-0000", status=404)
    with found.house.database.transaction() as session:
        settings = found.house.settings
        standings = certificates.serials(session, settings, valid)
        good = certificates.badge(session, settings, valid)
    for standing, serial in standings.items():
        yield Sight(f"verify-{standing}", NOBODY, f"/verify/{serial}")
    for name, data, status in certificates.files(good):
        bring = partial(certificates.bring, data=data)
        yield Sight(f"verify-file-{name}", NOBODY, "/verify", bring, status)
    yield Sight("page-of-awards", NOBODY, f"/people/{HANDLE}")
    yield Sight("award-framed", NOBODY, f"/verify/{valid}/embed")
    yield Sight("award-framed-gone", NOBODY, f"/verify/{revoked}/embed", status=404)
    with found.house.database.read() as session:
        survey = surveyed.addresses(session, found.house.settings)
        gallery = shared.addresses(session, found.house.settings)
    for name, url, empty, status in shared.pages_for_visitors(gallery):
        yield Sight(name, NOBODY, url, shared.send_nothing if empty else None, status)
    yield Sight("survey-link", NOBODY, survey.link)
    yield Sight("survey-link-empty", NOBODY, survey.link, surveyed.send_nothing, 422)
    yield Sight("survey-link-spanish", NOBODY, survey.link, _speak_spanish)
    yield Sight("survey-link-used", NOBODY, survey.used, status=410)
    yield Sight("survey-code", NOBODY, "/c")
    yield Sight("survey-of-a-class", NOBODY, survey.code)
    yield Sight("survey-thanks", NOBODY, "/thanks")
    with found.house.database.read() as session:
        said = witnessed.addresses(session, found.house.settings)
    yield Sight("confirmation", NOBODY, said.asked)
    yield Sight("confirmation-unticked", NOBODY, said.asked, witnessed.say_nothing, 422)
    yield Sight("confirmation-spanish", NOBODY, said.asked, _speak_spanish)
    yield Sight("confirmation-given", NOBODY, said.confirmed)
    yield Sight("confirmation-denied", NOBODY, said.denied)
    yield Sight("statement", NOBODY, said.neighbor)
    yield Sight("statement-empty", NOBODY, said.neighbor, witnessed.say_nothing, 422)
    yield Sight("statement-form", NOBODY, said.mentor)
    with found.house.database.read() as session:
        consent = consented.addresses(session, found.house.settings)
    yield Sight("consent", NOBODY, consent.asked)
    yield Sight("consent-unticked", NOBODY, consent.asked, consented.agree_without_tick, 422)
    yield Sight("consent-spanish", NOBODY, consent.asked, _speak_spanish)
    yield Sight("consent-given", NOBODY, consent.given)
    yield Sight("consent-refused", NOBODY, consent.refused)
    yield Sight("consent-withdrawn", NOBODY, consent.withdrawn)
    yield Sight("sign-in", NOBODY, "/sign-in")
    yield Sight("sign-in-refused", NOBODY, "/sign-in", _sign_in_wrongly, 400)
    yield Sight("sign-in-first", NOBODY, "/my-work")
    for url in ("/", "/verify", f"/verify/{valid}", "/sign-in"):
        yield Sight(f"spanish{url}", NOBODY, url, _speak_spanish)
    yield Sight("nothing-here", NOBODY, "/nothing/here", status=404)


def candidates(found: Demonstration) -> Iterator[Sight]:
    everybody = {who for edition in found.editions for who, _ in found.in_every_state(edition)}
    for email in sorted(everybody):
        yield Sight(f"my-work-{email}", email, "/my-work")
        yield Sight(f"my-standards-{email}", email, "/my-work/standards?of=tlms")
    with found.house.database.read() as session:
        survey = surveyed.addresses(session, found.house.settings)
        others = witnessed.addresses(session, found.house.settings)
        consent = consented.addresses(session, found.house.settings)
    yield Sight("peoples-consent", BEN, consent.own)
    yield Sight("peoples-consent-refused", BEN, consent.own, consented.ask_wrongly, 422)
    yield Sight("peoples-consent-check", BEN, consent.check)
    yield Sight("what-others-say", BEN, others.own)
    yield Sight("what-others-say-refused", BEN, others.own, witnessed.ask_wrongly, 422)
    yield Sight("what-others-say-check", BEN, others.check)
    with found.house.database.read() as session:
        gallery = shared.addresses(session, found.house.settings)
    holder, serial = found.shown()
    yield Sight("own-awards", holder, "/my-work/awards")
    yield Sight("own-awards-none", BEN, "/my-work/awards")
    yield Sight("own-awards-address-refused", BEN, "/my-work/awards", _ask_for_no_address, 422)
    yield Sight("own-award", holder, f"/my-work/awards/{serial}")
    yield Sight("shared-nothing", HANNAH, "/my-work/shared")
    yield Sight("shared", gallery.teacher, "/my-work/shared")
    for state, url in gallery.questions.items():
        yield Sight(f"shared-question-{state}", gallery.teacher, url)
    waiting = gallery.questions["waiting"]
    yield Sight("shared-answer-empty", gallery.teacher, waiting, shared.send_nothing, 422)
    yield Sight("survey-compared", BEN, survey.compared)
    yield Sight("survey-by-code", BEN, survey.whole_class)
    yield Sight("survey-not-yet", BEN, survey.not_yet)
    yield Sight("survey-open", HANNAH, survey.open)
    yield Sight("catalogue-beginner", BEN, "/")
    yield Sight("pathways-beginner", BEN, "/pathways")
    yield Sight("account", HANNAH, "/account")
    yield Sight("letters-to-her", HANNAH, "/account/letters")
    yield Sight("name-wanted", HANNAH, "/account/name")
    yield Sight("name-wanted-refused", HANNAH, "/account/name", _send_empty, 422)
    yield Sight("calendar-none", HANNAH, "/account/calendar")
    yield Sight("calendar", HANNAH, "/account/calendar", _make_a_calendar)
    app = found.app_of(HANNAH)
    yield Sight("app-asks", HANNAH, app.question)
    yield Sight("app-asks-spanish", HANNAH, app.question, _speak_spanish)
    yield Sight("app-asks-english", HANNAH, app.question, _speak_english)
    yield Sight("app-unanswerable", HANNAH, app.unanswerable, status=400)
    yield Sight("app-from-nowhere", NOBODY, app.nowhere, status=400)
    yield Sight("apps", HANNAH, "/account/apps")
    yield Sight("apps-none", BEN, "/account/apps")
    yield Sight("letters-stop", NOBODY, found.stop_link())
    yield Sight("letters-stopped", NOBODY, found.stop_link(), _stop_letters)
    yield Sight("account-refused", HANNAH, "/account", _change_password_wrongly, 422)
    yield Sight("badge", HANNAH, "/credentials/water-safety/badge")
    yield Sight("badge-refused", HANNAH, "/credentials/water-safety/badge", _show_a_screenshot, 422)
    yield Sight("not-yours", HANNAH, "/staff", status=403)
    for edition in found.editions:
        yield from _candidates_of(found, edition)
    films = found.own(found.films, BEN)
    (page,) = page_urls(found.films, films)
    yield Sight("films-empty", BEN, page)
    yield Sight("films-and-links", BEN, page, _bring_films_and_links)
    yield Sight("films-saved", BEN, page)
    yield Sight("films-check", BEN, f"/submissions/{films}/check")
    yield Sight("films-handed-in", BEN, f"/submissions/{films}/check", _finish)


def _candidates_of(found: Demonstration, edition: Edition) -> Iterator[Sight]:
    name = edition.credential.id
    for email in (HANNAH, BEN):
        yield Sight(f"{name}-page-{email}", email, _credential(edition))
    for email, submission in found.in_every_state(edition):
        yield Sight(f"{name}-{submission.state}", email, f"/submissions/{submission.id}")
    ready = f"/submissions/{found.own(edition, HANNAH)}"
    yield Sight(f"{name}-check", HANNAH, f"{ready}/check")
    yield Sight(f"{name}-print", HANNAH, f"{ready}/print")
    yield Sight(f"{name}-story", HANNAH, f"{ready}/story")
    yield Sight(f"{name}-copy", HANNAH, f"{ready}/copy")
    yield Sight(f"{name}-copy-refused", HANNAH, f"{ready}/copy", _bring_a_wrong_file, 422)
    yield Sight(f"{name}-copy-differences", HANNAH, f"{ready}/copy", _bring_a_copy)
    yield Sight(f"{name}-record", HANNAH, f"{ready}/record")
    yield Sight(f"{name}-record-waiting", HANNAH, f"{ready}/record?asked=1")
    assert edition.workflow is not None
    for way in edition.workflow.leaving(edition.workflow.initial):
        if edition.workflow.roles[way.by[0]].kind == "owner":
            url = f"{ready}/advance/{way.name}"
            yield Sight(f"{name}-confirm-{way.name}", HANNAH, url)
    handed_in, id = found.one_in(edition, "review")
    url = page_urls(edition, id)[0]
    yield Sight(f"{name}-closed-page", handed_in, url)


def form_pages(found: Demonstration, edition: Edition) -> Iterator[Sight]:
    """Every page of a credential's forms: filled, empty, with problems, with a reviewer's notes."""
    filled = page_urls(edition, found.own(edition, HANNAH))
    for number, url in enumerate(filled, 1):
        yield Sight(f"page-{number}", HANNAH, url)
    who, id = found.one_in(edition, "open", noted=True)
    for number, url in enumerate(page_urls(edition, id), 1):
        yield Sight(f"page-{number}-returned", who, url)
    empty = found.own(edition, BEN)
    for number, url in enumerate(page_urls(edition, empty), 1):
        yield Sight(f"page-{number}-empty", BEN, url)
        yield Sight(f"page-{number}-with-problems", BEN, f"{url}?check=1")
    yield Sight("check-refused", BEN, f"/submissions/{empty}/check")
    yield Sight("task-list-empty", BEN, f"/submissions/{empty}")
    first = page_urls(edition, empty)[0]
    yield Sight("conflict", HANNAH, filled[0], _save_an_older_version, 409)
    rows = _page_with_rows(edition, filled)
    yield Sight("conflict-of-rows", HANNAH, rows, _save_other_rows, 409)
    yield Sight("stale", HANNAH, filled[0], _save_with_an_old_token, 400)
    yield Sight("too-large", BEN, first, _write_too_much, 413)
    yield Sight("signed-out-while-writing", BEN, first, _save_when_signed_out, 401)


def reviewers(found: Demonstration) -> Iterator[Sight]:
    yield Sight("queue", CORA, "/queue")
    yield Sight("queue-mine", CORA, "/queue?whose=mine")
    yield Sight("queue-empty", NOAH, "/queue?whose=mine")
    yield Sight("queue-searched", ROBIN, "/queue?words=students&longer=3&sort=due")
    yield Sight("queue-bulk", CORA, "/bulk/new?list=queue&all=1")
    yield Sight("queue-bulk-preview", CORA, "/bulk/new?list=queue&all=1", _see_who_is_affected)
    for edition in found.editions:
        name = edition.credential.id
        for _, submission in found.in_every_state(edition):
            if submission.state_kind in ("review", "decide", "outcome"):
                url = f"/review/{submission.id}"
                yield Sight(f"{name}-{submission.state}", NOAH, url)
        for _, submission in found.submissions(edition):
            if submission.state_kind == "decide":
                url = f"/review/{submission.id}"
                yield Sight(f"{name}-round-{submission.round}", CORA, url)
        yield Sight(f"{name}-not-yet", CORA, url, _decide_too_early, 403)
        yield Sight(f"{name}-conflict", CORA, url, _score_an_older_version, 409)
    yield Sight("practice", CORA, "/practice")
    yield Sight("practice-desk", CORA, f"/practice/{found.practice('To practice on')}")
    yield Sight("practice-compared", CORA, f"/practice/{found.practice('Practiced')}")
    yield Sight("conflict-of-interest", CORA, f"{url}/conflict")
    yield Sight("conflict-of-interest-refused", CORA, f"{url}/conflict", _send_empty, 422)
    yield Sight("absence", CORA, "/account/absence")
    yield Sight("absence-refused", CORA, "/account/absence", _send_empty, 422)
    handed_in, films = found.one_in(found.watched, "decide")
    yield Sight("films-at-the-desk", CORA, f"/review/{films}")
    yield Sight("films-with-the-reviewer", handed_in, page_urls(found.watched, films)[0])
    # Last, and one only: the other sights need what she has taken up.
    one = url.rpartition("/")[2]
    yield Sight("queue-bulk-progress", CORA, f"/bulk/new?list=queue&item={one}", _hand_back)
    yield Sight("queue-bulk-runs", CORA, "/bulk")


def staff(found: Demonstration) -> Iterator[Sight]:
    yield Sight("alignment", ROBIN, "/staff/alignment?of=dlp")
    for place in ("/reports", "/reports/reviewers", "/reports/records"):
        yield Sight(f"staff{place}", ROBIN, f"/staff{place}")
    for place in ("", "/submissions", "/people", "/people/new", "/recognitions", "/awards"):
        yield Sight(f"staff{place}", ROBIN, f"/staff{place}")
    yield Sight("staff-reminder", ROBIN, f"/bulk/{found.reminder()}")
    yield Sight("staff-reminder-on-its-way", ROBIN, f"/bulk/{found.endless_reminder()}")
    for place in ("/documents", "/mail", "/jobs", "/jobs/planned"):
        yield Sight(f"staff{place}", ROBIN, f"/staff{place}")
    for place in ("/agreement", "/calibration"):
        yield Sight(f"staff{place}", ROBIN, f"/staff{place}")
    for title in ("In preparation", "Practiced"):
        url = f"/staff/calibration/{found.practice(title)}"
        yield Sight(f"staff-calibration-{title}", ROBIN, url)
    yield Sight("staff-person", ROBIN, f"/staff/people/{found.accounts[CORA].id}")
    yield Sight("staff-absence", ROBIN, f"/staff/people/{found.accounts[CORA].id}/absence")
    _, films = found.one_in(found.watched, "decide")
    yield Sight("staff-reviewers", ROBIN, f"/staff/submissions/{films}/reviewers")
    yield Sight("staff-herself", ROBIN, f"/staff/people/{found.accounts[ROBIN].id}")
    yield Sight("staff-names-none", ROBIN, "/staff/people/names")
    called = f"/staff/people/{found.accounts[CORA].id}/name"
    yield Sight("staff-name", ROBIN, called)
    yield Sight("staff-name-refused", ROBIN, called, _send_empty, 422)
    yield Sight("staff-person-refused", ROBIN, "/staff/people/new", _send_empty, 422)
    yield Sight("staff-schools", ROBIN, "/staff/schools")
    yield Sight("staff-recognition-refused", ROBIN, "/staff/recognitions", _send_empty, 422)
    awarding = "/staff/awards/lists"
    awarded, stopped, bundle = found.awarded_list
    yield Sight("staff-award-lists", ROBIN, awarding)
    yield Sight("staff-award-list-new", ROBIN, f"{awarding}/new")
    yield Sight("staff-award-list-refused", ROBIN, f"{awarding}/new", _send_empty, 422)
    yield Sight("staff-award-list-rehearsed", ROBIN, f"{awarding}/new", _see_who_is_awarded)
    yield Sight("staff-award-list", ROBIN, f"{awarding}/{awarded}")
    yield Sight("staff-award-list-stopped", ROBIN, f"{awarding}/{stopped}")
    yield Sight("staff-certificates", ROBIN, f"/staff/awards/certificates/{bundle}")
    many = "/staff/recognitions/list"
    yield Sight("staff-recognition-list", ROBIN, many)
    yield Sight("staff-recognition-list-refused", ROBIN, many, _send_empty, 422)
    yield Sight("staff-recognition-list-rehearsed", ROBIN, many, _see_what_would_happen)
    with found.house.database.read() as session:
        gallery = shared.addresses(session, found.house.settings)
    yield Sight("staff-gallery", ROBIN, "/staff/gallery")
    yield Sight("staff-gallery-item", ROBIN, gallery.desk)
    yield Sight("staff-badge", ROBIN, "/staff/recognitions/badge")
    yield Sight("staff-badge-refused", ROBIN, "/staff/recognitions/badge", _show_a_screenshot, 422)
    yield Sight("staff-letter", ROBIN, f"/staff/mail/{found.letter()}")
    yield Sight("staff-mail-none", ROBIN, "/staff/mail?status=failed")
    yield Sight("staff-letters", ROBIN, "/staff/letters")
    yield Sight("staff-letter-desk", ROBIN, "/staff/letters/returned/es")
    yield Sight("staff-letter-preview", ROBIN, "/staff/letters/returned/en", _show_how_it_arrives)
    # The preview in its frame answers last, and well.
    yield Sight("staff-letter-wrong", ROBIN, "/staff/letters/returned/en", _write_it_wrongly)
    yield Sight("staff-letter-changed", ROBIN, "/staff/letters/returned/en", _change_its_words)
    yield Sight("staff-webhooks", ROBIN, "/staff/webhooks")
    yield Sight("staff-webhooks-refused", ROBIN, "/staff/webhooks", _send_empty, 422)
    yield Sight("staff-webhook-added", ROBIN, "/staff/webhooks", _add_a_webhook)
    yield Sight("staff-webhook", ROBIN, f"/staff/webhooks/{found.webhook()}")
    removed = found.webhook(removed=True)
    yield Sight("staff-webhook-removed", ROBIN, f"/staff/webhooks/{removed}")
    valid, *_, revoked = found.serials()
    yield Sight("staff-award", ROBIN, f"/staff/awards/{valid}")
    for deed in ("revoke", "suspend", "correct"):
        yield Sight(f"staff-award-{deed}", ROBIN, f"/staff/awards/{valid}/{deed}")
    yield Sight("staff-awards-revoked", ROBIN, "/staff/awards?standing=revoked")
    yield Sight("staff-awards-none-suspended", ROBIN, "/staff/awards?standing=suspended")
    yield Sight("staff-awards-undermined", ROBIN, "/staff/awards/standing-on-lost")
    yield Sight(
        "staff-award-revoke-refused", ROBIN, f"/staff/awards/{valid}/revoke", _send_empty, 422
    )
    yield Sight("staff-award-revoked", ROBIN, f"/staff/awards/{revoked}")
    with found.house.database.read() as session:
        everything = catalogue.current_all(session)
    for edition in everything:
        url = f"/staff/documents/{edition.credential.id}"
        yield Sight(f"staff-document-{edition.credential.id}", ROBIN, url)
        if edition.workflow is not None:
            yield Sight(f"staff-move-{edition.credential.id}", ROBIN, f"{url}/move")
    for edition in found.editions:
        for _, submission in found.in_every_state(edition):
            url = f"/staff/submissions/{submission.id}"
            yield Sight(f"staff-{edition.credential.id}-{submission.state}", ROBIN, url)


def _page_with_rows(edition: Edition, urls: Sequence[str]) -> str:
    """The first of these pages that repeats a group."""
    forms = form_set_of(edition)
    return next(
        url
        for url, page in zip(urls, forms.pages, strict=True)
        if any(getattr(forms.node(one), "kind", "") == "rows" for one in page.pointers)
    )


def _credential(edition: Edition) -> str:
    return f"/credentials/{edition.credential.id}"


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()
    page.wait_for_load_state()


def _sign_in_wrongly(page: Page) -> None:
    page.get_by_label("E-mail").fill("somebody@example.org")
    page.get_by_label("Password").fill("not the password")
    _press(page, "Sign in")


def _bring_a_wrong_file(page: Page) -> None:
    page.locator("#copy").set_input_files(
        {"name": "draft.json", "mimeType": "application/json", "buffer": b"[]"}
    )
    _press(page, "See what would change")


def _bring_a_copy(page: Page) -> None:
    """One's own draft with one form emptied, brought back."""
    text = page.evaluate(
        "fetch(location.pathname.replace(/copy$/, 'draft.json')).then(r => r.text())"
    )
    copy = json.loads(text)
    copy["answers"][next(iter(copy["answers"]))] = {}
    buffer = json.dumps(copy).encode()
    page.locator("#copy").set_input_files(
        {"name": "draft.json", "mimeType": "application/json", "buffer": buffer}
    )
    _press(page, "See what would change")


def _ask_for_no_address(page: Page) -> None:
    page.get_by_label("Address").fill("no address")
    _press(page, "Use this address")


def _change_password_wrongly(page: Page) -> None:
    page.get_by_label("Your password now").fill("not the password")
    page.get_by_label("New password").fill("short")
    _press(page, "Change my password")


def _make_a_calendar(page: Page) -> None:
    _press(page, "Make my calendar")


def _stop_letters(page: Page) -> None:
    _press(page, "Stop these letters")


def _show_how_it_arrives(page: Page) -> None:
    """Post what is being written into the frame, with somebody's real work."""
    page.locator("#text").fill("Subject: Hello {{ to }}\n\n**Look** at {{ credential }}.\n")
    page.locator("#about").select_option(index=1)
    page.get_by_role("button", name="Show how it arrives").click()
    shown = page.frame_locator("iframe[name=letter-preview]")
    expect(shown.locator("strong", has_text="Look")).to_be_visible()


def _write_it_wrongly(page: Page) -> None:
    page.locator("#text").fill("Subject: x\n\n{% if comment %}\n")
    _press(page, "Use these words")


def _change_its_words(page: Page) -> None:
    page.locator("#text").fill("Subject: Back\n\nIt is back, {{ to }}.\n\n{{ link }}\n")
    _press(page, "Use these words")
    expect(page.get_by_text("changed the words")).to_be_visible()


def _add_a_webhook(page: Page) -> None:
    page.get_by_label("Address").fill("https://records.example/hooks")
    _press(page, "Add it")
    expect(page.locator(".once")).to_contain_text("whsec_")


def _set_hidden(page: Page, name: str, value: str) -> None:
    page.locator(f'main form input[name="{name}"]').first.evaluate(
        "(it, value) => { it.value = value; }", value
    )


def _save_an_older_version(page: Page) -> None:
    _set_hidden(page, "_seen", "an older version")
    field = page.locator("main form :is(input:not([type]), textarea):visible").first
    field.evaluate("it => { it.value += ' Changed here.'; }")
    _press(page, "Save and continue")


def _save_other_rows(page: Page) -> None:
    """Let the first two rows change places on a device that has not heard of what came since."""
    page.locator(".row__down:visible").first.click()
    _save_an_older_version(page)


def _speak_spanish(page: Page) -> None:
    """From here on, as the account keeps it."""
    _press(page, "Español")


def _speak_english(page: Page) -> None:
    _press(page, "English")


def _see_who_is_affected(page: Page) -> None:
    page.get_by_label("Hand them back to the queue").check()
    _press(page, "Show who is affected")


def _hand_back(page: Page) -> None:
    """Until it is done: a page that shows how far it has come loads itself anew at the end."""
    _see_who_is_affected(page)
    page.locator("form[action$='/begin'] button").click()
    expect(page.get_by_text("All of it is finished.")).to_be_visible()


def _finish(page: Page) -> None:
    page.locator("main form button.button--primary").first.click()
    page.wait_for_load_state()


def _bring_films_and_links(page: Page) -> None:
    """A film with captions, one without, and a link."""
    for name in ("lesson", "clips"):
        box = page.locator(f'.evidence[data-evidence="/answers/{name}"][data-ready]')
        box.locator("input[type=file]").first.set_input_files(
            {"name": f"{name}.mp4", "mimeType": "video/mp4", "buffer": contents(f"{name}.mp4", ())}
        )
        expect(box.locator(".evidence__file a", has_text=f"{name}.mp4")).to_be_visible()
    box.locator(".evidence__captions input").set_input_files(
        {"name": "clips.vtt", "mimeType": "text/vtt", "buffer": CAPTIONS}
    )
    expect(box.get_by_text("The captions are kept: clips.vtt")).to_be_visible()
    box = page.locator('.evidence[data-evidence="/answers/page"]')
    box.locator("input[type=url]").fill("https://school.example/class")
    box.locator(".evidence__add").click()
    expect(box.locator(".evidence__file")).to_have_count(1)
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def _save_with_an_old_token(page: Page) -> None:
    _set_hidden(page, "csrf_token", "old")
    _press(page, "Save and continue")


def _save_when_signed_out(page: Page) -> None:
    page.context.clear_cookies()
    _press(page, "Save and continue")


def _write_too_much(page: Page) -> None:
    page.locator("main form").first.evaluate(
        """form => {
            const text = document.createElement("textarea");
            text.name = "more";
            text.value = "x".repeat(5 * 1024 * 1024);
            form.append(text);
        }"""
    )
    _press(page, "Save and continue")


def _send_empty(page: Page) -> None:
    """Send the page's form although the browser would not."""
    form = page.locator("main form[method=post]").first
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("button[type=submit]").last.click()
    page.wait_for_load_state()


def _see_what_would_happen(page: Page) -> None:
    """Give a list with a row of every kind."""
    known = f"{HANNAH},Standards Ambassador,2025-06-01,State\n"
    rows = f"{HANNAH},Water Safety,2025-06-01,State\n" * 2 + known
    wrong = "nobody@example.org,Water Safty,soon,\n"
    page.locator("#list").set_input_files(
        {
            "name": "holders.csv",
            "mimeType": "text/csv",
            "buffer": f"Email,Credential,Earned on,Source\n{rows}{wrong}".encode(),
        }
    )
    _press(page, "See what would happen")


def _see_who_is_awarded(page: Page) -> None:
    """Give a list with a row of every kind."""
    rows = f"{HANNAH},,\n{NOAH},,soon\nnobody@example.org,,\n{CORA},Cora,2026-01-05\n{CORA},,\n"
    page.locator("#credential").select_option(index=1)
    page.locator("#source").fill("Workshop, June 2026")
    page.locator("#list").set_input_files(
        {
            "name": "workshop.csv",
            "mimeType": "text/csv",
            "buffer": f"Email,Name,Awarded on\n{rows}".encode(),
        }
    )
    _press(page, "See what would happen")


def _show_a_screenshot(page: Page) -> None:
    """Give a picture without a badge inside."""
    if page.locator("#person").count():
        page.locator("#person").fill(HANNAH)
    page.locator("#badge").set_input_files(
        {"name": "screenshot.png", "mimeType": "image/png", "buffer": PNG}
    )
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_load_state()


def _decide_too_early(page: Page) -> None:
    """Press the first decision while something is undecided."""
    page.locator("#sheet [name^='score/']:checked").evaluate_all(
        "all => all.forEach(one => { one.checked = false; })"
    )
    page.locator("#sheet section button.button--primary").click()
    page.wait_for_load_state()


def _score_an_older_version(page: Page) -> None:
    page.locator("#sheet input[name=_seen]").evaluate("it => { it.value = '-5'; }")
    page.locator("#sheet textarea").first.evaluate("it => { it.value = 'Written here.'; }")
    page.locator("#sheet .sticky-foot button[value=save]").click()
    page.wait_for_load_state()
