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

for (const [selector, name] of wanted) {
  if (!document.querySelector(selector)) continue;
  try {
    const module = await import(`./${name}.js`);
    module.start(document);
  } catch (error) {
    // One broken improvement must not take the others with it.
    console.error(`${name} did not start`, error);
  }
}
