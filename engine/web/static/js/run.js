/* How far an action on many has come, kept up to date; the page itself is loaded again at the end. */

import { say } from "./announce.js";
import { _ } from "./words.js";

const PAUSE = 1000;
const SAID_EVERY = 10_000;

export function start(page) {
  const box = page.querySelector("[data-run]");
  const bar = box.querySelector("progress");
  const words = box.querySelector(".bar__words");
  let said = 0;
  async function ask() {
    const reply = await fetch(box.dataset.run, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    const now = reply?.ok ? await reply.json().catch(() => null) : null;
    if (now?.ready) return location.reload();
    if (now) {
      bar.value = now.done + now.refused;
      words.textContent = _("%(done)s of %(total)s", { done: now.done + now.refused, total: now.total });
      if (Date.now() - said > SAID_EVERY) {
        said = Date.now();
        say(words.textContent);
      }
    }
    setTimeout(ask, PAUSE);
  }
  setTimeout(ask, PAUSE);
}
