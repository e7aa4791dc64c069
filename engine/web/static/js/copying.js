/* A button beside what is there to be copied. Without scripts it is a field that one selects. */

import { say } from "./announce.js";
import { _ } from "./words.js";

export function start(page) {
  if (!navigator.clipboard) return;
  for (const place of page.querySelectorAll("[data-copy]")) {
    const field = place.querySelector("input, textarea");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = _("Copy");
    const about = document.createElement("span");
    about.className = "visually-hidden";
    about.textContent = ` ${place.querySelector("label").textContent}`;
    button.append(about);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        say(_("Copied."));
        button.firstChild.textContent = _("Copied");
        setTimeout(() => { button.firstChild.textContent = _("Copy"); }, 2500);
      } catch {
        field.select();   // the browser does not let us: at least it is selected
      }
    });
    field.after(button);
  }
}
