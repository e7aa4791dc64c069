/* Repeated groups: rows are added, copied, moved and removed without leaving the page. Without
   this, the same buttons save the page and show it again. What moves by pointer is in dragging.js.

   Names are JSON Pointers with the row's number in them, so whatever changes places is numbered
   anew; the row's own id, in a hidden input, goes with it. */

import { say } from "./announce.js";
import { draggable } from "./dragging.js";
import { _ } from "./words.js";

export function start(page) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    const act = button && Object.entries(acts).find(([name]) => button.classList.contains(name))?.[1];
    const rows = act && button.closest(".rows[data-rows]");
    if (!rows || !templateOf(rows)) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") act(rows, button.closest(".row"), button);
  });
  page.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    // Alt with an arrow opens a list of choices, and moves by paragraphs in a long text.
    if (!step || !event.altKey || event.target.matches("select, textarea, [list], [type=date], [role=combobox]")) return;
    const row = event.target.closest?.(".row");
    const rows = row?.closest(".rows[data-rows]");
    if (!rows) return;
    event.preventDefault();
    step < 0 ? up(rows, row) : down(rows, row);
  });
  page.addEventListener("input", (event) => {
    const row = event.target.closest?.(".row");
    if (row) summarise(row);
  });
  page.addEventListener("reveal", (event) => {
    for (let fold = event.target.closest?.(".row__fold"); fold; fold = fold.parentElement.closest(".row__fold")) fold.open = true;
  });
  page.addEventListener("grown", (event) => furnish(event.target));
  furnish(page);
}

function furnish(part) {
  for (const rows of part.querySelectorAll(".rows[data-rows]")) if (mayBeDragged(rows)) draggable(rows, rowsOf, moved);
  const rows = part.closest?.(".rows[data-rows]");
  if (rows && mayBeDragged(rows)) draggable(rows, rowsOf, moved);
}

/* Names of one's own have no order, and places that are fixed would have to be stepped around. */
const mayBeDragged = (rows) => templateOf(rows) && stackOf(rows) === rows && !fixedIn(rows) && !rows.querySelector(":scope > .row--named");

const acts = {
  rows__add: (rows) => add(rows),
  row__up: up,
  row__down: down,
  row__copy: copy,
  row__remove: remove,
};

/* A table's rows stand in the body of the table, in its frame. */
const stackOf = (rows) => rows.querySelector(":scope > .grid-frame tbody") ?? rows;
export const rowsOf = (rows) => [...stackOf(rows).children].filter((one) => one.matches(".row"));
const templateOf = (rows) => [...rows.children].find((one) => one instanceof HTMLTemplateElement);
const numberOf = (row) => Number(row.dataset.row.slice(row.dataset.row.lastIndexOf("/") + 1));
const heading = (rows, number) => `${rows.dataset.itemTitle || _("Row")} ${number + 1 - fixedIn(rows)}`;
/* The first places of some lists have a question of their own each, and stay where they are. */
const fixedIn = (rows) => Number(rows.dataset.fixed ?? 0);
const part = (row, name) => row.querySelector(row.matches("tr") ? `.${name}` : `:scope > .row__acts > .${name}`);
const CONTROLS = ":is(input:not([type=hidden]), select, textarea)";

/* -- adding and copying -- */

export function add(rows, quietly = false) {
  const all = rowsOf(rows);
  const number = all.length;
  if (rows.dataset.max && number >= Number(rows.dataset.max)) return null;
  giveIds(rows);
  const template = templateOf(rows);
  const filled = document.createElement("template");
  filled.innerHTML = template.innerHTML.replaceAll(rows.dataset.placeholder, String(number));
  const made = filled.content.querySelector(".row");
  if (number) all.at(-1).after(made);
  else if (stackOf(rows) !== rows) stackOf(rows).append(made);
  else rows.querySelector(":scope > input")?.after(made);
  // Rows with names of their own go by those, and have no id.
  if (idOf(made)) idOf(made).value = newId();
  summarise(made);
  limits(rows);
  made.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
  if (!quietly) {
    changed(rows);
    made.querySelector(`:is(.row__body, .grid__cell) ${CONTROLS}`)?.focus();
    say(_("%(row)s was added.", { row: heading(rows, number) }));
  }
  return made;
}

function copy(rows, row) {
  const from = numberOf(row);
  const made = add(rows, true);
  if (!made) return;
  fill(row, made);
  const last = numberOf(made);
  shift(rows, made, from + 1);
  renumber(rows, last, from + 1);
  for (const one of [made, ...made.querySelectorAll(".row")]) summarise(one);
  settled(rows);
  unfold(made);
  (part(made, "row__copy").hidden ? part(made, "row__remove") : part(made, "row__copy")).focus();
  const words = _("%(copy)s is a copy of %(row)s.", { copy: heading(rows, from + 1), row: heading(rows, from) });
  const files = row.querySelector(".evidence__file") ? ` ${_("The files stay with %(row)s.", { row: heading(rows, from) })}` : "";
  tell(rows, made, words + files);
}

/* What is said in one row, said in another. Files are no inputs of the new row, so they stay. */
function fill(row, made) {
  for (const inner of row.querySelectorAll(".rows[data-rows]")) {
    const count = rowsOf(inner).length;
    const same = [...made.querySelectorAll(".rows[data-rows]")].find((one) => twin(one.dataset.rows, made) === twin(inner.dataset.rows, row));
    while (same && rowsOf(same).length < count) if (!add(same, true)) break;
  }
  const there = new Map();
  for (const control of made.querySelectorAll("[name]")) {
    const key = twin(control.name, made);
    there.set(key, [...(there.get(key) ?? []), control]);
  }
  for (const control of row.querySelectorAll("[name]")) {
    if (control.matches("button, [type=file], .row__id")) continue;
    const same = there.get(twin(control.name, row)) ?? [];
    if (control.matches("[type=radio], [type=checkbox]")) {
      const choice = same.find((one) => one.value === control.value);
      if (choice) choice.checked = control.checked;
    } else {
      const one = same.find((other) => other.tagName === control.tagName && !other.matches("[type=radio], [type=checkbox]"));
      if (one) write(one, control);
    }
  }
  made.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
}

const twin = (name, row) => name.slice(row.dataset.row.length);

function write(to, from) {
  to.value = from.value;
  if (to.value === from.value) return;
  // A date typed in words, or a choice that is not listed any more, is kept as it stands.
  if (to.options) to.add(new Option(from.value, from.value, true, true));
  else { to.type = from.type; to.value = from.value; }
}

/* -- moving -- */

function up(rows, row) { step(rows, row, -1); }
function down(rows, row) { step(rows, row, 1); }

function step(rows, row, by) {
  const from = numberOf(row);
  const to = from + by;
  if (from < fixedIn(rows)) return;
  if (to < fixedIn(rows) || to >= rowsOf(rows).length) {
    say(by < 0 ? _("%(row)s is the first.", { row: heading(rows, from) }) : _("%(row)s is the last.", { row: heading(rows, from) }));
    return;
  }
  giveIds(rows);
  shift(rows, row, to);
  moved(rows, from, to);
  row.scrollIntoView({ block: "nearest" });
}

/* A row stands where it belongs now: its number and those of the rows between follow. */
function moved(rows, from, to) {
  if (from === to) return;
  giveIds(rows);
  renumber(rows, from, to);
  settled(rows);
  say(_("%(row)s is now %(place)s of %(count)s.", { row: heading(rows, from), place: to + 1, count: rowsOf(rows).length }));
}

/* The others move around it: what is moved itself would lose the focus and the pointer. */
function shift(rows, row, to) {
  const all = rowsOf(rows);
  const from = all.indexOf(row);
  if (to < from) row.after(...all.slice(to, from));
  else row.before(...all.slice(from + 1, to + 1));
}

/* The row that had the number `from` stands at `to`. It is numbered last, under a number that
   nobody has: two rows of one number would share their radios, and one would lose its answer. */
function renumber(rows, from, to) {
  const all = rowsOf(rows);
  const row = all[to];
  rename(rows, row, "-");
  if (from < to) for (let at = from; at < to; at += 1) rename(rows, all[at], at);
  else for (let at = from; at > to; at -= 1) rename(rows, all[at], at);
  rename(rows, row, to);
}

/* -- removing -- */

function remove(rows, row, button) {
  giveIds(rows);
  const from = numberOf(row);
  const words = _("%(row)s was removed.", { row: heading(rows, from) });
  const after = rowsOf(rows).slice(from + 1);
  const box = tell(rows, row, words, () => putBack(rows, row, box, button));
  row.remove();
  after.forEach((one, at) => rename(rows, one, from + at));
  settled(rows);
  box.querySelector("button").focus();
}

function putBack(rows, row, box, button) {
  const all = rowsOf(rows);
  const at = row.matches("tr")
    ? Math.min(numberOf(row), all.length)
    : all.filter((one) => box.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING).length;
  all.slice(at).reverse().forEach((one, index, { length }) => rename(rows, one, at + length - index));
  rename(rows, row, at);
  if (row.matches("tr")) {
    if (at < all.length) all[at].before(row);
    else stackOf(rows).append(row);
    box.remove();
  } else box.replaceWith(row);
  settled(rows);
  button.focus();
  say(_("%(row)s is back.", { row: heading(rows, at) }));
}

/* One line in the stack, in place of the one before. */
function tell(rows, row, words, undo = null) {
  rows.querySelector(":scope > .rows__removed")?.remove();
  const box = document.createElement("div");
  box.className = "rows__removed";
  const text = document.createElement("p");
  text.textContent = words;
  box.append(text);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = _("Undo");
    button.addEventListener("click", undo);
    box.append(button);
  }
  (row.matches("tr") ? row.closest(".grid-frame") : row).after(box);
  say(words);
  return box;
}

/* -- names, numbers, words -- */

function settled(rows) {
  limits(rows);
  changed(rows);
}

/* Every attribute that carries the row's pointer is rewritten, in nested templates too. Ids may be
   spelled differently from names (an id has no spaces), so they are moved by their own base. */
function rename(rows, row, to) {
  const base = row.dataset.row;
  const id = row.getAttribute("aria-labelledby").replace(/#title$/, "");
  const renamed = (old) => old.slice(0, old.lastIndexOf("/") + 1) + to;
  rewrite(row, base, renamed(base));
  if (id !== base) rewrite(row, id, renamed(id));
  if (to !== "-") summarise(row);
}

function rewrite(within, from, to) {
  for (const element of [within, ...within.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (!attribute.value.includes(from)) continue;
      // A typed value is the person's, never ours to change; buttons carry pointers.
      if (attribute.name === "value" && !element.matches("button")) continue;
      attribute.value = attribute.value.split(" ").map((token) => respelled(token, from, to)).join(" ");
    }
    if (element instanceof HTMLTemplateElement) {
      for (const inner of element.content.children) rewrite(inner, from, to);
    }
  }
}

function respelled(token, from, to) {
  const at = token.startsWith("#") ? 1 : 0;
  if (!token.startsWith(from, at)) return token;
  const rest = token.slice(at + from.length);
  return rest === "" || "/#".includes(rest[0]) ? token.slice(0, at) + to + rest : token;
}

function limits(rows) {
  const all = rowsOf(rows);
  const { min, max } = rows.dataset;
  const full = Boolean(max) && all.length >= Number(max);
  for (const button of rows.querySelectorAll(":scope > .rows__add")) button.hidden = full;
  all.forEach((row, number) => {
    const stays = number < fixedIn(rows);
    const show = (name, shown) => {
      const button = part(row, name);   // rows with names of their own have only the last of these
      if (button) button.hidden = stays || !shown;
      return button;
    };
    show("row__copy", !full);
    show("row__remove", !min || all.length > Math.max(Number(min), fixedIn(rows)));
    for (const [name, end] of [["row__up", fixedIn(rows)], ["row__down", all.length - 1]]) {
      const button = show(name, all.length > fixedIn(rows) + 1);
      if (!button) continue;
      if (number === end) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  });
}

/* "Teacher 2 · Ana Ruiz": the number and the first text of the row. */
function summarise(row) {
  const rows = row.closest(".rows[data-rows]");
  const title = row.querySelector(row.matches("tr") ? ".row__title" : ":scope > .row__title, :scope > .row__fold > .row__head > .row__title");
  if (!rows || !title || numberOf(row) < fixedIn(rows)) return;
  const words = heading(rows, numberOf(row));
  const first = row.matches(".row--single") ? null
    : row.querySelector(".row__body :is(input[type=text], input:not([type]), textarea)");
  const summary = (first?.value ?? "").trim().split("\n")[0].slice(0, 60);
  const line = summary ? `${words} · ${summary}` : words;
  if (title.textContent !== line) title.textContent = line;
  for (const which of row.querySelectorAll(":scope > .row__acts .row__which, :scope > .grid__acts .row__which")) which.textContent = ` ${words}`;
}

function unfold(row) {
  const fold = row.querySelector(":scope > .row__fold");
  if (fold) fold.open = true;
}

const idOf = (row) => row.querySelector(row.matches("tr") ? ".row__id" : ":scope > .row__id");
const newId = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(6)))).replaceAll("+", "-").replaceAll("/", "_");

/* A row that was never saved has no id yet, and needs one before its number stops telling. */
function giveIds(rows) {
  for (const id of rowsOf(rows).map(idOf)) if (id && !id.value) id.value = newId();
}

/* Tells autosave that the form is different although nobody typed. */
function changed(rows) {
  rows.dispatchEvent(new Event("change", { bubbles: true }));
}

/* For autosave: makes the row exist that a kept name belongs to. */
export function ensureRow(form, name) {
  for (const rows of form.querySelectorAll(".rows[data-rows]")) {
    const rest = name.startsWith(`${rows.dataset.rows}/`) && name.slice(rows.dataset.rows.length + 1).match(/^\d+/);
    if (!rest || !templateOf(rows)) continue;
    for (let count = rowsOf(rows).length; count <= Number(rest[0]); count += 1) if (!add(rows, true)) break;
  }
}
