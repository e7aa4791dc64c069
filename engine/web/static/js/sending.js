/* Sends something small in one post, with the form's token, and reads the answer's JSON. */

import { Obstacle } from "./pieces.js";
import { refreshToken } from "./token.js";
import { _ } from "./words.js";

/* Resolves to the answer; rejects with an Obstacle that has the words for the person. */
export async function post(form, url, values) {
  return postWhole(form, url, values, () => {}, null);
}

/* The same, telling how many bytes have left; resolves to null when `signal` ends it. */
export async function postWhole(form, url, values, moved, signal, again = true) {
  const reply = await once(form, url, values, moved, signal);
  if (signal?.aborted) return null;
  const said = parsed(reply);
  if (reply.status >= 200 && reply.status < 300 && said.id) return said;
  if (reply.status === 400 && again && await refreshToken()) {
    return postWhole(form, url, values, moved, signal, false);
  }
  if (reply.status === 0) throw new Obstacle(_("The connection was lost. Try again."));
  if (reply.status === 401) throw new Obstacle(_("You have been signed out. Sign in again in another tab, then try again."));
  throw new Obstacle(said.detail || _("This could not be kept."), reply.status >= 500 || reply.status === 400);
}

function once(form, url, values, moved, signal) {
  const data = new FormData();
  data.append("csrf_token", form?.querySelector("input[name=csrf_token]")?.value ?? "");
  for (const [name, value] of Object.entries(values)) data.append(name, value);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => moved(event.loaded));
    request.addEventListener("loadend", () => resolve(request));
    signal?.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

function parsed(reply) {
  try {
    return JSON.parse(reply.responseText);
  } catch {
    return {};
  }
}
