/* A search above a long list of boxes: what does not match is hidden, what is ticked never is.
   Standards under domains are opened where something matches. Without scripts the list is whole. */

import { say } from "./announce.js";
import { _, ngettext } from "./words.js";

const CHOICE = ".choices > :is(label, .choice)";

export function start(page) {
  page.addEventListener("input", (event) => {
    if (event.target.matches?.(".filter__input")) look(event.target.closest("[data-filter]"));
  });
  page.addEventListener("keydown", (event) => {
    // Enter would send the whole page.
    if (event.key === "Enter" && event.target.matches?.(".filter__input")) event.preventDefault();
  });
  page.addEventListener("change", (event) => {
    const domain = event.target.closest?.(".items__domain");
    if (domain) tell(domain);
  });
  page.addEventListener("reveal", (event) => {
    const domain = event.target.closest?.(".items__domain");
    if (domain) domain.open = true;
  });
  page.addEventListener("grown", (event) => refresh(event.target));
  refresh(page);
}

function refresh(part) {
  for (const list of part.querySelectorAll("[data-filter]")) {
    if (!list.querySelector(".filter")) list.prepend(filterOf(list));
  }
}

function filterOf(list) {
  const id = `${list.querySelector("input")?.id ?? ""}#filter`;
  const box = document.createElement("div");
  box.className = "filter";
  const label = document.createElement("label");
  label.className = "visually-hidden";
  label.htmlFor = id;
  label.textContent = _("Search these choices");
  const input = document.createElement("input");
  input.className = "input filter__input";
  input.id = id;
  input.type = "search";
  input.autocomplete = "off";
  input.placeholder = _("Search");
  const none = document.createElement("p");
  none.className = "filter__none muted";
  none.hidden = true;
  none.textContent = _("No choice matches");
  box.append(label, input, none);
  return box;
}

const simple = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function look(list) {
  const words = simple(list.querySelector(".filter__input").value).split(/\s+/).filter(Boolean);
  let matches = 0;
  for (const choice of list.querySelectorAll(CHOICE)) {
    const fits = words.every((word) => simple(choice.textContent).includes(word));
    matches += fits ? 1 : 0;
    choice.hidden = !fits && !choice.querySelector("input").checked;
  }
  for (const domain of list.querySelectorAll(".items__domain")) {
    domain.hidden = ![...domain.querySelectorAll(CHOICE)].some((choice) => !choice.hidden);
    domain.open = words.length ? !domain.hidden : domain.querySelector(":checked") !== null;
  }
  list.querySelector(".filter__none").hidden = matches > 0;
  later(matches);
}

/* How many are chosen in a domain, as the server says it; a radio is taken from another one. */
function tell(changed) {
  for (const domain of changed.closest(".items").querySelectorAll(".items__domain")) {
    const count = domain.querySelectorAll(".choices :checked").length;
    const summary = domain.querySelector("summary");
    let words = summary.querySelector(".items__count");
    if (!words) {
      words = document.createElement("span");
      words.className = "items__count";
      summary.append(" ", words);
    }
    words.textContent = count ? ngettext("%(count)s chosen", "%(count)s chosen", count) : "";
  }
}

let pause = 0;
function later(count) {
  clearTimeout(pause);
  pause = setTimeout(() => say(count
    ? ngettext("%(count)s choice matches", "%(count)s choices match", count)
    : _("No choice matches")), 600);
}
