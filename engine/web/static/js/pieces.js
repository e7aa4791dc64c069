/* Sends one file in pieces, by the tus protocol (1.0.0), and goes on where it stopped: after a lost
   connection by itself, after a closed tab when the same file is chosen again. Where an upload is
   kept is remembered here under what the file and its question are called; the bytes are not. */

import { _ } from "./words.js";

const PIECE = 8 * 1024 * 1024;
const AT_ONCE = 3;
const WAITS = [1, 2, 4, 8, 15, 30];   // seconds between tries; the last one is repeated
const FOR_NOW = new Set([0, 409, 423, 429, 500, 502, 503, 504]);
const PREFIX = "accolade:upload:";

let running = 0;
const queue = [];

function next() {
  while (running < AT_ONCE && queue.length) {
    running += 1;
    queue.shift()(() => { running -= 1; next(); });
  }
}

/* What keeps a file from being sent: `message` for the person, `again` when a new try may help. */
export class Obstacle extends Error {
  constructor(message, again = true) {
    super(message);
    this.again = again;
  }
}

/* Uploads of one question that began here and are not done: [{key, url, name, size}]. */
export function unfinished(endpoint, pointer) {
  const found = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(`${PREFIX}${endpoint}|${pointer}|`)) continue;
      found.push({ key, ...JSON.parse(localStorage.getItem(key)) });
    }
  } catch { /* nothing is remembered here */ }
  return found;
}

export function forget(key) {
  try { localStorage.removeItem(key); } catch { /* nothing was remembered */ }
}

/* How much of it the server has, or null when it is gone. */
export async function look(url) {
  const reply = await ask("HEAD", url);
  return reply.status === 200 ? Number(reply.getResponseHeader("Upload-Offset")) : null;
}

export function drop(url) {
  return ask("DELETE", url);
}

export class Upload {
  /* `moved(arrived)` hears of progress, `waits(seconds)` of a break before the next try. */
  constructor(file, endpoint, pointer, { moved, waits }) {
    Object.assign(this, { file, endpoint, pointer, moved, waits });
    this.key = `${PREFIX}${endpoint}|${pointer}|${file.name}|${file.size}|${file.lastModified}`;
    this.url = this.remembered();
    this.paused = this.stopped = false;
  }

  /* Resolves to what the file became (its facts), or to null when it was stopped. Rejects with an
     Obstacle. Not more than three files travel at a time; others wait their turn, and one that is
     paused gives its place away. */
  async run() {
    for (;;) {
      const facts = await new Promise((resolve, reject) => {
        queue.push((free) => this.travel().then(resolve, reject).finally(free));
        next();
      });
      if (!this.paused || this.stopped) return facts;
      await this.rest();
    }
  }

  pause() {
    this.paused = true;
    this.request?.abort();
    this.wake?.();
  }

  resume() {
    this.paused = false;
    this.wake?.();
  }

  async stop() {
    this.stopped = true;
    this.request?.abort();
    this.wake?.();
    forget(this.key);
    if (this.url) await drop(this.url);
  }

  async travel() {
    for (let tries = 0; !this.stopped && !this.paused;) {
      const before = this.arrived ?? 0;
      try {
        if (!this.url) await this.create();
        const facts = await this.goOn();
        if (facts) {
          forget(this.key);
          return facts;
        }
        tries = 0;
      } catch (trouble) {
        if (this.stopped || this.paused) break;
        if (!(trouble instanceof Interruption)) throw trouble;
        if ((this.arrived ?? 0) > before) tries = 0;
        const seconds = WAITS[Math.min(tries, WAITS.length - 1)];
        tries += 1;
        this.waits(seconds, trouble.message);
        await this.rest(seconds * 1000 * (0.75 + Math.random() / 2));
      }
    }
    return null;
  }

  /* Until somebody wakes it, the network comes back, or so many milliseconds have passed. */
  rest(most) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        this.wake = null;
        resolve();
      };
      const timer = most ? setTimeout(done, most) : 0;
      if (most) addEventListener("online", done);
      this.wake = done;
    });
  }

  async create() {
    const metadata = [["pointer", this.pointer], ["filename", this.file.name], ["filetype", this.file.type]]
      .map(([key, text]) => `${key} ${base64(text)}`).join(",");
    const reply = await this.send("POST", this.endpoint, {
      "Upload-Length": String(this.file.size), "Upload-Metadata": metadata,
    });
    if (reply.status !== 201) throw obstacle(reply);
    this.url = reply.getResponseHeader("Location");
    this.arrived = 0;
    try {
      localStorage.setItem(this.key, JSON.stringify({
        url: this.url, name: this.file.name, size: this.file.size,
      }));
    } catch { /* then it can't be taken up after the tab is closed */ }
  }

  /* From where the server is to the end of the file. Gives the file's facts. */
  async goOn() {
    const state = await this.send("GET", this.url);
    if ([404, 410].includes(state.status)) {   // cleared away meanwhile: from the beginning
      forget(this.key);
      this.url = null;
      return null;
    }
    if (state.status !== 200) throw obstacle(state);
    const said = JSON.parse(state.responseText);
    if (said.evidence) return said.evidence;
    this.arrived = said.offset;
    this.moved(this.arrived);
    do {   // a last, empty piece asks for the file that is whole and was not taken yet
      const piece = this.file.slice(this.arrived, this.arrived + PIECE);
      const reply = await this.send("PATCH", this.url, {
        "Upload-Offset": String(this.arrived), "Content-Type": "application/offset+octet-stream",
      }, piece, this.arrived);
      if (reply.status !== 204) throw obstacle(reply, this);
      this.arrived = Number(reply.getResponseHeader("Upload-Offset"));
      this.moved(this.arrived);
    } while (this.arrived < this.file.size && !this.paused && !this.stopped);
    if (this.paused || this.stopped) return null;
    return JSON.parse((await this.send("GET", this.url)).responseText).evidence;
  }

  async send(method, url, headers = {}, body = null, from = 0) {
    const reply = await ask(method, url, headers, body, (request) => {
      this.request = request;
      request.upload.addEventListener("progress", (event) => this.moved(from + event.loaded));
    });
    if (reply.status === 0 && !this.paused && !this.stopped) throw new Interruption("");
    return reply;
  }

  remembered() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "null")?.url ?? null;
    } catch {
      return null;
    }
  }
}

/* A break that ends by itself. */
class Interruption extends Error {}

function obstacle(reply, upload) {
  const { detail = "", code = "" } = problem(reply);
  if (reply.status === 401) return new Obstacle(_("You have been signed out. Sign in again in another tab, then try again."));
  if (FOR_NOW.has(reply.status)) return new Interruption(code === "unscanned" || code === "turn-lost" ? detail : "");
  // What it is can't be changed by sending it again; where it is kept can't be used again either.
  const final = [403, 413, 415, 422].includes(reply.status);
  if (final && upload) {
    forget(upload.key);
    upload.url = null;
  }
  return new Obstacle(detail || _("The file could not be kept."), !final);
}

function problem(reply) {
  try {
    return JSON.parse(reply.responseText);
  } catch {
    return {};
  }
}

/* Not fetch: only this tells how much of a body has left. */
function ask(method, url, headers = {}, body = null, begun = () => {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("Tus-Resumable", "1.0.0");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    begun(request);
    request.addEventListener("loadend", () => resolve(request));
    request.send(body);
  });
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
