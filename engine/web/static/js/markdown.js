/* How Markdown will read, while it is being written. The server writes the HTML, as it does
   everywhere, so that the preview shows exactly what readers will see. */

import { refreshToken } from "./token.js";
import { _ } from "./words.js";

const PAUSE = 400;

export function start(page) {
  // "toggle" does not bubble.
  page.addEventListener("toggle", (event) => {
    const preview = event.target;
    if (preview.matches?.("[data-preview]") && preview.open) show(preview);
  }, true);
  page.addEventListener("input", (event) => {
    const preview = event.target.closest?.(".field")?.querySelector("[data-preview]");
    if (preview?.open && event.target.matches("textarea")) later(preview);
  });
  page.addEventListener("grown", (event) => refresh(event.target));
  refresh(page);
}

/* The button that shows what was saved is for pages without scripts. */
function refresh(part) {
  for (const button of part.querySelectorAll(".preview__again")) button.hidden = true;
}

const waiting = new WeakMap();
function later(preview) {
  clearTimeout(waiting.get(preview));
  waiting.set(preview, setTimeout(() => show(preview), PAUSE));
}

async function show(preview) {
  const area = preview.closest(".field").querySelector("textarea");
  const text = preview.querySelector(".preview__text");
  const words = area.value;
  let html = null;
  if (words.trim()) {
    try {
      let reply = await ask(preview, area, words);
      if (reply.status === 400 && await refreshToken()) reply = await ask(preview, area, words);
      if (reply.ok) html = await reply.text();
    } catch { /* no connection: said below */ }
    if (area.value !== words) return;   // typed on meanwhile: the next answer is the one to show
  }
  if (html === null) {
    text.textContent = words.trim()
      ? _("The preview can't be shown now. What you write is kept.")
      : _("Nothing is written here yet.");
  } else {
    text.innerHTML = html;   // cleaned by the server
  }
}

function ask(preview, area, words) {
  const body = new FormData();
  body.append("text", words);
  const token = area.form?.querySelector("input[name=csrf_token]");
  if (token) body.append("csrf_token", token.value);
  return fetch(preview.dataset.preview, { method: "POST", body, credentials: "same-origin" });
}
