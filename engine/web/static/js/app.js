/* Starts what a page asks for by its attributes. Every journey works without any of this; each
   module makes one thing easier and is fetched only by pages that have that thing. */

const wanted = [
  [".error-summary", "errors"],
  [".rows[data-rows]", "rows"],
  [".rows[data-grid]", "table"],
  [".chart-place", "series"],
  ["[data-branches], [data-other]", "branches"],
  ["[data-when], [data-conditional], form[data-conditions]", "conditions"],
  [".bar[data-bar]", "bars"],
  ["[data-wait]", "waiting"],
  ["time[data-local]", "times"],
  ["textarea", "counter"],
  ["[data-preview]", "markdown"],
  ["select[data-zone]", "zones"],   // before the selects become comboboxes
  ["select[data-search]", "combobox"],
  ["[data-filter], .items", "filter"],
  ["[data-catalogue]", "catalogue"],
  [".evidence[data-evidence]", "evidence"],
  ["[data-tabs], .panes", "tabs"],
  [".look-for", "review"],
  ["[data-list]", "list"],
  ["[data-run]", "run"],
  ["[data-copy]", "copying"],
  [".player", "players"],
  [".player[id^='film-']", "films"],
  ["form[data-keeps], form[method=get]", "switching"],
  ["form[data-drop]", "dropping"],
  [".conflict", "conflict"],
  ["form[data-settles]", "settling"],
  ['form[action="/sign-out"]', "signing-out"],
  // Last: it compares the form with what this browser kept, so the others must have settled.
  ["form[data-autosave]", "autosave"],
];

// Fetched side by side, since somebody may be typing already; started one after another.
const coming = wanted
  .filter(([selector]) => document.querySelector(selector))
  .map(([, name]) => [name, import(`./${name}.js`).catch((error) => ({ start() { throw error; } }))]);

for (const [name, module] of coming) {
  try {
    (await module).start(document);
  } catch (error) {
    // One broken improvement must not take the others with it.
    console.error(`${name} did not start`, error);
  }
}
