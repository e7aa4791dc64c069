/* The page's one live region. What a sighted person sees happen is said here in words. */

let waiting = 0;

export function say(words) {
  const region = document.getElementById("announcements");
  if (!region) return;
  // Emptied first, so that the same words twice are heard twice.
  region.textContent = "";
  clearTimeout(waiting);
  waiting = setTimeout(() => { region.textContent = words; }, 60);
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
