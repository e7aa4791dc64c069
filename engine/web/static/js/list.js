/* A list of submissions by keys: J and K move, Enter opens, X chooses, C claims, / searches, ? shows
   the keys. And one box that chooses every row of the page. */

import { say } from "./announce.js";
import { button, letter, show } from "./keys.js";
import { _, ngettext } from "./words.js";

const KEYS = [
  ["J", _("next row")], ["K", _("the row before")], ["Enter", _("open the row")], ["X", _("choose the row, or not")],
  ["C", _("claim it")], ["/", _("search")], ["?", _("this list")],
];

export function start(page) {
  const table = page.querySelector("[data-list]");
  const rows = [...table.querySelectorAll("tr[data-row]")];
  const boxes = rows.map((row) => row.querySelector("input[type=checkbox]"));
  let here = -1;

  const mark = (at) => {
    rows[here]?.classList.remove("list__here");
    here = at;
    rows[here]?.classList.add("list__here");
  };
  const move = (at) => {
    if (!rows.length) return;
    mark(Math.min(rows.length - 1, Math.max(0, at)));
    // The focus itself moves, to the row's link: Enter opens it, and a screen reader reads it.
    rows[here].querySelector("th a")?.focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  };

  table.addEventListener("focusin", (event) => {
    const at = rows.indexOf(event.target.closest("tr[data-row]"));
    if (at >= 0 && at !== here) mark(at);
  });

  page.addEventListener("keydown", (event) => {
    const key = letter(event);
    const acts = {
      j: () => move(here + 1),
      k: () => move(here - 1),
      x: () => boxes[here]?.click(),
      c: () => rows[here]?.querySelector("[data-claim]")?.click(),
      "/": () => page.querySelector(".list-search input[type=search]")?.focus(),
      "?": () => show(KEYS),
    };
    if (!Object.hasOwn(acts, key)) return;
    event.preventDefault();
    acts[key]();
  });

  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", _("Choose every row of this page"));
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  table.querySelector("thead .list-tick")?.replaceChildren(all);
  table.addEventListener("change", (event) => { if (boxes.includes(event.target)) count(); });

  const shown = page.querySelector("[data-chosen]");
  function count() {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && !all.checked;
    const words = chosen ? ngettext("%(count)s chosen", "%(count)s chosen", chosen) : "";
    if (shown) shown.textContent = words;
    if (words) say(words);
  }
  count();   // the browser may have brought ticks back

  page.querySelector(".list-acts")?.append(button(KEYS));
}
