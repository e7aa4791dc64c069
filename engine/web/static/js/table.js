/* Tables: moving between cells by keyboard, and pasting from a spreadsheet.

   The up and down arrows move in a column where they do nothing else: in a text of one line.
   With Ctrl they do so everywhere. Enter goes down as well, and adds a row at the end: in the midst
   of a table nobody means to send the page. Tab goes on as it always does. */

import { notice, say } from "./announce.js";
import { add, rowsOf } from "./rows.js";
import { cellsOf, plainDates, plainFigures } from "./spreadsheet.js";
import { _, ngettext } from "./words.js";

const CONTROLS = ".grid__cell :is(input:not([type=hidden]), select, textarea)";

export function start(page) {
  page.addEventListener("keydown", onKey);
  page.addEventListener("paste", onPaste);
}

const gridOf = (control) => control.closest?.(".grid__cell")?.closest(".rows[data-grid]");
const controls = (row) => [...row.querySelectorAll(CONTROLS)];
const placeOf = (control) => {
  const row = control.closest(".row");
  return { rows: rowsOf(gridOf(control)), row, column: controls(row).indexOf(control) };
};

/* -- keys -- */

function onKey(event) {
  const control = event.target;
  const grid = gridOf(control);
  if (!grid || event.altKey || event.metaKey || event.shiftKey || event.isComposing) return;
  const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
  const plain = control.matches("input:not([type], [list]), input[type=text]:not([list], [role=combobox])");
  if (!step) return;
  if (event.key === "Enter" ? control.matches("textarea, select") || event.ctrlKey : !plain && !event.ctrlKey) return;
  const { rows, row, column } = placeOf(control);
  const next = rows[rows.indexOf(row) + step];
  if (next) {
    event.preventDefault();
    focus(controls(next)[column]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (controls(row).some((one) => one.value)) grid.querySelector(":scope > .rows__add:not([hidden])")?.click();
  }
}

function focus(control) {
  control?.focus();
  if (control?.matches("input:not([type]), input[type=text]")) control.select();
}

/* -- pasting -- */

function onPaste(event) {
  const grid = gridOf(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  // One cell is an ordinary paste, and so is prose in a long text.
  if (!grid || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
  if (event.target.matches("textarea") && !text.includes("\t")) return;
  event.preventDefault();
  const { rows, row, column } = placeOf(event.target);
  fill(grid, rows.indexOf(row), column, readable(row, column, withoutHeadings(grid, cellsOf(text))));
}

/* A first line that names the columns is not data. */
function withoutHeadings(grid, cells) {
  const plain = (text) => text.replace(/\(.*\)/, "").trim().toLowerCase();
  const heads = new Set([...grid.querySelectorAll(".grid__head")].map((head) => plain(head.firstChild.textContent)));
  return cells.length > 1 && cells[0].some((cell) => cell && heads.has(plain(cell))) ? cells.slice(1) : cells;
}

/* Dates and figures in the way that their inputs take them. */
function readable(row, column, cells) {
  controls(row).slice(column).forEach((control, place) => {
    const said = cells.map((line) => line[place] ?? "");
    const made = control.matches("[type=date], .input--date") ? plainDates(said)
      : control.matches("[inputmode]") ? plainFigures(said) : said;
    cells.forEach((line, at) => { if (place < line.length) line[place] = made[at]; });
  });
  return cells;
}

function fill(grid, from, column, cells) {
  const before = [];
  const added = [];
  const room = Number(grid.dataset.room);
  let taken = 0;
  for (const line of cells) {
    const at = from + taken;
    if (at >= rowsOf(grid).length) {
      const made = at < room && add(grid, true);
      if (!made) break;
      added.push(made);
    }
    controls(rowsOf(grid)[at]).slice(column).forEach((control, place) => {
      if (place >= line.length) return;
      before.push([control, control.value, control.type]);
      write(control, line[place]);
    });
    taken += 1;
  }
  changed(grid);
  focus(controls(rowsOf(grid)[from])[column]);
  const words = [ngettext("One row was pasted.", "%(count)s rows were pasted.", taken)];
  const left = cells.length - taken;
  if (left) words.push(ngettext("One did not fit: there is no room for more.", "%(count)s did not fit: there is no room for more.", left));
  tell(grid, words.join(" "), () => takeBack(grid, before, added));
}

/* What an input does not take is kept as it is, for the server to say what it lacks. */
function write(control, text) {
  if (control.matches("select")) {
    const same = [...control.options].find((one) => [one.value, one.text].some((word) => word.trim().toLowerCase() === text.trim().toLowerCase()));
    if (same) control.value = same.value;
    else if (text) control.add(new Option(text, text, true, true));
    return;
  }
  control.value = text;
  if (control.value !== text && !control.matches("textarea")) { control.type = "text"; control.value = text; }
}

function takeBack(grid, before, added) {
  for (const [control, value, type] of before.reverse()) {
    if (control.type !== type && control.matches("input")) control.type = type;
    control.value = value;
  }
  for (const row of added) row.remove();
  grid.querySelector(":scope > .grid-told")?.remove();
  changed(grid);
  focus(before.at(-1)?.[0]);
  say(_("What was pasted is gone again."));
}

function tell(grid, words, undo) {
  grid.querySelector(":scope > .grid-told")?.remove();
  const box = notice("info", words, [[_("Undo"), undo]]);
  box.classList.add("grid-told");
  grid.querySelector(":scope > .grid-frame").after(box);
  say(words);
}

/* Tells autosave that the form is different although nobody typed. */
function changed(grid) {
  grid.dispatchEvent(new Event("change", { bubbles: true }));
}
