"""Letters to people who are asked something by a link, and to the candidate about their answers.

Queued with the change they follow and composed by a job, which looks again: whoever has answered
in the meantime gets no reminder, and a link that was taken back is in no letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from engine import notices
from engine.languages import speaking
from engine.records import catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Asking, Submission
from engine.submissions.link_tokens import token_of

JOB: Final = "asking-letter"
RECEIPT: Final = "-receipt"
"""The end of the names of letters that say back to people what they have answered."""


def queue(session: Session, asking: Asking, letter: str, occasion: str = "") -> None:
    """Queue the letter called `letter` to the person who is asked, once for each `occasion`."""
    key = f"{letter}.{asking.id}.{occasion}".rstrip(".")
    payload = {
        "asking": asking.id,
        "letter": letter,
        "language": asking.language,
        "state": asking.state,
        "key": key,
    }
    jobs.enqueue(session, JOB, payload, key=key)


def receipt(session: Session, asking: Asking) -> None:
    """Tell the person what was said by their link: if it was not them, they learn of it here."""
    queue(session, asking, f"{asking.kind}{RECEIPT}", f"{asking.revision}")


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write one letter. Done twice, there is still one."""
    at = datetime.now(UTC)
    with context.database.transaction() as session, speaking(payload["language"]):
        asking = session.get(Asking, payload["asking"])
        if asking is None or asking.state != payload["state"]:
            return
        submission = session.get_one(Submission, asking.submission_id)
        edition = catalogue.edition(session, asking.edition_digest)
        values = {
            "path": f"/a/{token_of(context.settings, 'asking', asking.id)}",
            "what": asking.wording.partition("\n")[0],
            "asker": session.get_one(Account, submission.candidate_id).name,
            "credential": edition.credential.title,
            "said": asking.state,
        }
        notices.write_to_visitor(
            session,
            context.settings,
            payload["letter"],
            notices.Visitor(asking.name, asking.email, payload["language"]),
            values,
            at,
            id=payload["key"],
            submission_id=submission.id,
        )


jobs.register(JOB, compose)
