/* Words that did not reach the server are offered back when their page opens again.

   What was typed is put into the page as it is now, question by question: what the copy changed is
   taken from the copy, everything else stays as the server has it. Where both changed the same
   question the save goes out as the old page, so that the server shows both versions. */

import { notice, say } from "./announce.js";
import { entriesOf, remove } from "./buffer.js";
import { clock, day } from "./times.js";
import { _ } from "./words.js";

export async function offer(form, seen, copies) {
  for (const copy of await copies.left()) {
    const isSettled = copy.settled && copy.settled !== seen?.value;
    if (isSettled || isThere(copy, form)) {
      remove(copy.name);
      continue;
    }
    const when = new Date(copy.at);
    const words = _("Some words you typed here on %(day)s at %(time)s did not reach us. They are still on this device.", {
      day: day(when), time: clock(when),
    });
    const box = notice("info", words, [
      [_("Put them back"), async () => {
        box.remove();
        await putBack(form, seen, copy);
        remove(copy.name);
        say(_("Your words are back"));
      }],
      [_("Leave them out"), () => { box.remove(); remove(copy.name); }],
    ]);
    form.prepend(box);
    say(words);
  }
}

async function putBack(form, seen, copy) {
  const now = grouped(entriesOf(form));
  const typed = grouped(copy.kept);
  const base = copy.base ? grouped(copy.base) : null;
  const changed = changedIn(copy);
  const clash = base && changed.some((name) => !alike(now.get(name), base.get(name)) && !alike(now.get(name), typed.get(name)));
  if (clash && seen) seen.value = copy.seen;
  const { ensureRow } = await import("./rows.js");
  for (const name of changed) ensureRow(form, name);
  for (const name of changed) {
    const values = [...(typed.get(name) ?? [])];
    for (const control of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
      else if (!["file", "submit"].includes(control.type) && typed.has(name)) control.value = values.shift() ?? control.value;
    }
  }
  form.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function grouped(pairs) {
  const found = new Map();
  for (const [name, value] of pairs) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}

const plain = (value) => value.replaceAll("\r\n", "\n").trim();
const alike = (one = [], other = []) => one.map(plain).join("\n\n") === other.map(plain).join("\n\n");

/* The names that somebody changed; all of them, where the copy does not tell. */
function changedIn(copy) {
  const typed = grouped(copy.kept);
  const base = copy.base ? grouped(copy.base) : null;
  return [...new Set([...typed.keys(), ...(base?.keys() ?? [])])]
    .filter((name) => !base || !alike(typed.get(name), base.get(name)));
}

/* Whether the page says all that the copy changed. A save on the way out may have arrived, and the
   server may spell an answer its own way (a number, a date, white space), or leave a blank row out. */
function isThere(copy, form) {
  const now = grouped(entriesOf(form));
  const typed = grouped(copy.kept);
  const loose = (values = []) => values.map((value) => value.replace(/[\s.,;:'"-]+/g, "").toLowerCase()).filter(Boolean).join("\n");
  return changedIn(copy).every((name) => name.endsWith("#id") || loose(now.get(name)) === loose(typed.get(name)));
}
