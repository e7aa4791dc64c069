/* Repeated groups: add and remove a row without leaving the page, fold the rows that are done,
   and keep the summary line in step with what is typed. Without this, the same buttons save the
   page and show it again. Names are JSON Pointers with the row's index, so that removing one
   renumbers those below it. */

import { notice, say } from "./announce.js";

export function start(page) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.matches(".rows__add")) withRows(button, (rows) => { event.preventDefault(); add(rows); });
    if (button.matches(".row__remove")) withRows(button, (rows) => { event.preventDefault(); remove(rows, button.closest(".row")); });
    if (button.matches(".row__fold")) fold(button.closest(".row"));
  });
  page.addEventListener("input", (event) => {
    const row = event.target.closest?.(".row");
    if (row) summarise(row);
  });
  page.addEventListener("reveal", (event) => {
    for (let row = event.target.closest?.(".row"); row; row = row.parentElement.closest(".row")) open(row, true);
  });
  for (const rows of page.querySelectorAll(".rows[data-rows]")) settle(rows);
}

function withRows(button, act) {
  const rows = button.closest(".rows[data-rows]");
  if (rows && templateOf(rows)) act(rows);
}

const own = (rows, selector) => [...rows.querySelectorAll(selector)]
  .filter((found) => found.closest(".rows[data-rows]") === rows);
const rowsOf = (rows) => own(rows, ".row");
const templateOf = (rows) => own(rows, "template")[0];
/* "Teacher", from the blank row's heading "Teacher __number__". */
function titleOf(rows) {
  const blank = templateOf(rows)?.content.querySelector(".row__title")?.textContent ?? "";
  return rows.dataset.itemTitle || blank.replace("__number__", "").trim() || "Row";
}

function settle(rows) {
  for (const row of rowsOf(rows)) { makeFoldable(row); summarise(row); }
  const all = rowsOf(rows);
  if (all.length > 2 && !rows.querySelector(".field--error, .field__note")) {
    // A long stack opens on its last row, the one in work; the others are their summary lines.
    // A row that says nothing yet has no line to be summed up in, and stays open to be filled.
    for (const row of all.slice(0, -1)) if (isAnswered(row)) open(row, false);
  }
  limits(rows);
}

export function add(rows, quietly = false) {
  const index = rowsOf(rows).length;
  if (rows.dataset.max && index >= Number(rows.dataset.max)) return null;
  const template = templateOf(rows);
  const filled = document.createElement("template");
  filled.innerHTML = template.innerHTML
    .replaceAll(placeholder(rows), String(index))
    .replaceAll("__number__", String(index + 1));
  const row = filled.content.querySelector(".row");
  const last = rowsOf(rows).at(-1);
  // In the same place as the server puts them: after the last row, else before the template.
  if (last) (last.closest("li") ?? last).after(filled.content);
  else template.before(filled.content);
  const made = rowsOf(rows)[index] ?? row;
  makeFoldable(made);
  summarise(made);
  limits(rows);
  made.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
  if (!quietly) {
    changed(rows);
    made.querySelector(".row__body :is(input:not([type=hidden]), select, textarea)")?.focus();
    say(`${titleOf(rows)} ${index + 1} added`);
  }
  return made;
}

/* The row template of a group at depth n names its own index __rown__ (the outermost __row__). */
function placeholder(rows) {
  if (rows.dataset.placeholder) return rows.dataset.placeholder;
  let depth = 0;
  for (let up = rows.parentElement; (up = up?.closest(".rows[data-rows]")); up = up.parentElement) depth += 1;
  return depth ? `__row${depth}__` : "__row__";
}

function remove(rows, row) {
  const all = rowsOf(rows);
  const index = all.indexOf(row);
  const words = row.querySelector(".row__title")?.textContent.trim() || `${titleOf(rows)} ${index + 1}`;
  const place = row.closest("li") && row.closest("li").closest(".rows[data-rows]") === rows ? row.closest("li") : row;
  const back = notice("info", `${words} is removed.`, [["Put it back", () => {
    const at = rowsOf(rows).filter((one) => back.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING).length;
    // Numbered before it is back: two rows of one number would share radios, and one of them
    // would lose its answer.
    rowsOf(rows).slice(at).reverse().forEach((one, index, { length }) => number(rows, one, at + length - index));
    number(rows, row, at);
    back.replaceWith(place);
    settled(rows);
    (row.querySelector(".row__fold") ?? row.querySelector(".row__remove"))?.focus();
    say(`${words} is back`);
  }]]);
  place.replaceWith(back);
  rowsOf(rows).forEach((one, at) => number(rows, one, at));
  settled(rows);
  back.querySelector("button").focus();
  say(`${words} is removed. There is a button to put it back.`);
}

function settled(rows) {
  rowsOf(rows).forEach(summarise);
  limits(rows);
  changed(rows);
}

/* Every attribute that carries the row's pointer is rewritten, in nested templates too. Ids may be
   spelled differently from names (an id has no spaces), so they are moved by their own base. */
function number(rows, row, at) {
  const base = rows.dataset.rows;
  const old = indexOf(row, base);
  if (old === null || old === at) return;
  const part = row.closest("li")?.closest(".rows[data-rows]") === rows ? row.closest("li") : row;
  const idOld = row.getAttribute("aria-labelledby")?.replace(/#title$/, "") ?? `${base}/${old}`;
  rename(part, `${base}/${old}`, `${base}/${at}`);
  if (idOld !== `${base}/${old}`) rename(part, idOld, idOld.replace(/\d+$/, String(at)));
}

function indexOf(row, base) {
  for (const marked of [row, ...row.querySelectorAll("[name]")]) {
    const name = marked.dataset?.row ?? marked.getAttribute("name") ?? "";
    if (!name.startsWith(`${base}/`)) continue;
    const index = name.slice(base.length + 1).match(/^\d+/);
    if (index) return Number(index[0]);
  }
  return null;
}

function rename(part, from, to) {
  for (const element of [part, ...part.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (!attribute.value.includes(from)) continue;
      // A typed value is the person's, never ours to change; buttons and markers carry pointers.
      if (attribute.name === "value" && !element.matches("button")) continue;
      attribute.value = attribute.value.split(" ")
        .map((token) => moved(token, from, to)).join(" ");
    }
    if (element instanceof HTMLTemplateElement) {
      for (const inner of element.content.children) rename(inner, from, to);
    }
  }
}

function moved(token, from, to) {
  const at = token.startsWith("#") ? 1 : 0;
  if (!token.startsWith(from, at)) return token;
  const rest = token.slice(at + from.length);
  return rest === "" || "/#-".includes(rest[0]) ? token.slice(0, at) + to + rest : token;
}

function limits(rows) {
  const count = rowsOf(rows).length;
  const { min, max } = rows.dataset;
  for (const button of own(rows, ".rows__add")) button.hidden = Boolean(max) && count >= Number(max);
  for (const button of own(rows, ".row__remove")) button.hidden = Boolean(min) && count <= Number(min);
}

/* "Teacher 2 · Ana Ruiz": the number and the first text of the row. */
function summarise(row) {
  const rows = row.closest(".rows[data-rows]");
  const title = row.querySelector(".row__title");
  if (!rows || !title) return;
  const place = rowsOf(rows).indexOf(row) + 1;
  const first = row.querySelector(".row__body :is(input[type=text], input:not([type]), textarea)");
  const summary = (first?.value ?? "").trim().split("\n")[0].slice(0, 60);
  const words = `${titleOf(rows)} ${place}${summary ? ` · ${summary}` : ""}`;
  const shown = title.querySelector(".row__fold") ?? title;
  if (shown.textContent !== words) shown.textContent = words;
  const about = row.querySelector(".row__remove .visually-hidden");
  if (about) about.textContent = ` ${titleOf(rows)} ${place}`;
}

function isAnswered(row) {
  return [...row.querySelectorAll(".row__body :is(input:not([type=hidden]), select, textarea)")]
    .some((one) => /^(radio|checkbox)$/.test(one.type) ? one.checked : one.value.trim() !== "")
    || row.querySelector(".evidence__file") !== null;
}

function makeFoldable(row) {
  const title = row.querySelector(".row__title");
  const body = row.querySelector(".row__body");
  if (!title || !body || title.querySelector(".row__fold")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "row__fold";
  button.textContent = title.textContent.trim();
  button.setAttribute("aria-expanded", "true");
  title.replaceChildren(button);
}

const fold = (row) => open(row, row.querySelector(".row__body").hidden);

function open(row, wanted) {
  const body = row.querySelector(".row__body");
  if (!body) return;
  body.hidden = !wanted;
  row.querySelector(".row__fold")?.setAttribute("aria-expanded", String(wanted));
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
    while (rowsOf(rows).length <= Number(rest[0])) if (!add(rows, true)) break;
  }
}
