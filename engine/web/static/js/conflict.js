/* Two versions of a page: buttons that take one side everywhere, and a mark on the words that
   only one side has, so that nobody has to compare long answers letter by letter. */

import { say } from "./announce.js";
import { _, ngettext } from "./words.js";

export function start(page) {
  for (const box of page.querySelectorAll(".conflict")) {
    for (const field of box.querySelectorAll(".conflict__sides")) compare(field);
    everywhere(box);
  }
}

function everywhere(box) {
  const fields = new Map();
  for (const radio of box.querySelectorAll("input[type=radio]")) {
    fields.set(radio.value, [...(fields.get(radio.value) ?? []), radio]);
  }
  const labels = { mine: _("Take everything from this device"), theirs: _("Take everything from the other") };
  const row = document.createElement("div");
  row.className = "conflict__all";
  for (const [value, label] of Object.entries(labels)) {
    if ((fields.get(value)?.length ?? 0) < 2) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      for (const radio of fields.get(value)) radio.checked = true;
      say(ngettext("%(label)s: chosen for %(count)s question. Nothing is saved until you press save.",
        "%(label)s: chosen for %(count)s questions. Nothing is saved until you press save.", fields.get(value).length, { label }));
    });
    row.append(button);
  }
  if (row.children.length) box.prepend(row);
}

/* Marks the words that only one side has. */
function compare(sides) {
  const texts = [...sides.querySelectorAll(".conflict__text")];
  if (texts.length !== 2 || texts.some((text) => text.children.length)) return;
  const words = texts.map((text) => text.textContent.match(/\s+|[^\s]+/g) ?? []);
  // The table grows with both lengths; whole essays are compared by eye as before.
  if (words[0].length * words[1].length > 4e6) return;
  const common = longestCommon(...words);
  // Two texts with next to nothing in common are not made clearer by marking all of both.
  if (common.length < Math.min(words[0].length, words[1].length) / 3) return;
  texts.forEach((text, side) => {
    const shared = new Set(common.map((pair) => pair[side]));
    const parts = [];
    words[side].forEach((word, at) => {
      const own = !shared.has(at);
      if (parts.at(-1)?.own === own) parts.at(-1).words += word;
      else parts.push({ own, words: word });
    });
    text.replaceChildren(...parts.map(({ own, words: said }) => {
      if (!own || !said.trim()) return said;
      const mark = document.createElement("mark");
      mark.textContent = said;
      return mark;
    }));
  });
}

/* Pairs of places that hold the same words in the same order, as many as there can be. */
function longestCommon(mine, theirs) {
  const wide = theirs.length + 1;
  const length = new Uint16Array((mine.length + 1) * wide);
  for (let i = mine.length - 1; i >= 0; i -= 1) {
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      length[i * wide + j] = mine[i] === theirs[j]
        ? length[(i + 1) * wide + j + 1] + 1
        : Math.max(length[(i + 1) * wide + j], length[i * wide + j + 1]);
    }
  }
  const pairs = [];
  for (let i = 0, j = 0; i < mine.length && j < theirs.length;) {
    if (mine[i] === theirs[j]) pairs.push([i++, j++]);
    else if (length[(i + 1) * wide + j] >= length[i * wide + j + 1]) i += 1;
    else j += 1;
  }
  return pairs;
}
