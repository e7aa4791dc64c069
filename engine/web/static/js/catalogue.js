/* The catalogue's search at once: what the address of the search would show takes the place of what
   is shown. The server alone decides what matches; without scripts the button sends the same. */

import { say } from "./announce.js";
import { _, ngettext } from "./words.js";

const PAUSE = 200;

export function start(page) {
  const form = page.querySelector("[data-catalogue]");
  const place = () => document.getElementById(form.dataset.catalogue);
  let waiting = 0;
  let running = null;

  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(look, event.target.matches("[type=search]") ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    look(event);
  });

  async function look(event) {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
    const url = new URL(form.getAttribute("action"), location.href);
    url.search = asked;
    running?.abort();
    const mine = running = new AbortController();
    try {
      const answer = await fetch(url, { signal: mine.signal });
      if (!answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      const found = new DOMParser().parseFromString(text, "text/html").getElementById(form.dataset.catalogue);
      if (!found) throw new Error("no list");
      place().replaceWith(document.adoptNode(found));
      history.replaceState(history.state, "", url);
      const count = Number(found.dataset.count);
      say(count ? ngettext("%(count)s credential found", "%(count)s credentials found", count) : _("Nothing matches"));
    } catch (error) {
      // Pressed on purpose, it goes the plain way, and the browser tells what is the matter.
      if (error.name !== "AbortError" && event) form.submit();
    }
  }
}
