"""A hand that never touches a mouse: Tab, Shift+Tab, Space, Enter, arrows and letters only.

On its way it holds what a keyboard user needs: whatever takes focus is in sight, not under the
foot that sticks to the window, and shows that it has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.hand import Hand

FARTHEST = 150
"""Presses of Tab after which a control counts as out of reach."""

IN_PARTS: dict[str, Callable[[str], str]] = {
    "date": lambda text: date.fromisoformat(text).strftime("%m%d%Y"),
    "month": lambda text: date.fromisoformat(f"{text}-01").strftime("%b %Y"),
    "time": lambda text: time.fromisoformat(text).strftime("%I%M%p"),
}
"""What one types into inputs that have parts, as they stand there in this browser's language;
where there is a space, the next part has to be gone to."""

SEEN = """it => {
  const box = it.getBoundingClientRect();
  const [x, y] = [box.left + Math.min(box.width, 24) / 2, box.top + Math.min(box.height, 24) / 2];
  const there = document.elementFromPoint(x, y);
  const label = it.labels?.[0];
  const above = there && (it.contains(there) || there.contains(it) || label?.contains(there));
  const marked = [it, label, ...(label?.children ?? [])].filter(Boolean)
    .map((one) => getComputedStyle(one))
    .some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
  return [Boolean(above) && !there.closest(".sticky-foot:not(:has(:focus))"), marked];
}"""


@dataclass(frozen=True)
class KeyboardHand(Hand):
    """Fills forms as `Hand` does, without a pointer."""

    def press(self, button: Locator) -> None:
        self.reach(button)
        self.page.keyboard.press("Enter")

    def tick(self, choice: Locator, on: bool = True) -> None:
        if choice.get_attribute("type") == "radio":
            self._turn_to(choice)
            return
        if choice.is_checked() != on:
            self.reach(choice)
            self.page.keyboard.press("Space")
        expect(choice).to_be_checked(checked=on)

    def select(self, control: Locator, value: str) -> None:
        self.reach(control)
        for _ in range(control.locator("option").count()):
            if control.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        expect(control).to_have_value(value)

    def search(self, box: Locator, words: str) -> None:
        self.reach(box)
        self.page.keyboard.type(words)
        options = box.locator("xpath=..").get_by_role("option")
        wanted = options.and_(self.page.get_by_text(words, exact=True)).first
        for _ in range(options.count()):
            if wanted.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        expect(box).to_have_value(words)

    def type(self, control: Locator, words: str) -> None:
        self.reach(control)
        if (kind := control.get_attribute("type") or "") in IN_PARTS:
            # Coming from behind, the focus is on its last part.
            while control.evaluate("it => it === document.activeElement"):
                self.page.keyboard.press("Shift+Tab")
            self.page.keyboard.press("Tab")
            for number, part in enumerate(IN_PARTS[kind](words).split(" ")):
                if number:
                    self.page.keyboard.press("ArrowRight")
                self.page.keyboard.type(part)
        else:
            self.page.keyboard.insert_text(words)
        expect(control).to_have_value(words)

    def give(self, control: Locator, files: list[FilePayload]) -> None:
        self.reach(control)
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Enter")
        asked.value.set_files(files)

    def movable_rows(self) -> list[str]:
        """The pointers of the page's rows of which there are two to change places."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll(".rows[data-rows]")]
                .filter((rows) => [...rows.querySelectorAll(".row__down")].some((button) =>
                    button.closest(".rows") === rows && !button.closest("[hidden]")
                    && button.getAttribute("aria-disabled") !== "true"))
                .map((rows) => rows.dataset.rows)"""
        )
        return found

    def move_first_down(self, pointer: str) -> None:
        """Let the first two rows change places by the first one's button."""
        row = self.page.locator(f'.row[data-row="{pointer}/0"]')
        button = row.locator(f'.row__down[value="{pointer}/0"]')
        id = row.locator(".row__id").first.input_value()
        self.press(self.shown(button))
        after = self.page.locator(f'.row[data-row="{pointer}/1"] .row__id').first
        expect(after).to_have_value(id)

    def reach(self, control: Locator) -> None:
        """Move the focus there with Tab, or back with Shift+Tab when it lies behind."""
        key = "Shift+Tab" if self._lies_behind(control) else "Tab"
        for _ in range(FARTHEST):
            if control.evaluate("it => it === document.activeElement"):
                in_sight, marked = control.evaluate(SEEN)
                assert in_sight, f"{control} takes focus out of sight"
                assert marked, f"{control} does not show that it has the focus"
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{control} can't be reached with {key}")

    def _turn_to(self, radio: Locator) -> None:
        """Radios are one stop: Tab reaches the group, arrows choose, Space takes the first."""
        name = radio.get_attribute("name")
        # Those in a closed part of the page are no stops.
        stops = self.page.locator(f'input[type=radio][name="{name}"]').filter(visible=True)
        group = stops.evaluate_all("all => all.map(one => one.checked)")
        behind = self._lies_behind(radio)
        chosen = group.index(True) if True in group else len(group) - 1 if behind else 0
        self.reach(stops.nth(chosen))
        if radio.evaluate("it => it === document.activeElement"):
            self.page.keyboard.press("Space")
        for _ in group:
            if radio.is_checked():
                break
            self.page.keyboard.press("ArrowDown")
        expect(radio).to_be_checked()

    def _lies_behind(self, control: Locator) -> bool:
        behind: bool = control.evaluate(
            "it => Boolean(it.compareDocumentPosition(document.activeElement)"
            " & Node.DOCUMENT_POSITION_FOLLOWING)"
        )
        return behind
