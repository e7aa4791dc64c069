/* Times in the reader's own zone. The page says them in UTC, with the exact moment in `datetime`;
   without scripts that stays, and is right too. */

export function start(page) {
  const language = document.documentElement.lang || undefined;
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
  for (const time of page.querySelectorAll("time[data-local]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    const parts = Object.fromEntries(day.formatToParts(when).map(({ type, value }) => [type, value]));
    time.title = time.textContent;
    time.textContent = `${parts.day} ${parts.month} ${parts.year}, ${clock.format(when)}`;
  }
}
