"""Evidence that a holder shows with their award: what they chose, as long as everybody agrees."""

from __future__ import annotations

import json

from sqlalchemy import select

from engine.awards import issuing
from engine.people import SYSTEM
from engine.records import audit
from engine.records.tables import (
    Account,
    Asking,
    Award,
    AwardCredential,
    Evidence,
    Snapshot,
    Submission,
)
from engine.submissions import showing, shown_evidence
from engine.submissions.link_tokens import token_of
from tests.gallery.conftest import Swap
from tests.web.conftest import PNG


def awarded(swap: Swap, quoted: str = "Bo Finch") -> tuple[str, str]:
    """An award with one file behind it, and somebody who agreed to be quoted; their serial and the
    file's id."""
    work = swap.begins()
    file = swap.attaches(work, PNG, "seeds.png")
    if quoted:
        swap.quotes(work, quoted)
    swap.moves(work, "submit")
    swap.awards(work)
    with swap.database.read() as session:
        serial = session.scalars(select(Award.serial).where(Award.submission_id == work)).one()
    return serial, file


def shows(swap: Swap, serial: str, *evidence: str) -> None:
    answer = swap.browser("ana").post(
        f"/my-work/awards/{serial}", {"names_holder": "yes", "evidence": list(evidence)}
    )
    assert answer.status_code == 303, answer.text


def shown(swap: Swap, serial: str) -> list[str]:
    with swap.database.read() as session:
        return session.get_one(Award, serial).shown_evidence


def withdraws(swap: Swap) -> None:
    with swap.database.read() as session:
        asking = session.scalars(select(Asking)).one()
        token = token_of(swap.settings, "asking", asking.id)
    swap.answers(token, "withdrawn")


def test_nothing_is_shown_unless_it_was_chosen(swap: Swap) -> None:
    serial, file = awarded(swap)
    assert swap.browser().get(f"/badges/{serial}/evidence/{file}").status_code == 404
    page = swap.browser("ana").get(f"/my-work/awards/{serial}").text
    assert "seeds.png" in page
    assert "Row 1: Files" in page
    assert "Think of your students" in page


def test_chosen_evidence_is_there_for_everybody_and_in_the_badge(swap: Swap) -> None:
    serial, file = awarded(swap)
    shows(swap, serial, file)
    served = swap.browser().get(f"/badges/{serial}/evidence/{file}")
    assert served.status_code == 200
    assert served.mimetype == "image/png"
    badge = json.loads(swap.browser("ana").get(f"/badges/{serial}.json").text)
    assert [one["id"] for one in badge["evidence"]] == [
        f"{swap.settings.base_url}/badges/{serial}/evidence/{file}"
    ]


def test_withdrawn_consent_hides_evidence_at_once_and_for_good(swap: Swap) -> None:
    serial, file = awarded(swap)
    shows(swap, serial, file)
    withdraws(swap)
    assert shown(swap, serial) == []
    assert swap.browser().get(f"/badges/{serial}/evidence/{file}").status_code == 404
    with swap.database.read() as session:
        assert "evidence" not in json.loads(session.get_one(AwardCredential, serial).signed)
        trail = audit.story(session, f"award:{serial}")
    assert [one.kind for one in trail][-1] == "shown"
    assert trail[-1].actor_name == "Accolade"
    # Choosing it again is refused in words; nothing else of the choice is lost.
    answer = swap.browser("ana").post(
        f"/my-work/awards/{serial}", {"on_page": "yes", "evidence": file}, follow_redirects=True
    )
    assert "Some of the evidence can’t be shown" in answer.text
    assert "Somebody whose consent this needs does not give it." in answer.text
    assert shown(swap, serial) == []


def test_withdrawal_is_heard_though_the_key_is_away(swap: Swap) -> None:
    serial, file = awarded(swap)
    shows(swap, serial, file)
    for kept in swap.settings.keys.iterdir():
        kept.write_text("not a key")
    withdraws(swap)
    assert shown(swap, serial) == []
    with swap.database.read() as session:
        assert session.get(AwardCredential, serial) is None


def test_unasked_consent_keeps_evidence_from_the_public(swap: Swap) -> None:
    serial, file = awarded(swap)
    with swap.database.transaction() as session:
        session.scalars(select(Asking)).one().state = "asked"
    shows(swap, serial, file)
    assert shown(swap, serial) == []


def test_another_persons_file_cannot_be_shown_with_it(swap: Swap) -> None:
    serial, _file = awarded(swap, "")
    theirs = swap.attaches(swap.begins("ben"), PNG, "bens.png", "ben")
    shows(swap, serial, theirs)
    assert shown(swap, serial) == []
    assert swap.browser().get(f"/badges/{serial}/evidence/{theirs}").status_code == 404


def test_evidence_of_a_revoked_award_is_not_shown(swap: Swap) -> None:
    serial, file = awarded(swap, "")
    shows(swap, serial, file)
    with swap.database.transaction() as session:
        award = session.get_one(Award, serial)
        award.revoked_at = swap.now
        assert shown_evidence.shown(session, award) == []
    assert swap.browser().get(f"/badges/{serial}/evidence/{file}").status_code == 404


def test_file_that_is_drafted_later_is_not_offered(swap: Swap) -> None:
    serial, file = awarded(swap, "")
    with swap.database.read() as session:
        award = showing.own(session, serial, swap.cast["ana"])
        assert [one.evidence.id for one in shown_evidence.choices(session, award)] == [file]


def renamed(swap: Swap, work: str, name: str) -> None:
    """A further round, which names somebody else in the same place."""
    with swap.database.transaction() as session:
        row = session.get_one(Submission, work)
        last = session.get_one(Snapshot, (row.id, row.round))
        said = {"swap": {**last.answers["swap"], "quoted": name}}
        row.round += 1
        session.add(
            Snapshot(
                submission_id=row.id,
                round=row.round,
                answers=said,
                marks=last.marks,
                taken_at=swap.now,
            )
        )


def test_who_said_no_in_an_earlier_round_keeps_their_file_from_the_public(swap: Swap) -> None:
    work = swap.begins()
    file = swap.attaches(work, PNG, "seeds.png")
    for name in ("Cleo Marsh", "Bo Finch"):  # both agree; what is handed in names Bo
        swap.quotes(work, name)
    swap.moves(work, "submit")
    swap.awards(work)
    with swap.database.read() as session:
        serial = session.scalars(select(Award.serial).where(Award.submission_id == work)).one()
    renamed(swap, work, "Cleo Marsh")
    shows(swap, serial, file)
    assert shown(swap, serial) == [file]
    item = swap.item(work).id
    pages = (f"/badges/{serial}/evidence/{file}", f"/gallery/{item}/files/{file}")
    assert [swap.browser().get(one).status_code for one in pages] == [200, 200]
    with swap.database.read() as session:
        bo = session.scalars(select(Asking).where(Asking.name == "Bo Finch")).one()
        token = token_of(swap.settings, "asking", bo.id)
    swap.answers(token, "withdrawn")
    assert shown(swap, serial) == []
    assert [swap.browser().get(one).status_code for one in pages] == [404, 404]
    assert "seeds.png" not in swap.browser().get(f"/gallery/{item}").text
    shows(swap, serial, file)
    assert shown(swap, serial) == []


def test_evidence_of_a_closed_account_is_not_shown(swap: Swap) -> None:
    serial, file = awarded(swap, "")
    shows(swap, serial, file)
    with swap.database.transaction() as session:
        session.get_one(Account, swap.cast["ana"].id).active = False
    assert swap.browser().get(f"/badges/{serial}/evidence/{file}").status_code == 404


def test_recordings_are_offered_with_a_word_on_what_they_say_of_themselves(swap: Swap) -> None:
    serial, file = awarded(swap, "")
    ana, path = swap.browser("ana"), f"/my-work/awards/{serial}"
    assert "often the place and time" not in ana.get(path).text
    with swap.database.transaction() as session:
        session.get_one(Evidence, file).media_type = "video/mp4"
    assert "often the place and time of the recording" in ana.get(path).text


def test_verification_lists_no_evidence_of_an_award_that_was_revoked(swap: Swap) -> None:
    serial, file = awarded(swap, "")
    shows(swap, serial, file)
    before = swap.browser().get(f"/verify/{serial}?format=json").get_json()
    assert [one["name"] for one in before["evidence"]] == ["seeds.png"]
    with swap.database.transaction() as session:
        issuing.revoke(session, session.get_one(Award, serial), "Mistake", SYSTEM, swap.now)
    after = swap.browser().get(f"/verify/{serial}?format=json").get_json()
    assert (after["status"], after["evidence"]) == ("revoked", [])
    assert "seeds.png" not in swap.browser().get(f"/verify/{serial}").text
