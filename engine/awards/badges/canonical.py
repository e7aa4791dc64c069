"""A JSON-LD document in its canonical form (RDFC-1.0), as signatures cover it.

What is signed is the graph that the words stand for, and what is read here is the words. So a
document is refused where the two could differ: contexts of its own, words that no context defines,
other spellings of the same thing, addresses that lead nowhere. Many like nodes without a name
would take for ever to put in order, and are refused as well.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Final

from engine.awards.badges.badge import refused
from engine.awards.badges.contexts import loader
from engine.awards.badges.strict_json import too_large
from engine.errors import Refused
from engine.languages import _

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LIKE: Final = 4
"""Nodes that nothing tells apart, next to one another: their orders are all tried."""
_STEPS: Final = 400
_OBJECT: Final = 20
"""What an object costs beside a plain value; measured."""
_COST: Final = 3_000
"""Some hundred objects, or some thousand plain values: half a second. A badge has ten or twenty of
them; whoever wants to keep a server busy has thousands."""
_LONGEST_LIST: Final = 120
"""`pyld` looks for each value among all the others of its list."""
_one_at_a_time = threading.Lock()
"""`pyld` keeps what it made of contexts in a dictionary of its own, without a lock."""
_SAME = {"AchievementCredential": "OpenBadgeCredential"}
"""Words that the standard itself gives one meaning."""


def canonical(document: dict[str, Any]) -> bytes:
    """The N-Quads of `document` in canonical order. Raises `Refused` (`undefined`, `too-large`).

    Wrong: `{"@context": […], "expires": "2020-01-01"}`, where no context says what `expires` is:
    it would not be covered, and anybody could have added it.
    """
    from pyld import jsonld

    _plainly_written(document)
    options = {"documentLoader": loader, "processingMode": "json-ld-1.1"}
    with _one_at_a_time:
        try:
            expanded = jsonld.expand(document, options)
            _absolute(expanded)
            contexts = {"@context": document.get("@context")}
            again = jsonld.compact(expanded, contexts, options)
            if _plain(again) != _plain(document):
                raise undefined()
            return _in_order(jsonld.to_rdf(expanded, options))
        except jsonld.JsonLdError as error:
            cause: BaseException | None = error
            while cause is not None:  # the loader's own refusal, deep inside
                if isinstance(cause, Refused):
                    raise cause from error
                cause = cause.__cause__ or cause.__context__
            raise undefined() from error


def undefined() -> Refused:
    """The document says something that its signature would not cover."""
    return refused(
        "undefined",
        _("This badge says things that its signature does not cover."),
        _("It can't be checked here. Send it to program staff, who can look at it."),
    )


def _plainly_written(document: dict[str, Any]) -> None:
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(one, str) for one in contexts):
        raise undefined()
    if len(set(contexts)) != len(contexts):
        raise undefined()
    cost = _without_marks({name: one for name, one in document.items() if name != "@context"})
    if cost > _COST:
        raise too_large()


def _without_marks(value: Any) -> int:
    """What it costs, about, to put the value in order. Raises `Refused` for names with marks."""
    if isinstance(value, dict):
        if any("@" in name or ":" in name for name in value):
            raise undefined()
        return _OBJECT + sum(map(_without_marks, value.values()))
    if not isinstance(value, list):
        return 1
    if len(value) > _LONGEST_LIST:
        raise too_large()
    return sum(map(_without_marks, value))


def _absolute(expanded: Any) -> None:
    """Refuse names that the graph would leave out in silence, or that are good here only."""
    if isinstance(expanded, list):
        for one in expanded:
            _absolute(one)
    elif isinstance(expanded, dict):
        for name, value in expanded.items():
            if name in ("@id", "@type") and not (name == "@type" and "@value" in expanded):
                named = value if isinstance(value, list) else [value]
                if not all(isinstance(one, str) and _ABSOLUTE.fullmatch(one) for one in named):
                    raise undefined()
            elif not name.startswith("@"):
                if not _ABSOLUTE.fullmatch(name):
                    raise undefined()
                _absolute(value)
            elif name in ("@list", "@set", "@graph", "@included", "@reverse"):
                _absolute(value)


def _plain(value: Any) -> Any:
    """Without what means nothing in JSON-LD: one in a list or alone, none or nothing."""
    if isinstance(value, dict):
        made = {name: _plain(one) for name, one in value.items() if name != "@context"}
        return {name: one for name, one in made.items() if one is not None and one != []}
    if isinstance(value, list):
        many = [made for one in value if (made := _plain(one)) is not None]
        return many[0] if len(many) == 1 else many
    return _SAME.get(value, value) if isinstance(value, str) else value


def _in_order(dataset: Any) -> bytes:
    from pyld.canon import URDNA2015

    class Bounded(URDNA2015):  # type: ignore[misc]
        """RDFC-1.0 that gives up where only trying every order would help."""

        steps = 0

        def create_hash_to_related(self, id_: str, issuer: Any) -> Any:
            self.steps += 1
            related = super().create_hash_to_related(id_, issuer)
            if self.steps > _STEPS or any(len(like) > _LIKE for like in related.values()):
                raise too_large()
            return related

    found = Bounded().main(dataset, {"format": "application/n-quads"})
    assert isinstance(found, str)
    return found.encode()
