"""Evidence: a question that is answered with a file, or with several.

The answer holds the ids of stored files. Bytes, names and types are the record's business; what is
checked here is whether a stored file is one that the question asks for.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any

from engine.forms.drafts import EvidenceFacts
from engine.forms.markup import attributes, spaced
from engine.forms.nodes import Arrived, Builder, Kept, Leaf, Outcome, Place, Placed, blank, clean
from engine.forms.resolving import Merged

MOST_FILES = 500


class Evidence(Leaf):
    """One file."""

    kind = "evidence"
    many = False
    lacking = "Attach a file: {title}"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        said = self.file_schema(merged)
        accept = said.get("accept")
        self.accept = tuple(str(one) for one in accept) if isinstance(accept, list) else ()
        most = said.get("max_bytes")
        self.max_bytes = most if isinstance(most, int) else 0
        allowed = self.allowed()
        # What the document says in its own help is not said twice.
        self.limits = f"{allowed[:1].upper()}{allowed[1:]}." if allowed and not self.help else ""

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "evidence" and merged.schema.get("type") == "string"

    def file_schema(self, merged: Merged) -> Mapping[str, Any]:
        return merged.schema

    def furnish(self, placed: Placed) -> None:
        accepted = ",".join(self.accept)
        placed.data = attributes(
            {
                "data-accept": accepted,
                "data-max-bytes": self.max_bytes or "",
                "data-many": "" if self.many else None,
            }
        )
        placed.accept = attributes({"accept": accepted or None})
        if self.limits:
            placed.described = spaced(placed.described, placed.id + "#limits")

    def allowed(self) -> str:
        """What may be attached, in words."""
        parts = []
        if self.accept:
            parts.append(listed(list(dict.fromkeys(type_words(one) for one in self.accept)), "or"))
        if self.max_bytes:
            parts.append(f"up to {size_words(self.max_bytes)}")
        return ", ".join(parts)

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value)
        ids = [clean(text).strip()[:200] for text in arrived.getlist(name)]
        return Outcome(next((one for one in reversed(ids) if one), blank(kept)))

    def ids(self, value: Any) -> list[str]:
        return [value] if isinstance(value, str) else []

    def problem(self, facts: EvidenceFacts | None) -> str:
        """Why a file does not answer the question, or nothing."""
        if facts is None:
            return "This file is not here any more. Please attach it again."
        if self.accept and not any(matches(facts.media_type, one) for one in self.accept):
            wanted = listed(list(dict.fromkeys(type_words(one) for one in self.accept)), "or")
            return (
                f"“{facts.name}” is {type_words(facts.media_type, article=True)}."
                f" What we can take here: {wanted}."
            )
        if self.max_bytes and facts.bytes > self.max_bytes:
            return (
                f"“{facts.name}” is {size_words(facts.bytes)}; the most we can take here is"
                f" {size_words(self.max_bytes)}."
            )
        return ""


class EvidenceList(Evidence):
    """Several files."""

    kind = "evidence"
    many = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        items = merged.schema.get("items")
        return (
            merged.schema.get("type") == "array"
            and isinstance(items, Mapping)
            and "evidence" in (items.get("widget"), widget)
        )

    def file_schema(self, merged: Merged) -> Mapping[str, Any]:
        items: Mapping[str, Any] = merged.schema["items"]
        return {**items, **{key: merged.schema[key] for key in _OWN if key in merged.schema}}

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        rows = arrived.rows(name)
        if name not in arrived and not rows:
            return Outcome(kept.value)
        posted = [arrived.getlist(f"{name}/{row}") for row in rows[:MOST_FILES]]
        ids = [clean(text).strip()[:200] for texts in posted for text in texts]
        found = list(dict.fromkeys(one for one in ids if one))
        return Outcome(found or blank(kept))

    def ids(self, value: Any) -> list[str]:
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


_OWN = ("accept", "max_bytes")

_OFFICE = "application/vnd.openxmlformats-officedocument"

_TYPE_WORDS = {
    "application/pdf": "PDF",
    "application/msword": "Word document",
    f"{_OFFICE}.wordprocessingml.document": "Word document",
    "application/vnd.ms-excel": "Excel workbook",
    f"{_OFFICE}.spreadsheetml.sheet": "Excel workbook",
    "application/vnd.ms-powerpoint": "PowerPoint slides",
    f"{_OFFICE}.presentationml.presentation": "PowerPoint slides",
    "application/zip": "ZIP archive",
    "text/plain": "plain text",
    "text/csv": "CSV table",
    "text/html": "web page",
    "image/jpeg": "JPEG picture",
    "image/png": "PNG picture",
    "image/*": "picture",
    "video/*": "video",
    "audio/*": "audio recording",
}


def matches(media_type: str, accepted: str) -> bool:
    """Whether a sniffed type is one of `accepted`: a media type, `image/*`, or an ending."""
    if accepted.startswith("."):
        accepted = mimetypes.guess_type(f"file{accepted}")[0] or accepted
    if accepted in ("*", "*/*"):
        return True
    if accepted.endswith("/*"):
        return media_type.startswith(accepted[:-1])
    return media_type == accepted


def type_words(media_type: str, article: bool = False) -> str:
    """A media type as a teacher would say it."""
    family = media_type.partition("/")[0] + "/*"
    words = _TYPE_WORDS.get(media_type) or _TYPE_WORDS.get(family)
    if words is None:
        return f"a file of type {media_type}" if article else media_type
    if not article or words in ("plain text", "PowerPoint slides"):
        return words
    return f"{'an' if words[0] in 'AEIOaeiou' else 'a'} {words}"


def size_words(count: int) -> str:
    """Bytes as people say them: `20 MB`, `1.5 MB`, `640 KB`."""
    if count < 1000:
        return f"{count} bytes"
    for factor, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if count >= factor * 0.95:
            return f"{count / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count / 1024:.1f} KB"


def listed(words: list[str], joint: str) -> str:
    """`A, B or C`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
