/* Shows the fields of the choice that is made, and hides the others: either/or, and "another,
   please say". What is hidden stays in the form and is sent along, since nothing typed is lost
   when somebody changes their mind twice; the server leaves out what does not belong. */

export function start(page) {
  page.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("input[type=radio], input[type=checkbox], select")) return;
    refresh(input.form ?? page);
  });
  page.addEventListener("grown", (event) => refresh(event.target));
  page.addEventListener("reveal", (event) => {
    const branch = event.target.closest?.(".branch[hidden]");
    if (branch) choose(branch);
  });
  // Going back with the browser restores choices after this has run.
  window.addEventListener("pageshow", () => refresh(page));
  refresh(page);
}

function refresh(part) {
  const within = (selector) => [
    ...(part.matches?.(selector) ? [part] : []), ...part.querySelectorAll(selector),
  ];
  for (const group of within("[data-branches]")) eitherOr(group);
  for (const box of within("[data-other]")) other(box);
}

const radiosOf = (group) => [...group.querySelectorAll("input[type=radio]")]
  .filter((radio) => radio.closest(".branch, [data-branches]") === group);

function eitherOr(group) {
  const chosen = radiosOf(group).find((radio) => radio.checked);
  group.classList.add("branches--live");
  for (const branch of group.querySelectorAll(":scope > .branch")) {
    branch.hidden = branch.dataset.branch !== chosen?.value;
  }
}

function choose(branch) {
  const group = branch.closest("[data-branches]");
  const radio = radiosOf(group).find(({ value }) => value === branch.dataset.branch);
  if (!radio) return;
  radio.checked = true;
  eitherOr(group);
}

/* data-other = the pointer whose choice "__other__" opens this box. */
function other(box) {
  const name = CSS.escape(box.dataset.other);
  box.hidden = !document.querySelector(
    `input[name="${name}"][value="__other__"]:checked, select[name="${name}"] option[value="__other__"]:checked`,
  );
}
