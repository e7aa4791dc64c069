"""A hand that fills any form: it knows inputs by their HTML, and answers by their pointers.

It does what a person does: ticks, types, chooses, presses "Add", picks files. What the document
says about a field it never asks, so whatever it can't fill is a fault of the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from engine.demo import stand_in
from engine.forms.pointers import escape

OTHER = "__other__"


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
        here = self.page.url.split("?")[0]
        self.press(self.page.get_by_role("button", name="Save and continue"))
        if not self.scripts and self.page.url.split("?")[0] == here:
            # Without scripts, what an answer makes necessary is asked after the next save.
            self.fill(answers)
            self.press(self.page.get_by_role("button", name="Save and continue"))
        expect(self.page.locator(".error-summary")).to_have_count(0)

    def answer(self, pointer: str, value: Any) -> None:
        """Answer the question at `pointer` with a JSON value; files are named by their names."""
        if self._named(f"{pointer}#file").count():
            self._attach(pointer, value if isinstance(value, list) else [value])
        elif isinstance(value, dict):
            number = self._choose_branch(pointer, value)
            for key, inner in value.items():
                name = f"{pointer}/{escape(key)}"
                # What several ways of answering ask for has the way's number in its name.
                shared = f"{name}#{number}"
                self.answer(shared if self._asks(shared) else name, inner)
        elif isinstance(value, list) and self._rows(pointer).count():
            self._fill_rows(pointer, value)
        elif isinstance(value, list):
            for one in value:
                self._pick(pointer, one)
        else:
            self._one(pointer, value)

    def control(self, pointer: str) -> Locator:
        """The inputs that a person sees for the question at `pointer`."""
        return self.page.locator(f'[name="{_quoted(pointer)}"]:not([type=hidden], button)')

    def shown(self, control: Locator) -> Locator:
        """The same control, after opening the folded row that it stands in."""
        for _ in range(4):
            if control.is_visible():
                break
            folded = control.locator(
                "xpath=ancestor::*[contains(concat(' ', @class, ' '), ' row ')]"
                "[.//*[contains(@class, 'row__fold')][@aria-expanded='false']][1]"
            )
            if not folded.count():
                break
            self.press(folded.locator(".row__fold").first)
        return control

    # What a hand does to one input; another kind of hand does these in another way.

    def press(self, button: Locator) -> None:
        button.click()

    def tick(self, choice: Locator, on: bool = True) -> None:
        choice.set_checked(on)

    def select(self, control: Locator, value: str) -> None:
        control.select_option(value)

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
            self.select(self.shown(control), _posted(value))
        else:
            self.type(self.shown(control), _posted(value))

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

    def _rows(self, pointer: str) -> Locator:
        return self.page.locator(f'.rows[data-rows="{_quoted(pointer)}"]')

    def _fill_rows(self, pointer: str, rows: Sequence[Any]) -> None:
        for number, row in enumerate(rows):
            place = self.page.locator(f'.row[data-row="{_quoted(pointer)}/{number}"]')
            if not place.count():
                self.press(self._rows(pointer).locator(":scope > .rows__add"))
                expect(place).to_have_count(1)
            self.answer(f"{pointer}/{number}", row)

    def _attach(self, pointer: str, names: Sequence[str]) -> None:
        control = self.shown(self._named(f"{pointer}#file"))
        accepted = (control.get_attribute("accept") or "").split(",")
        accept = [one.strip() for one in accepted if one.strip()]
        files: list[FilePayload] = [
            {"name": name, "mimeType": "", "buffer": stand_in(name, accept)} for name in names
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


def _posted(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
