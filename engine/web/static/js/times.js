/* Days and times in words, and times in the reader's own zone. The page says them in UTC, with the exact moment in `datetime`;
   without scripts that stays, and is right too. */

import { locale } from "./words.js";

const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const clocks = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/* "12 March 2026", "12 de marzo de 2026": as everywhere on these pages. */
export function day(when) {
  return days.format(when);
}

export function clock(when) {
  return clocks.format(when);
}

export function start(page) {
  for (const time of page.querySelectorAll("time[data-local]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    time.title = time.textContent;
    const today = time.closest("[data-saved]") && day(when) === day(new Date());
    time.textContent = today ? clock(when) : `${day(when)}, ${clock(when)}`;
  }
}
