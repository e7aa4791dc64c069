/* Shows the fields of the choice that is made, and hides the others: either/or, "another, please
   say", and fields that a condition asks for. What is hidden stays in the form and is sent along,
   since nothing typed is lost when somebody changes their mind twice; the server leaves out what
   does not belong. */

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
  for (const box of within("[data-when]")) when(box);
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

/* data-when = the name of the question that decides, data-when-is or data-when-is-not = the answer
   that opens this box. An empty data-when is a condition that only the server can judge. */
function when(box) {
  const { when: name, whenIs, whenIsNot } = box.dataset;
  if (!name) return;
  const said = [...document.querySelectorAll(
    `input[name="${CSS.escape(name)}"]:is(:checked, [type=text]), select[name="${CSS.escape(name)}"]`,
  )].map((control) => control.value);
  box.hidden = whenIs === undefined ? said.includes(whenIsNot) : !said.includes(whenIs);
}
