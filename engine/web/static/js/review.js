/* The reviewer's keys: J and K move between look-fors, Y and N answer, digits rate, A says that a
   look-for is not applicable, ? shows this list. When letters count as keys, and the switch that
   turns them off, are in `keys`. "Mark the rest Yes" happens on the page, so that it can be undone
   there. */

import { say } from "./announce.js";
import { button, letter, show } from "./keys.js";
import { _ } from "./words.js";

const KEYS = [
  ["J", _("next look-for")], ["K", _("the one before")], ["Y", _("yes, it is demonstrated")],
  ["N", _("not yet; the notes open for writing")], ["0–9", _("the rating with that number")],
  ["A", _("not applicable")], ["?", _("this list")],
];

export function start(page) {
  const all = [...page.querySelectorAll(".look-for")];
  let here = -1;

  const mark = (at) => {
    if (at === here) return;
    all[here]?.classList.remove("look-for--here");
    here = at;
    all[here]?.classList.add("look-for--here");
  };

  page.addEventListener("focusin", (event) => {
    const at = all.indexOf(event.target.closest?.(".look-for"));
    if (at >= 0) mark(at);
  });

  page.addEventListener("keydown", (event) => {
    const key = letter(event);
    if (key === "?") { event.preventDefault(); return show(KEYS); }
    if (key === "j" || key === "k") {
      event.preventDefault();
      move(Math.min(all.length - 1, Math.max(0, here + (key === "j" ? 1 : -1))));
    } else if ((key === "y" || key === "n") && here >= 0) {
      event.preventDefault();
      answer(all[here], key.toUpperCase());
    } else if ((key === "a" || /^[0-9]$/.test(key)) && here >= 0) {
      // Left alone where there is nothing to answer so: a digit in a list of ratings finds one.
      if (answer(all[here], key === "a" ? "NA" : key)) event.preventDefault();
    }
  });

  page.addEventListener("change", (event) => {
    const sheet = event.target.closest?.(".look-for");
    if (!sheet || event.target.matches("textarea")) return;
    sheet.querySelector("[data-origin]")?.remove();   // what was filled in was overruled
    tally();
  });

  for (const rest of page.querySelectorAll("[data-rest]")) markTheRest(rest);

  // What a decision still waits for changes with every answer; the server says so when it saves.
  page.addEventListener("saved", (event) => {
    const { offers = {}, finish = "", points } = event.detail;
    const worth = page.querySelector("[data-points]");
    if (worth && points !== undefined && worth.textContent !== points) worth.textContent = points;
    for (const [name, refusal] of Object.entries({ ...offers, "-finish": finish })) {
      const place = page.querySelector(`[data-refusal="${CSS.escape(name)}"]`);
      const standing = page.querySelector(`[data-standing="${CSS.escape(name)}"]`);
      if (standing) standing.textContent = refusal || _("ready");
      if (!place) continue;
      const strong = document.createElement("strong");
      strong.textContent = `${_("Not yet:")} `;
      place.replaceChildren(...(refusal ? [document.createElement("br"), strong, refusal] : []));
    }
  });

  (page.querySelector("[data-keys]") ?? all[0].closest("form, .guide, .pane"))?.prepend(button(KEYS));

  function markTheRest(rest) {
    const guide = rest.closest(".guide");
    const words = rest.textContent;
    let marked = [];   // what this button answered and nobody changed since
    let marking = false;
    rest.addEventListener("click", (event) => {
      event.preventDefault();
      const [first] = marked;
      const radios = marked.length ? marked : undecided();
      for (const radio of radios) radio.checked = !first;
      marked = first ? [] : radios;
      tell();
      if (!radios.length) return;
      marking = true;
      // One change for all of them: it is counted and saved once.
      radios[0].dispatchEvent(new Event("change", { bubbles: true }));
      marking = false;
    });
    guide.addEventListener("change", (event) => {
      if (marking) return;
      const own = event.target.closest(".look-for");
      marked = marked.filter((radio) => !own?.contains(radio));
      tell();
    });

    const undecided = () => [...guide.querySelectorAll(".look-for")]
      .filter((sheet) => !sheet.querySelector("input[type=radio]:checked"))
      .map((sheet) => sheet.querySelector('input[type=radio][value="Y"]'))
      .filter((radio) => radio && !radio.disabled);

    function tell() {
      rest.textContent = marked.length ? _("Undo: %(count)s marked Yes", { count: marked.length }) : words;
    }
  }

  function move(at) {
    mark(at);
    const sheet = all[at];
    sheet.dispatchEvent(new CustomEvent("reveal", { bubbles: true }));
    (sheet.querySelector("input[type=radio]:checked") ?? sheet.querySelector("input[type=radio], select"))?.focus({ preventScroll: true });
    sheet.scrollIntoView({ block: "nearest" });
  }

  function answer(sheet, value) {
    const radio = sheet.querySelector(`input[type=radio][value="${value}"]`);
    if (!radio || radio.disabled) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus({ preventScroll: true });
    // A "not yet" without a reason helps nobody: the notes are the next thing to write.
    if (value === "N") sheet.querySelector("textarea")?.focus();
    return true;
  }

  function tally() {
    const count = (value) => all.filter((sheet) => sheet.querySelector(`input[value="${value}"]:checked`)).length;
    const [yes, no] = [count("Y"), count("N")];
    const decided = all.filter((sheet) => sheet.querySelector("input[type=radio]:checked") || sheet.querySelector("select")?.value).length;
    // Whether a rating is a yes is the document's to say; the points follow with the next save.
    const rates = page.querySelector(".verdict--scale, .verdict--list");
    const words = rates ? _("%(decided)s of %(total)s look-fors decided.", { decided, total: all.length })
      : _("%(decided)s of %(total)s look-fors decided: %(yes)s yes, %(no)s not yet.", { decided, total: all.length, yes, no });
    const shown = page.querySelector("[data-tally]");
    if (shown) shown.textContent = words;
    say(words);
  }
}
