"""What may happen to an award after it was granted: suspended, lifted, revoked, corrected, carried
on, ended; and that all of it is in the trail."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import correcting, ending, issuing, status, suspending
from engine.awards.certificates import printing
from engine.errors import Refused
from engine.records import audit, jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Award, Event, Letter, Submission
from tests.awards.conftest import NOON, Greenhouse

LATER = NOON + timedelta(days=1)
DOUBT = "We look into the photos."


def kinds(session: Session, award: Award) -> list[str]:
    return [one.kind for one in audit.story(session, f"award:{award.serial}")]


def refusal(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.refusal.code


def correct(
    greenhouse: Greenhouse,
    session: Session,
    award: Award,
    name: str,
    reason: str = "Typo",
    at: datetime = LATER,
) -> Award:
    return correcting.correct(
        session, greenhouse.settings, award, name, reason, greenhouse.office, at
    )


def correct_all(greenhouse: Greenhouse, session: Session, person: Account) -> list[Award]:
    return correcting.correct_all(
        session, greenhouse.settings, person, "New name", greenhouse.office, LATER
    )


def counted(session: Session, at: datetime) -> set[str]:
    return set(session.scalars(select(Award.serial).where(*status.counting(at))))


def test_a_suspended_award_does_not_count_until_it_is_lifted(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    suspending.suspend(session, award, DOUBT, greenhouse.office, LATER)
    told = status.standing(award, LATER)
    assert (told.word, told.since, told.reason) == ("suspended", LATER, DOUBT)
    assert (
        told.sentence == "This award is suspended since 13 March 2026. It does not count for now."
    )
    assert issuing.held(session, "grower", LATER) == set()
    suspending.lift(session, award, greenhouse.office, LATER)
    assert status.standing(award, LATER).word == "valid"
    assert issuing.held(session, "grower", LATER) == {"window-garden"}
    assert kinds(session, award) == ["awarded", "suspended", "lifted"]
    answer = status.as_json(award, status.standing(award, LATER), "https://awards.example.org")
    assert (answer["suspended_at"], answer["suspended_reason"]) == (None, None)


def test_an_award_is_suspended_once_and_keeps_its_first_reason(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    suspending.suspend(session, award, DOUBT, greenhouse.office, NOON)
    with pytest.raises(Refused) as refused:
        suspending.suspend(session, award, "Another reason.", greenhouse.office, LATER)
    assert refusal(refused) == "suspended"
    assert (award.suspended_at, award.suspended_reason) == (NOON, DOUBT)


def test_lifting_what_is_not_suspended_changes_nothing(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    suspending.lift(session, award, greenhouse.office, LATER)
    assert kinds(session, award) == ["awarded"]


def test_revoked_wins_over_suspended_for_good(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    suspending.suspend(session, award, DOUBT, greenhouse.office, NOON)
    issuing.revoke(session, award, "The photos were bought.", greenhouse.office, LATER)
    assert status.standing(award, LATER).word == "revoked"
    for decide in (
        lambda: suspending.lift(session, award, greenhouse.office, LATER),
        lambda: suspending.suspend(session, award, DOUBT, greenhouse.office, LATER),
        lambda: correct(greenhouse, session, award, "Ana R."),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        assert refusal(refused) == "revoked"
    assert kinds(session, award) == ["awarded", "suspended", "revoked"]


@pytest.mark.parametrize("reason", ["", " \n\t", "\u202e\u200b", "\x00\x07"])
def test_a_reason_is_something_that_can_be_read(
    greenhouse: Greenhouse, session: Session, reason: str
) -> None:
    award = greenhouse.award(session)
    for decide in (
        lambda: suspending.suspend(session, award, reason, greenhouse.office, NOON),
        lambda: issuing.revoke(session, award, reason, greenhouse.office, NOON),
        lambda: correct(greenhouse, session, award, "Ana R.", reason, at=NOON),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        assert refusal(refused) == "reason-required"
    assert status.counts(award, NOON)


def test_a_reason_is_kept_without_what_nobody_sees(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    said = "<b>Photos</b>\u202e were\x00\nbought. "
    suspending.suspend(session, award, said, greenhouse.office, NOON)
    assert award.suspended_reason == "<b>Photos</b> were\nbought."


def test_a_reason_has_an_end(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    suspending.suspend(session, award, "x" * 2_000, greenhouse.office, NOON)
    with pytest.raises(Refused) as refused:
        issuing.revoke(session, award, "x" * 2_001, greenhouse.office, NOON)
    assert refusal(refused) == "reason-long"


def test_a_corrected_award_takes_the_place_of_the_old_one(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    new = correct(greenhouse, session, old, " Ana  Ruiz-Hall ", "She married.")
    assert new.recipient_name == "Ana Ruiz-Hall"
    for name in (
        "submission_id", "edition_digest", "credential_id", "recipient_id", "title", "statement",
        "issuer", "issued_at", "expires_at", "renews",
    ):  # fmt: skip
        assert getattr(new, name) == getattr(old, name), name
    assert new.names_holder
    assert new.serial != old.serial
    assert (new.status_list, new.status_index) != (old.status_list, old.status_index)
    assert (old.replaced_by, old.replaced_at) == (new.serial, LATER)
    assert old.recipient_name == "Ana Ruiz"
    assert status.standing(old, LATER).word == "replaced"
    assert counted(session, LATER) == {new.serial}
    assert issuing.held(session, "grower", LATER) == {"window-garden"}
    assert kinds(session, old) == ["awarded", "corrected"]
    assert kinds(session, new) == ["reissued"]
    queued = [one.id for one in jobs.listing(session) if one.name == "certificate"]
    assert sorted(queued) == sorted(f"certificate/{one.serial}" for one in (old, new))


def test_only_the_old_award_leads_to_the_other(greenhouse: Greenhouse, session: Session) -> None:
    old = greenhouse.award(session)
    new = correct(greenhouse, session, old, "Ana Hall", "She married.")
    said = status.as_json(old, status.standing(old, LATER), "https://awards.example.org")
    assert said["status"] == "replaced"
    assert said["replaced_by"] == f"https://awards.example.org/verify/{new.serial}"
    assert said["reason"] is None
    fresh = status.as_json(new, status.standing(new, LATER), "https://awards.example.org")
    assert fresh["status"] == "valid"
    assert not any(word in str(fresh) for word in (old.serial, "Ruiz", "married"))
    assert correcting.corrected_from(session, new.serial) is old


def test_an_award_is_corrected_once_and_the_second_is_told(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    correct(greenhouse, session, old, "Ana Hall", at=NOON)
    for decide in (
        lambda: correct(greenhouse, session, old, "Anna Hall"),
        lambda: issuing.revoke(session, old, "Mistake", greenhouse.office, LATER),
        lambda: suspending.suspend(session, old, DOUBT, greenhouse.office, LATER),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        assert refusal(refused) == "replaced"
    assert len(session.scalars(select(Award)).all()) == 2


def test_a_corrected_award_is_corrected_again(greenhouse: Greenhouse, session: Session) -> None:
    first = greenhouse.award(session)
    second = correct(greenhouse, session, first, "Ana Hal", at=NOON)
    third = correct(greenhouse, session, second, "Ana Hall")
    assert (first.replaced_by, second.replaced_by) == (second.serial, third.serial)
    assert counted(session, LATER) == {third.serial}


def test_a_correction_needs_another_name(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    for name, code in (
        (" Ana Ruiz ", "same-name"),
        ("Ana\u202e Ruiz", "same-name"),
        (" \u200b", "name-required"),
    ):
        with pytest.raises(Refused) as refused:
            correct(greenhouse, session, award, name, at=NOON)
        assert refusal(refused) == code
    assert award.replaced_by is None


def test_a_suspended_award_is_suspended_under_its_new_serial(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    suspending.suspend(session, old, DOUBT, greenhouse.office, NOON)
    new = correct(greenhouse, session, old, "Ana Hall")
    told = status.standing(new, LATER)
    assert (told.word, told.since, told.reason) == ("suspended", NOON, DOUBT)
    suspending.lift(session, new, greenhouse.office, LATER)
    for award in (old, new):  # nothing is left in public of a suspension that was lifted
        said = status.as_json(award, status.standing(award, LATER), "https://awards.example.org")
        assert (said["suspended_at"], said["suspended_reason"]) == (None, None)
        assert award.suspended_reason == ""
    assert audit.story(session, f"award:{old.serial}")[1].facts["reason"] == DOUBT


def test_a_suspension_is_told_only_while_it_is_what_the_award_is(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    suspending.suspend(session, award, DOUBT, greenhouse.office, NOON)
    issuing.revoke(session, award, "Mistake", greenhouse.office, LATER)
    said = status.as_json(award, status.standing(award, LATER), "https://awards.example.org")
    assert (said["suspended_at"], said["suspended_reason"]) == (None, None)
    assert said["revoked_reason"] == "Mistake"


def test_nothing_public_of_a_replaced_award_says_the_former_name(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    old.on_page, old.shown_evidence = True, ["a-file"]
    new = correct(greenhouse, session, old, "Ana Hall", "She married.")
    assert (old.on_page, old.names_holder, old.shown_evidence) == (False, False, [])
    assert (new.on_page, new.names_holder, new.shown_evidence) == (True, True, ["a-file"])
    said = status.as_json(old, status.standing(old, LATER), "https://awards.example.org")
    assert said["recipient"] is None
    assert "Ruiz" not in str(said)


def test_every_award_in_another_name_is_issued_in_the_present_one(
    greenhouse: Greenhouse, session: Session
) -> None:
    first, second = greenhouse.award(session), greenhouse.award(session, "second")
    gone = greenhouse.award(session, "third")
    issuing.revoke(session, gone, "Mistake", greenhouse.office, NOON)
    strangers = greenhouse.award(session, "fourth", holder="stranger")
    person = session.get_one(Account, "grower")
    person.name = "Ana Hall"
    session.flush()
    new = correct_all(greenhouse, session, person)
    assert [one.recipient_name for one in new] == ["Ana Hall", "Ana Hall"]
    assert {first.replaced_by, second.replaced_by} == {one.serial for one in new}
    assert (gone.replaced_by, strangers.replaced_by) == (None, None)
    assert correct_all(greenhouse, session, person) == []


def test_work_that_was_corrected_gets_no_second_award(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    new = correct(greenhouse, session, old, "Ana Hall", at=NOON)
    again = issuing.issue(
        session,
        session.get_one(Submission, "first"),
        greenhouse.edition,
        session.get_one(Account, "grower"),
        greenhouse.settings,
        greenhouse.office,
        LATER,
    )
    assert again is new


def test_a_later_award_carries_the_earlier_one_on_and_both_count(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    new = greenhouse.award(session, "second", at=NOON + timedelta(days=300))
    assert (new.renews, status.renewal_of(session, old.serial)) == (old.serial, new)
    assert counted(session, new.issued_at) == {old.serial, new.serial}
    assert new.expires_at is not None
    assert new.expires_at - new.issued_at == (old.expires_at or NOON) - old.issued_at
    told = status.as_json(old, status.standing(old, NOON), "https://awards.example.org", new.serial)
    assert told["renewed_by"] == f"https://awards.example.org/verify/{new.serial}"
    assert status.renewal_of(session, new.serial) is None
    assert status.renewal_of(session, "nobody's") is None


def test_a_corrected_award_is_still_carried_on_by_its_renewal(
    greenhouse: Greenhouse, session: Session
) -> None:
    old = greenhouse.award(session)
    renewal = greenhouse.award(session, "second", at=LATER)
    new = correct(greenhouse, session, old, "Ana Hall")
    assert status.renewal_of(session, new.serial) is renewal
    fresh = correct(greenhouse, session, renewal, "Ana Hall")
    assert status.renewal_of(session, new.serial) is fresh


def test_nothing_revoked_and_nobody_elses_is_carried_on(
    greenhouse: Greenhouse, session: Session
) -> None:
    gone = greenhouse.award(session)
    issuing.revoke(session, gone, "Mistake", greenhouse.office, NOON)
    greenhouse.award(session, "strangers", holder="stranger")
    assert greenhouse.award(session, "second", at=LATER).renews is None


def test_an_award_without_end_is_carried_on_only_by_work_that_renews_it(
    greenhouse: Greenhouse, session: Session
) -> None:
    endless = greenhouse.award(session)
    endless.expires_at = None
    other = greenhouse.award(session, "second", at=LATER)
    assert other.renews is None
    session.delete(other)
    session.flush()
    facts = {"renews": endless.submission_id}
    audit.record(session, "submission:third", "opened", facts, greenhouse.office, LATER)
    assert greenhouse.award(session, "third", at=LATER).renews == endless.serial


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are for other tests."""
    monkeypatch.setattr(printing, "path_for", lambda *given: None)


def letters(greenhouse: Greenhouse) -> list[Letter]:
    context = JobContext(
        greenhouse.settings, greenhouse.database, EvidenceStore(greenhouse.settings.evidence)
    )
    drain(context)
    with greenhouse.database.read() as session:
        rows = session.scalars(select(Letter).order_by(Letter.written_at, Letter.id))
        return [one for one in rows if one.name.startswith("award-")]


@pytest.mark.usefixtures("unprinted")
def test_the_holder_hears_of_each_decision_once(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        award = greenhouse.award(session)
        suspending.suspend(session, award, DOUBT, greenhouse.office, NOON)
        suspending.lift(session, award, greenhouse.office, LATER)
        new = correct(greenhouse, session, award, "Ana Hall")
        issuing.revoke(session, new, "Bought.", greenhouse.office, LATER)
        issuing.revoke(session, new, "Bought.", greenhouse.office, LATER)
    written = {one.name: one for one in letters(greenhouse)}
    assert sorted(one.name for one in letters(greenhouse)) == [
        "award-corrected",
        "award-lifted",
        "award-revoked",
        "award-suspended",
    ]
    assert {one.to_address for one in written.values()} == {"grower@example.org"}
    assert DOUBT in written["award-suspended"].text
    assert "Bought." in written["award-revoked"].text
    assert new.serial in written["award-corrected"].text
    assert "Typo" not in written["award-corrected"].text


def reminded(greenhouse: Greenhouse, at: datetime) -> list[str]:
    """The letters that are new at `at`."""
    before = {one.id for one in letters(greenhouse)}
    context = JobContext(
        greenhouse.settings, greenhouse.database, EvidenceStore(greenhouse.settings.evidence)
    )
    ending.remind(context, at)
    ending.remind(context, at)
    return [one.name for one in letters(greenhouse) if one.id not in before]


@pytest.mark.usefixtures("unprinted")
def test_the_holder_hears_of_the_end_60_and_14_days_before_and_after(
    greenhouse: Greenhouse,
) -> None:
    with greenhouse.database.transaction() as session:
        ends = greenhouse.award(session).expires_at
    assert ends is not None
    assert reminded(greenhouse, ends - timedelta(days=61)) == []
    assert reminded(greenhouse, ends - timedelta(days=59)) == ["award-ends-soon"]
    assert reminded(greenhouse, ends - timedelta(days=20)) == []
    assert reminded(greenhouse, ends - timedelta(days=13)) == ["award-ends-soon"]
    assert reminded(greenhouse, ends + timedelta(hours=1)) == ["award-expired"]
    assert reminded(greenhouse, ends + timedelta(days=3)) == []
    assert "12 March 2029" in letters(greenhouse)[0].text


@pytest.mark.usefixtures("unprinted")
def test_a_corrected_certificate_is_not_told_to_end_a_second_time(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        serial, ends = (award := greenhouse.award(session)).serial, award.expires_at
    assert ends is not None
    for moment, letter, names in (
        (ends - timedelta(days=59), "award-ends-soon", ("Ana Hall", "Ana R. Hall")),
        (ends - timedelta(days=13), "award-ends-soon", ("Ana Rose Hall",)),
        (ends + timedelta(hours=1), "award-expired", ("Ana Ruiz-Hall",)),
    ):
        assert reminded(greenhouse, moment) == [letter]
        for name in names:
            with greenhouse.database.transaction() as session:
                serial = correct(greenhouse, session, session.get_one(Award, serial), name).serial
        letters(greenhouse)  # the correction's own
        assert reminded(greenhouse, moment + timedelta(hours=2)) == []


@pytest.mark.usefixtures("unprinted")
def test_nobody_hears_of_the_end_of_what_is_over_or_carried_on(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        carried_on = greenhouse.award(session)
        ends = carried_on.expires_at
        greenhouse.award(session, "second", at=NOON + timedelta(days=90))
        over = greenhouse.award(session, "third", holder="stranger")
        issuing.revoke(session, over, "Mistake", greenhouse.office, NOON)
    letters(greenhouse)
    assert ends is not None
    assert reminded(greenhouse, ends - timedelta(days=30)) == []
    assert reminded(greenhouse, ends + timedelta(hours=1)) == []


@pytest.mark.usefixtures("unprinted")
def test_reminders_that_were_missed_are_not_made_up_for(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        ends = greenhouse.award(session).expires_at
    assert ends is not None
    assert reminded(greenhouse, ends + timedelta(days=30)) == []


def test_two_conditions_agree_on_what_counts(greenhouse: Greenhouse, session: Session) -> None:
    awards = [greenhouse.award(session, f"work-{number}") for number in range(5)]
    suspending.suspend(session, awards[0], DOUBT, greenhouse.office, NOON)
    issuing.revoke(session, awards[1], "Mistake", greenhouse.office, NOON)
    new = correct(greenhouse, session, awards[2], "Ana Hall", at=NOON)
    awards[3].expires_at = NOON + timedelta(hours=2)
    session.flush()
    for at in (LATER, NOON + timedelta(hours=1), NOON + timedelta(days=3_000)):
        said = {one.serial for one in [*awards, new] if status.counts(one, at)}
        assert counted(session, at) == said
    assert {one.kind for one in session.scalars(select(Event))} >= {"corrected", "reissued"}


def test_an_award_that_does_not_name_its_holder_does_not_in_words_either(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    award.names_holder = False
    told = status.standing(award, NOON)
    assert told.sentence == "Awarded on 12 March 2026. It is valid until 12 March 2029."
    assert "Ruiz" not in str(status.as_json(award, told, "https://awards.example.org"))
