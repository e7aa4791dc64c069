/* Waits for the document to be saved, and then shows it anew. What was typed into an unchecked
   page is not worth losing: while a field has been changed, a notice offers the reload instead. */

import { notice } from "./announce.js";
import { _ } from "./words.js";

const EVERY = 1000;
const first = document.querySelector("script[data-stamp]").dataset.stamp;
let typed = false;
let offered = false;

document.addEventListener("input", () => { typed = true; });
document.addEventListener("submit", () => { typed = false; });

async function look() {
  try {
    const reply = await fetch("/preview/stamp", { cache: "no-store" });
    const { stamp } = await reply.json();
    if (stamp !== first) changed();
  } catch {
    // The preview was stopped, or is starting again: keep asking.
  }
  setTimeout(look, EVERY);
}

function changed() {
  if (!typed) {
    location.reload();
  } else if (!offered) {
    offered = true;
    document.querySelector("main").prepend(
      notice("info", _("The document was saved. What you typed here has not been checked yet."), [
        [_("Show the new version"), () => location.reload()],
      ]),
    );
  }
}

setTimeout(look, EVERY);
