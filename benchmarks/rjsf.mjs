// Renders a schema with react-jsonschema-form on the server, as often as it is asked to.
// Input: a line of JSON with the form's properties (schema, uiSchema, formData), then lines with numbers of rounds.
// Output: a line with the HTML's size in bytes, then for each number a line with milliseconds.
import { createInterface } from "node:readline";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { withTheme } from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";

const Form = withTheme({});
let given;
const render = () => renderToString(createElement(Form, { ...given, validator }));

for await (const line of createInterface({ input: process.stdin })) {
  if (!given) {
    given = JSON.parse(line);
    console.log(Buffer.byteLength(render()));
    continue;
  }
  const times = [];
  for (let left = Number(line); left > 0; left--) {
    const start = performance.now();
    render();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
}
