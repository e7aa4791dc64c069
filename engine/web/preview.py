"""A document as live forms, for whoever is writing it: `accolade preview FILE`.

What is served is read from the file at each request, so that saving it is publishing it to oneself.
When the file breaks, its findings stand above the last version that worked. Answers are kept in
memory and validated like real ones; nothing is stored, and nobody signs in.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine.credentials import bare, documents, lint
from engine.credentials.credential import (
    CertificateDesign,
    Credential,
    Edition,
    Prerequisites,
)
from engine.credentials.library import Library
from engine.errors import AccoladeError, DocumentFaulty, EvidenceRejected, Finding, Problem
from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.pointers import html_id
from engine.forms.rows import BUTTONS
from engine.forms.schema import FormSet, Page, form_set
from engine.languages import _, current
from engine.mail import wordings
from engine.records.files import EvidenceStore, safe_name
from engine.records.tables import new_id
from engine.settings import Settings
from engine.web import failures, language_choice, tasks
from engine.web.app import bare_app
from engine.web.importing import take_points

preview = Blueprint("preview", __name__)


@dataclass(frozen=True)
class Version:
    """One reading of the file that could be shown."""

    edition: Edition
    forms: FormSet


@dataclass
class Desk:
    """The file on the desk, what it last said, and the answers that were tried in it."""

    settings: Settings
    path: Path
    store: EvidenceStore
    version: Version | None = None
    findings: list[Finding] = field(default_factory=list)
    stamp: str = ""
    spoken: str = ""
    """The language in which it was read."""
    draft: Draft = field(default_factory=Draft)
    evidence: dict[str, EvidenceFacts] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def look(self) -> None:
        """Read the file again if anything that it may refer to has changed."""
        with self.lock:
            stamp = self.stamp_now()
            if (stamp, current()) == (self.stamp, self.spoken):
                return
            self.stamp, self.spoken = stamp, current()
            try:
                self.version, self.findings = _read(self.settings, self.path)
            except DocumentFaulty as faulty:
                self.findings = list(faulty.findings)
            except AccoladeError as error:
                self.findings = [Finding(str(self.path), 1, 1, "unusable", str(error))]

    def stamp_now(self) -> str:
        """A digest of the names and times of every document file near by."""
        seen = hashlib.sha256()
        for file in sorted(_near(self.settings, self.path)):
            try:
                seen.update(f"{file} {file.stat().st_mtime_ns}\n".encode())
            except OSError:
                continue
        return seen.hexdigest()[:16]


def create_preview_app(settings: Settings, path: Path) -> Flask:
    """The application that shows one document; give it to a server on this machine only."""
    app = bare_app(replace(settings, site_name=f"Preview of {path.name}"))
    app.extensions["preview"] = Desk(
        settings, path.resolve(), EvidenceStore(Path(tempfile.mkdtemp(prefix="accolade-preview-")))
    )
    app.before_request(language_choice.switch)
    app.register_blueprint(preview)
    failures.register(app)
    return app


@preview.before_request
def look_again() -> None:
    """Every request sees the file as it is on the disk now."""
    _desk().look()


@preview.get("/")
def overview() -> ResponseReturnValue:
    """The findings, the pages, the guides and the stages."""
    desk = _desk()
    if desk.version is None:
        return _show("overview")
    problems = _problems(desk, desk.version)
    pages = [
        (page, forms_answers.page_progress(page, desk.draft, problems))
        for page in desk.version.forms.pages
    ]
    return _show("overview", pages=pages)


@preview.get("/pages/<form_id>/<page_id>")
def page(form_id: str, page_id: str) -> ResponseReturnValue:
    """One page with what was tried in it; with `?check=1`, what is wrong with that."""
    desk = _desk()
    if desk.version is None:
        return redirect("/", 303)
    shown = desk.version.forms.page(form_id, page_id)
    problems = _problems(desk, desk.version, shown) if "check" in request.args else []
    return _form(desk, desk.version, shown, problems)


@preview.post("/pages/<form_id>/<page_id>")
def try_page(form_id: str, page_id: str) -> ResponseReturnValue:
    """Read and check a post as the real form would."""
    desk = _desk()
    if desk.version is None:
        return redirect("/", 303)
    shown = desk.version.forms.page(form_id, page_id)
    posted = MultiDict(request.form)
    refused = [
        *take_points(shown, posted),
        *_take_files(desk, desk.version, shown, posted),
    ]
    draft = forms_answers.parse(shown, posted, desk.draft)
    for name in BUTTONS:
        if name in posted and not refused:
            desk.draft = forms_answers.apply(shown, draft, name, posted[name])
            return redirect(request.path, 303)
    desk.draft = draft
    if language_choice.switching() and not refused:
        return redirect(request.path, 303)
    if written := posted.get("_preview"):
        return redirect(f"{request.path}#{quote(html_id(written) + '#preview')}", 303)
    return _form(desk, desk.version, shown, refused + _problems(desk, desk.version, shown))


@preview.get("/answers")
def answers() -> ResponseReturnValue:
    """What was tried so far: as a reader sees it, and as JSON."""
    desk = _desk()
    if desk.version is None:
        return redirect("/", 303)
    said = forms_answers.prune(desk.version.forms, desk.draft)
    return _show("answers", said=said, shown=display.read_only(desk.version.forms, said))


@preview.post("/forget")
def forget() -> ResponseReturnValue:
    """Empty every form."""
    desk = _desk()
    desk.draft, desk.evidence = Draft(), {}
    return redirect("/", 303)


@preview.post("/evidence")
def upload() -> ResponseReturnValue:
    """Keep a file for as long as the preview runs."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise EvidenceRejected("empty", _("No file arrived."))
    desk = _desk()
    facts = _keep(desk, desk.version, request.form.get("pointer", ""), file)
    return jsonify(
        id=facts.id, name=facts.name, bytes=facts.bytes, media_type=facts.media_type
    ), 201


@preview.get("/preview/stamp")
def stamp() -> ResponseReturnValue:
    """Changes when the document does; the page asks once a second and loads itself anew."""
    response = jsonify(stamp=_desk().stamp)
    response.headers["Cache-Control"] = "no-store"
    return response


def _desk() -> Desk:
    desk = current_app.extensions["preview"]
    assert isinstance(desk, Desk)
    return desk


def _show(name: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    desk = _desk()
    page = render_template(
        f"web/preview/{name}.html",
        desk=desk,
        version=desk.version,
        credential=desk.version.edition.credential if desk.version else None,
        errors=[one for one in desk.findings if one.severity == "error"],
        **values,
    )
    return page, status


def _form(
    desk: Desk, version: Version, shown: Page, problems: list[Problem]
) -> ResponseReturnValue:
    return _show(
        "page",
        page=shown,
        place=tasks.place_of(version.forms.pages, shown),
        draft=desk.draft,
        problems=problems,
        problems_by_pointer=tasks.by_pointer(problems),
        evidence=desk.evidence,
    )


def _problems(desk: Desk, version: Version, page: Page | None = None) -> list[Problem]:
    found = forms_answers.validate(version.forms, desk.draft, desk.evidence)
    return found if page is None else forms_answers.page_problems(page, found)


def _take_files(
    desk: Desk, version: Version, page: Page, posted: MultiDict[str, str]
) -> list[Problem]:
    refused = []
    for pointer, file in tasks.posted_files(page):
        try:
            facts = _keep(desk, version, pointer, file)
        except EvidenceRejected as rejected:
            refused.append(Problem(pointer, "evidence", f"{file.filename}: {rejected}"))
            continue
        tasks.add_file(posted, version.forms.evidence_field(pointer), pointer, facts.id)
    return refused


def _keep(desk: Desk, version: Version | None, pointer: str, file: Any) -> EvidenceFacts:
    asked = version.forms.evidence_field(pointer) if version else None
    limit = desk.settings.evidence_max_bytes
    most = min(limit, asked.max_bytes or limit) if asked else limit
    kept = desk.store.keep(file.stream, most, file.filename or "")
    facts = EvidenceFacts(
        new_id(), safe_name(file.filename or ""), kept.media_type, kept.bytes, kept.sha256
    )
    if asked is not None and (problem := forms_answers.evidence_problem(asked, facts)):
        raise EvidenceRejected("wrong-type", problem)
    desk.evidence[facts.id] = facts
    return facts


def _read(settings: Settings, path: Path) -> tuple[Version, list[Finding]]:
    """The document as an edition, and its findings. Raises `DocumentFaulty`."""
    found, _ = documents.read(path)
    if found is None or bare.is_bare(found):
        schema, findings = bare.schema_of(path, (path.parent,))
        if schema is None or any(one.severity == "error" for one in findings):
            raise DocumentFaulty(findings)
        edition = _bare(path, schema)
        return Version(edition, form_set(edition.credential.forms)), findings
    document = documents.load(path)
    inside = any(path.is_relative_to(folder) for folder in settings.documents)
    folders = settings.documents if inside else (*settings.documents, path.parent)
    library = Library(folders, (*settings.workflows, *_workflows_beside(path)))
    findings = lint.check(library, [path], wordings.names(settings))
    if any(one.severity == "error" for one in findings):
        raise DocumentFaulty(findings)
    edition = library.edition(str(document.data["credential"]))
    made = form_set(edition.credential.forms, edition.credential.rules, edition.frameworks)
    return Version(edition, made), findings


def _workflows_beside(path: Path) -> tuple[Path, ...]:
    return tuple(
        folder
        for folder in (path.parent / "workflows", path.parent.parent / "workflows")
        if folder.is_dir()
    )


def _near(settings: Settings, path: Path) -> Iterator[Path]:
    folders = {*settings.documents, *settings.workflows, path.parent, *_workflows_beside(path)}
    for folder in folders:
        for ending in documents.ENDINGS:
            yield from folder.rglob(f"*{ending}")


def _bare(path: Path, schema: Any) -> Edition:
    """A JSON Schema by itself, as a credential with one form and nothing else."""
    about = schema if isinstance(schema, Mapping) else {}
    title = str(about.get("title", path.stem))
    return Edition(
        digest="",
        credential=Credential(
            id=path.stem,
            version=1,
            kind="micro-credential",
            title=title,
            summary=str(about.get("description", "")),
            instructions="",
            effort="",
            prerequisites=Prerequisites((), 0),
            builds_towards=(),
            workflow="",
            forms={"form": schema},
            rules=(),
            scoring_guides={},
            examples={},
            certificate=CertificateDesign("certificate", "", "", "", "", title[:1]),
        ),
        workflow=None,
        examples={},
        alignment=(),
        titles={},
    )
