// @ts-check
/** Questions to the station's program. Every refusal has a code; `reason` in reasons.js says it in words. */

export class Refusal extends Error {
  /**
   * @param {string} code
   * @param {string} [hint]
   */
  constructor(code, hint = "") {
    super(code);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 */
export function post(path, body = {}, signal) {
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** @param {string} path */
export function get(path) {
  return ask(path, {});
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  const json = await answer?.json().catch(() => null);
  if (!answer || json === null) throw new Refusal("no-answer");
  if (!answer.ok) throw new Refusal(String(json.error), String(json.hint ?? ""));
  return json;
}

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Refusal ? error.code : "internal";
}
