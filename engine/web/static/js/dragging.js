/* Rows moved by pointer: a handle on each, for mouse, pen and finger. The row takes its place as the
   pointer passes the others, so that nothing flies about; Escape puts it back. The handle is for
   pointers only: the keyboard has the buttons, and Alt with an arrow. */

import { _ } from "./words.js";

const EDGE = 80;      // pixels from the top or the foot of the window where the page begins to scroll
const SPEED = 12;     // pixels a frame

/* Gives every row a handle. `rowsOf` lists the rows in their order; `moved(rows, from, to)` is told
   where a row was let go. */
export function draggable(rows, rowsOf, moved) {
  for (const row of rowsOf(rows)) {
    if (row.querySelector(":scope > .row__handle")) continue;
    const handle = document.createElement("span");
    handle.className = "row__handle";
    handle.title = _("Drag to move");
    handle.setAttribute("aria-hidden", "true");
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || rowsOf(rows).length < 2) return;
      event.preventDefault();
      drag(rows, row, handle, event, rowsOf, moved);
    });
    row.prepend(handle);
  }
}

function drag(rows, row, handle, begun, rowsOf, moved) {
  const from = rowsOf(rows).indexOf(row);
  let pointer = begun.clientY;
  let frame = 0;
  row.classList.add("row--dragged");
  handle.setPointerCapture(begun.pointerId);

  const follow = () => {
    // Neighbours step around the row, which keeps the pointer; one at a time is all it takes.
    let other;
    while ((other = neighbour("previousElementSibling")) && pointer < middle(other)) row.after(other);
    while ((other = neighbour("nextElementSibling")) && pointer > middle(other)) row.before(other);
  };
  const neighbour = (side) => {
    let one = row[side];
    while (one && !one.matches(".row")) one = one.matches(".rows__removed") ? one[side] : null;
    return one;
  };
  const middle = (one) => {
    const { top, height } = one.getBoundingClientRect();
    return top + height / 2;
  };
  const scroll = () => {
    const by = pointer < EDGE ? -SPEED : pointer > innerHeight - EDGE ? SPEED : 0;
    if (by) { scrollBy({ top: by, behavior: "instant" }); follow(); }
    frame = requestAnimationFrame(scroll);
  };
  const onMove = (event) => { pointer = event.clientY; follow(); };
  const onKey = (event) => { if (event.key === "Escape") { event.preventDefault(); end(true); } };
  const onUp = () => end(false);
  const onLost = () => end(true);

  function end(cancelled) {
    cancelAnimationFrame(frame);
    row.classList.remove("row--dragged");
    handle.removeEventListener("pointermove", onMove);
    handle.removeEventListener("pointerup", onUp);
    handle.removeEventListener("pointercancel", onLost);
    document.removeEventListener("keydown", onKey, true);
    const all = rowsOf(rows);
    const to = all.indexOf(row);
    if (!cancelled) moved(rows, from, to);
    else if (to > from) row.after(...all.slice(from, to));
    else if (to < from) row.before(...all.slice(to + 1, from + 1));
  }

  handle.addEventListener("pointermove", onMove);
  handle.addEventListener("pointerup", onUp);
  handle.addEventListener("pointercancel", onLost);
  document.addEventListener("keydown", onKey, true);
  frame = requestAnimationFrame(scroll);
}
