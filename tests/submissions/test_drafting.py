"""Saving a page: what was typed is kept, and two devices never overwrite one another."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.errors import EvidenceRejected, NotFound, Refused
from engine.forms import answers as forms_answers
from engine.forms.answers import EvidenceFacts
from engine.forms.schema import form_set_of
from engine.submissions import drafting

from .conftest import NOON, Garden


def plan(garden: Garden) -> forms_answers.Page:
    return next(one for one in form_set_of(garden.edition).pages if one.form_id == "plan")


def test_a_saved_page_is_there_again(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.save(session, submission, "plan", goal="Basil", plants=4)
    draft = drafting.draft_of(session, submission.id)
    assert draft.answers["plan"] == {"goal": "Basil", "plants": 4}


def test_text_that_is_no_number_is_kept_as_typed(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.save(session, submission, "plan", plants="a dozen")
    draft = drafting.draft_of(session, submission.id)
    assert draft.typed == {"/plan/plants": "a dozen"}


def test_a_stale_page_is_a_conflict_with_both_versions(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    stale = garden.save(session, submission, "plan", goal="Basil").seen
    garden.save(session, submission, "plan", goal="Mint")
    with pytest.raises(drafting.PageConflict) as conflict:
        drafting.save_page(
            session,
            garden.subject(session, submission),
            plan(garden),
            MultiDict({"/plan/goal": "Chives"}),
            stale,
            garden.grower,
            NOON,
        )
    assert conflict.value.mine.answers["plan"]["goal"] == "Chives"
    assert conflict.value.theirs.answers["plan"]["goal"] == "Mint"
    assert drafting.draft_of(session, submission.id).answers["plan"]["goal"] == "Mint"


def test_saving_what_is_stored_already_is_no_conflict(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    stale = garden.save(session, submission, "plan", goal="Basil").seen
    garden.save(session, submission, "plan", goal="Mint")
    saved = drafting.save_page(
        session,
        garden.subject(session, submission),
        plan(garden),
        MultiDict({"/plan/goal": "Mint"}),
        stale,
        garden.grower,
        NOON,
    )
    assert saved.draft.answers["plan"]["goal"] == "Mint"


def test_nobody_else_may_save_into_a_draft(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    for other in (garden.stranger, garden.judge, garden.office):
        with pytest.raises((NotFound, Refused)):
            drafting.save_page(
                session,
                garden.subject(session, submission),
                plan(garden),
                MultiDict({"/plan/goal": "Mine now"}),
                "",
                other,
                NOON,
            )


def attach(garden: Garden, session: Session, pointer: str, content: bytes) -> EvidenceFacts:
    subject = garden.subject(session, garden.opened(session))
    file = drafting.keep_file(
        garden.store, subject, pointer, BytesIO(content), "leaf.txt", 10_000, garden.grower
    )
    drafting.attach(session, subject, file, garden.grower, NOON)
    return drafting.evidence_of(session, subject.submission.id)[file.id]


def test_a_file_that_comes_in_after_the_work_was_handed_in_is_refused(
    garden: Garden, session: Session
) -> None:
    submission = garden.opened(session)
    file = drafting.keep_file(
        garden.store,
        garden.subject(session, submission),
        "/proof/photo",
        BytesIO(b"a leaf"),
        "leaf.txt",
        10_000,
        garden.grower,
    )
    garden.advance(session, garden.grower, submission, "give_up")
    with pytest.raises(Refused):
        drafting.attach(session, garden.subject(session, submission), file, garden.grower, NOON)


def test_a_file_is_kept_with_its_digest(garden: Garden, session: Session) -> None:
    evidence = attach(garden, session, "/proof/photo", b"a leaf")
    assert (evidence.name, evidence.media_type, evidence.bytes) == ("leaf.txt", "text/plain", 6)
    with garden.store.open(evidence.sha256) as kept:
        assert kept.read() == b"a leaf"


@pytest.mark.parametrize(
    ("pointer", "content", "code"),
    [
        ("/proof/photo", b"x" * 1001, "too-large"),
        ("/proof/photo", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "wrong-type"),
        ("/proof/photo", b"", "empty"),
        ("/proof/words", b"a leaf", "no-field"),
        ("/plan/nowhere", b"a leaf", "no-field"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    garden: Garden, session: Session, pointer: str, content: bytes, code: str
) -> None:
    with pytest.raises(EvidenceRejected) as rejected:
        attach(garden, session, pointer, content)
    assert rejected.value.code == code
