/* Saves a page while it is being written.

   After a pause in typing the whole page is posted to the form's own address, which answers JSON.
   One request at a time; what is typed meanwhile goes with the next. Until the server has it, a
   copy stays in this browser, and is offered back when the page opens again without it. Trouble
   is told in words, and typing goes on through all of it. */

import { notice, say } from "./announce.js";
import { clock, day } from "./times.js";
import { refreshToken } from "./token.js";

const PAUSE = 1200;
const RETRY = [3, 6, 12, 30, 60].map((seconds) => seconds * 1000);
const ASK_AGAIN = 4000;
const KEEP_DAYS = 30;
const OURS = new Set(["csrf_token", "_seen", "revision", "scores_revision"]);

export function start(page) {
  const history = performance.getEntriesByType("navigation")[0];
  if (history?.type === "back_forward") {
    // The browser shows its old copy of the page; the server has what was saved since.
    location.reload();
    return;
  }
  for (const form of page.querySelectorAll("form[data-autosave]")) keep(form);
}

function keep(form) {
  // One address may show one form after another: data-autosave then says which of them this is.
  const part = form.dataset.autosave ? `#${form.dataset.autosave}` : "";
  const copyName = `accolade:${document.body.dataset.person ?? ""}:${location.pathname}${part}`;
  const word = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
  const seen = form.querySelector("input[name=_seen]");
  if (seen) seen.autocomplete = "off";   // or the browser restores an old one with the page
  let typed = 0;           // raised at every change
  let saved = 0;           // the last change that the server has
  let saving = 0;          // the change that is on its way, 0 for none
  let stopped = false;     // a conflict or a refusal: only the person can go on
  let sent = false;        // the page left by a post whose answer this script never saw
  let timer = 0;
  let copyTimer = 0;
  let failures = 0;
  let trouble = null;

  offerCopy();

  form.addEventListener("input", onChange);
  form.addEventListener("change", onChange);
  form.addEventListener("submit", () => {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(copyTimer);
    if (typed > saved) writeCopy(true);
    sent = true;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") { if (!sent) save(true); }
    else resume(false);
  });
  window.addEventListener("focus", () => resume(false));
  window.addEventListener("online", () => save());
  window.addEventListener("pagehide", flush);
  // On a slow line somebody types before this script is here.
  if ([...form.elements].some(isTouched)) onChange({ target: form });
  window.addEventListener("pageshow", (event) => {
    // Back to a page that posted itself while leaving: its token is old by now.
    if (event.persisted && sent) location.reload();
  });

  function onChange(event) {
    if (event.target.type === "file") return;   // js/evidence.js sends those, then says "change"
    typed += 1;
    clearTimeout(timer);
    clearTimeout(copyTimer);
    copyTimer = setTimeout(() => writeCopy(false), 250);
    if (!stopped) timer = setTimeout(save, PAUSE);
  }

  function entries() {
    return [...new FormData(form)].filter(([, value]) => typeof value === "string");
  }

  function body() {
    const data = new FormData();
    for (const [name, value] of entries()) data.append(name, value);
    return data;
  }

  async function save(leaving = false) {
    if (saving || stopped || typed === saved) return;
    clearTimeout(timer);
    const upTo = saving = typed;
    let reply = null;
    try {
      reply = await post(leaving).catch((error) => (leaving ? post() : Promise.reject(error)));
      if (reply.status === 400 && await refreshToken()) reply = await post();
    } catch {
      reply = null;   // no connection
    }
    saving = 0;
    await answered(reply, upTo);
    clearTimeout(timer);
    if (typed > saved && !stopped) timer = setTimeout(save, failures ? wait() : PAUSE);
  }

  function post(leaving = false) {
    return fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: body(),
      credentials: "same-origin",
      keepalive: leaving,
    });
  }

  const wait = () => RETRY[Math.min(failures, RETRY.length) - 1];

  async function answered(reply, upTo) {
    const json = reply && await readJSON(reply);
    if (reply?.ok && json?.seen) {
      failures = 0;
      saved = upTo;
      if (seen) seen.value = json.seen;
      if (typed === saved) dropCopy();
      calm();
      show(`Saved ${clock(new Date(json.saved_at))}`);
      form.dispatchEvent(new CustomEvent("saved", { bubbles: true, detail: json }));
      return;
    }
    failures += 1;
    writeCopy(false);
    if (!reply || reply.status >= 500 || reply.status === 429) {
      show("Not saved yet. Your words are kept on this device, and we keep trying.", true);
    } else if (reply.status === 401 || reply.redirected) {
      signedOut();
    } else if (reply.status === 409) {
      conflict();
    } else {
      refused(json);
    }
  }

  function conflict() {
    stopped = true;
    show("Not saved: there are two versions.", true);
    tell(notice("warn", "This page was also changed in another window or on another device. Nothing is lost: look at both versions and choose.", [
      ["See both versions", () => form.requestSubmit()],
    ]));
  }

  function signedOut() {
    stopped = true;
    show("Not saved yet. Your words are kept on this device.", true);
    const box = notice("warn", "You have been signed out. Sign in again in a new tab; when you come back here, everything you typed is saved.");
    const way = document.createElement("a");
    way.href = "/sign-in";
    way.target = "_blank";
    way.rel = "opener";
    way.className = "button";
    way.textContent = "Sign in in a new tab";
    const line = document.createElement("p");
    line.append(way);
    box.append(line);
    tell(box, true);
    setTimeout(resume, ASK_AGAIN);
  }

  /* Asked on coming back, and every few seconds: they may sign in in a window beside this one. */
  async function resume(again = true) {
    if (!trouble?.signedOut) return;
    if (document.visibilityState === "hidden" || !await refreshToken()) {
      if (again) setTimeout(resume, ASK_AGAIN);
      return;
    }
    if (!trouble?.signedOut) return;
    stopped = false;
    calm();
    save();
  }

  function refused(json) {
    stopped = true;
    show("Not saved. Your words are kept on this device.", true);
    const why = json?.detail || "This page can't be saved as it stands.";
    tell(notice("bad", why, [["Try again", () => { stopped = false; calm(); save(); }]]));
  }

  function tell(box, isSignedOut = false) {
    calm();
    trouble = { box, signedOut: isSignedOut };
    // In the foot, which is in sight wherever on the page somebody is typing.
    (form.querySelector(".sticky-foot") ?? form).prepend(box);
    box.tabIndex = -1;
    say(box.textContent);
  }

  function calm() {
    trouble?.box.remove();
    trouble = null;
  }

  function show(words, isTrouble = false) {
    if (!word) return;
    word.classList.toggle("saved--trouble", isTrouble);
    // Only when it reads differently: a status line that repeats itself would be heard each time.
    if (word.textContent !== words) word.textContent = words;
  }

  /* Leaving with words that the server lacks. Browsers carry at most 64 kB past the page's end;
     beyond that the copy in this browser has to do. */
  function flush() {
    if (typed === saved || stopped) return;
    writeCopy(true);
    sent = true;
    if (saving === typed) return;   // on its way already, since the page was hidden
    try { post(true).catch(() => {}); } catch { /* too large to carry: the copy stays */ }
  }

  /* -- the copy in this browser -- */

  function writeCopy(isSent) {
    const kept = entries().filter(([name]) => !OURS.has(name));
    try {
      localStorage.setItem(copyName, JSON.stringify({ at: Date.now(), seen: seen?.value ?? "", sent: isSent, kept }));
    } catch { /* full or forbidden: the server's save is the one that counts */ }
  }

  function dropCopy() {
    clearTimeout(copyTimer);
    try { localStorage.removeItem(copyName); } catch { /* as above */ }
  }

  function readCopy() {
    try {
      const copy = JSON.parse(localStorage.getItem(copyName) ?? "null");
      return copy && Date.now() - copy.at < KEEP_DAYS * 864e5 ? copy : null;
    } catch {
      return null;
    }
  }

  function offerCopy() {
    const copy = readCopy();
    const arrived = copy?.sent && copy.seen !== (seen?.value ?? "");
    if (!copy || arrived || same(copy.kept, entries())) return dropCopy();
    const when = new Date(copy.at);
    const words = `Some words you typed here on ${day(when)} at ${clock(when)} did not reach us. They are still on this device.`;
    const box = notice("info", words, [
      ["Put them back", async () => { box.remove(); await putBack(copy.kept); say("Your words are back"); }],
      ["Leave them out", () => { box.remove(); dropCopy(); }],
    ]);
    form.prepend(box);
    say(words);
  }

  async function putBack(kept) {
    const { ensureRow } = await import("./rows.js");
    const names = new Map();
    for (const [name, value] of kept) {
      ensureRow(form, name);
      names.set(name, [...(names.get(name) ?? []), value]);
    }
    for (const control of form.elements) {
      const values = names.get(control.name);
      if (control.type === "radio" || control.type === "checkbox") {
        if (names.size && !OURS.has(control.name)) control.checked = Boolean(values?.includes(control.value));
      } else if (values && control.type !== "file" && control.type !== "submit") {
        control.value = values.shift() ?? control.value;
      }
    }
    form.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/* Whether an input says something else than the page came with. */
function isTouched(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.options) return [...control.options].some((one) => one.selected !== one.defaultSelected && (one.defaultSelected || one.index));
  // An input may refuse the very value it came with and be empty; that is nothing somebody typed.
  return !["hidden", "file", "submit"].includes(control.type) && "defaultValue" in control
    && control.value !== control.defaultValue && (control.value || /^text/.test(control.type));
}

function same(kept, now) {
  const flat = (pairs) => pairs
    .filter(([name]) => !OURS.has(name))
    .map(([name, value]) => `${name}\n${value.replaceAll("\r\n", "\n").trim()}`)
    .sort().join("\n\n");
  return flat(kept) === flat(now);
}

async function readJSON(reply) {
  try {
    return /json/.test(reply.headers.get("Content-Type") ?? "") ? await reply.json() : null;
  } catch {
    return null;
  }
}
