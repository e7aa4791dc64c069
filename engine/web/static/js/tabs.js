/* Tabs. `[data-tabs]` holds a list of links to sections of itself: without scripts they are links
   and everything is on the page; with them one section shows at a time. `.panes` stand side by
   side where there is room, and become tabs on a phone. Keys as in the ARIA practices: arrows
   move, Home and End jump. */

import { _ } from "./words.js";

let count = 0;

export function start(page) {
  for (const box of page.querySelectorAll("[data-tabs]")) linked(box);
  for (const panes of page.querySelectorAll(".panes")) narrow(panes);
}

function linked(box) {
  const list = box.querySelector(".tabs");
  const links = [...(list?.querySelectorAll("a[href^='#']") ?? [])];
  const pairs = links
    .map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))])
    .filter(([, panel]) => panel);
  if (pairs.length < 2) return;
  // Roles belong to the list itself; a <nav> around it would only say "navigation" too much.
  const nav = list.closest("nav");
  if (nav) { list.setAttribute("aria-label", nav.getAttribute("aria-label") ?? ""); nav.setAttribute("role", "presentation"); nav.removeAttribute("aria-label"); }
  for (const item of list.children) item.setAttribute("role", "presentation");
  const show = tablist(list, pairs);
  const asked = pairs.findIndex(([, panel]) => location.hash && panel.contains(target(location.hash)));
  show(asked >= 0 ? asked : 0);
  const open = (place) => {
    const at = pairs.findIndex(([, panel]) => panel.contains(place));
    if (at >= 0) show(at);
  };
  box.addEventListener("reveal", (event) => open(event.target));
  window.addEventListener("hashchange", () => {
    const place = target(location.hash);
    if (place && box.contains(place)) { open(place); place.scrollIntoView(); }
  });
}

const target = (hash) => document.getElementById(hash.slice(1)) ?? document.getElementById(decodeURIComponent(hash.slice(1)));

function narrow(panes) {
  const all = [...panes.querySelectorAll(":scope > .pane")];
  if (all.length < 2) return;
  const list = document.createElement("div");
  list.className = "tabs panes__tabs";
  list.setAttribute("aria-label", panes.getAttribute("aria-label") ?? _("Parts of this page"));
  const pairs = all.map((pane, index) => {
    const button = document.createElement("button");
    button.type = "button";
    const heading = pane.querySelector("h2, h3");
    button.textContent = pane.dataset.tab ?? pane.getAttribute("aria-label") ?? heading?.textContent.trim() ?? _("Part %(number)s", { number: index + 1 });
    list.append(button);
    return [button, pane];
  });
  const show = tablist(list, pairs, false);
  const phone = window.matchMedia("(max-width: 63.99rem)");
  const fit = () => {
    if (phone.matches) {
      panes.prepend(list);
      dress(pairs, list, true);
      show(Math.max(0, pairs.findIndex(([tab]) => tab.getAttribute("aria-selected") === "true")));
    } else {
      list.remove();
      dress(pairs, list, false);
      for (const pane of all) pane.hidden = false;
    }
  };
  phone.addEventListener("change", fit);
  panes.addEventListener("reveal", (event) => {
    const at = all.findIndex((pane) => pane.contains(event.target));
    if (phone.matches && at >= 0) show(at);
  });
  fit();
}

/* Gives tabs and panels their roles, or takes them off again. */
function dress(pairs, list, on) {
  if (on) list.setAttribute("role", "tablist");
  for (const [tab, panel] of pairs) {
    if (!tab.id) tab.id = `tab-${++count}`;
    if (!panel.id) panel.id = `panel-${count}`;
    if (on) {
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
    } else {
      panel.removeAttribute("role");
      panel.removeAttribute("aria-labelledby");
    }
  }
}

function tablist(list, pairs, now = true) {
  if (now) dress(pairs, list, true);
  const show = (at, focus = false) => {
    pairs.forEach(([tab, panel], index) => {
      const on = index === at;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panel.hidden = !on;
    });
    if (focus) pairs[at][0].focus();
  };
  pairs.forEach(([tab], index) => {
    tab.addEventListener("click", (event) => { event.preventDefault(); show(index); });
    tab.addEventListener("keydown", (event) => {
      const last = pairs.length - 1;
      const to = {
        ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index ? index - 1 : last, Home: 0, End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(to, true);
    });
  });
  return show;
}
