/* A time zone that nobody chose yet is the one this device is in. It is the page's own default
   then, and nothing that somebody changed. */

export function start(page) {
  page.addEventListener("grown", (event) => refresh(event.target));
  refresh(page);
}

function refresh(part) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (!timeZone) return;
  for (const select of part.querySelectorAll("select[data-zone]")) {
    if (select.value !== "") continue;
    let option = [...select.options].find((one) => one.value === timeZone);
    if (!option) {
      option = new Option(timeZone.replaceAll("_", " "), timeZone);
      select.append(option);
    }
    option.defaultSelected = true;
    option.selected = true;
  }
}
