/* Starts what a page asks for by its attributes. Every journey works without any of this; each
   module makes one thing easier and is fetched only by pages that have that thing. */

const wanted = [
  [".error-summary", "errors"],
  [".rows[data-rows]", "rows"],
  ["[data-branches], [data-other], [data-when]", "branches"],
  ["time[data-local]", "times"],
  ["textarea", "counter"],
  [".evidence[data-evidence]", "evidence"],
  ["[data-tabs], .panes", "tabs"],
  [".look-for", "review"],
  [".conflict", "conflict"],
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
