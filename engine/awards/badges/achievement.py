"""What a badge is for, as Open Badges 3.0 writes it: one edition of a credential document.

The words are the document's own, in its own language, and stay what they were when the edition was
published: an edition never changes, so neither does what stands at the achievement's address.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from engine.credentials.credential import Credential, Edition, ScoringGuide
from engine.languages import _, speaking
from engine.settings import Settings

_KINDS: Final = {
    "micro-credential": "MicroCredential",
    "milestone": "Certificate",
    "programme": "CertificateOfCompletion",
}
"""Of the standard's words for achievements (Open Badges 3.0 §B.2.1)."""
_CONTROLS: Final = dict.fromkeys(
    [
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0xA0),
        0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),
        *range(0xD800, 0xE000), 0xFFFE, 0xFFFF,
    ],
    " ",
)  # fmt: skip


def plain(text: str) -> str:
    """`text` as it may be signed: without control characters, which programs write in different
    ways before they hash, and without those that turn the direction of what follows, by which a
    name could read as another one."""
    return text.translate(_CONTROLS).strip()


def address(digest: str, settings: Settings) -> str:
    """The achievement's id, where it can also be read."""
    return f"{settings.base_url}/badges/achievements/{digest}"


def of(edition: Edition, settings: Settings) -> dict[str, Any]:
    """The Achievement (Open Badges 3.0 §B.1.1). `edition` is the document as it was written."""
    credential = edition.credential
    own = address(edition.digest, settings)
    said: dict[str, Any] = {
        "id": own,
        "type": ["Achievement"],
        "achievementType": _KINDS.get(credential.kind, "Achievement"),
        "name": plain(credential.title),
        "description": plain(
            credential.summary or credential.certificate.statement or credential.title
        ),
        "criteria": {
            "id": f"{settings.base_url}/credentials/{credential.id}",
            "narrative": narrative(credential),
        },
        "image": {
            "id": f"{settings.base_url}/badges/pictures/{edition.digest}.png",
            "type": "Image",
        },
        "inLanguage": credential.language,
        "humanCode": credential.id,
        "version": str(credential.version),
    }
    if credential.badge.credits is not None:
        said["creditsAvailable"] = number(credential.badge.credits)
    if credential.badge.tags:
        said["tag"] = [plain(one) for one in credential.badge.tags]
    if aligned := alignment(edition, settings):
        said["alignment"] = aligned
    if credential.scoring_guides:
        said["resultDescription"] = [
            {
                "id": result_address(own, guide.id),
                "type": ["ResultDescription"],
                "name": plain(guide.title),
                "resultType": "Percent",
                "valueMin": "0",
                "valueMax": "100",
            }
            for guide in credential.scoring_guides.values()
        ]
    return said


def number(value: float) -> float | int:
    """As JSON-LD has it in one way only: 3, never 3.0."""
    return int(value) if value == int(value) else value


def result_address(achievement: str, guide_id: str) -> str:
    """The id of what a scoring guide's result is a result of."""
    return f"{achievement}#{quote(guide_id)}"


def narrative(credential: Credential) -> str:
    """What whoever holds it has shown, in Markdown: the certificate's statement, and every look-for
    of the scoring guides."""
    with speaking(credential.language):
        parts = [plain(credential.certificate.statement or credential.summary or credential.title)]
        parts += [_look_fors(guide) for guide in credential.scoring_guides.values()]
    return "\n\n".join(parts)


def alignment(edition: Edition, settings: Settings) -> list[dict[str, Any]]:
    """The standards that it is aligned to (Open Badges 3.0 §B.1.2), each at its place on the page
    of its framework."""
    found = []
    items = {one.code: one for one in edition.alignment}
    for named in edition.credential.aligned_to:
        framework, _colon, code = named.partition(":")
        item = items.get(code)
        if item is None:
            continue
        found.append(
            {
                "type": ["Alignment"],
                "targetType": "CFItem",
                "targetName": plain(f"{code}: {item.statement}"),
                "targetUrl": f"{settings.base_url}/frameworks/{quote(framework)}#{quote(code)}",
                "targetFramework": plain(item.framework),
                "targetCode": code,
                "targetDescription": plain(item.statement),
            }
        )
    return found


def _look_fors(guide: ScoringGuide) -> str:
    lines = [_("Reviewed with: **%(guide)s**", guide=plain(guide.title)), ""]
    lines += [f"- {' '.join(plain(one.text).split())}" for one in guide.look_fors]
    return "\n".join(lines)
