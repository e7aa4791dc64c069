/* Where somebody chooses between two versions, the copy that this browser kept of theirs has been
   looked at: it must not be offered once more when the page opens again. */

import { settle } from "./buffer.js";

export function start(page) {
  for (const form of page.querySelectorAll("form[data-settles]")) {
    form.addEventListener("submit", () => {
      const chosen = [...form.querySelectorAll("input[type=radio]:checked")];
      const isDeclined = chosen.length > 0 && chosen.every((radio) => radio.value === "theirs");
      settle(isDeclined ? "" : form.dataset.settles);
    });
  }
}
