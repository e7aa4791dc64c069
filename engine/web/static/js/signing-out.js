/* Signing out leaves nothing of this person's in the browser, which others may share. Unsaved words
   are saved first; where that can't be done, the person decides. */

import { notice, say } from "./announce.js";
import { copiesOf, remove } from "./buffer.js";
import { _ } from "./words.js";

const PATIENCE = 3000;

export function start(page) {
  const person = document.body.dataset.person;
  for (const form of page.querySelectorAll('form[action="/sign-out"]')) {
    let isDecided = false;
    form.addEventListener("submit", async (event) => {
      if (isDecided || !person) return;
      event.preventDefault();
      const saves = [];
      document.dispatchEvent(new CustomEvent("lastsave", { detail: saves }));
      await Promise.race([Promise.allSettled(saves), new Promise((done) => { setTimeout(done, PATIENCE); })]);
      // A form that is still telling of its submission can't be submitted again.
      await new Promise((done) => { setTimeout(done); });
      const left = copiesOf(person).filter((copy) => !copy.sent);
      const go = () => {
        isDecided = true;
        document.dispatchEvent(new CustomEvent("forget"));
        for (const copy of copiesOf(person)) remove(copy.name);
        form.requestSubmit();
      };
      if (left.length) ask(left, go);
      else go();
    });
  }
}

function ask(left, go) {
  document.querySelector("#unsaved")?.remove();
  const words = _("Some words that you typed have not reached us, and signing out removes them from this device: %(pages)s.", {
    pages: [...new Set(left.map((copy) => copy.title.split(" · ")[0]))].join(", "),
  });
  const box = notice("warn", words, [
    [_("Stay signed in"), () => box.remove()],
    [_("Sign out and remove them"), go],
  ]);
  box.id = "unsaved";
  box.tabIndex = -1;
  document.querySelector("main").prepend(box);
  box.focus();
  say(words);
}
