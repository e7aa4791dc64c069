/* A page on which something is being made asks every second or two whether it is there. */

import { say } from "./announce.js";

const PAUSES = [500, 1000, 1000, 2000];
const PATIENCE = 60_000;

export function start(page) {
  const box = page.querySelector("[data-wait]");
  const begun = Date.now();
  let asked = 0;
  async function ask() {
    const reply = await fetch(box.dataset.wait, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    const isReady = reply?.ok && (await reply.json().catch(() => ({}))).ready;
    if (isReady) {
      location.replace(box.dataset.wait);
    } else if (Date.now() - begun > PATIENCE) {
      box.querySelector("p:last-of-type").textContent = box.dataset.slow;
      say(box.dataset.slow);
    } else {
      asked += 1;
      setTimeout(ask, PAUSES[Math.min(asked, PAUSES.length - 1)]);
    }
  }
  setTimeout(ask, PAUSES[0]);
}
