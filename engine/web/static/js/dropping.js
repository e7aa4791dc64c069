/* A certificate's file may be dropped anywhere on the page that checks it; it is sent as the form
   would send it. Without this, and by keyboard, the form's own field chooses the file. */

import { say } from "./announce.js";
import { _ } from "./words.js";

export function start(page) {
  const form = page.querySelector("form[data-drop]");
  const input = form.querySelector("input[type=file]");
  form.querySelector(".drop__hint").hidden = false;

  const brings = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (is) => form.classList.toggle("drop--over", is);

  page.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();   // or the browser would open the file in place of the page
    event.dataTransfer.dropEffect = "copy";
    over(true);
  });
  page.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
  page.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    over(false);
    const { files } = event.dataTransfer;
    if (files.length !== 1) {
      say(_("Drop one file at a time."));
      return;
    }
    input.files = files;
    say(_("Checking the file"));
    form.requestSubmit();
  });
}
