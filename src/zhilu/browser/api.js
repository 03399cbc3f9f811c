// Speaking with the keyholder and with the place of the ciphertext. Whatever they answer has a limit here.

import { Defect } from "./lib/defect.js";

/** @typedef {typeof globalThis.fetch} Fetch */

const MAX_JSON = 4 * 1024 * 1024;

/** The other side refused, or cannot be reached (status 0). `code` is stable, `hint` an English msgid. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} [hint] @param {Record<string, string>} [fields] what the hint names */
  constructor(status, code, hint = "", fields = {}) {
    super(`${code} (${status})`);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.fields = fields;
  }
}

/** @param {Fetch} fetch @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
async function send(fetch, url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new ApiError(0, "unreachable", "The server cannot be reached.");
  }
  if (response.ok) return response;
  /** @type {{error?: unknown, hint?: unknown, fields?: Record<string, string>}} */
  let told = {};
  try {
    told = JSON.parse(new TextDecoder().decode(await readBody(response, MAX_JSON)));
  } catch {
    // An error without a readable body is told by its status alone.
  }
  throw new ApiError(response.status, String(told.error ?? `http-${response.status}`), String(told.hint ?? ""), told.fields);
}

/**
 * JSON to and from the keyholder.
 * @param {Fetch} fetch @param {string} url @param {object} [body] makes it a POST
 * @returns {Promise<any>}
 */
export async function call(fetch, url, body) {
  /** @type {RequestInit} */
  const init = { credentials: "same-origin", redirect: "error" };
  if (body !== undefined) {
    init.method = "POST";
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const bytes = await readBody(await send(fetch, url, init), MAX_JSON);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError(200, "answer-unreadable", "The answer of the server cannot be read.");
  }
}

/**
 * Bytes under a grant.
 * @param {Fetch} fetch @param {string} url @param {string} grant @param {number} limit
 */
export async function fetchBytes(fetch, url, grant, limit) {
  /** @type {RequestInit} */
  const init = { credentials: "omit", redirect: "error", headers: { Authorization: `Bearer ${grant}` } };
  return readBody(await send(fetch, url, init), limit);
}

/**
 * A body of at most `limit` bytes; what is longer is not read to its end.
 * @param {Response} response @param {number} limit
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function readBody(response, limit) {
  const told = Number(response.headers.get("Content-Length") ?? NaN);
  if (told > limit) throw new Defect("media", "media-long", "", `more than ${limit} bytes`);
  if (!response.body) return new Uint8Array(0);
  const reader = response.body.getReader();
  let bytes = new Uint8Array(Number.isSafeInteger(told) ? told : 65536);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > limit) {
      await reader.cancel();
      throw new Defect("media", "media-long", "", `more than ${limit} bytes`);
    }
    if (length + value.length > bytes.length) bytes = grown(bytes, length + value.length);
    bytes.set(value, length);
    length += value.length;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {number} least */
function grown(bytes, least) {
  const larger = new Uint8Array(Math.max(least, bytes.length * 2));
  larger.set(bytes);
  return larger;
}
