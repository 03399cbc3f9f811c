// Plays one recording in Node (≥ 20) with the page's own modules, and writes what they decrypted.
//
//   node run-node.mjs JOB.json        JOB: {"api","viewing","recording","out"}
//
// The security key is not here: this program asks for it in JSON lines on stdout and reads the answers from stdin, one
// line each. Out: {"type":"assert","challenge","rp_id","origin","allow","prf"} (b64u; allow a list, prf or null);
// in: {"assertion","prf"}. Out as well: {"type":"progress","done","total"}, and last {"type":"done",…} or
// {"type":"failed",…}, exit code 0 or 1. Segments are held one at a time; `out` appears only when it is whole.

import { open, readFile, rename, rm } from "node:fs/promises";
import http from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

import { call } from "./api.js";
import { Defect } from "./lib/defect.js";
import { b64u, unb64u } from "./lib/encoding.js";
import { openRecording, signIn } from "./opening.js";

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** The session's cookie, name to value. @type {Map<string, string>} */
const cookies = new Map();

/** @param {object} message */
function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// Node does not resolve *.localhost as browsers do.
/** @type {import("node:net").LookupFunction} */
function lookup(host, options, done) {
  if (host === "localhost" || host.endsWith(".localhost")) {
    return options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  }
  import("node:dns").then((dns) => dns.lookup(host, options, done));
}

/**
 * `fetch` over node:http, as far as the modules need it.
 * @param {string} api the origin that gets the cookies
 * @returns {typeof globalThis.fetch}
 */
function nodeFetch(api) {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input));
      const own = url.origin === api;
      /** @type {Record<string, string>} */
      const headers = { .../** @type {any} */ (init.headers), Origin: api };
      if (own && cookies.size) headers.Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      if (init.body) headers["Content-Length"] = String(Buffer.byteLength(String(init.body)));
      const request = http.request(url, { method: init.method ?? "GET", headers, agent, lookup }, (answer) => {
        if (own) keepCookies(answer.headers["set-cookie"] ?? []);
        resolve(toResponse(answer));
      });
      request.on("error", reject);
      request.end(init.body ? String(init.body) : undefined);
    });
}

/** @param {http.IncomingMessage} answer */
function toResponse(answer) {
  const { statusCode: status = 0, headers } = answer;
  const length = headers["content-length"];
  const empty = status === 204 || status === 304;
  const body = empty ? null : /** @type {ReadableStream} */ (Readable.toWeb(answer));
  return new Response(body, { status, headers: length ? { "Content-Length": length } : {} });
}

/** @param {string[]} lines */
function keepCookies(lines) {
  for (const line of lines) {
    const pair = /^([^=;]+)=([^;]*)/.exec(line);
    if (pair) cookies.set(pair[1], pair[2]);
  }
}

/** @param {string} rpId @param {string} origin @returns {import("./credentials.js").Credentials} */
function outsideKey(rpId, origin) {
  return {
    async assert({ challenge, allow = [], prf }) {
      const ask = { challenge: b64u(challenge), rp_id: rpId, origin, allow, prf: prf ? b64u(prf) : null };
      tell({ type: "assert", ...ask });
      const { value, done } = await answers.next();
      if (done) throw new Error("the security key's end of the pipe is closed");
      const answer = JSON.parse(value);
      return { assertion: answer.assertion, prf: answer.prf ? unb64u(answer.prf) : null };
    },
  };
}

/** @param {{api: string, viewing: string, recording: string, out: string}} job */
async function play({ api, viewing, recording, out }) {
  const fetch = nodeFetch(api);
  const info = await call(fetch, `${api}/api/info`);
  const credentials = outsideKey(info.rp_id, api);
  await signIn({ api, credentials, fetch });
  const ciphertext = info.ciphertext_origin;
  const session = await openRecording({ api, ciphertext, credentials, viewing, recording, fetch });
  const part = `${out}.part`;
  try {
    const bytes = await writeAll(session, part);
    await session.verifySignatures();
    const { defect } = session.report;
    if (defect) throw new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail);
    await rename(part, out);
    tell({ type: "done", report: session.report, segments: segmentNumbers(session).length, bytes });
  } finally {
    session.close();
    await rm(part, { force: true });
  }
}

/** Segment 0 and all that were released. @param {import("./session.js").Session} session */
function segmentNumbers(session) {
  const all = session.journal.segments.map((segment) => segment.i);
  return all.filter((i) => session.allows(i));
}

/** @param {import("./session.js").Session} session @param {string} path */
async function writeAll(session, path) {
  const file = await open(path, "w", 0o600);
  let bytes = 0;
  try {
    const numbers = segmentNumbers(session);
    for (const [done, i] of numbers.entries()) {
      const plaintext = await session.segment(i);
      await file.writeFile(plaintext);
      bytes += plaintext.length;
      globalThis.gc?.(); // V8 sees too late how much lies in buffers outside its heap
      if (done % 32 === 0) tell({ type: "progress", done, total: numbers.length });
    }
  } finally {
    await file.close();
  }
  return bytes;
}

try {
  await play(JSON.parse(await readFile(process.argv[2], "utf8")));
} catch (error) {
  const { code = "fault", layer = "", place = "" } = /** @type {any} */ (error);
  tell({ type: "failed", code, layer, place, detail: String(/** @type {any} */ (error)?.message ?? error) });
  process.exitCode = 1;
} finally {
  agent.destroy();
  process.stdin.destroy();
}
