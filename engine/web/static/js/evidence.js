/* Evidence: files go up while the person writes on, several at once, with progress in words and a
   bar; they may be dropped anywhere on the field, paused, and taken up again after the tab was
   closed. A file that can't be sent keeps its line and says why. Links are added in place. Without
   this, files and links travel with "Save and continue". */

import { notice, say } from "./announce.js";
import { Obstacle, Upload, drop, forget, look, unfinished } from "./pieces.js";
import { post, postWhole } from "./sending.js";
import { _ } from "./words.js";

export function start(page) {
  for (const field of page.querySelectorAll(".evidence[data-evidence]")) prepare(field);
  page.addEventListener("grown", (event) => {
    for (const field of event.target.querySelectorAll?.(".evidence[data-evidence]") ?? []) prepare(field);
  });
}

const address = (field) => field.dataset.uploadUrl ?? field.closest("form")?.dataset.uploadUrl;
const tusAddress = (field) => field.closest("form")?.dataset.uploadsUrl;
const isMany = (field) => "many" in field.dataset && field.dataset.many !== "false" && field.dataset.many !== "0";
const chooser = (field) => field.querySelector(".evidence__drop input[type=file]");

function prepare(field) {
  if (!address(field) || field.dataset.ready) return;
  field.dataset.ready = "1";
  const input = chooser(field);
  if (input) prepareFiles(field, input);
  const add = field.querySelector(".evidence__add");
  if (add) prepareLinks(field, add);
  field.addEventListener("click", (event) => {
    const button = event.target.closest(".evidence__file button[name=_remove], .evidence__remove");
    if (!button) return;
    event.preventDefault();
    remove(field, button.closest(".evidence__file"));
  });
  // On a slow line, somebody may have chosen before this was here.
  for (const captions of field.querySelectorAll(".evidence__captions input[type=file]")) attachCaptions(field, captions);
  field.addEventListener("change", (event) => {
    const captions = event.target.closest(".evidence__captions input[type=file]");
    if (captions) attachCaptions(field, captions);
  });
}

function prepareFiles(field, input) {
  const zone = field.querySelector(".evidence__drop") ?? field;
  if (matchMedia("(hover: hover)").matches && !zone.querySelector(".evidence__tip")) {
    const tip = element("p", "field__hint evidence__tip");
    tip.textContent = isMany(field) ? _("You can also drop files here.") : _("You can also drop a file here.");
    zone.append(tip);
  }
  const takeChosen = () => {
    take(field, [...input.files]);
    input.value = "";   // sent from here; posting the page must not send them twice
  };
  takeChosen();
  input.addEventListener("change", takeChosen);
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      field.classList.toggle("evidence--over", over);
    });
  }
  zone.addEventListener("drop", (event) => take(field, [...(event.dataTransfer?.files ?? [])]));
  if (tusAddress(field)) offerUnfinished(field);
}

function list(field) {
  let files = field.querySelector(".evidence__files");
  if (!files) {
    files = element("ul", "evidence__files");
    field.prepend(files);
  }
  return files;
}

function take(field, files) {
  // Of several files for a field that holds one, the last would win; say so instead.
  if (!isMany(field) && files.length > 1) {
    say(_("This question takes one file. The first one is used."));
    files = files.slice(0, 1);
  }
  for (const file of files) send(field, file, line(field, file));
}

function line(field, file) {
  // A file that was begun before the tab was closed has its line already.
  const begun = [...field.querySelectorAll(".evidence__file[data-unfinished]")]
    .find((item) => item.dataset.unfinished === `${file.name}|${file.size}`);
  const item = begun ?? element("li", "evidence__file");
  delete item.dataset.unfinished;
  const name = element("span", "evidence__name");
  name.textContent = file.name;
  item.replaceChildren(name);
  if (!begun) list(field).append(item);
  return item;
}

async function send(field, file, item) {
  item.classList.remove("evidence__file--failed");
  item.querySelectorAll("button, .evidence__problem, .evidence__meta, .evidence__acts").forEach((old) => old.remove());
  const most = Number(field.dataset.maxBytes);
  if (most && file.size > most) {
    failed(field, file, item, _("This file is %(size)s; the most that fits here is %(most)s.", { size: size(file.size), most: size(most) }), false);
    return;
  }
  const shown = progress(file, item);
  say(_("Sending %(name)s", { name: file.name }));
  try {
    const facts = tusAddress(field) ? await inPieces(field, file, item, shown) : await whole(field, file, item, shown);
    if (facts) arrived(field, item, facts);
  } catch (obstacle) {
    if (!(obstacle instanceof Obstacle)) throw obstacle;
    failed(field, file, item, obstacle.message, obstacle.again);
  }
}

function inPieces(field, file, item, shown) {
  const upload = new Upload(file, tusAddress(field), field.dataset.evidence, {
    moved: shown.moved,
    waits: (seconds, why) => shown.words(why || _("The connection was lost. Trying again in %(seconds)s seconds.", { seconds })),
  });
  const pause = button(_("Pause"), file.name);
  const stop = button(_("Stop"), _("sending %(name)s", { name: file.name }));
  const acts = element("span", "evidence__acts");
  acts.append(pause, stop);
  item.append(acts);
  pause.addEventListener("click", () => {
    if (upload.paused) upload.resume(); else upload.pause();
    label(pause, upload.paused ? _("Continue") : _("Pause"), file.name);
    shown.hold(upload.paused);
    say(upload.paused ? _("%(name)s waits", { name: file.name }) : _("Sending %(name)s", { name: file.name }));
  });
  stop.addEventListener("click", () => { upload.stop(); gone(field, file, item); });
  return upload.run();
}

async function whole(field, file, item, shown) {
  const stop = button(_("Stop"), _("sending %(name)s", { name: file.name }));
  item.append(stop);
  const leaving = new AbortController();
  stop.addEventListener("click", () => { leaving.abort(); gone(field, file, item); });
  return postWhole(field.closest("form"), address(field), { pointer: field.dataset.evidence, file }, shown.moved, leaving.signal);
}

/* A bar, and the same in words. Halves of large files are told aloud, not each piece. */
function progress(file, item) {
  const bar = element("progress");
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", _("Sending %(name)s", { name: file.name }));
  const meta = element("span", "evidence__meta");
  item.append(bar, meta);
  let told = false;
  let held = false;
  const words = (text) => { meta.textContent = text; };
  const moved = (bytes) => {
    bar.value = bytes;
    if (held) return;
    const share = Math.floor((100 * bytes) / (file.size || 1));
    words(_("%(share)s percent: %(arrived)s of %(all)s", { share, arrived: size(bytes), all: size(file.size) }));
    if (share >= 100) words(_("All of it has arrived. Checking it…"));
    if (!told && share >= 50 && file.size > 20e6) {
      told = true;
      say(_("Half of %(name)s has arrived", { name: file.name }));
    }
  };
  const hold = (paused) => {
    held = paused;
    if (paused) words(_("Paused: %(arrived)s of %(all)s has arrived", { arrived: size(bar.value), all: size(file.size) }));
    else moved(bar.value);
  };
  moved(0);
  return { moved, words, hold };
}

function gone(field, file, item) {
  item.remove();
  say(_("%(name)s was not sent", { name: file.name }));
  chooser(field)?.focus();
}

/* Files whose sending was cut off with an earlier page: the browser forgets them, we remember how
   much of them has arrived. */
async function offerUnfinished(field) {
  for (const one of unfinished(tusAddress(field), field.dataset.evidence)) {
    const there = await look(one.url);
    if (there === null) {
      forget(one.key);
      continue;
    }
    const item = element("li", "evidence__file");
    item.dataset.unfinished = `${one.name}|${one.size}`;
    const name = element("span", "evidence__name");
    name.textContent = one.name;
    const meta = element("span", "evidence__meta");
    meta.textContent = _("%(arrived)s of %(all)s has arrived. Choose this file again, and the rest follows.", { arrived: size(there), all: size(one.size) });
    const away = button(_("Dismiss"), one.name);
    away.addEventListener("click", () => {
      forget(one.key);
      drop(one.url);
      item.remove();
      chooser(field)?.focus();
    });
    item.append(name, meta, away);
    list(field).append(item);
  }
}

function arrived(field, item, facts) {
  if (!isMany(field)) for (const other of [...list(field).children]) if (other !== item) other.remove();
  const kept = element("input");
  kept.type = "hidden";
  kept.value = facts.id;
  kept.dataset.arrived = "";
  const parts = [kept];
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(facts.media_type)) {
    const thumb = element("img", "evidence__thumb");
    Object.assign(thumb, { src: facts.url, alt: "", width: 72, height: 54 });
    parts.push(thumb);
  }
  const link = element("a");
  link.href = facts.url ?? `/evidence/${facts.id}`;
  link.target = "_blank";
  link.rel = facts.link ? "noopener noreferrer nofollow external" : "noopener";
  link.textContent = facts.name;
  const meta = element("span", "evidence__meta");
  meta.textContent = facts.link ? _("Link to %(address)s", { address: facts.url }) : `${facts.kind ?? ""}, ${size(facts.bytes)}`.replace(/^, /, "");
  parts.push(link, meta);
  if (facts.note) {
    const note = element("p", "evidence__note");
    note.textContent = facts.note;
    parts.push(note);
  }
  if ("captioned" in field.dataset && !facts.link) parts.push(captionsInput(facts));
  const away = button(_("Remove"), facts.name);
  away.classList.add("evidence__remove");
  const hadFocus = item.contains(document.activeElement);
  item.replaceChildren(...parts, away);
  if (hadFocus) away.focus();
  field.closest(".field--error")?.querySelector(".field__error")?.setAttribute("data-answered", "");
  changed(field);
  say([_("%(name)s is kept", { name: facts.name }), facts.note].filter(Boolean).join(". "));
}

function failed(field, file, item, why, again = true) {
  item.classList.add("evidence__file--failed");
  const hadFocus = item.contains(document.activeElement);
  item.querySelectorAll("progress, button, .evidence__meta, .evidence__acts").forEach((old) => old.remove());
  const words = element("span", "evidence__problem");
  words.textContent = why;
  const acts = element("span", "evidence__acts");
  if (again) {
    const retry = button(_("Try again"), _("sending %(name)s", { name: file.name }));
    retry.addEventListener("click", () => { words.remove(); acts.remove(); send(field, file, item); });
    acts.append(retry);
  }
  const away = button(_("Dismiss"), file.name);
  away.addEventListener("click", () => { item.remove(); chooser(field)?.focus(); });
  acts.append(away);
  item.append(words, acts);
  if (hadFocus) acts.querySelector("button").focus();
  say(`${file.name}: ${why}`);
}

function remove(field, item) {
  const name = item.querySelector("a, .evidence__name")?.firstChild?.textContent.trim() ?? _("The file");
  const back = notice("info", _("%(name)s is taken out.", { name }), [[_("Put it back"), () => {
    line.replaceWith(item);
    changed(field);
    item.querySelector("button")?.focus();
    say(_("%(name)s is back", { name }));
  }]]);
  const line = element("li");
  line.append(back);
  item.replaceWith(line);
  changed(field);
  back.querySelector("button").focus();
  say(_("%(name)s is taken out. There is a button to put it back.", { name }));
}

/* Kept files of a list are named by their place in it; then autosave hears of it. */
function changed(field) {
  const kept = [...field.querySelectorAll(".evidence__file input[type=hidden]")];
  kept.forEach((input, index) => {
    input.name = isMany(field) ? `${field.dataset.evidence}/${index}` : field.dataset.evidence;
    const captions = input.parentElement.querySelector(".evidence__captions input");
    if (captions) captions.name = `${input.name}#captions`;
  });
  // An answer that is now empty must say so: what a page does not mention stays as it was.
  let none = field.querySelector(":scope > input[type=hidden]");
  if (!kept.length && !none) {
    none = element("input");
    none.type = "hidden";
    none.name = field.dataset.evidence;
    field.append(none);
  }
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function prepareLinks(field, add) {
  const part = (suffix) => field.querySelector(`.evidence__link input[name$="#${suffix}"]`);
  const complaint = element("p", "field__error");
  complaint.id = `${part("url").id}-error`;
  const go = async () => {
    complaint.remove();
    part("url").removeAttribute("aria-invalid");
    if (!part("url").value.trim()) {
      part("url").focus();
      return;
    }
    try {
      const facts = await post(field.closest("form"), address(field), {
        pointer: field.dataset.evidence, url: part("url").value, title: part("title").value,
      });
      const item = element("li", "evidence__file");
      list(field).append(item);
      part("url").value = part("title").value = "";
      arrived(field, item, facts);
      part("url").focus();
    } catch (obstacle) {
      if (!(obstacle instanceof Obstacle)) throw obstacle;
      complaint.textContent = obstacle.message;
      part("url").before(complaint);
      part("url").setAttribute("aria-invalid", "true");
      part("url").setAttribute("aria-describedby", complaint.id);
      part("url").focus();
      say(obstacle.message);
    }
  };
  add.addEventListener("click", (event) => { event.preventDefault(); go(); });
  for (const suffix of ["url", "title"]) {
    // Enter here adds the link; it would press the form's first button otherwise.
    part(suffix).addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      go();
    });
  }
}

function captionsInput(facts) {
  const box = element("div", "evidence__captions");
  const input = element("input", "input");
  Object.assign(input, { type: "file", accept: ".vtt,text/vtt", id: `captions-${facts.id}` });
  const words = element("label");
  words.htmlFor = input.id;
  label(words, _("Captions (.vtt)"), facts.name);
  box.append(words, input);
  return box;
}

async function attachCaptions(field, input) {
  if (!input.files.length) return;
  const box = input.closest(".evidence__captions");
  const video = input.closest(".evidence__file").querySelector("input[type=hidden]").value;
  box.querySelectorAll(".field__error, .field__hint").forEach((old) => old.remove());
  const said = element("p", "field__hint");
  try {
    const facts = await post(field.closest("form"), address(field), { captions_of: video, file: input.files[0] });
    said.textContent = _("The captions are kept: %(name)s", { name: facts.name });
  } catch (obstacle) {
    if (!(obstacle instanceof Obstacle)) throw obstacle;
    said.className = "field__error";
    said.textContent = obstacle.message;
  }
  input.value = "";
  box.append(said);
  say(said.textContent);
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}

function button(words, about) {
  const made = element("button", "button button--quiet");
  made.type = "button";
  label(made, words, about);
  return made;
}

function label(what, words, about) {
  const rest = element("span", "visually-hidden");
  rest.textContent = ` ${about}`;
  what.replaceChildren(words, rest);
}

/* As the server says sizes: 840 bytes, 12 KB, 3.4 MB. */
function size(bytes) {
  if (bytes < 1000) return bytes === 1 ? _("1 byte") : _("%(count)s bytes", { count: bytes });
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1).replace(/\.0$/, "")} MB`;
  return `${(bytes / 1e9).toFixed(1).replace(/\.0$/, "")} GB`;
}
