/* Questions that only some answers bring up. What depends on one answer (`data-when`) is shown and
   hidden at once; whatever else a condition looks at (`data-conditional`) the server judges, and
   says in its answer to each save. What is hidden stays in the form and is sent along, since
   nothing typed is lost when somebody changes their mind twice. */

import { say } from "./announce.js";
import { ngettext } from "./words.js";

export function start(page) {
  for (const happened of ["input", "change"]) {
    page.addEventListener(happened, ({ target }) => {
      if (target.name && document.querySelector(`[data-when="${CSS.escape(target.name)}"]`)) refresh(target.form ?? page, true);
    });
  }
  page.addEventListener("grown", (event) => refresh(event.target, false));
  page.addEventListener("saved", (event) => judged(event.target, event.detail.shown ?? {}));
  // Going back with the browser restores choices after this has run.
  window.addEventListener("pageshow", () => refresh(page, false));
  for (const form of page.querySelectorAll("form[data-autosave]")) promise(form);
  refresh(page, isAnsweredAlready());
}

/* The page comes as the stored answers want it. So what opens at the start was brought up on a
   slow line, by an answer given before this script was here, and nobody has heard of it yet; or by
   the browser, which fills a page that it has shown before, and that is no news. */
function isAnsweredAlready() {
  const [arrival] = performance.getEntriesByType("navigation");
  return arrival?.type === "navigate" || navigator.userActivation?.hasBeenActive === true;
}

/* Tells the server that whoever presses the button has seen what the last answers brought up. */
function promise(form) {
  const live = document.createElement("input");
  live.type = "hidden";
  live.name = "_live";
  live.value = "1";
  form.append(live);
}

function refresh(part, aloud) {
  const boxes = [...(part.matches?.("[data-when]") ? [part] : []), ...part.querySelectorAll("[data-when]")];
  settle(boxes.map((box) => [box, opens(box)]), aloud);
}

/* data-when = the name of the question that decides, data-is = the answers (a JSON list) for which
   this one is asked. */
function opens(box) {
  const name = CSS.escape(box.dataset.when);
  const said = [...document.querySelectorAll(
    `input[name="${name}"]:is(:checked, :not([type=radio], [type=checkbox], [type=hidden])), select[name="${name}"]`,
  )].map((control) => control.value);
  return JSON.parse(box.dataset.is).some((value) => said.includes(value));
}

function judged(form, shown) {
  settle(Object.entries(shown).flatMap(([name, asked]) => (
    [...form.querySelectorAll(`[data-conditional="${CSS.escape(name)}"]`)].map((box) => [box, asked])
  )), true);
}

function settle(boxes, aloud) {
  const changed = boxes.filter(([box, asked]) => box.hidden === asked);
  for (const [box, asked] of changed) box.hidden = !asked;
  const came = changed.filter(([, asked]) => asked).length;
  if (came && aloud) say(ngettext("%(count)s more question appeared below.", "%(count)s more questions appeared below.", came));
}
