/* The error summary takes focus when the page opens, and its links put the cursor into the field.
   A plain link would only scroll, and not at all when the field stands in something closed. */

export function start(page) {
  const summary = page.querySelector(".error-summary");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href*='#']");
    if (!link || link.pathname !== location.pathname) return;
    const field = find(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    goTo(field);
    history.replaceState(null, "", link.hash);
  });
  if (location.hash.length > 1) {
    // Came from "check your answers" on another page: straight to that field.
    const field = find(location.hash.slice(1));
    if (field && !summary.contains(field)) goTo(field);
  }
}

function find(id) {
  return document.getElementById(id) ?? document.getElementById(decodeURIComponent(id));
}

/* Opens what hides the place, then focuses the control there: a group is asked for its first. */
export function goTo(place) {
  place.dispatchEvent(new CustomEvent("reveal", { bubbles: true }));
  const takes = "input:not([type=hidden]), select, textarea, button";
  const control = place.matches(takes) || place.tabIndex >= 0
    ? place
    : place.querySelector(`:is(${takes}):not([hidden])`) ?? place;
  if (control === place && !place.matches(takes) && !place.hasAttribute("tabindex")) {
    place.tabIndex = -1;
  }
  const top = control.closest(".field, .group, .row") ?? control;
  top.scrollIntoView({ block: "start" });
  control.focus({ preventScroll: true });
}
