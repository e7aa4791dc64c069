/* What keeps a page from being saved, told in its foot, which is in sight wherever on the page
   somebody is typing. Each trouble comes with the one thing that a person can do about it. */

import { notice, say } from "./announce.js";
import { _ } from "./words.js";

export function troubles(form) {
  let box = null;

  function calm() {
    box?.remove();
    box = null;
  }

  function tell(made) {
    calm();
    box = made;
    (form.querySelector(".sticky-foot") ?? form).prepend(box);
    box.tabIndex = -1;
    say(box.textContent);
  }

  return {
    calm,
    conflict() {
      tell(notice("warn", _("This page was also changed in another window or on another device. Nothing is lost: look at both versions and choose."), [
        [_("See both versions"), () => form.requestSubmit()],
      ]));
    },
    signedOut() {
      const made = notice("warn", _("You have been signed out. Sign in again in a new tab; when you come back here, everything you typed is saved."));
      const way = document.createElement("a");
      Object.assign(way, { href: "/sign-in", target: "_blank", rel: "opener", className: "button", textContent: _("Sign in in a new tab") });
      const line = document.createElement("p");
      line.append(way);
      made.append(line);
      tell(made);
    },
    refused(why, again) {
      tell(notice("bad", why || _("This page can't be saved as it stands."), [[_("Try again"), again]]));
    },
  };
}
