"""Frameworks for everybody: a page for each, and its CASE 1.1 package where other systems look.

The addresses below `/ims/case/v1p1` are those of the standard's REST binding, and so are the shapes
of what they say when there is nothing; they are for programs, and read-only.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.credentials import case
from engine.credentials.frameworks import Framework
from engine.errors import NotFound
from engine.languages import _, current
from engine.records import catalogue
from engine.web import alignment
from engine.web.asking import house, read_session

blueprint = Blueprint("frameworks", __name__)


@blueprint.get("/frameworks")
def shelf() -> ResponseReturnValue:
    """Every framework."""
    known = house().library.frameworks(current())
    return render_template("web/public/frameworks.html", frameworks=alignment.ordered(known))


@blueprint.get("/frameworks/<framework_id>")
def framework(framework_id: str) -> ResponseReturnValue:
    """One framework: its items, and which credentials are aligned to each."""
    found = house().library.frameworks(current()).get(framework_id)
    if found is None:
        raise NotFound(_("There is no such framework."))
    with read_session() as session:
        editions = catalogue.current_all(session)
    return render_template(
        "web/public/framework.html",
        framework=found,
        lines=alignment.lines(found, editions),
        package=url_for(
            "public.frameworks.case_object",
            kind="CFPackages",
            identifier=case.document_identifier(found),
        ),
    )


@blueprint.get(f"{case.ADDRESS}/CFDocuments")
def case_documents() -> ResponseReturnValue:
    """Every framework as a CFDocument (CASE 1.1, getAllCFDocuments)."""
    library, base_url = house().library.still(), house().settings.base_url
    said = []
    for id in library.frameworks():
        found, changed = library.framework(id)
        one = case.document(found, base_url, changed)
        said.append({**one, "CFPackageURI": case.package_link(found, base_url)})
    return jsonify({"CFDocuments": said})


@blueprint.get(f"{case.ADDRESS}/<kind>/<identifier>")
def case_object(kind: str, identifier: str) -> ResponseReturnValue:
    """One CFPackage, CFDocument, CFItem or CFAssociation by its identifier, in the framework's own
    words whatever language the reader has chosen."""
    library = house().library.still()
    for id in library.frameworks():
        said = _object(*library.framework(id), kind, identifier)
        if said is not None:
            return jsonify(said)
    return jsonify(_unknown()), 404


def _object(found: Framework, changed: Any, kind: str, identifier: str) -> dict[str, Any] | None:
    base_url = house().settings.base_url
    if kind in ("CFPackages", "CFDocuments"):
        if identifier != case.document_identifier(found):
            return None
        if kind == "CFPackages":
            return case.package(found, base_url, changed)
        one = case.document(found, base_url, changed)
        return {**one, "CFPackageURI": case.package_link(found, base_url)}
    link = case.document_link(found, base_url)
    if kind == "CFItems":
        for item in found.items:
            if identifier == case.item_identifier(found, item):
                return {**case.item_object(found, item, base_url, changed), "CFDocumentURI": link}
    if kind == "CFAssociations":
        for said in case.associations(found, base_url, changed):
            if identifier == said["identifier"]:
                return {**said, "CFDocumentURI": link}
    return None


def _unknown() -> dict[str, Any]:
    """The standard's answer (imsx_StatusInfoDType) to an identifier that nothing has."""
    field = {"imsx_codeMinorFieldName": "sourcedId", "imsx_codeMinorFieldValue": "unknownobject"}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": "There is nothing with this identifier here.",
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }
