"""The typed model of a credential document, and of an edition: a credential as published.

What is here has passed the meta-schema and `lint`, so reading it raises nothing. Forms stay plain
JSON Schema; `forms/` gives them meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.credentials.texts import with_texts
from engine.credentials.workflow import Workflow, workflow_from
from engine.languages import SOURCE, current

CredentialKind = Literal["micro-credential", "milestone", "programme", "recognised", "goal"]

JSONObject = Mapping[str, Any]


@dataclass(frozen=True)
class LookFor:
    """One row of a scoring guide: Y or N, and notes."""

    id: str
    text: str
    precheck: bool
    """Pre-answered from validation of the guide's forms; the reviewer may overrule it."""


@dataclass(frozen=True)
class ScoringGuide:
    id: str
    title: str
    reviews: tuple[str, ...]
    """The forms it judges."""
    introduction: str
    look_fors: tuple[LookFor, ...]


@dataclass(frozen=True)
class CrossRule:
    """A rule over the whole submission; `self` is the answers keyed by form id."""

    rule: str
    message: str
    at: str


@dataclass(frozen=True)
class Prerequisites:
    """How many of `credentials` must be held: all, or `needed` of them."""

    credentials: tuple[str, ...]
    needed: int


@dataclass(frozen=True)
class CertificateDesign:
    template: str
    statement: str
    """What the holder has shown, in one sentence."""
    valid_for: str
    """ISO 8601 duration, or empty: for ever."""
    signatory: str
    signatory_title: str
    glyph: str
    """One or two letters, or a symbol, at the heart of the seal."""


@dataclass(frozen=True)
class AlignedItem:
    """A framework item that the credential is aligned to, with its words as published."""

    code: str
    framework: str
    statement: str
    parent: str = ""
    """The code of the item above it, or empty."""


@dataclass(frozen=True)
class Credential:
    id: str
    version: int
    kind: CredentialKind
    title: str
    summary: str
    """Markdown."""
    instructions: str
    """Markdown."""
    effort: str
    """How long it takes, in words."""
    prerequisites: Prerequisites
    builds_towards: tuple[str, ...]
    workflow: str
    forms: Mapping[str, JSONObject]
    """JSON Schema object schemas by form id, in the document's order, references bundled."""
    rules: tuple[CrossRule, ...]
    scoring_guides: Mapping[str, ScoringGuide]
    examples: Mapping[str, str]
    """Titles of examples by form id."""
    certificate: CertificateDesign
    requirements: tuple[JSONObject, ...] = ()
    """Over the whole submission, as the document says them (`forms.requirements`)."""
    language: str = SOURCE
    """The document's own, whatever language the texts here are in."""


@dataclass(frozen=True)
class Edition:
    """A credential exactly as published: with its workflow, examples and standards' wording.

    `digest` is the SHA-256 of the bundle (`library.digest_of`); submissions keep it and render
    and validate with it for ever.
    """

    digest: str
    credential: Credential
    workflow: Workflow | None
    """None for kinds that nobody submits: recognised and goal."""
    examples: Mapping[str, JSONObject]
    """Answers by form id."""
    alignment: tuple[AlignedItem, ...]
    titles: Mapping[str, str]
    """Titles, at the time of publishing, of the credentials that this one names."""
    frameworks: Mapping[str, tuple[AlignedItem, ...]] = field(default_factory=dict)
    """The items of every framework that a form suggests, by framework id."""
    by_reference: frozenset[str] = frozenset()
    """The forms that only the reference validator may check; found out when it was published."""
    language: str = SOURCE
    """What its texts are in."""


@dataclass(frozen=True)
class Editions:
    """One edition in every language that it has."""

    own: str
    """The document's own language."""
    by_language: Mapping[str, Edition]

    def said(self, language: str = "") -> Edition:
        """The edition in `language`: the moment's unless given, the document's own for want of
        it. Answers, digests and verdicts are the same in all of them."""
        return self.by_language.get(language or current(), self.by_language[self.own])

    def as_written(self) -> Edition:
        """The edition in the document's own words, which are those that awards keep."""
        return self.by_language[self.own]


def editions_from(digest: str, bundle: JSONObject, by_reference: Iterable[str] = ()) -> Editions:
    """What `edition_from` makes of a bundle, in its own language and in those it brings along."""
    own = str(bundle["credential"].get("language", SOURCE))
    translations: Mapping[str, Mapping[str, str]] = bundle.get("translations", {})
    plain = {key: value for key, value in bundle.items() if key != "translations"}
    found = {own: replace(edition_from(digest, plain, by_reference), language=own)}
    for language, words in translations.items():
        made = edition_from(digest, with_texts(plain, words), by_reference)
        found[language] = replace(made, language=language)
    return Editions(own, found)


def edition_from(digest: str, bundle: JSONObject, by_reference: Iterable[str] = ()) -> Edition:
    """The model of a bundle: an object with `credential`, `workflow`, `examples`, `alignment`,
    `titles`, `frameworks`, as `credentials.library` makes it."""
    return Edition(
        digest=digest,
        credential=credential_from(bundle["credential"]),
        workflow=workflow_from(bundle["workflow"]) if bundle.get("workflow") else None,
        examples=bundle.get("examples", {}),
        alignment=tuple(AlignedItem(**item) for item in bundle.get("alignment", ())),
        titles=bundle.get("titles", {}),
        frameworks={
            id: tuple(AlignedItem(**item) for item in items)
            for id, items in bundle.get("frameworks", {}).items()
        },
        by_reference=frozenset(by_reference),
    )


def credential_from(data: JSONObject) -> Credential:
    """The model of a checked credential document (`schemas/meta/credential.json`)."""
    return Credential(
        id=data["credential"],
        version=data["version"],
        kind=data["kind"],
        title=data["title"],
        summary=data.get("summary", ""),
        instructions=data.get("instructions", ""),
        effort=data.get("effort", ""),
        prerequisites=_prerequisites(data.get("prerequisites", {})),
        builds_towards=tuple(data.get("builds_towards", ())),
        workflow=data.get("workflow", ""),
        forms=data.get("forms", {}),
        rules=tuple(
            CrossRule(one["rule"], one["message"], one["at"]) for one in data.get("rules", ())
        ),
        scoring_guides={
            id: _guide(id, guide) for id, guide in data.get("scoring_guides", {}).items()
        },
        examples={id: one["title"] for id, one in data.get("examples", {}).items()},
        certificate=_certificate(data),
        requirements=tuple(data.get("requirements", ())),
        language=data.get("language", SOURCE),
    )


def _prerequisites(data: JSONObject) -> Prerequisites:
    if "at_least" in data:
        return Prerequisites(tuple(data["at_least"]["of"]), data["at_least"]["count"])
    if "any" in data:
        return Prerequisites(tuple(data["any"]), 1)
    named = tuple(data.get("all", ()))
    return Prerequisites(named, len(named))


def _guide(id: str, data: JSONObject) -> ScoringGuide:
    return ScoringGuide(
        id=id,
        title=data["title"],
        reviews=tuple(data["reviews"]),
        introduction=data.get("introduction", ""),
        look_fors=tuple(
            LookFor(row["id"], row["text"], bool(row.get("precheck"))) for row in data["look_fors"]
        ),
    )


def _certificate(data: JSONObject) -> CertificateDesign:
    said = data.get("certificate", {})
    return CertificateDesign(
        template=said.get("template", "certificate"),
        statement=said.get("statement", ""),
        valid_for=said.get("valid_for", ""),
        signatory=said.get("signatory", ""),
        signatory_title=said.get("signatory_title", ""),
        glyph=said.get("glyph", data["title"][:1]),
    )
