"""A JSON-LD document in its canonical form (RDFC-1.0), as signatures cover it.

What is signed is the graph that the words stand for, and what is read here is the words. So a
document is refused where the two could differ: contexts of its own, words that no context defines,
other spellings of the same thing, addresses that lead nowhere. Many like nodes without a name
would take for ever to put in order, and are refused as well.
"""

from __future__ import annotations

import json
import re
import threading
from typing import Any, Final

from engine.awards.badges.badge import refused
from engine.awards.badges.contexts import PINNED, loader
from engine.awards.badges.strict_json import too_large
from engine.errors import Refused
from engine.languages import _

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LIKE: Final = 4
"""Nodes that nothing tells apart, next to one another: their orders are all tried."""
_STEPS: Final = 400
_OBJECT: Final = 20
"""What an object costs beside a plain value; measured."""
COST: Final = 3_000
"""Some hundred objects, or some thousand plain values: half a second. A badge has ten or twenty of
them; whoever wants to keep a server busy has thousands."""
_LONGEST_LIST: Final = 120
"""`pyld` looks for each value among all the others of its list."""
_one_at_a_time = threading.Lock()
"""`pyld` keeps what it made of contexts in a dictionary of its own, without a lock."""
_SAME = {"AchievementCredential": "OpenBadgeCredential"}
"""Words that the standard itself gives one meaning."""
_MEMBERS: Final = "verifiableCredential"
"""In a learner record: credentials as they were signed, each with contexts of its own."""
_CLR: Final = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
_OF_RECORDS = {
    f"{_CLR}achievement": "achievement",
    f"{_CLR}association": "association",
    f"{_CLR}identifier-1": "identifier",
    f"{_CLR}verifiableCredential": _MEMBERS,
}
"""Its context writes these for one kind of value each, so that JSON-LD leaves them long on the way
back though they were read from the short ones."""


_OUR_WORDS: Final = frozenset(
    (
        *("id", "name", "description", "narrative", "value", "url", "identityHash", "salt"),
        *("targetName", "targetUrl", "targetCode", "targetDescription", "targetFramework"),
        *("validFrom", "validUntil", "awardedDate", "created", "encodedList", "tag"),
        *("statusListIndex", "statusListCredential", "resultDescription", "humanCode", "version"),
    )
)
"""Members of what is written here whose texts are plain words, times and addresses: which ones has
no bearing on whether the contexts define everything."""
_MOST_SHAPES: Final = 500
_sound: set[str] = set()
"""Shapes of documents written here that JSON-LD was seen to give back as they were."""


def canonical(document: dict[str, Any], most: int = COST, *, own: bool = False) -> bytes:
    """The N-Quads of `document` in canonical order; it may cost `most`. Raises `Refused`
    (`undefined`, `too-large`).

    With `own` it is one that was written here, and not by a stranger: then one document of each
    shape is read back to see that nothing is lost, and the others of the same shape are like it.
    That is half of the work.

    Wrong: `{"@context": […], "expires": "2020-01-01"}`, where no context says what `expires` is:
    it would not be covered, and anybody could have added it.
    """
    from pyld import jsonld

    _plainly_written(document, most)
    options = {"documentLoader": loader, "processingMode": "json-ld-1.1"}
    with _one_at_a_time:
        try:
            expanded = jsonld.expand(document, options)
            _absolute(expanded)
            shape = json.dumps(_shape(document)) if own else ""
            if shape not in _sound:
                contexts = {"@context": document.get("@context")}
                again = jsonld.compact(expanded, contexts, {**options, "skipExpansion": True})
                if _plain(again) != _plain(document):
                    raise undefined()
                _keep_in_mind(shape)
            return _in_order(_graph(expanded, options))
        except jsonld.JsonLdError as error:
            cause: BaseException | None = error
            while cause is not None:  # the loader's own refusal, deep inside
                if isinstance(cause, Refused):
                    raise cause from error
                cause = cause.__cause__ or cause.__context__
            raise undefined() from error


def _shape(value: Any, words: bool = False) -> Any:
    """`value` without its plain words."""
    if isinstance(value, dict):
        return {name: _shape(one, name in _OUR_WORDS) for name, one in value.items()}
    if isinstance(value, list):
        return [_shape(one, words) for one in value]
    return bool(value) if words and isinstance(value, str) else value


def _keep_in_mind(shape: str) -> None:
    if shape:
        if len(_sound) >= _MOST_SHAPES:
            _sound.clear()
        _sound.add(shape)


def undefined() -> Refused:
    """The document says something that its signature would not cover."""
    return refused(
        "undefined",
        _("This badge says things that its signature does not cover."),
        _("It can't be checked here. Send it to program staff, who can look at it."),
    )


def _plainly_written(document: dict[str, Any], most: int) -> None:
    if _without_marks(_without_contexts(document)) > most:
        raise too_large()


def _without_contexts(document: Any) -> Any:
    """A credential without its contexts. Raises `Refused` for any that are not plain addresses."""
    contexts = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(contexts, list) or not all(isinstance(one, str) for one in contexts):
        raise undefined()
    if len(set(contexts)) != len(contexts):
        raise undefined()
    return {name: one for name, one in document.items() if name != "@context"}


def _member(value: Any) -> Any:
    bare = _without_contexts(value)
    if not PINNED.keys() >= set(value["@context"]):
        raise undefined()
    return bare


def _without_marks(value: Any) -> int:
    """What it costs, about, to put the value in order. Raises `Refused` for names with marks."""
    if isinstance(value, dict):
        if any("@" in name or ":" in name for name in value):
            raise undefined()
        if isinstance(members := value.get(_MEMBERS), list):
            value = {**value, _MEMBERS: [_member(one) for one in members]}
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
        made = {
            _OF_RECORDS.get(name, name): _plain(one)
            for name, one in value.items()
            if name != "@context"
        }
        return {name: one for name, one in made.items() if one is not None and one != []}
    if isinstance(value, list):
        many = [made for one in value if (made := _plain(one)) is not None]
        return many[0] if len(many) == 1 else many
    return _SAME.get(value, value) if isinstance(value, str) else value


def _graph(expanded: Any, options: dict[str, Any]) -> Any:
    from pyld import jsonld

    class AsItIs(jsonld.JsonLdProcessor):  # type: ignore[misc]
        """Expands nothing: `to_rdf` would otherwise do once more what was just done."""

        def expand(self, input_: Any, _options: Any) -> Any:
            return input_

    return AsItIs().to_rdf(expanded, options)


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
