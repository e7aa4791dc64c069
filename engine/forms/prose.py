"""Markdown as safe HTML: what documents and people may say at length.

Raw HTML is shown as it was typed, pictures are links, and only web and mail addresses are links:
nothing that is written here can run, or fetch anything, in a reader's browser.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "hr"),
    *("h2", "h3", "h4", "h5", "table", "thead", "tbody", "tr", "th", "td"),
}


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """Markdown as safe HTML, without raw HTML, pictures or scripts.

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
