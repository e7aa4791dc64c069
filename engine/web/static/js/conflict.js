/* Two versions of a page: buttons that take one side everywhere, and a mark on the part of each
   text that differs, so that nobody has to compare long answers letter by letter. */

import { say } from "./announce.js";

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
  const labels = { mine: "Take everything from this device", theirs: "Take everything from the other" };
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
      say(`${label}: chosen for ${fields.get(value).length} questions. Nothing is saved until you press save.`);
    });
    row.append(button);
  }
  if (row.children.length) box.prepend(row);
}

/* Marks what lies between the common beginning and the common end, at word borders. */
function compare(sides) {
  const texts = [...sides.querySelectorAll(".conflict__text")];
  if (texts.length !== 2 || texts.some((text) => text.children.length)) return;
  const words = texts.map((text) => text.textContent.split(/(\s+)/));
  const [mine, theirs] = words;
  const shortest = Math.min(mine.length, theirs.length);
  let before = 0;
  while (before < shortest && mine[before] === theirs[before]) before += 1;
  let after = 0;
  while (after < shortest - before && mine.at(-1 - after) === theirs.at(-1 - after)) after += 1;
  // Two texts with nothing in common are not made clearer by marking all of both.
  if (before + after === 0) return;
  texts.forEach((text, side) => {
    const list = words[side];
    const middle = list.slice(before, list.length - after).join("");
    const mark = document.createElement("mark");
    mark.textContent = middle;
    text.replaceChildren(list.slice(0, before).join(""), ...(middle ? [mark] : []), list.slice(list.length - after).join(""));
  });
}
