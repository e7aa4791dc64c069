"""Questions whose one answer is typed in several inputs: a date with its time, hours and minutes.

Each input's name is the answer's pointer with a `#` and the part's name: `/form/met#time`. While
one part can't be read, all of them are kept as they were typed, and so is what they say together,
under the pointer itself. A value that does not come apart is shown, and read, as one text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup, escape

from engine.forms.drafts import Draft
from engine.forms.markup import attributes
from engine.forms.nodes import Arrived, Kept, Leaf, Outcome, Placed, Unparsed, blank, clean
from engine.forms.pointers import ABSENT

Said = Mapping[str, str]
"""What stands in each input, by the name of the part."""


class Input(NamedTuple):
    """One part's input, in one place of a page."""

    key: str
    id: Markup
    label: Markup
    attrs: Markup
    before: Markup
    """The label and the input up to its value."""


class Parted(Leaf):
    """What such questions share. A kind says its `parts`, how a value comes apart, and how what
    was typed becomes a value."""

    composed = True
    aside: ClassVar[tuple[str, ...]] = ()
    """Parts that are kept beside the value, since the value has no room for them; by themselves
    they are no answer."""
    whole: ClassVar[str] = "input"
    """The class of the single input that shows a value which does not come apart."""

    def parts(self) -> Mapping[str, str]:
        """The label of every part by its name, in the order of the page."""
        raise NotImplementedError

    def input_of(self, key: str) -> dict[str, object]:
        """The attributes of a part's input that never change, beside id and name."""
        raise NotImplementedError

    def apart(self, value: Any, aside: Said) -> Said | None:
        """What each input shows of `value`; None when they can't show all of it."""
        raise NotImplementedError

    def together(self, said: Said) -> Any:
        """The value of what was typed. Raises `Unparsed`."""
        raise NotImplementedError

    def attributes(self) -> dict[str, object]:
        return {"class": self.whole, "type": "text", "autocomplete": "off"}

    def furnish(self, placed: Placed) -> None:
        made = []
        for number, (key, label) in enumerate(self.parts().items()):
            id = placed.id if number == 0 else placed.id + f"#{key}"
            said = {"id": id, "name": placed.name + f"#{key}", **self.input_of(key)}
            drawn = attributes(said)
            words = Markup('<div class="part part--{}"><label for="{}">{}</label>')
            before = words.format(key, id, label) + Markup("<input{}").format(drawn)
            made.append(Input(key, id, escape(label), drawn, before))
        placed.inputs = tuple(made)

    def drawn(self, value: Any, at: str, draft: Draft) -> Said | None:
        """What stands in the inputs; None where one input shows the whole text."""
        if at in draft.typed:
            typed = self._marked(at, draft)
            return {key: typed.get(key, "") for key in self.parts()} if typed else None
        if value is ABSENT or value is None:
            return dict.fromkeys(self.parts(), "")
        return self.apart(value, self._marked(at, draft))

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        names = {key: f"{name}#{key}" for key in self.parts()}
        posted = {
            key: clean(arrived.getlist(one)[-1]).strip()
            for key, one in names.items()
            if one in arrived
        }
        if not posted:
            if name in arrived:
                return super().process(arrived, name, kept)
            return self._as_it_was(kept)
        before = self.drawn(kept.value, kept.at, kept.draft)
        said = {**(before or dict.fromkeys(names, "")), **posted}
        if said == before:
            return self._as_it_was(kept)
        if not any(text for key, text in said.items() if key not in self.aside):
            return Outcome(blank(kept))
        try:
            value = self.together(said)
        except Unparsed:
            filled = {f"#{key}": text for key, text in said.items() if text}
            return Outcome(ABSENT, {"": self.in_words(said), **filled})
        return Outcome(value, {f"#{key}": said[key] for key in self.aside if said[key]})

    def objection(self, at: str, draft: Draft) -> str:
        if not (typed := self._marked(at, draft)):
            return super().objection(at, draft)
        try:
            self.together({key: typed.get(key, "") for key in self.parts()})
        except Unparsed as reason:
            return str(reason)
        return super().objection(at, draft)

    def in_words(self, said: Said) -> str:
        """Everything that was typed, as one text."""
        return " ".join(text for text in said.values() if text)

    def _marked(self, at: str, draft: Draft) -> dict[str, str]:
        found = {key: draft.typed.get(f"{at}#{key}") for key in self.parts()}
        return {key: text for key, text in found.items() if text is not None}

    def _as_it_was(self, kept: Kept) -> Outcome:
        marks = {f"#{key}": text for key, text in self._marked(kept.at, kept.draft).items()}
        if kept.typed is not None:
            marks[""] = kept.typed
        return Outcome(kept.value, marks)
