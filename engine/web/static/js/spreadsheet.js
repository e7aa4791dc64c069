/* Cells out of the clipboard, read as the server reads a file (engine/forms/spreadsheet.py). */

/* Lines of cells: tabs between them, or commas or semicolons where there is no tab. */
export function cellsOf(text) {
  const whole = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  const first = whole.slice(0, `${whole}\n`.indexOf("\n"));
  const divider = ["\t", ";", ","].find((one) => first.includes(one)) ?? "\t";
  const lines = [[""]];
  let quoted = false;
  for (let at = 0; at < whole.length; at += 1) {
    const sign = whole[at];
    const line = lines.at(-1);
    if (quoted) {
      if (sign !== '"') line[line.length - 1] += sign;
      else if (whole[at + 1] === '"') { line[line.length - 1] += sign; at += 1; } else quoted = false;
    } else if (sign === '"' && line.at(-1) === "") quoted = true;
    else if (sign === divider) line.push("");
    else if (sign === "\n") lines.push([""]);
    else line[line.length - 1] += sign;
  }
  return lines.map((line) => line.map((cell) => cell.trim())).filter((line) => line.some(Boolean));
}

const DAY = /^(\d{1,4})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{1,4})$/;

/* Dates in figures as 2026-03-12. The month comes first, unless some date says otherwise. */
export function plainDates(texts) {
  const found = texts.map((text) => text.split(/[ T]/)[0].match(DAY));
  const dayFirst = found.some((one) => one && one[1].length < 3 && Number(one[1]) > 12);
  return texts.map((text, at) => {
    const one = found[at];
    if (!one) return text;
    const [a, b, c] = one.slice(1).map(Number);
    const [year, month, day] = one[1].length === 4 ? [a, b, c]
      : [one[3].length === 4 ? c : 2000 + c, ...(dayFirst ? [b, a] : [a, b])];
    const iso = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
    return Number.isNaN(Date.parse(iso)) || new Date(iso).getUTCDate() !== day ? text : iso;
  });
}

const FIGURE = /^([+-]?)[$€£]?\s*([\d.,'\u00a0\u202f ]*\d)\s*[^\d.,]{0,12}$/;

/* Figures without units and thousands. A comma is a point where one of them says so. */
export function plainFigures(texts) {
  const found = texts.map((text) => text.match(FIGURE));
  const digits = found.map((one) => (one ? one[2].replace(/[ '\u00a0\u202f]/g, "") : ""));
  const comma = digits.some((one) => /\.\d{3},|^\d*,(\d{1,2}|\d{4,})$/.test(one));
  return texts.map((text, at) => {
    const figures = digits[at];
    const plain = !comma ? figures.replaceAll(",", "")
      : figures.includes(",") ? figures.replaceAll(".", "").replace(",", ".") : figures;
    return found[at] && /^(\d+(\.\d+)?|\.\d+)$/.test(plain) ? found[at][1].replace("+", "") + plain : text;
  });
}
