"""A file that somebody brings to have it checked: a PDF certificate, a picture with a badge baked
in, or the badge itself. Whose it is, whether it is as it was signed, and which award it is of.

Nothing of it is kept, and in nobody's name is another site asked: a badge of others can be checked
here as far as it brings its own key, and the rest is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from engine.awards.badges import (
    canonical,
    carriers,
    own,
    strict_json,
    tokens,
    verifiable,
    verifying,
    version_two,
)
from engine.awards.badges.badge import listed, moment, refused, text, within
from engine.awards.badges.own import Signature
from engine.awards.held import learner_record
from engine.awards.serial import typed_serial
from engine.awards.verification import brought_pdf
from engine.awards.verification.brought_pdf import BroughtPdf
from engine.errors import Refusal, Refused
from engine.languages import _

LARGEST: Final = 10 * 1024 * 1024
"""Bytes; a certificate has a tenth of it."""
MOST_AWARDS: Final = learner_record.MOST
"""Of one record that are listed; ours have no more."""

Kind = Literal["pdf", "picture", "badge"]
Word = Literal["good", "changed", "hosted", "foreign", "unasked", "refused"]


@dataclass(frozen=True)
class Ours:
    """Who we are, as far as a file can be compared with it."""

    did: str
    document: Mapping[str, Any] | None
    """The DID document, with every key that signed here and still counts; None: it can't be read
    now."""
    base_url: str
    certificates: frozenset[str]
    """SHA-256 of those that signed PDFs here."""
    standing_here: Callable[[str], Mapping[str, Any] | None]
    """The badge of 2.0 that belongs at the address of a serial; None: nobody was given it."""


@dataclass(frozen=True)
class Brought:
    """What became of a file.

    `good`: ours, as it was signed. `changed`: it says who signed it, or where it stands, and that
    is not so. `hosted`: it only says where a badge of ours stands, and nothing else than what
    stands there. `foreign`: of others, with a signature that fits. `unasked`: of others, and only
    their own site could tell. `refused`: nothing that can be checked, and why.
    """

    kind: Kind
    word: Word
    serials: tuple[str, ...] = ()
    """Of our awards that it names: one, or those in a record of many."""
    is_record: bool = False
    """Whether it is a record of many awards."""
    signature: Signature | None = None
    paper: BroughtPdf | None = None
    title: str = ""
    issuer: str = ""
    """The id of the issuer that it names."""
    issuer_name: str = ""
    """What it calls them; anybody can write any name."""
    notes: tuple[str, ...] = field(default_factory=tuple)
    """What could not be found out, or speaks against it, in sentences."""
    refusal: Refusal | None = None


def check(data: bytes, ours: Ours, at: datetime) -> Brought:
    """What the file `data` is worth at `at`. Never raises for what is in it."""
    kind: Kind = "badge"
    found: BroughtPdf | None = None
    try:
        if len(data) > LARGEST:
            raise refused(
                "too-large",
                _("This file is larger than any certificate or badge."),
                _("Bring a file of up to 10 MB: the PDF, PNG, SVG or JSON file as it was issued."),
            )
        if b"%PDF-" in data[:1024]:
            kind = "pdf"
            found = brought_pdf.read(data)
            said = _attached(found, ours)
        else:
            kind = "picture" if data.lstrip()[:1] in (b"\x89", b"<") else "badge"
            said = carriers.unbake(data)
        return _judged(said, kind, found, ours, at)
    except Refused as wrong:
        word: Word = "changed" if wrong.refusal.code == "tampered" else "refused"
        return Brought(kind, word, paper=found, refusal=wrong.refusal)


def _attached(found: BroughtPdf, ours: Ours) -> str:
    if found.badge is not None:
        return carriers.unbake(found.badge)
    if found.cover(ours.certificates) == "none":
        raise refused(
            "no-badge",
            _("There is no badge in this PDF, and it is not signed by us."),
            _(
                "A certificate that was scanned, or printed to a new PDF, loses both. Ask for the"
                " file as it was issued, or check the number that is printed on it."
            ),
        )
    raise refused(
        "no-badge",
        _("This PDF was signed here, but there is no badge in it to be checked."),
        _("Check the number that is printed on it instead."),
    )


def _judged(said: str, kind: Kind, found: BroughtPdf | None, ours: Ours, at: datetime) -> Brought:
    if said.startswith(("https://", f"{ours.base_url}/")):
        return _hosted(said, None, kind, found, ours)
    if tokens.is_token(said):
        _header, claims = tokens.unchecked(said)
        inside = claims.get("vc", claims)
        document = inside if isinstance(inside, dict) else {}
    else:
        document = strict_json.read_object(said)
    if "VerifiableCredential" in listed(document.get("type")):
        if verifiable.issuer_of(document) == ours.did:
            return _of_ours(said, document, kind, found, ours, at)
        return _of_others(said, document, kind, found, at)
    if verifying.is_assertion(document):
        return _hosted(text(document, "id"), document, kind, found, ours)
    raise refused(
        "unreadable",
        _("This file holds no certificate and no badge that can be read here."),
        _("Bring the PDF, PNG, SVG or JSON file as it was issued, not a copy of its page."),
    )


def _of_ours(
    said: str,
    document: dict[str, Any],
    kind: Kind,
    found: BroughtPdf | None,
    ours: Ours,
    at: datetime,
) -> Brought:
    record = "ClrCredential" in listed(document.get("type"))
    most = learner_record.WORK if record else canonical.COST
    signature = own.check(said, ours.did, ours.document, at, most)
    if signature.word == "away":
        raise refused(
            "unreachable",
            _("Our own keys can’t be read at this moment, so the file was not checked."),
            _("Try again later. If it stays so, please tell us."),
        )
    good = signature.word == "good"
    # Each serial is work: a list of them is followed only when it is ours.
    inside = _members(document) if record and good else [document]
    ids = [one.get("id") for one in inside[:MOST_AWARDS] if isinstance(one, dict)]
    return Brought(
        kind,
        "good" if good else "changed",
        tuple(serial for id in ids if (serial := _serial(id, ours))),
        record,
        signature,
        found,
        _title(document),
        ours.did,
        _issuer_name(document),
    )


def _members(record: dict[str, Any]) -> list[Any]:
    """The badges in a record (CLR 2.0, ClrSubject)."""
    subject = record.get("credentialSubject")
    return listed(subject.get("verifiableCredential")) if isinstance(subject, dict) else []


def _of_others(
    said: str, document: dict[str, Any], kind: Kind, found: BroughtPdf | None, at: datetime
) -> Brought:
    issuer, notes = verifiable.issuer_of(document), []
    word: Word = "foreign"
    try:
        verifiable.signed(said, own.Own({}), at, ())
        within(moment(document, "validFrom"), moment(document, "validUntil"), at)
    except Refused as wrong:
        match wrong.refusal.code:
            case "unknown-issuer" | "unreachable":
                word = "unasked"
            case "expired" | "not-yet":
                notes.append(wrong.refusal.reason)
            case _:
                raise
    if document.get("credentialStatus") is not None:
        notes.append(_("Whether its issuer has taken it back since, only the issuer's site tells."))
    return Brought(
        kind,
        word,
        paper=found,
        title=_title(document),
        issuer=issuer,
        issuer_name=_issuer_name(document),
        notes=tuple(notes),
    )


def _hosted(
    address: str,
    copy: dict[str, Any] | None,
    kind: Kind,
    found: BroughtPdf | None,
    ours: Ours,
) -> Brought:
    """A badge of 2.0: what counts is what stands at its address, and a copy must say the same."""
    serial = _serial(address, ours)
    if not serial:
        return Brought(kind, "unasked", paper=found, issuer=address[:500])
    stands = ours.standing_here(serial) if copy is not None else None
    changed = copy is not None and stands is not None and version_two.differs(copy, stands)
    return Brought(
        kind, "changed" if changed else "hosted", (serial,), paper=found, issuer=ours.did
    )


def _serial(id: Any, ours: Ours) -> str:
    """The serial in the id of a badge of ours, and nothing for any other."""
    for form in (f"{ours.base_url}/badges/2.0/", f"{ours.base_url}/badges/"):
        if isinstance(id, str) and id.startswith(form):
            return typed_serial(id.removeprefix(form)) or ""
    return ""


def _title(document: dict[str, Any]) -> str:
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    for holder in (achievement, document):
        if said := text(holder, "name", needed=False):
            return said[:300]
    return ""


def _issuer_name(document: dict[str, Any]) -> str:
    return text(document.get("issuer"), "name", needed=False)[:300]
