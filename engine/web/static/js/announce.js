/* The page's one live region. What a sighted person sees happen is said here in words. */

const BREATH = 60;
let waiting = [];

export function say(words) {
  const region = document.getElementById("announcements");
  if (!region) return;
  waiting.push(words);
  if (waiting.length > 1) return;   // said in the same breath: one must not swallow the other
  // Emptied first, so that the same words twice are heard twice.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = [...new Set(waiting)].join(" ");
    waiting = [];
  }, BREATH);
}

/* A notice in the page's own look. `acts` are [label, function] pairs that become buttons. */
export function notice(tone, words, acts = []) {
  const box = document.createElement("div");
  box.className = `notice notice--${tone}`;
  const text = document.createElement("p");
  text.textContent = words;
  box.append(text);
  if (acts.length) {
    const row = document.createElement("div");
    row.className = "actions";
    for (const [label, act] of acts) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = label;
      button.addEventListener("click", act);
      row.append(button);
    }
    box.append(row);
  }
  return box;
}
