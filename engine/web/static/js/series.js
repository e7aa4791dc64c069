/* Run charts follow what is typed: after each save by itself, the page's charts are fetched anew.
   The page itself is asked for, so that nothing else has to know how to draw one. */

const PAUSE = 1500;   // milliseconds; drawing takes the server a moment, and nobody watches each key

export function start(page) {
  const form = page.querySelector("form[data-autosave]");
  if (!form) return;
  let waiting = 0;
  let said = shown(form);
  form.addEventListener("saved", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const now = shown(form);
      if (now === said) return;
      said = now;
      await refresh(page);
    }, PAUSE);
  });
}

/* Everything in the page's series, to tell whether there is anything new to draw. */
const shown = (form) => [...form.querySelectorAll("[data-series], .series__lines")]
  .flatMap((part) => (part.matches("textarea") ? [part] : [...part.querySelectorAll(".grid__cell :is(input, select, textarea)")]))
  .map((control) => control.value).join("\n");

async function refresh(page) {
  try {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const place of page.querySelectorAll(".chart-place")) {
      const other = fresh.getElementById(place.id);
      if (other) place.replaceChildren(...other.childNodes);
    }
  } catch {
    // Offline: the chart is drawn at the next save that arrives.
  }
}
