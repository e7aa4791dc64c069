"""A hand that fills any form: it knows inputs by their HTML, and answers by their pointers.

It does what a person does: ticks, types, chooses, presses "Add", picks files. What the document
says about a field it never asks, so whatever it can't fill is a fault of the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from engine.demo import stand_in
from engine.forms.pointers import escape

OTHER = "__other__"
UNITS = {
    "Y": "years",
    "M": "months",
    "W": "weeks",
    "D": "days",
    "TH": "hours",
    "TM": "minutes",
}
TYPES = {
    str: "Text",
    int: "A number",
    float: "A number",
    bool: "Yes or no",
    list: "A list",
    dict: "Several answers together",
    type(None): "Nothing",
}


@dataclass(frozen=True)
class Hand:
    """Fills the form on `page`; without scripts, buttons that add rows load the page again."""

    page: Page
    scripts: bool

    def fill(self, answers: Mapping[str, Any]) -> list[str]:
        """Answer whatever this page asks, from answers keyed by form id; the pointers it filled."""
        filled = []
        for form_id, said in answers.items():
            for key, value in said.items():
                pointer = f"/{escape(form_id)}/{escape(key)}"
                if self._asks(pointer):
                    self.answer(pointer, value)
                    filled.append(pointer)
        return filled

    def complete(self, answers: Mapping[str, Any]) -> None:
        """Fill this page and save it, and once more if that brings further questions up."""
        self.fill(answers)
        here = _address(self.page.url)
        self._go_on()
        if not self.scripts and _address(self.page.url) == here:
            # Without scripts, what an answer makes necessary is asked after the next save.
            self.fill(answers)
            self._go_on()
        expect(self.page.locator(".error-summary")).to_have_count(0)

    def _go_on(self) -> None:
        # A press ends before a slow server answers, and the old page must not be filled again.
        with self.page.expect_navigation():
            self.press(self.page.get_by_role("button", name="Save and continue"))

    def answer(self, pointer: str, value: Any) -> None:
        """Answer the question at `pointer` with a JSON value; files are named by their names."""
        if self._takes_evidence(pointer):
            self._bring(pointer, value if isinstance(value, list) else [value])
        elif (parts := self._parts(pointer)).count():
            self._fill_parts(pointer, parts, value)
        elif self.page.locator(f'.pick [name="{_quoted(pointer)}"]').count():
            for one in value if isinstance(value, list) else [value]:
                self._pick(pointer, f"{one['submission']}/{one['round']}{one['pointer']}")
        elif self._named(f"{pointer}#type").count():
            number = self._choose_type(pointer, value)
            self.answer(f"{pointer}#type{number}", value)
        elif isinstance(value, dict) and not self.control(pointer).count():
            self._answer_parts_of(pointer, value)
        elif isinstance(value, list) and self._rows(pointer).count():
            self._fill_rows(pointer, value)
        elif isinstance(value, list) and self.control(pointer).count() != 1:
            for one in value:
                self._pick(pointer, one)
        else:
            self._one(pointer, value)

    def _answer_parts_of(self, pointer: str, value: Mapping[str, Any]) -> None:
        opener = self.page.locator(f'button[name="_add"][value="{_quoted(pointer)}#open"]')
        if opener.count():
            self.press(opener)
            expect(opener).to_have_count(0)
        number = self._choose_branch(pointer, value)
        for key, inner in value.items():
            name = f"{pointer}/{escape(key)}"
            # What several ways of answering ask for has the way's number in its name.
            shared = f"{name}#{number}"
            if self._asks(shared):
                self.answer(shared, inner)
            elif self._asks(name) or not self._rows(f"{pointer}#more").count():
                self.answer(name, inner)
            else:
                self._add_named(f"{pointer}#more", key, inner)

    def control(self, pointer: str) -> Locator:
        """The inputs that a person sees for the question at `pointer`."""
        return self.page.locator(f'[name="{_quoted(pointer)}"]:not([type=hidden], button)')

    def shown(self, control: Locator) -> Locator:
        """The same control, after opening the folded row that it stands in."""
        for _ in range(4):
            if control.is_visible():
                break
            folded = control.locator("xpath=ancestor::details[not(@open)]").first
            if not folded.count():
                break
            self.press(folded.locator(":scope > summary"))
        if self.scripts:
            # What an answer brings up, the server may have to judge first.
            expect(control).to_be_visible()
        return control

    # What a hand does to one input; another kind of hand does these in another way.

    def press(self, button: Locator) -> None:
        button.click()

    def tick(self, choice: Locator, on: bool = True) -> None:
        choice.set_checked(on)

    def select(self, control: Locator, value: str) -> None:
        control.select_option(value)

    def search(self, box: Locator, words: str) -> None:
        """Choose in a list that one types into."""
        box.fill(words)
        box.locator("xpath=..").get_by_role("option", name=words, exact=True).click()

    def type(self, control: Locator, words: str) -> None:
        control.fill(words)

    def give(self, control: Locator, files: list[FilePayload]) -> None:
        control.set_input_files(files)

    def _asks(self, pointer: str) -> bool:
        exact, within = _quoted(pointer), _quoted(pointer + "/")
        found = self.page.locator(
            f'form [name="{exact}"], form [name^="{within}"], form [name^="{exact}#"]'
        )
        return found.count() > 0

    def _one(self, pointer: str, value: Any) -> None:
        control = self.control(pointer).first
        if not self.scripts and control.locator("xpath=ancestor::*[@hidden]").count():
            return
        kind = control.evaluate("it => it.type || it.tagName.toLowerCase()")
        if kind == "radio":
            self._pick(pointer, value)
        elif kind == "checkbox":
            self.tick(self.shown(control), bool(value))
        elif kind == "select-one":
            self._choose_listed(control, _posted(value))
        else:
            words = _posted(value)
            self.type(self.shown(control), words[:5] if kind == "time" else words)

    def _choose_listed(self, control: Locator, value: str) -> None:
        box = control.locator("xpath=..").locator(".combobox__input")
        if not box.count():
            self.select(self.shown(control), value)
            return
        # The select holds the value, out of sight; what one searches is its label.
        option = control.locator(f'option[value="{_quoted(value)}"]').first
        self.search(self.shown(box), (option.text_content() or "").strip())
        expect(control).to_have_value(value)

    def _parts(self, pointer: str) -> Locator:
        return self.page.locator(f'.parts [name^="{_quoted(pointer)}#"]')

    def _fill_parts(self, pointer: str, parts: Locator, value: str) -> None:
        """Answer what has an input for each of its parts: a moment, a duration."""
        said = _apart(value)
        for part in parts.all():
            key = (part.get_attribute("name") or "").removeprefix(f"{pointer}#")
            if key in said:
                self._one(f"{pointer}#{key}", said[key])

    def _pick(self, pointer: str, value: Any) -> None:
        listed = self._choice(pointer, _posted(value))
        if listed.count():
            self.tick(self.shown(listed))
            return
        self.tick(self.shown(self._choice(pointer, OTHER)))
        self.type(self.page.locator(f'[name="{_quoted(pointer)}#other"]'), _posted(value))

    def _choice(self, pointer: str, value: str) -> Locator:
        return self.page.locator(f'[name="{_quoted(pointer)}"][value="{_quoted(value)}"]')

    def _choose_branch(self, pointer: str, value: Mapping[str, Any]) -> int | None:
        """Choose the way of answering that asks for all of these keys; its number, if any."""
        radios = self._named(f"{pointer}#branch")
        for number in range(radios.count()):
            asked: list[str] = radios.nth(number).evaluate(
                "it => [...it.closest('.branches').querySelectorAll("
                "`:scope > [data-branch='${it.value}'] [name]`)].map(one => one.name)"
            )
            if all(_mentions(asked, f"{pointer}/{escape(key)}") for key in value):
                self.tick(self.shown(radios.nth(number)))
                return number
        return None

    def _choose_type(self, pointer: str, value: Any) -> int:
        """Choose what kind of answer it is, where there may be several."""
        if isinstance(value, dict):
            radios = self._named(f"{pointer}#type")
            for number in range(radios.count()):
                lane = f"{pointer}#type{number}"
                if all(self._asks(f"{lane}/{escape(key)}") for key in value):
                    self.tick(radios.nth(number))
                    return number
        box = self.page.locator(f'.branches[data-branches="{_quoted(pointer)}#type"]')
        radio = box.locator(":scope > .choices").get_by_label(TYPES[type(value)], exact=True)
        self.tick(radio)
        return int(radio.input_value())

    def _add_named(self, pointer: str, name: str, value: Any) -> None:
        """Add a row with a name of one's own."""
        number = self._rows(pointer).locator(":scope > .row").count()
        self.press(self._rows(pointer).locator(":scope > .rows__add"))
        self.type(self.shown(self._named(f"{pointer}/{number}#name")), name)
        self.answer(f"{pointer}/{number}", value)

    def _rows(self, pointer: str) -> Locator:
        return self.page.locator(f'.rows[data-rows="{_quoted(pointer)}"]')

    def _fill_rows(self, pointer: str, rows: Sequence[Any]) -> None:
        for number, row in enumerate(rows):
            place = self.page.locator(f'.row[data-row="{_quoted(pointer)}/{number}"]')
            if not place.count():
                self.press(self._rows(pointer).locator(":scope > .rows__add"))
                expect(place).to_have_count(1)
            self.answer(f"{pointer}/{number}", row)

    def _takes_evidence(self, pointer: str) -> bool:
        return self._named(f"{pointer}#file").count() + self._named(f"{pointer}#url").count() > 0

    def _bring(self, pointer: str, names: Sequence[str]) -> None:
        links = [name for name in names if name.startswith("https://")]
        if files := [name for name in names if name not in links]:
            self._attach(pointer, files)
        for address in links:
            box = self.page.locator(f'.evidence[data-evidence="{_quoted(pointer)}"]')
            self.type(self.shown(self._named(f"{pointer}#url")), address)
            self.press(box.locator(".evidence__add"))
            expect(box.locator(f'.evidence__file a[href="{_quoted(address)}"]')).to_be_visible()

    def _attach(self, pointer: str, names: Sequence[str]) -> None:
        control = self.shown(self._named(f"{pointer}#file"))
        accepted = (control.get_attribute("accept") or "").split(",")
        accept = [one.strip() for one in accepted if one.strip()]
        files: list[FilePayload] = [
            {"name": name, "mimeType": "", "buffer": contents(name, accept)} for name in names
        ]
        self.give(control, files)
        if self.scripts:
            box = self.page.locator(f'.evidence[data-evidence="{_quoted(pointer)}"]')
            for name in names:
                expect(box.locator(".evidence__file a", has_text=name)).to_be_visible()

    def _named(self, name: str) -> Locator:
        return self.page.locator(f'form [name="{_quoted(name)}"]')


def _mentions(names: Sequence[str], pointer: str) -> bool:
    return any(name == pointer or name.startswith((pointer + "/", pointer + "#")) for name in names)


def contents(name: str, accept: Sequence[str]) -> bytes:
    """A film for what is named like one, a small real file of the accepted kind otherwise."""
    if name.endswith(".mp4"):
        return b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + name.encode()
    return stand_in(name, accept)


def _apart(value: str) -> dict[str, str]:
    """The parts of a moment (RFC 3339, in UTC) or of a duration (ISO 8601), by their names."""
    if found := re.fullmatch(r"([0-9-]{10})T([0-9:]{5}):00Z", value):
        return {"date": found[1], "time": found[2], "zone": "UTC"}
    days, _, hours = value.removeprefix("P").partition("T")
    counts = [(UNITS[sign], number) for number, sign in re.findall("([0-9]+)([YMWD])", days)]
    counts += [(UNITS[f"T{sign}"], number) for number, sign in re.findall("([0-9]+)([HM])", hours)]
    return dict(counts)


def _posted(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _address(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
