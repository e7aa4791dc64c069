/* The reviewer's keys: J and K move between look-fors, Y and N answer, digits rate, A says that a
   look-for is not applicable, ? shows this list. They work only outside of text, and can be
   switched off, since single letters get in the way of people who speak to their computer
   (WCAG 2.1.4). "Mark the rest Yes" happens on the page, so that it can be undone there. */

import { say } from "./announce.js";
import { _ } from "./words.js";

const SWITCH = "accolade:keys-off";
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("textarea, select, [contenteditable], dialog, input:not([type=radio], [type=checkbox])")) return;
    if (event.key === "?") { event.preventDefault(); return show(); }
    if (off()) return;
    const key = event.key.toLowerCase();
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

  for (const button of page.querySelectorAll("[data-rest]")) markTheRest(button);

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

  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet keys-button";
  button.textContent = _("Keys");
  button.addEventListener("click", show);
  (page.querySelector("[data-keys]") ?? all[0].closest("form, .guide, .pane"))?.prepend(button);

  function markTheRest(button) {
    const guide = button.closest(".guide");
    const words = button.textContent;
    let marked = [];   // what this button answered and nobody changed since
    let marking = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const [first] = marked;
      const radios = marked.length ? marked : undecided();
      for (const radio of radios) radio.checked = !first;
      marked = first ? [] : radios;
      show();
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
      show();
    });

    const undecided = () => [...guide.querySelectorAll(".look-for")]
      .filter((sheet) => !sheet.querySelector("input[type=radio]:checked"))
      .map((sheet) => sheet.querySelector('input[type=radio][value="Y"]'))
      .filter((radio) => radio && !radio.disabled);

    function show() {
      button.textContent = marked.length ? _("Undo: %(count)s marked Yes", { count: marked.length }) : words;
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

  function show() {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = _("Keys of this page");
    const listed = document.createElement("dl");
    listed.className = "keys";
    for (const [key, words] of KEYS) {
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
      const about = document.createElement("dd");
      about.textContent = words;
      listed.append(term, about);
    }
    const choice = document.createElement("div");
    choice.className = "choice";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.id = "keys-on";
    box.checked = !off();
    box.addEventListener("change", () => remember(!box.checked));
    const label = document.createElement("label");
    label.htmlFor = box.id;
    label.textContent = _("Letters work as keys on this device");
    choice.append(box, label);
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button";
    close.textContent = _("Close");
    close.addEventListener("click", () => dialog.close());
    dialog.append(title, listed, choice, close);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

function off() {
  try { return localStorage.getItem(SWITCH) === "1"; } catch { return false; }
}

function remember(isOff) {
  try {
    if (isOff) localStorage.setItem(SWITCH, "1");
    else localStorage.removeItem(SWITCH);
  } catch { /* then for this page only */ }
}
