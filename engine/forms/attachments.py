"""Evidence: a question that is answered with files or links, with one or with several.

The answer holds the ids of stored files and links. Bytes, names and types are the record's
business; what is checked here is whether one of them is what the question asks for.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from engine.forms.drafts import Draft, EvidenceFacts
from engine.forms.markup import attributes, spaced
from engine.forms.nodes import Arrived, Builder, Kept, Leaf, Outcome, Place, Placed, blank, clean
from engine.forms.resolving import Merged
from engine.languages import N_, SOURCE, _, current, ngettext
from engine.phrases import listed

MOST_FILES = 500
LINK_PARTS = ("#url", "#title")
"""Follow the name of the question: a link that was typed and is not added yet."""


class TypedLink(NamedTuple):
    """What stands in the inputs for a link."""

    url: str
    title: str


class Evidence(Leaf):
    """One file; with `links: true`, one file or link."""

    kind = "evidence"
    composed = True
    widgets: ClassVar[tuple[str, ...]] = ("evidence",)
    takes_files: ClassVar[bool] = True
    captioned: ClassVar[bool] = False
    """Its files may have captions."""
    many = False
    lacking = N_("Attach a file: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        said = self.file_schema(merged)
        accept = said.get("accept")
        self.accept = self.taken(accept if isinstance(accept, list) else [])
        most = said.get("max_bytes")
        self.max_bytes = most if isinstance(most, int) else 0
        self.takes_links = said.get("links") is True
        allowed = self.allowed() if self.takes_files else ""
        # What the document says in its own help is not said twice.
        self.limits = f"{allowed[:1].upper()}{allowed[1:]}." if allowed and not self.help else ""

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget in cls.widgets and merged.schema.get("type") == "string"

    def file_schema(self, merged: Merged) -> Mapping[str, Any]:
        return merged.schema

    def taken(self, accept: list[Any]) -> tuple[str, ...]:
        """The kinds of files that are taken; empty for any."""
        return tuple(str(one) for one in accept)

    def furnish(self, placed: Placed) -> None:
        accepted = ",".join(self.accept)
        placed.data = attributes(
            {
                "data-accept": accepted,
                "data-max-bytes": self.max_bytes or "",
                "data-many": "" if self.many else None,
                "data-captioned": "" if self.captioned else None,
            }
        )
        placed.accept = attributes({"accept": accepted or None})
        if self.limits:
            placed.described = spaced(placed.described, placed.id + "#limits")

    def allowed(self) -> str:
        """What may be attached, in words."""
        parts = []
        if self.accept:
            parts.append(self._wanted())
        if self.max_bytes:
            parts.append(_("up to %(size)s", size=size_words(self.max_bytes)))
        return ", ".join(parts)

    def _wanted(self) -> str:
        return listed(list(dict.fromkeys(type_words(one) for one in self.accept)), "or")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value, _typed_link(arrived, name, kept))
        ids = [clean(text).strip()[:200] for text in arrived.getlist(name)]
        found = next((one for one in reversed(ids) if one), blank(kept))
        return Outcome(found, _typed_link(arrived, name, kept))

    def drawn(self, value: Any, at: str, draft: Draft) -> TypedLink:
        return TypedLink(*(draft.typed.get(at + part, "") for part in LINK_PARTS))

    def ids(self, value: Any) -> list[str]:
        return [value] if isinstance(value, str) else []

    def problem(self, facts: EvidenceFacts | None) -> str:
        """Why a file or link does not answer the question, or nothing."""
        if facts is None:
            return _("This file is not here any more. Please attach it again.")
        if facts.url:
            return "" if self.takes_links else _("A link can't be the answer here. Attach a file.")
        if not self.takes_files:
            return _("A file can't be the answer here. Give a link.")
        if self.accept and not any(matches(facts.media_type, one) for one in self.accept):
            return _(
                "“%(name)s” is %(type)s. What we can take here: %(wanted)s.",
                name=facts.name,
                type=type_words(facts.media_type, article=True),
                wanted=self._wanted(),
            )
        if self.max_bytes and facts.bytes > self.max_bytes:
            return _(
                "“%(name)s” is %(size)s; the most we can take here is %(most)s.",
                name=facts.name,
                size=size_words(facts.bytes),
                most=size_words(self.max_bytes),
            )
        return ""


class Video(Evidence):
    """One film, with captions."""

    widgets = ("video",)
    captioned = True

    def taken(self, accept: list[Any]) -> tuple[str, ...]:
        films = (one for one in super().taken(accept) if one.startswith("video/"))
        return tuple(films) or ("video/*",)


class Link(Evidence):
    """One link."""

    widgets = ("link",)
    takes_files = False
    lacking = N_("Give a link: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.takes_links = True


class EvidenceList(Evidence):
    """Several files, or files and links."""

    many = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        items = merged.schema.get("items")
        return (
            merged.schema.get("type") == "array"
            and isinstance(items, Mapping)
            and any(one in cls.widgets for one in (items.get("widget"), widget))
        )

    def file_schema(self, merged: Merged) -> Mapping[str, Any]:
        items: Mapping[str, Any] = merged.schema["items"]
        return {**items, **{key: merged.schema[key] for key in _OWN if key in merged.schema}}

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        link = _typed_link(arrived, name, kept)
        rows = arrived.rows(name)
        if name not in arrived and not rows:
            return Outcome(kept.value, link)
        posted = [arrived.getlist(f"{name}/{row}") for row in rows[:MOST_FILES]]
        ids = [clean(text).strip()[:200] for texts in posted for text in texts]
        found = list(dict.fromkeys(one for one in ids if one))
        return Outcome(found or blank(kept), link)

    def ids(self, value: Any) -> list[str]:
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


class VideoList(EvidenceList, Video):
    """Several films."""


class LinkList(EvidenceList, Link):
    """Several links."""


def _typed_link(arrived: Arrived, name: str, kept: Kept) -> dict[str, str]:
    """A link that is being typed, kept with the draft until it is added."""
    found = {}
    for part in LINK_PARTS:
        texts = arrived.getlist(name + part)
        text = clean(texts[-1]).strip() if texts else kept.draft.typed.get(kept.at + part, "")
        if text:
            found[part] = text[:2000]
    return found


_OWN = ("accept", "max_bytes", "links")

_OFFICE = "application/vnd.openxmlformats-officedocument"

_TYPE_WORDS = {
    "application/pdf": N_("PDF"),
    "application/msword": N_("Word document"),
    f"{_OFFICE}.wordprocessingml.document": N_("Word document"),
    "application/vnd.ms-excel": N_("Excel workbook"),
    f"{_OFFICE}.spreadsheetml.sheet": N_("Excel workbook"),
    "application/vnd.ms-powerpoint": N_("PowerPoint slides"),
    f"{_OFFICE}.presentationml.presentation": N_("PowerPoint slides"),
    "application/zip": N_("ZIP archive"),
    "text/plain": N_("plain text"),
    "text/csv": N_("CSV table"),
    "text/html": N_("web page"),
    "image/jpeg": N_("JPEG picture"),
    "image/png": N_("PNG picture"),
    "image/*": N_("picture"),
    "video/*": N_("video"),
    "audio/*": N_("audio recording"),
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
        return _("a file of type %(type)s", type=media_type) if article else media_type
    if not article or words in ("plain text", "PowerPoint slides") or current() != SOURCE:
        return _(words)
    return f"{'an' if words[0] in 'AEIOaeiou' else 'a'} {words}"


def size_words(count: int) -> str:
    """Bytes as people say them: `20 MB`, `1.5 MB`, `640 KB`."""
    if count < 1000:
        return ngettext("%(count)s byte", "%(count)s bytes", count)
    for factor, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if count >= factor * 0.95:
            return f"{count / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count / 1024:.1f} KB"
