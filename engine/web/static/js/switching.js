/* The language switch takes along what somebody is writing. Where a page has several forms, it
   belongs to the one that was written in last; without scripts, to the page's main one. A search
   that was not sent yet becomes part of the address that the switch leads back to. */

export function start(page) {
  const own = page.getElementById("language-switch");
  let search = null;
  page.addEventListener("input", ({ target }) => {
    const form = target.form;
    const searches = form && own && asksThisPage(form);
    if (!searches && !form?.matches("[data-keeps]")) return;
    search = searches ? form : null;
    for (const button of page.querySelectorAll("button[name=_language], button[data-enter]")) {
      button.setAttribute("form", searches ? own.id : form.id);
    }
  });
  own?.addEventListener("submit", () => {
    if (!search) return;
    const asked = new URLSearchParams(new FormData(search));
    own.elements._next.value = `${location.pathname}?${asked}`;
  });
}

function asksThisPage(form) {
  if (form.getAttribute("method") !== "get") return false;
  return new URL(form.getAttribute("action"), location.href).pathname === location.pathname;
}
