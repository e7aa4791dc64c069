/* The language switch takes along what somebody is writing. Where a page has several forms, it
   belongs to the one that was written in last; without scripts, to the page's main one. */

export function start(page) {
  page.addEventListener("input", ({ target }) => {
    if (!target.form?.matches("[data-keeps]")) return;
    for (const button of page.querySelectorAll("button[name=_language]")) {
      button.setAttribute("form", target.form.id);
    }
  });
}
