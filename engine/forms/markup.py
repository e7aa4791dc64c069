"""HTML that never changes at its place: worked out once, escaped as it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from engine.languages import _


def attributes(said: Mapping[str, object]) -> Markup:
    """`{"name": "a", "list": None}` as ` name="a"`: a space before each, None left out.

    >>> attributes({"value": 'a "b"', "multiple": "", "list": None})
    Markup(' value="a &#34;b&#34;" multiple=""')
    """
    pair = Markup(' {}="{}"')
    made = [pair.format(name, value) for name, value in said.items() if value is not None]
    return Markup("").join(made)


def spaced(*parts: str) -> Markup:
    """What there is of `parts`, with spaces between: a list of ids."""
    return Markup(" ").join(part for part in parts if part)


def described_by(ids: str) -> Markup:
    """The attribute that ties an input to what stands above it; empty when nothing does."""
    return attributes({"aria-describedby": ids or None})


def about(id: str, help: str, hint: str) -> Markup:
    """The help and the hint of a question."""
    line = Markup('<div id="{}#{}">{}</div>')
    parts = [line.format(id, kind, text) for kind, text in (("help", help), ("hint", hint)) if text]
    return Markup("").join(parts)


def opened(id: str, label: Markup, optional: bool) -> Markup:
    """A field and its label, for a question with one input."""
    words = Markup('<div class="field"><label for="{}">{}{}</label>')
    return words.format(id, label, _mark(optional))


def line(opened: Markup, attrs: Markup, aria: Markup) -> tuple[Markup, Markup]:
    """A whole question with one line of text, up to where its value stands, and from there on."""
    return opened + Markup('<input{} value="').format(attrs), Markup('"{}></div>').format(aria)


def opened_set(label: Markup, optional: bool, described: str) -> Markup:
    """A set and its legend, for a question with several inputs."""
    words = Markup('<fieldset class="field"{}><legend>{}{}</legend>')
    return words.format(described_by(described), label, _mark(optional))


def choice(input: Markup, id: str, label: str, help: str) -> Markup:
    """A radio or a box in its label. Its help is no part of its name, and stands outside of it."""
    if not help:
        return Markup("<label><input{}>{}</label>").format(input, label)
    more = Markup('<div class="choice__help">{}</div></div>').format(help)
    return choice_opened(input, id, label) + more


def choice_opened(input: Markup, id: str, label: str) -> Markup:
    """The same in a wrapper, which is left open for what stands below it."""
    words = Markup('<div class="choice"><input{}><label for="{}">{}</label>')
    return words.format(input, id, label)


def suggestions(id: str, texts: Iterable[str]) -> Markup:
    """A list that an input may offer while one types."""
    options = Markup("").join(Markup('<option value="{}"></option>').format(one) for one in texts)
    return Markup('<datalist id="{}">{}</datalist>').format(id, options)


def _mark(optional: bool) -> Markup:
    words = Markup(' <span class="optional">{}</span>')
    return words.format(_("(optional)")) if optional else Markup("")
