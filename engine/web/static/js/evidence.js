/* Evidence: files go up one by one while the person writes on, with progress in words and a bar;
   they may be dropped anywhere on the field. A failed upload keeps its line, says why, and can be
   tried again. Without this, files travel with "Save and continue". */

import { notice, say } from "./announce.js";
import { refreshToken } from "./token.js";

export function start(page) {
  for (const field of page.querySelectorAll(".evidence[data-evidence]")) prepare(field);
  page.addEventListener("grown", (event) => {
    for (const field of event.target.querySelectorAll?.(".evidence[data-evidence]") ?? []) prepare(field);
  });
}

const address = (field) => field.dataset.uploadUrl ?? field.closest("form")?.dataset.uploadUrl;
const isMany = (field) => "many" in field.dataset && field.dataset.many !== "false" && field.dataset.many !== "0";

function prepare(field) {
  const input = field.querySelector("input[type=file]");
  if (!input || !address(field) || field.dataset.ready) return;
  field.dataset.ready = "1";
  const zone = field.querySelector(".evidence__drop") ?? field;
  if (matchMedia("(hover: hover)").matches && !zone.querySelector(".evidence__tip")) {
    const tip = document.createElement("p");
    tip.className = "field__hint evidence__tip";
    tip.textContent = isMany(field) ? "You can also drop files here." : "You can also drop a file here.";
    zone.append(tip);
  }
  input.addEventListener("change", () => {
    take(field, [...input.files]);
    input.value = "";   // sent from here; posting the page must not send them twice
  });
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      field.classList.toggle("evidence--over", over);
    });
  }
  zone.addEventListener("drop", (event) => take(field, [...(event.dataTransfer?.files ?? [])]));
  field.addEventListener("click", (event) => {
    const button = event.target.closest(".evidence__file button[name=_remove], .evidence__remove");
    if (!button) return;
    event.preventDefault();
    remove(field, button.closest(".evidence__file"));
  });
}

function list(field) {
  let files = field.querySelector(".evidence__files");
  if (!files) {
    files = document.createElement("ul");
    files.className = "evidence__files";
    field.prepend(files);
  }
  return files;
}

async function take(field, files) {
  // Of several files for a field that holds one, the last would win; say so instead.
  if (!isMany(field) && files.length > 1) {
    say("This question takes one file. The first one is used.");
    files = files.slice(0, 1);
  }
  for (const file of files) await send(field, file, line(field, file));
}

function line(field, file) {
  const item = document.createElement("li");
  item.className = "evidence__file";
  const name = document.createElement("span");
  name.className = "evidence__name";
  name.textContent = file.name;
  item.append(name);
  list(field).append(item);
  return item;
}

function send(field, file, item) {
  item.classList.remove("evidence__file--failed");
  item.querySelectorAll("button, .evidence__problem, .evidence__meta").forEach((old) => old.remove());
  const most = Number(field.dataset.maxBytes);
  if (most && file.size > most) {
    failed(field, file, item, `This file is ${size(file.size)}; the most that fits here is ${size(most)}.`, false);
    return Promise.resolve();
  }
  const bar = document.createElement("progress");
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  const stop = button("Stop", `sending ${file.name}`);
  item.append(bar, stop);
  say(`Sending ${file.name}`);

  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(field));
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { bar.max = event.total; bar.value = event.loaded; });
    stop.addEventListener("click", () => request.abort());
    request.addEventListener("abort", () => { item.remove(); say(`${file.name} was not sent`); field.querySelector("input[type=file]")?.focus(); });
    request.addEventListener("load", async () => {
      if (request.status >= 200 && request.status < 300 && request.response?.id) {
        arrived(field, item, request.response, file);
      } else if (request.status === 400 && !file.triedAgain && await refreshToken()) {
        file.triedAgain = true;
        bar.remove();
        await send(field, file, item);
      } else if (request.status === 401) {
        failed(field, file, item, "You have been signed out. Sign in again in another tab, then try again.");
      } else {
        failed(field, file, item, request.response?.detail || "The file could not be kept.", request.status >= 500 || request.status === 400);
      }
    });
    request.addEventListener("error", () => failed(field, file, item, "The connection was lost."));
    request.addEventListener("loadend", () => done());
    const data = new FormData();
    data.append("csrf_token", field.closest("form")?.querySelector("input[name=csrf_token]")?.value ?? "");
    data.append("pointer", field.dataset.evidence);
    data.append("file", file);
    request.send(data);
  });
}

function arrived(field, item, facts, file) {
  if (!isMany(field)) for (const other of list(field).children) if (other !== item) other.remove();
  const kept = document.createElement("input");
  kept.type = "hidden";
  kept.value = facts.id;
  const link = document.createElement("a");
  link.href = facts.url ?? `/evidence/${facts.id}`;
  link.target = "_blank";
  link.textContent = facts.name ?? file.name;
  const meta = document.createElement("span");
  meta.className = "evidence__meta";
  meta.textContent = size(facts.bytes ?? file.size);
  const away = button("Remove", facts.name ?? file.name);
  away.classList.add("evidence__remove");
  item.replaceChildren(kept, link, meta, away);
  field.closest(".field--error")?.querySelector(".field__error")?.setAttribute("data-answered", "");
  changed(field);
  say(`${facts.name ?? file.name} is kept`);
}

function failed(field, file, item, why, again = true) {
  item.classList.add("evidence__file--failed");
  item.querySelectorAll("progress, button").forEach((old) => old.remove());
  const words = document.createElement("span");
  words.className = "evidence__problem";
  words.textContent = why;
  const acts = document.createElement("span");
  acts.className = "evidence__acts";
  if (again) {
    const retry = button("Try again", `sending ${file.name}`);
    retry.addEventListener("click", () => { delete file.triedAgain; acts.remove(); send(field, file, item); });
    acts.append(retry);
  }
  const away = button("Dismiss", file.name);
  away.addEventListener("click", () => { item.remove(); field.querySelector("input[type=file]")?.focus(); });
  acts.append(away);
  item.append(words, acts);
  say(`${file.name}: ${why}`);
}

function remove(field, item) {
  const name = item.querySelector("a, .evidence__name")?.textContent.trim() ?? "The file";
  const back = notice("info", `${name} is taken out.`, [["Put it back", () => {
    line.replaceWith(item);
    changed(field);
    item.querySelector("button")?.focus();
    say(`${name} is back`);
  }]]);
  const line = document.createElement("li");
  line.append(back);
  item.replaceWith(line);
  changed(field);
  back.querySelector("button").focus();
  say(`${name} is taken out. There is a button to put it back.`);
}

/* Kept files of a list are named by their place in it; then autosave hears of it. */
function changed(field) {
  const kept = [...field.querySelectorAll(".evidence__file input[type=hidden]")];
  kept.forEach((input, index) => {
    input.name = isMany(field) ? `${field.dataset.evidence}/${index}` : field.dataset.evidence;
  });
  // An answer that is now empty must say so: what a page does not mention stays as it was.
  let none = field.querySelector(":scope > input[type=hidden]");
  if (!kept.length && !none) {
    none = document.createElement("input");
    none.type = "hidden";
    none.name = field.dataset.evidence;
    field.append(none);
  }
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function button(label, about) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button--quiet";
  made.textContent = label;
  const rest = document.createElement("span");
  rest.className = "visually-hidden";
  rest.textContent = ` ${about}`;
  made.append(rest);
  return made;
}

/* As the server says sizes: 840 bytes, 12 KB, 3.4 MB. */
function size(bytes) {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1e6).toFixed(1).replace(/\.0$/, "")} MB`;
}
