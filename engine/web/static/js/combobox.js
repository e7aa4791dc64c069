/* Long selects become a combobox that one types into (ARIA 1.2: editable, with a list). The select
   stays in the form and holds the value, so that posting, saving and comparing know nothing of
   this; without scripts it is simply a select. Everything listens on the page and reads the
   document, so that rows can be added, copied and renumbered around it. */

import { say } from "./announce.js";
import { _, ngettext } from "./words.js";

const SELECT = "select[data-search]";

export function start(page) {
  page.addEventListener("input", (event) => on(event, ".combobox__input", (box) => {
    show(box);
    count(box);
  }));
  page.addEventListener("keydown", (event) => on(event, ".combobox__input", (box) => key(box, event)));
  page.addEventListener("click", (event) => on(event, ".combobox__open, .combobox__input, [role=option]", click));
  // A press on the list must not take the focus out of the input, which would close the list.
  page.addEventListener("mousedown", (event) => on(event, ".combobox__list, .combobox__open", () => event.preventDefault()));
  page.addEventListener("focusout", (event) => on(event, ".combobox__input", leave));
  page.addEventListener("grown", (event) => refresh(event.target));
  window.addEventListener("pageshow", () => refresh(page));
  refresh(page);
}

function on(event, selector, act) {
  const found = event.target.closest?.(selector);
  const box = found?.closest(".combobox");
  if (box) act(box, found);
}

const inputOf = (box) => box.querySelector(".combobox__input");
const listOf = (box) => box.querySelector(".combobox__list");
const selectOf = (box) => box.querySelector("select");
const optionsOf = (box) => [...listOf(box).querySelectorAll("[role=option]")];
const isOpen = (box) => !listOf(box).hidden;
const chosenLabel = (select) => (select.value === "" ? "" : select.selectedOptions[0]?.textContent ?? "");
const simple = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("_", " ").toLowerCase().trim();

function refresh(part) {
  const within = (selector) => [...(part.matches?.(selector) ? [part] : []), ...part.querySelectorAll(selector)];
  for (const select of within(SELECT)) if (!select.closest(".combobox")) enhance(select);
  for (const box of within(".combobox")) settle(box);
}

function enhance(select) {
  const box = document.createElement("div");
  box.className = "combobox";
  const input = document.createElement("input");
  input.className = "input combobox__input";
  const said = {
    id: select.id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
    placeholder: select.options[0]?.value === "" ? select.options[0].textContent : "",
    "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": `${select.id}#list`,
  };
  for (const name of ["aria-describedby", "aria-required", "aria-invalid"]) {
    if (select.hasAttribute(name)) said[name] = select.getAttribute(name);
  }
  for (const [name, value] of Object.entries(said)) input.setAttribute(name, value);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "combobox__open";
  button.tabIndex = -1;
  button.setAttribute("aria-label", _("Show every choice"));
  const list = document.createElement("ul");
  list.className = "combobox__list";
  list.id = `${select.id}#list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(select.id)}"]`)?.textContent ?? "");
  select.before(box);
  box.append(input, button, list, select);
  select.id = `${select.id}#native`;
  select.hidden = true;
  // What the page came with is nothing that somebody typed.
  input.defaultValue = chosenLabel(select);
}

/* The input says what the select holds. */
function settle(box) {
  if (document.activeElement === inputOf(box)) return;
  inputOf(box).value = chosenLabel(selectOf(box));
  close(box);
}

/* The choices that have every word of what is typed, those that begin with it first. */
function matching(select, typed) {
  const wanted = simple(typed);
  const found = new Map();
  for (const option of select.options) {
    if (option.value !== "" && !found.has(option.value)) found.set(option.value, option.textContent);
  }
  const words = wanted.split(/\s+/);
  const hits = [...found].filter(([, label]) => words.every((word) => simple(label).includes(word)));
  const begins = ([, label]) => simple(label).startsWith(wanted);
  return [...hits.filter(begins), ...hits.filter((hit) => !begins(hit))];
}

function show(box, everything = false) {
  const list = listOf(box);
  const input = inputOf(box);
  const select = selectOf(box);
  list.replaceChildren(...matching(select, everything ? "" : input.value).map(([value, label], number) => {
    const item = document.createElement("li");
    item.id = `${input.id}#option${number}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.value = value;
    item.textContent = label;
    if (value === select.value) item.classList.add("combobox__chosen");
    return item;
  }));
  list.hidden = list.children.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
}

function close(box) {
  const input = inputOf(box);
  listOf(box).hidden = true;
  listOf(box).replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function activate(box, number) {
  const options = optionsOf(box);
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === number)));
  inputOf(box).setAttribute("aria-activedescendant", options[number].id);
  options[number].scrollIntoView({ block: "nearest" });
}

const active = (box) => optionsOf(box).findIndex((option) => option.getAttribute("aria-selected") === "true");

function choose(box, value, label) {
  const select = selectOf(box);
  inputOf(box).value = label;
  close(box);
  if (select.value === value) return;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function key(box, event) {
  const options = () => optionsOf(box);
  const move = (number) => {
    event.preventDefault();
    const count = options().length;
    if (count) activate(box, (number + count) % count);
  };
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp": {
      const down = event.key === "ArrowDown";
      if (isOpen(box) && event.altKey && !down) { event.preventDefault(); restore(box); return; }
      if (isOpen(box)) { move(active(box) < 0 && !down ? -1 : active(box) + (down ? 1 : -1)); return; }
      show(box, true);
      event.preventDefault();
      if (event.altKey) return;
      const chosen = options().findIndex((option) => option.dataset.value === selectOf(box).value);
      if (options().length) move(chosen >= 0 ? chosen : down ? 0 : -1);
      return;
    }
    case "Home": if (isOpen(box)) move(0); return;
    case "End": if (isOpen(box)) move(-1); return;
    case "Enter":
      if (!isOpen(box)) return;
      event.preventDefault();
      take(box);
      return;
    case "Escape":
      if (!isOpen(box)) return;
      event.preventDefault();
      restore(box);
      return;
    case "Tab":
      if (isOpen(box) && active(box) >= 0) take(box);
  }
}

/* The active choice, or the only one that is left. */
function take(box) {
  const options = optionsOf(box);
  const option = options[active(box)] ?? (options.length === 1 ? options[0] : null);
  if (option) choose(box, option.dataset.value, option.textContent);
}

function restore(box) {
  inputOf(box).value = chosenLabel(selectOf(box));
  close(box);
}

function click(box, found) {
  if (found.matches("[role=option]")) {
    choose(box, found.dataset.value, found.textContent);
  } else if (isOpen(box)) {
    if (found.matches(".combobox__open")) restore(box);
  } else {
    inputOf(box).focus();
    show(box, true);
    inputOf(box).select();
  }
}

/* Words that are a choice choose it, none take the choice back, and others are not kept: the
   select has no place for them. */
function leave(box) {
  const typed = simple(inputOf(box).value);
  const select = selectOf(box);
  const same = matching(select, inputOf(box).value).find(([, label]) => simple(label) === typed);
  if (!typed) choose(box, "", "");
  else if (same && typed !== simple(chosenLabel(select))) choose(box, ...same);
  else restore(box);
}

/* Heard in a pause of the typing, not at every key. */
let pause = 0;
function count(box) {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const { length } = optionsOf(box);
    say(length
      ? ngettext("%(count)s choice matches", "%(count)s choices match", length)
      : _("No choice matches"));
  }, 600);
  const none = !isOpen(box) && inputOf(box).value.trim() !== "";
  box.classList.toggle("combobox--none", none);
}
