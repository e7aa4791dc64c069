/* Bars that say how far somebody is keep in step with each save of the page that they stand on. */

export function start(page) {
  page.addEventListener("saved", (event) => {
    const bars = [...page.querySelectorAll(".bar[data-bar]")];
    for (const { id, value, target, words } of event.detail.requirements ?? []) {
      const bar = bars.find((one) => one.dataset.bar === id);
      if (!bar) continue;
      bar.querySelector(".bar__words").textContent = words;
      const drawn = bar.querySelector("progress");
      drawn.value = Math.min(value, target);
      drawn.textContent = words;
    }
  });
}
