"""How dates, sizes and prose read on a page: the template filters.

Months are written in English words here and nowhere else. Times are UTC and say so; a page's
script may turn them into the reader's own zone from the `datetime` attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "hr"),
    *("h2", "h3", "h4", "h5", "table", "thead", "tbody", "tr", "th", "td"),
}


def day(value: date | datetime | str | None) -> str:
    """`12 March 2026`; an ISO date in text is read first; nothing gives an empty text."""
    moment = _as_date(value)
    if moment is None:
        return str(value or "")
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def moment(value: datetime | None) -> Markup:
    """`12 March 2026, 14:02 UTC` in a `<time>` element."""
    if value is None:
        return Markup("")
    value = value.astimezone(UTC)
    return Markup('<time datetime="{}" data-local>{}, {:02}:{:02} UTC</time>').format(
        value.isoformat(timespec="seconds"), day(value), value.hour, value.minute
    )


def clock(value: datetime) -> str:
    """`14:02`, UTC."""
    value = value.astimezone(UTC)
    return f"{value.hour:02}:{value.minute:02}"


def ago(value: datetime | None, at: datetime | None = None) -> str:
    """`just now`, `3 hours ago`, `yesterday`, `12 days ago`; `in 3 days` when it is to come."""
    if value is None:
        return ""
    elapsed = (at or datetime.now(UTC)) - value
    if elapsed < timedelta(0):
        words = span(-elapsed)
        return "in a moment" if words == "a moment" else f"in {words}"
    if elapsed < timedelta(minutes=1):
        return "just now"
    if timedelta(days=1) <= elapsed < timedelta(days=2):
        return "yesterday"
    return f"{span(elapsed)} ago"


def span(elapsed: timedelta) -> str:
    """A duration in its largest whole unit: `5 minutes`, `1 day`, `3 weeks`, `4 months`."""
    seconds = int(elapsed.total_seconds())
    for size, limit, unit in (
        (60, 3600, "minute"),
        (3600, 86400, "hour"),
        (86400, 21 * 86400, "day"),
        (7 * 86400, 70 * 86400, "week"),
        (30 * 86400, 700 * 86400, "month"),
        (365 * 86400, 10**12, "year"),
    ):
        if seconds < limit:
            count = seconds // size
            return plural(count, unit) if count else "a moment"
    return "a long time"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 page`, `3 pages`; numbers from a thousand up get their comma."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(things: list[str] | tuple[str, ...], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def size(count: int) -> str:
    """Bytes in words a person uses: `840 bytes`, `12 KB`, `3.4 MB`."""
    if count < 1000:
        return plural(count, "byte")
    if count < 1_000_000:
        return f"{round(count / 1000)} KB"
    return f"{count / 1_000_000:.1f} MB".replace(".0 ", " ")


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """Markdown as safe HTML: what documents may say, without raw HTML, pictures or scripts.

    First-level headings become second-level ones, since the page has its own title.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(text)
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    rendered = parser.renderer.render(tokens, parser.options, {})
    cleaned = nh3.clean(rendered, tags=_TAGS, url_schemes={"http", "https", "mailto"})
    return Markup(cleaned)  # noqa: S704


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "moment": moment,
    "clock": clock,
    "ago": ago,
    "span": span,
    "plural": plural,
    "listed": listed,
    "size": size,
    "prose": prose,
    "markdown": prose,
}
"""Every filter by the name that templates use."""


def _as_date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
