"""Which letters tell of an assignment, and where each leads: here no words are put together.

They are queued with the change that they tell of (`letters`). None of them names anybody: who
reviews, or whose work it is, may be nobody's business.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from engine.permissions import SubmissionSubject
from engine.submissions import letters

ASSIGNED: Final = "review-assigned"
TAKEN_BACK: Final = "review-taken-back"
REASSIGNED: Final = "review-reassigned"
NOBODY: Final = "review-nobody"
STAFF: Final = "/staff/submissions/"


def tell(
    session: Session,
    subject: SubmissionSubject,
    account_id: str,
    letter: str,
    occasion: str,
    comment: str = "",
    due: datetime | None = None,
    path: str = "/review/",
) -> None:
    """Queue the letter called `letter` to one person; the same `occasion` never tells twice.

    `due` is until when they have, `path` what the submission's page stands under for them.
    """
    id = subject.submission.id
    values = {
        "path": f"{path}{id}",
        "comment": comment,
        "due": due.isoformat() if due else "",
    }
    letters.tell(session, account_id, letter, key=occasion, submission_id=id, values=values)
