/* The reviewer's keys: J and K move between look-fors, Y and N answer, ? shows this list. They
   work only outside of text, and can be switched off, since single letters get in the way of
   people who speak to their computer (WCAG 2.1.4). */

import { say } from "./announce.js";
import { _ } from "./words.js";

const SWITCH = "accolade:keys-off";
const KEYS = [
  ["J", _("next look-for")], ["K", _("the one before")], ["Y", _("yes, it is demonstrated")],
  ["N", _("not yet; the notes open for writing")], ["?", _("this list")],
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
    }
  });

  page.addEventListener("change", (event) => {
    const sheet = event.target.closest?.(".look-for");
    if (sheet && event.target.type === "radio") tally();
  });

  // What a decision still waits for changes with every answer; the server says so when it saves.
  page.addEventListener("saved", (event) => {
    for (const [name, refusal] of Object.entries(event.detail.offers ?? {})) {
      const place = page.querySelector(`[data-refusal="${CSS.escape(name)}"]`);
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

  function move(at) {
    mark(at);
    const sheet = all[at];
    sheet.dispatchEvent(new CustomEvent("reveal", { bubbles: true }));
    (sheet.querySelector("input[type=radio]:checked") ?? sheet.querySelector("input[type=radio]"))?.focus({ preventScroll: true });
    sheet.scrollIntoView({ block: "nearest" });
  }

  function answer(sheet, value) {
    const radio = sheet.querySelector(`input[type=radio][value="${value}"]`);
    if (!radio || radio.disabled) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus({ preventScroll: true });
    // A "not yet" without a reason helps nobody: the notes are the next thing to write.
    if (value === "N") sheet.querySelector("textarea")?.focus();
  }

  function tally() {
    const count = (value) => all.filter((sheet) => sheet.querySelector(`input[value="${value}"]:checked`)).length;
    const [yes, no] = [count("Y"), count("N")];
    const words = _("%(decided)s of %(total)s look-fors decided: %(yes)s yes, %(no)s not yet.", { decided: yes + no, total: all.length, yes, no });
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
