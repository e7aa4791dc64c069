/* Players of films and recordings: their speed as a choice of its own, since not every browser's
   controls can be led there by keyboard, and words in place of a black box where a browser can't
   play what was handed in. Without scripts there are the browser's own controls, and the file's name
   above leads to the file. */

import { say } from "./announce.js";
import { _, locale } from "./words.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export function start(page) {
  for (const player of page.querySelectorAll(".player")) {
    speed(player);
    player.addEventListener("error", () => trouble(player));
    // It may have failed before this was fetched, or be heard but not seen.
    if (player.error) trouble(player);
    player.addEventListener("loadedmetadata", () => {
      if (player.localName === "video" && !player.videoWidth) trouble(player);
    });
    if (player.readyState > 0 && player.localName === "video" && !player.videoWidth) trouble(player);
  }
}

function speed(player) {
  const label = document.createElement("label");
  label.className = "player__speed no-print";
  const select = document.createElement("select");
  select.className = "select";
  const figure = new Intl.NumberFormat(document.documentElement.lang || locale);
  for (const one of SPEEDS) select.append(new Option(`${figure.format(one)} ×`, one, one === 1, one === 1));
  const about = document.createElement("span");
  about.className = "visually-hidden";
  about.textContent = ` ${player.getAttribute("aria-label") ?? ""}`;
  label.append(_("Speed"), about, select);
  select.addEventListener("change", () => { player.playbackRate = Number(select.value); });
  // The browser's own menu may have been used instead.
  player.addEventListener("ratechange", () => {
    if (SPEEDS.includes(player.playbackRate)) select.value = String(player.playbackRate);
  });
  player.after(label);
}

function trouble(player) {
  const words = player.parentElement.querySelector(
    `.player__trouble[data-of="${CSS.escape(player.getAttribute("src").split("#")[0])}"]`,
  );
  if (!words?.hidden) return;
  // The player stays: notes lead to it, and some films can at least be heard.
  words.hidden = false;
  say(words.textContent);
}
