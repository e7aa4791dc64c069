"""How dates, sizes and prose read on a page: the template filters.

Times are in the reader's own zone and say which. Where somebody has chosen none they are in the
installation's, and a page's script turns them into this device's from the `datetime` attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from engine import phrases
from engine.forms.attachments import type_words
from engine.forms.drafts import EvidenceFacts
from engine.forms.prose import prose
from engine.languages import _
from engine.phrases import ago, clock, day, figure, film_time, listed, record_day, size, span
from engine.records.tables import Evidence
from engine.web import time_zone
from engine.web.staff_roles import role_words


def moment(value: datetime | None) -> Markup:
    """`12 March 2026, 14:02 UTC` in a `<time>` element."""
    if value is None:
        return Markup("")
    shown = '<time datetime="{}"{}>{}</time>'
    local = "" if time_zone.is_chosen() else Markup(" data-local")
    exact = value.astimezone(UTC).isoformat(timespec="seconds")
    return Markup(shown).format(exact, local, phrases.moment(value))  # noqa: S704


def evidence_note(facts: EvidenceFacts | Evidence) -> str:
    """What there is to say of a file or link: the place taken out of a photo, whether a link
    answers. Empty when nothing is."""
    on = day(facts.checked_at) if facts.checked_at else ""
    if facts.privacy == "place-removed":
        return _("We removed the place where this photo was taken.")
    if facts.privacy == "details-removed":
        return _(
            "We removed what the camera wrote into this photo, because it might say where it was"
            " taken."
        )
    if facts.privacy == "place-may-stay":
        return _(
            "This photo may still say where it was taken: we can't remove that from this kind of"
            " file. If it matters, save the photo as a JPEG and send that instead."
        )
    if not facts.url:
        return ""
    match facts.link_state:
        case "answered":
            return _("This address answered on %(day)s.", day=on)
        case "silent":
            return _(
                "This address did not answer on %(day)s. Check that it's right and that others may"
                " open it.",
                day=on,
            )
        case "missing":
            return _(
                "There was no page at this address on %(day)s. Check that it's right and that"
                " others may open it.",
                day=on,
            )
        case "sign-in":
            return _("This page asks for a sign-in. Reviewers may not be able to open it.")
        case "not-public":
            return _(
                "This address is inside a private network. Reviewers may not be able to open it."
            )
    return _("We are checking whether this address answers.")


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "record_day": record_day,
    "evidence_note": evidence_note,
    "file_kind": type_words,
    "moment": moment,
    "moment_words": phrases.moment,
    "clock": clock,
    "film_time": film_time,
    "ago": ago,
    "span": span,
    "figure": figure,
    "role_words": role_words,
    "listed": listed,
    "size": size,
    "prose": prose,
    "markdown": prose,
}
"""Every filter by the name that templates use."""
