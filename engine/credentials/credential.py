"""The typed model of a credential document, and of an edition: a credential as published.

What is here has passed the meta-schema and `lint`, so reading it raises nothing. Forms stay plain
JSON Schema; `forms/` gives them meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from engine.credentials.badge_design import BadgeDesign, badge_design
from engine.credentials.consents import Consent, consent_from
from engine.credentials.gallery import Gallery, gallery_from
from engine.credentials.parameters import used_workflow
from engine.credentials.statements import Statement, statement_from
from engine.credentials.surveys import Survey, survey_from
from engine.credentials.texts import with_texts
from engine.credentials.workflow import Workflow, workflow_from
from engine.languages import SOURCE, current

CredentialKind = Literal["micro-credential", "milestone", "programme", "recognised", "goal"]

JSONObject = Mapping[str, Any]


class Point(NamedTuple):
    """One rating that a scale offers."""

    value: float
    label: str
    """In words, or empty where the number says it all."""


@dataclass(frozen=True)
class Scale:
    """The ratings that may be given, the lowest first."""

    points: tuple[Point, ...]
    met: float | None = None
    """From this rating up the look-for counts as demonstrated; None: it is only rated."""

    @property
    def highest(self) -> float:
        return self.points[-1].value

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(point.value for point in self.points)


@dataclass(frozen=True)
class LookFor:
    """One row of a scoring guide: Y or N, or a rating; and notes."""

    id: str
    text: str
    precheck: bool
    """Pre-answered from validation of the guide's forms; the reviewer may overrule it."""
    scale: Scale | None = None
    """None: Y or N."""
    weight: float = 1.0
    """How much it counts beside the others."""
    not_applicable: bool = False
    """It may be answered NA, which counts neither as reached nor as possible."""
    notes_on_no: bool = True
    """Whether an N, or a rating below `scale.met`, needs notes to say why."""
    notes_below: float | None = None
    """A rating below this needs notes to say why."""
    about: tuple[str, ...] = ()
    """Pointers (`/FORM/FIELD`) of the answers that it judges; empty: all that the guide reviews.
    While they stay as they are, its score is carried over from round to round."""
    aligned_to: tuple[str, ...] = ()
    """Standards that it looks for, as `FRAMEWORK:CODE`."""

    def wants_notes(self, decision: str | None, value: float | None) -> bool:
        """Whether that answer, without a word of explanation, is not enough."""
        if decision == "N":
            return self.notes_on_no
        if decision != "R" or value is None or self.scale is None:
            return False
        if self.notes_below is not None:
            return value < self.notes_below
        return self.notes_on_no and self.scale.met is not None and value < self.scale.met

    def demonstrated(self, decision: str | None, value: float | None) -> bool | None:
        """Whether that answer counts as yes or no; None for one that says neither."""
        if decision in ("Y", "N"):
            return decision == "Y"
        if decision == "R" and value is not None and self.scale and self.scale.met is not None:
            return value >= self.scale.met
        return None


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
    paper: Literal["", "letter", "a4"] = ""
    """Empty: what the installation prints on."""


@dataclass(frozen=True)
class AlignedItem:
    """A framework item that the credential is aligned to, with its words as published."""

    code: str
    framework: str
    statement: str
    parent: str = ""
    """The code of the item above it, or empty."""


@dataclass(frozen=True)
class Moves:
    """Where the answers of earlier versions go in this one: see `submissions.migrating`."""

    forms: Mapping[str, str] = field(default_factory=dict)
    """Form ids of earlier versions, each with the form of this one."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """JSON Pointers into all answers by form, such as `/plan/goal`, likewise."""


@dataclass(frozen=True)
class StackPlace:
    """Where a credential stands among related ones."""

    key: str
    """The stack's title in the document's own words: the same in every language."""
    title: str
    tier_key: str
    """Likewise of the tier, empty without one."""
    tier: str
    number: int | None
    """Its place in the stack, counted from 1; None where the document does not say."""


class AcceptedBadge(NamedTuple):
    """An Open Badge that counts as the credential, once it verifies."""

    issuer: str
    """The id of its issuer: an address or a DID."""
    achievement: str
    """The id of what the badge is for."""
    name: str
    """How records call the issuer; empty: as the badge says."""


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
    migrate: Moves = field(default_factory=Moves)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    """What the candidate may run as evidence, by name."""
    before_submitting: tuple[str, ...] = ()
    """Checklists to show beside the button that submits, as `/FORM/FIELD`."""
    consents: Mapping[str, Consent] = field(default_factory=dict)
    """What other people are asked to consent to, by name."""
    statements: Mapping[str, Statement] = field(default_factory=dict)
    """What other people are asked to confirm or to write, by name."""
    gallery: Gallery | None = None
    """What of the work becomes public; None: nothing."""
    stack: StackPlace | None = None
    aligned_to: tuple[str, ...] = ()
    """Standards that it stands for, as `FRAMEWORK:CODE`."""
    confidential: bool = False
    """Whether nobody but its owner reads what is in it."""
    accepts: tuple[AcceptedBadge, ...] = ()
    """Badges that count as it, for one that is earned elsewhere."""
    badge: BadgeDesign = field(default_factory=BadgeDesign)


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
    place = found[own].credential.stack
    for language, words in translations.items():
        made = edition_from(digest, with_texts(plain, words), by_reference)
        if place is not None and made.credential.stack is not None:
            same = replace(made.credential.stack, key=place.key, tier_key=place.tier_key)
            made = replace(made, credential=replace(made.credential, stack=same))
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
        workflow=used_workflow(data),
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
        migrate=Moves(**data.get("migrate", {})),
        surveys={id: survey_from(id, one) for id, one in data.get("surveys", {}).items()},
        gallery=gallery_from(data["gallery"]) if "gallery" in data else None,
        before_submitting=tuple(data.get("before_submitting", ())),
        consents={id: consent_from(id, one) for id, one in data.get("consents", {}).items()},
        statements={id: statement_from(id, one) for id, one in data.get("statements", {}).items()},
        stack=_stack_place(data["stack"]) if "stack" in data else None,
        aligned_to=tuple(data.get("aligned_to", ())),
        confidential=data.get("confidential", False),
        accepts=tuple(
            AcceptedBadge(one["issuer"], one["achievement"], one.get("name", ""))
            for one in data.get("accepts", ())
        ),
        badge=badge_design(data),
    )


def _stack_place(data: JSONObject) -> StackPlace:
    title, tier = data["title"], data.get("tier", "")
    return StackPlace(title, title, tier, tier, data.get("place"))


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
        look_fors=tuple(_look_for(row) for row in data["look_fors"]),
    )


def _look_for(data: JSONObject) -> LookFor:
    notes = data.get("required_notes", True)
    return LookFor(
        id=data["id"],
        text=data["text"],
        precheck=bool(data.get("precheck")),
        scale=_scale(data["scale"]) if "scale" in data else None,
        weight=float(data.get("weight", 1)),
        not_applicable=data.get("not_applicable", False),
        notes_on_no=bool(notes),
        notes_below=float(notes["below"]) if isinstance(notes, Mapping) else None,
        about=tuple(data.get("about", ())),
        aligned_to=tuple(data.get("aligned_to", ())),
    )


def _scale(data: JSONObject) -> Scale:
    if "points" in data:
        points = tuple(Point(float(one["value"]), one.get("label", "")) for one in data["points"])
    else:
        points = tuple(Point(value, "") for value in steps(data["min"], data["max"], data["step"]))
    return Scale(points, float(data["met"]) if "met" in data else None)


def steps(least: float, most: float, step: float) -> Iterator[float]:
    """The ratings from `least` to `most`, each counted from the first so that no error adds up."""
    for number in range(round((most - least) / step) + 1):
        yield float(round(least + number * step, 6))


def _certificate(data: JSONObject) -> CertificateDesign:
    said = data.get("certificate", {})
    return CertificateDesign(
        template=said.get("template", "certificate"),
        statement=said.get("statement", ""),
        valid_for=said.get("valid_for", ""),
        signatory=said.get("signatory", ""),
        signatory_title=said.get("signatory_title", ""),
        glyph=said.get("glyph", data["title"][:1]),
        paper=said.get("paper", ""),
    )
