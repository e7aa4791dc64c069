"""The library: an installation's documents, and the bundles in which credentials are published.

A bundle is one JSON object that stands alone: the credential with its references brought inside,
its workflow, the examples' answers, the wording of the standards it names and the titles of the
credentials it names. What was published never reads a file again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.credentials import lint
from engine.credentials.credential import Edition, editions_from
from engine.credentials.credential_faults import framework_faults, prerequisite_places
from engine.credentials.documents import Document, joined, load
from engine.credentials.frameworks import Framework, load_framework
from engine.credentials.holdings import Holdings, held
from engine.credentials.meta import document_faults
from engine.credentials.parameters import filled, without_parameters, workflow_for
from engine.credentials.references import bundle, offered_frameworks
from engine.credentials.suggestions import did_you_mean
from engine.credentials.texts import differing
from engine.errors import DocumentFaulty, NotFound
from engine.languages import LANGUAGES


@dataclass(frozen=True)
class Library:
    """Folders of documents and of workflows; later ones win by id.

    Files are read again when they change, so one library serves a process for as long as it runs.
    """

    documents: tuple[Path, ...]
    workflows: tuple[Path, ...]

    def holdings(self) -> Holdings:
        """What the folders hold at this moment."""
        return held(self.documents, self.workflows)

    def still(self) -> Library:
        """The library as it is at this moment, for one look at many credentials: the folders are
        gone through once, where each question to a library would go through them again."""
        return _Still(self.documents, self.workflows, self.holdings())

    def credentials(self) -> dict[str, Document]:
        """Every credential document that can be read, by id; it may have findings."""
        return _identified(self.holdings().credentials)

    def frameworks(self, language: str = "") -> dict[str, Framework]:
        """Every framework that has no findings, by id; in `language` where it has words in it."""
        holdings = self.holdings()
        return _frameworks(holdings.said_in(language) if language else holdings)

    def framework(self, id: str) -> tuple[Framework, datetime]:
        """A framework in its own words, and when its file changed last. Raises `NotFound`, and
        `DocumentFaulty` when it has findings."""
        known = _identified(self.holdings().frameworks)
        if id not in known:
            raise NotFound(f"There is no framework {id!r}. {did_you_mean(id, known)}".strip())
        if faults := [*document_faults(known[id], "framework"), *framework_faults(known[id])]:
            raise DocumentFaulty(faults)
        return load_framework(known[id]), changed_at(known[id])

    def workflow(self, name: str) -> Document:
        """The document of a workflow, its parameters at their defaults. Raises `NotFound`."""
        known = _identified(self.holdings().workflows)
        if name not in known:
            raise NotFound(f"There is no workflow {name!r}. {did_you_mean(name, known)}".strip())
        return filled(known[name])

    def bundle(self, credential_id: str) -> tuple[str, dict[str, Any]]:
        """A credential as it would be published now, and its digest.

        The digest is the SHA-256 of the bundle as compact JSON *in the document's order*: the
        order of pages, questions and choices is part of what a candidate sees. Raises `NotFound`,
        and `DocumentFaulty` with every error (not the warnings) when it may not be published.
        """
        holdings = self.holdings()
        if credential_id not in _identified(holdings.credentials):
            near = did_you_mean(credential_id, _identified(holdings.credentials))
            raise NotFound(f"There is no credential {credential_id!r}. {near}".strip())
        found = lint.findings_of(holdings, credential_id)
        if errors := [one for one in found if one.severity == "error"]:
            raise DocumentFaulty(errors)
        bundled = _bundle(holdings, holdings.credentials[credential_id])
        translated = _translated(holdings, credential_id, bundled)
        if translated:
            bundled["translations"] = translated
        return digest_of(bundled), bundled

    def edition(self, credential_id: str) -> Edition:
        """The typed model of what `bundle` gives; raises what `bundle` raises."""
        return editions_from(*self.bundle(credential_id)).said()


@dataclass(frozen=True)
class _Still(Library):
    """A library that does not look at its folders again."""

    found: Holdings

    def holdings(self) -> Holdings:
        return self.found


def digest_of(bundled: Mapping[str, Any]) -> str:
    """The digest of a bundle: SHA-256, in hexadecimal, of its JSON with the order kept."""
    text = json.dumps(bundled, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def changed_at(document: Document) -> datetime:
    """When a document's file changed last, UTC."""
    return datetime.fromtimestamp(document.path.stat().st_mtime, UTC)


def _identified(documents: Mapping[str, Document]) -> dict[str, Document]:
    return {id: one for id, one in documents.items() if not id.startswith("?")}


def _frameworks(holdings: Holdings) -> dict[str, Framework]:
    return holdings.once(
        "frameworks",
        lambda: {
            id: load_framework(document)
            for id, document in _identified(holdings.frameworks).items()
            if not document_faults(document, "framework")
        },
    )


def _translated(
    holdings: Holdings, credential_id: str, bundled: dict[str, Any]
) -> dict[str, dict[str, str]]:
    """By language, the texts of a bundle that are different in it, by JSON Pointer.

    The bundle is simply made once more of translated documents: nothing but texts can differ.
    """
    own = holdings.credentials[credential_id].language
    found = {
        language: dict(differing(bundled, _bundle(other, other.credentials[credential_id])))
        for language in LANGUAGES
        if language != own
        for other in [holdings.said_in(language)]
    }
    return {language: words for language, words in found.items() if words}


def _bundle(holdings: Holdings, document: Document) -> dict[str, Any]:
    credential = {key: value for key, value in document.data.items() if key != "$defs"}
    if "forms" in credential:
        credential["forms"] = {
            id: bundle(document, joined("/forms", id), holdings.folders).schema
            for id in credential["forms"]
        }
    if "surveys" in credential:
        credential["surveys"] = {
            id: {
                **survey,
                "form": bundle(document, joined("/surveys", id, "form"), holdings.folders).schema,
            }
            for id, survey in credential["surveys"].items()
        }
    if "statements" in credential:
        credential["statements"] = {
            id: {**said, "form": bundle(document, place, holdings.folders).schema}
            if "form" in said
            else said
            for id, said in credential["statements"].items()
            for place in [joined("/statements", id, "form")]
        }
    workflow = workflow_for(document, holdings)
    frameworks = _frameworks(holdings)
    return {
        "credential": credential,
        "workflow": without_parameters(workflow.data) if workflow else None,
        "examples": {
            form: dict(load(document.path.parent / said["file"]).said_in(document.speaks).data)
            for form, said in credential.get("examples", {}).items()
        },
        "alignment": list(_alignment(credential, frameworks)),
        "titles": _titles(credential, holdings),
        "frameworks": {
            id: _wording(frameworks[id]) for id in offered_frameworks(credential.get("forms"))
        },
    }


def _alignment(
    credential: Mapping[str, Any], frameworks: Mapping[str, Framework]
) -> Iterator[dict[str, str]]:
    for said in credential.get("aligned_to", ()):
        id, _, code = said.partition(":")
        framework = frameworks[id]
        item = framework.item(code)
        if item is not None:
            yield {"code": code, "framework": framework.title, "statement": item.statement}


def _titles(credential: Mapping[str, Any], holdings: Holdings) -> dict[str, str]:
    named = [str(id) for _, id in prerequisite_places(credential)]
    named += credential.get("builds_towards", [])
    return {id: str(holdings.credentials[id].data.get("title", id)) for id in dict.fromkeys(named)}


def _wording(framework: Framework) -> list[dict[str, str]]:
    return [
        {
            "code": item.code,
            "framework": framework.title,
            "statement": item.statement,
            **({"parent": item.parent} if item.parent else {}),
        }
        for item in framework.items
    ]
