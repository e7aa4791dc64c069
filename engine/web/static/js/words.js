/* What scripts say, in the language of the page. The English is written where it is said; for any
   other language the page brings the words along, as JSON by their English. Values go in by name:
   _("Saved %(time)s", { time }). Plurals as in gettext, with %(count)s in them. */

/* Where the page's language gets its figures and dates from: the same places as engine/phrases.py. */
export const locale = { en: "en-GB", es: "es-419" }[document.documentElement.lang] ?? "en-GB";

const said = JSON.parse(document.getElementById("words")?.textContent || "{}");

const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

export function _(text, values = {}) {
  return filled(said[text] ?? text, values);
}

export function ngettext(one, many, count, values = {}) {
  const [first, more] = said[one] ?? [one, many];
  return filled(count === 1 ? first : more, { count, ...values });
}
