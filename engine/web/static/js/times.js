/* Days and times in words, and times in the reader's own zone. The page says them in UTC, with the exact moment in `datetime`;
   without scripts that stays, and is right too. */

const language = document.documentElement.lang || undefined;
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
const clocks = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/* "12 March 2026", whatever order the language would choose: as everywhere on these pages. */
export function day(when) {
  const parts = Object.fromEntries(days.formatToParts(when).map(({ type, value }) => [type, value]));
  return `${parts.day} ${parts.month} ${parts.year}`;
}

export function clock(when) {
  return clocks.format(when);
}

export function start(page) {
  for (const time of page.querySelectorAll("time[data-local]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    time.title = time.textContent;
    time.textContent = `${day(when)}, ${clock(when)}`;
  }
}
