/* Saves a page while it is being written.

   After a pause in typing the whole page is posted to the form's own address, which answers JSON.
   One request at a time; what is typed meanwhile goes with the next. Until the server has it, a
   copy stays in this browser (buffer.js), and is offered back when the page opens again without it
   (restoring.js). Trouble is told in words (trouble.js), and typing goes on through all of it. */

import { buffer, entriesOf } from "./buffer.js";
import { offer } from "./restoring.js";
import { clock } from "./times.js";
import { refreshToken } from "./token.js";
import { troubles } from "./trouble.js";
import { _ } from "./words.js";

const PAUSE = 1200;
const SOON = 300;         // where the answer to a save shows further questions
const SLOW = 800;         // a save that takes longer is seen to be under way
const RETRY = [3, 6, 12, 30, 60].map((seconds) => seconds * 1000);
const ASK_AGAIN = 4000;

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
  const word = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
  const seen = form.querySelector("input[name=_seen]");
  if (seen) seen.autocomplete = "off";   // or the browser restores an old one with the page
  const pause = "judged" in form.dataset ? SOON : PAUSE;
  const copies = buffer(form);
  const trouble = troubles(form);
  let base = entriesOf(form);   // what the server had when this page was shown or last saved
  let typed = 0;           // raised at every change
  let saved = 0;           // the last change that the server has
  let saving = 0;          // the change that is on its way, 0 for none
  let stopped = false;     // a conflict or a refusal: only the person can go on
  let isSignedOut = false;
  let sent = false;        // the page left by a post whose answer this script never saw
  let leaving = false;     // signing out: nothing stays behind in this browser
  let timer = 0;
  let copyTimer = 0;
  let failures = 0;

  offer(form, seen, copies);

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
  window.addEventListener("offline", () => { if (typed > saved && !stopped) showOffline(); });
  window.addEventListener("pagehide", flush);
  // js/signing-out.js asks for a last save, and tells when nothing may stay behind.
  document.addEventListener("lastsave", (event) => {
    // A save that takes too long to wait for must not look like one that was never needed.
    if (typed > saved) writeCopy(false);
    event.detail.push(save());
  });
  document.addEventListener("forget", () => { leaving = true; clearTimeout(copyTimer); copies.drop(); });
  // On a slow line somebody types, or a file arrives, before this script is here.
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
    if (!stopped) timer = setTimeout(save, pause);
  }

  async function save(isLeaving = false) {
    if (saving || stopped || typed === saved) return;
    clearTimeout(timer);
    const upTo = saving = typed;
    const sends = entriesOf(form);
    const slow = setTimeout(() => show(_("Saving…"), false), SLOW);
    let reply = null;
    try {
      reply = await post(isLeaving).catch((error) => (isLeaving ? post() : Promise.reject(error)));
      if (reply.status === 400 && await refreshToken()) reply = await post();
    } catch {
      reply = null;   // no connection
    }
    clearTimeout(slow);
    saving = 0;
    await answered(reply, upTo, sends);
    clearTimeout(timer);
    if (typed > saved && !stopped) timer = setTimeout(save, failures ? wait() : pause);
  }

  function post(isLeaving = false) {
    const body = new FormData();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    return fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
      credentials: "same-origin",
      keepalive: isLeaving,
    });
  }

  const wait = () => RETRY[Math.min(failures, RETRY.length) - 1];

  async function answered(reply, upTo, sends) {
    const json = reply && await readJSON(reply);
    if (reply?.ok && json?.seen) {
      failures = 0;
      saved = upTo;
      base = sends;
      if (seen) seen.value = json.seen;
      if (typed === saved) { clearTimeout(copyTimer); copies.drop(); }
      trouble.calm();
      show(_("Saved %(time)s", { time: clock(new Date(json.saved_at)) }));
      form.dispatchEvent(new CustomEvent("saved", { bubbles: true, detail: json }));
      return;
    }
    failures += 1;
    const isKept = writeCopy(false);
    if (!reply) {
      showOffline(isKept);
    } else if (reply.status >= 500 || reply.status === 429) {
      show(isKept ? _("Not saved yet. Your words are kept on this device, and we keep trying.")
        : _("Not saved yet. Keep this page open: we keep trying."), true);
    } else if (reply.status === 401 || reply.redirected) {
      stopped = isSignedOut = true;
      show(_("Not saved yet. Your words are kept on this device."), true);
      trouble.signedOut();
      setTimeout(resume, ASK_AGAIN);
    } else if (reply.status === 409) {
      stopped = true;
      show(_("Not saved: there are two versions."), true);
      trouble.conflict();
    } else {
      stopped = true;
      show(_("Not saved. Your words are kept on this device."), true);
      trouble.refused(json?.detail, () => { stopped = false; trouble.calm(); save(); });
    }
  }

  /* Asked on coming back, and every few seconds: they may sign in in a window beside this one. */
  async function resume(again = true) {
    if (!isSignedOut) return;
    if (document.visibilityState === "hidden" || !await refreshToken()) {
      if (again) setTimeout(resume, ASK_AGAIN);
      return;
    }
    if (!isSignedOut) return;
    stopped = isSignedOut = false;
    trouble.calm();
    save();
  }

  function showOffline(isKept = writeCopy(false)) {
    show(isKept ? _("Kept on this device. It will be saved when you are back online.")
      : _("No connection. Keep this page open: it will be saved when you are back online."), true);
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
    if (typed === saved || stopped || leaving) return;
    writeCopy(true);
    sent = true;
    if (saving === typed) return;   // on its way already, since the page was hidden
    try { post(true).catch(() => {}); } catch { /* too large to carry: the copy stays */ }
  }

  function writeCopy(isSent) {
    return !leaving && copies.write({ seen: seen?.value ?? "", sent: isSent, kept: entriesOf(form), base });
  }
}

/* Whether an input says something else than the page came with. */
function isTouched(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
  if ("arrived" in control.dataset) return true;
  if (control.options) return [...control.options].some((one) => one.selected !== one.defaultSelected && (one.defaultSelected || one.index));
  // An input may refuse the very value it came with and be empty; that is nothing somebody typed.
  return !["hidden", "file", "submit"].includes(control.type) && "defaultValue" in control
    && control.value !== control.defaultValue && (control.value || /^text/.test(control.type));
}

async function readJSON(reply) {
  try {
    return /json/.test(reply.headers.get("Content-Type") ?? "") ? await reply.json() : null;
  } catch {
    return null;
  }
}
