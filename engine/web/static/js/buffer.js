/* The copy of unsaved words in this browser. It survives a closed tab, a crash and a lost
   connection; it belongs to an account, so that the next person at a shared computer never sees
   it. Each window has a copy of its own, or two windows of one page would write over each other's;
   a lock tells which windows are still open. */

const KEEP_DAYS = 30;
const OURS = new Set(["csrf_token", "_seen", "_live", "revision", "scores_revision"]);
const SENT = "accolade:sent";
const prefix = (person) => `accolade:${person}:`;

export function buffer(form) {
  // One address may show one form after another: data-autosave then says which of them this is.
  const part = form.dataset.autosave ? `#${form.dataset.autosave}` : "";
  const page = `${prefix(document.body.dataset.person ?? "")}${location.pathname}${part}`;
  const name = `${page}|${Math.random().toString(36).slice(2, 10)}`;
  // Held until the window closes; without locks (plain http) every copy counts as left behind.
  navigator.locks?.request(name, () => new Promise(() => {}));
  return {
    write(copy) {
      try {
        localStorage.setItem(name, JSON.stringify({ at: Date.now(), title: document.title, ...copy }));
        if (copy.sent) sessionStorage.setItem(SENT, name);
        return true;
      } catch {
        return false;   // full or forbidden: the server's save is the one that counts
      }
    },
    drop: () => remove(name),
    async left() {
      const open = new Set((await navigator.locks?.query?.())?.held?.map((lock) => lock.name) ?? []);
      return copies().filter((copy) => copy.name !== name && !open.has(copy.name)
        && (copy.name === page || copy.name.startsWith(`${page}|`)));
    },
  };
}

/* What of a form is worth keeping: everything that a person answers. */
export function entriesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OURS.has(name));
}

/* Every copy of this person's that has not reached the server, the newest first. */
export function copiesOf(person) {
  return copies().filter((copy) => copy.name.startsWith(prefix(person)));
}

/* The copy of what this window sent last is settled: somebody was shown it beside the server's
   version `seen` and chose. It stays until the server has a later version; without `seen`, where
   the copy's own words were declined, it goes at once. */
export function settle(seen) {
  try {
    const name = sessionStorage.getItem(SENT);
    const copy = parsed(localStorage.getItem(name));
    if (!copy) return;
    if (seen) localStorage.setItem(name, JSON.stringify({ ...copy, settled: seen }));
    else remove(name);
  } catch { /* forbidden: then there is none */ }
}

export function remove(name) {
  try { localStorage.removeItem(name); } catch { /* forbidden: then there is none */ }
}

function copies() {
  const found = [];
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith("accolade:")) continue;
      const copy = parsed(localStorage.getItem(name));
      if (copy && Date.now() - copy.at < KEEP_DAYS * 864e5) found.push({ ...copy, name });
      else remove(name);
    }
  } catch { /* forbidden */ }
  return found.sort((one, other) => other.at - one.at);
}

function parsed(text) {
  try {
    const copy = JSON.parse(text);
    return Array.isArray(copy?.kept) ? copy : null;
  } catch {
    return null;
  }
}
