"""Copy or move a draft: taken out as a file, put in again after a look at what would change.

Nothing is replaced before the person has seen the differences, and what was replaced can be put
back, or taken out as a file, from the same page.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound
from engine.forms import display
from engine.forms.drafts import Draft
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import SubmissionSubject, may
from engine.submissions import copies as filed
from engine.submissions import drafting, flagged
from engine.submissions.copies import Copy, NotACopy
from engine.web.asking import me, now, read_session, subject_of, transaction

copies = Blueprint("copies", __name__)


@copies.get("/submissions/<submission_id>/draft.json")
def download(submission_id: str) -> ResponseReturnValue:
    """The draft as it stands; with `?replaced=1` the one that was replaced last."""
    with read_session() as session:
        subject = subject_of(session, submission_id, "draft.see")
        if "replaced" not in request.args:
            content = filed.exported(session, subject, now())
        else:
            row = filed.kept(session, submission_id)
            if row is None:
                raise NotFound(_("No draft was replaced here."))
            content = row.content
    name = f"draft-{subject.edition.credential.id}-{content['exported_at'][:10]}.json"
    return Response(
        json.dumps(content, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@copies.get("/submissions/<submission_id>/copy")
def page(submission_id: str) -> ResponseReturnValue:
    """Download, upload, and what was replaced before."""
    with read_session() as session:
        subject = subject_of(session, submission_id, "draft.see")
        return _page(session, subject)


@copies.post("/submissions/<submission_id>/copy")
def bring(submission_id: str) -> ResponseReturnValue:
    """Look at a file, replace the draft by it, or put the replaced one back."""
    acts = {"replace": _replace, "back": _put_back}
    act = acts.get(request.form.get("_do", ""))
    with read_session() as session:
        subject = subject_of(session, submission_id, "draft.see")
        if refusal := may(me(), "submission.edit", subject):
            return _page(session, subject, refusal.reason, status=403)
        if act is None:
            return _look(session, subject, _arrived())
    return act(submission_id)


def _arrived() -> bytes:
    file = request.files.get("copy")
    if file is not None:
        return file.stream.read(filed.MAX_BYTES + 1)
    return request.form.get("copy", "").encode("utf-8", "replace")


def _look(session: Session, subject: SubmissionSubject, data: bytes) -> ResponseReturnValue:
    """What a file would change, before it does."""
    draft = drafting.draft_of(session, subject.submission.id)
    if not data:
        return _page(session, subject, _("Choose the file first."), status=422)
    try:
        copy = _read(session, subject, draft, data)
    except NotACopy as reason:
        return _page(session, subject, str(reason), status=422)
    after = Draft.of({**draft.answers, **copy.draft.answers}, copy.draft.marks)
    after = flagged.kept(session, subject, draft, after)
    return render_template(
        "web/candidate/copy-differences.html",
        subject=subject,
        credential=subject.edition.credential,
        differences=display.differences(
            form_set_of(subject.edition), draft.answers, after.answers, draft, after
        ),
        left_out=copy.left_out,
        evidence=drafting.evidence_of(session, subject.submission.id),
        text=data.decode("utf-8-sig"),
        seen=filed.seen_of(draft),
    )


def _read(session: Session, subject: SubmissionSubject, draft: Draft, data: bytes) -> Copy:
    known = drafting.evidence_of(session, subject.submission.id)
    return filed.read(data, subject, draft, known)


def _replace(submission_id: str) -> ResponseReturnValue:
    data = _arrived()
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id, "draft.see")
            copy = _read(session, subject, drafting.draft_of(session, submission_id), data)
            filed.replace(session, subject, copy, request.form.get("seen", ""), me(), now())
    except NotACopy as reason:
        with read_session() as session:
            return _page(session, subject_of(session, submission_id), str(reason), status=422)
    except Conflict as conflict:
        flash(str(conflict), "warn")
        with read_session() as session:
            return _look(session, subject_of(session, submission_id), data)
    flash(_("Your draft is replaced. The one before is kept: you can put it back below."), "good")
    return redirect(f"/submissions/{submission_id}/copy", 303)


def _put_back(submission_id: str) -> ResponseReturnValue:
    with transaction() as session:
        subject = subject_of(session, submission_id, "draft.see")
        done = filed.put_back(session, subject, me(), now())
    if done:
        flash(_("The draft from before is back. The other one is kept here."), "good")
    return redirect(f"/submissions/{submission_id}/copy", 303)


def _page(
    session: Session, subject: SubmissionSubject, problem: str = "", status: int = 200
) -> ResponseReturnValue:
    rendered = render_template(
        "web/candidate/copy.html",
        subject=subject,
        credential=subject.edition.credential,
        problem=problem,
        refusal=may(me(), "submission.edit", subject),
        saved_at=drafting.saved_at(session, subject.submission.id),
        replaced=filed.kept(session, subject.submission.id),
    )
    return rendered, status
