/* Long text: the area grows with what is typed, and a counter says how much room is left. The
   limit is the server's to enforce; text that is too long is never cut off here. */

import { say } from "./announce.js";
import { locale, ngettext } from "./words.js";

const growsItself = CSS.supports("field-sizing", "content");
const number = new Intl.NumberFormat(locale);

export function start(page) {
  page.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea")) update(event.target, true);
  });
  page.addEventListener("grown", (event) => refresh(event.target));
  refresh(page);
}

function refresh(part) {
  for (const area of part.querySelectorAll("textarea")) update(area, false);
}

function update(area, typing) {
  if (!growsItself) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }
  const most = Number(area.dataset.counter);
  const counter = most ? counterOf(area) : null;
  if (!counter) return;
  // JSON Schema counts characters, not UTF-16 units; the browser sends line ends as two.
  const left = most - [...area.value].length;
  counter.textContent = left < 0
    ? ngettext("%(count)s character too many", "%(count)s characters too many", -left, { count: number.format(-left) })
    : ngettext("%(count)s character left", "%(count)s characters left", left, { count: number.format(left) });
  counter.classList.toggle("counter--over", left < 0);
  if (typing) sayLater(area, counter, left, most);
}

function counterOf(area) {
  return area.closest(".field")?.querySelector(".counter")
    ?? (area.nextElementSibling?.matches(".counter") ? area.nextElementSibling : null);
}

/* Heard only near the end and only in a pause: a count at every key would drown the typing. */
let pause = 0;
function sayLater(area, counter, left, most) {
  clearTimeout(pause);
  if (left > most / 10) return;
  pause = setTimeout(() => {
    if (document.activeElement === area) say(counter.textContent);
  }, 1500);
}
