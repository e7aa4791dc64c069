/* Films on the reviewer's desk: “Note at 1:23” writes the moment that the player shows into the
   note, and a note's moment leads the player there. Without scripts the moment is typed, and the
   link leads to the player. */

import { _ } from "./words.js";

export function start(page) {
  for (const film of page.querySelectorAll(".player[id^='film-']")) offer(page, film);
  page.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-seek]");
    const film = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!film) return;
    event.preventDefault();
    film.closest("details:not([open])")?.setAttribute("open", "");
    film.dispatchEvent(new CustomEvent("reveal", { bubbles: true }));
    seek(film, Number(link.dataset.seek));
    film.scrollIntoView({ block: "nearest" });
    film.focus();
  });
}

function seek(film, moment) {
  const go = () => { film.currentTime = moment; };
  if (film.readyState > 0) go();
  else {
    film.addEventListener("loadedmetadata", go, { once: true });
    film.load();
  }
}

/* The button stands under the film, since the player's own controls can't be added to. */
function offer(page, film) {
  const id = film.id.slice("film-".length);
  const place = [...page.querySelectorAll("[name^='film/']")].find((field) => (
    field.value === id || [...(field.options ?? [])].some((option) => option.value === id)
  ));
  const box = place?.closest("details");
  const moment = box?.querySelector("[name^='moment/']");
  if (!moment) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet no-print";
  const name = () => { button.textContent = _("Note at %(time)s", { time: clock(film.currentTime) }); };
  name();
  film.addEventListener("timeupdate", name);
  film.addEventListener("seeked", name);
  button.addEventListener("click", () => {
    film.pause();
    place.value = id;
    moment.value = clock(film.currentTime);
    box.open = true;
    box.querySelector("textarea")?.focus();
  });
  film.after(button);
}

function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
