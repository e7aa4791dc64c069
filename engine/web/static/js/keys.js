/* Single letters as keys: when they count, the dialog that lists them, and the switch that turns
   them off, since they get in the way of people who speak to their computer (WCAG 2.1.4). */

import { _ } from "./words.js";

const SWITCH = "accolade:keys-off";
const TYPING = "textarea, select, [contenteditable], dialog[open], input:not([type=radio], [type=checkbox])";

/* The letter that was pressed as a key of the page, in lower case; empty when it was meant for a
   field, for the browser or for assistive technology, or when letters are switched off. */
export function letter(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return "";
  if (event.target.closest?.(TYPING)) return "";
  if (event.key === "?") return "?";
  return off() ? "" : event.key.toLowerCase();
}

/* The dialog: `keys` are [key, words] pairs. */
export function show(keys) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.append(titled(), listed(keys), choice(), closing(dialog));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/* The button that opens it, for those who do not know of the question mark. */
export function button(keys) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button--quiet keys-button";
  made.textContent = _("Keys");
  made.addEventListener("click", () => show(keys));
  return made;
}

function titled() {
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = _("Keys of this page");
  return title;
}

function listed(keys) {
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, words] of keys) {
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    const about = document.createElement("dd");
    about.textContent = words;
    list.append(term, about);
  }
  return list;
}

function choice() {
  const row = document.createElement("div");
  row.className = "choice";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.id = "keys-on";
  box.checked = !off();
  box.addEventListener("change", () => {
    try { localStorage.setItem(SWITCH, box.checked ? "0" : "1"); } catch { /* it holds for this page */ }
  });
  const label = document.createElement("label");
  label.htmlFor = box.id;
  label.textContent = _("Letters work as keys on this device");
  row.append(box, label);
  return row;
}

function closing(dialog) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button";
  close.textContent = _("Close");
  close.addEventListener("click", () => dialog.close());
  return close;
}

function off() {
  try { return localStorage.getItem(SWITCH) === "1"; } catch { return false; }
}
