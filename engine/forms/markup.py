"""HTML that never changes at its place: worked out once, escaped as it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup


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
    line = Markup('<div class="field__{}" id="{}#{}">{}</div>\n')
    parts = [
        line.format(kind, id, kind, text) for kind, text in (("help", help), ("hint", hint)) if text
    ]
    return Markup("").join(parts)


def opened(id: str, label: Markup, optional: bool) -> Markup:
    """A field and its label, for a question with one input."""
    words = Markup('<div class="field"><label class="field__label" for="{}">{}{}</label>\n')
    return words.format(id, label, _OPTIONAL if optional else "")


def opened_set(label: Markup, optional: bool, described: str) -> Markup:
    """A set and its legend, for a question with several inputs."""
    words = Markup('<fieldset class="field"{}><legend class="field__label">{}{}</legend>\n')
    return words.format(described_by(described), label, _OPTIONAL if optional else "")


def choice(input: Markup, id: str, label: str, help: str) -> tuple[Markup, Markup]:
    """A radio or a box with its label, up to where `checked` may stand, and from there on; its
    wrapper is left open."""
    more = Markup('<div class="choice__help">{}</div>').format(help) if help else Markup("")
    after = Markup('><label for="{}">{}</label>{}').format(id, label, more)
    return Markup('<div class="choice"><input{}').format(input), after


def suggestions(id: str, texts: Iterable[str]) -> Markup:
    """A list that an input may offer while one types."""
    options = Markup("").join(Markup('<option value="{}"></option>').format(one) for one in texts)
    return Markup('<datalist id="{}">{}</datalist>').format(id, options)


_OPTIONAL = Markup(' <span class="optional">(optional)</span>')
