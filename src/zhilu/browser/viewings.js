// Requests and decisions of viewings (spec/viewing.md §4): making their bytes, and reading them back.
// What a page shows about a viewing it reads out of the bytes that were signed, not out of what a server says beside.

import { H, b64u, concat, equal, formatTime, hex, newId, sha256, unb64u, unhex, utf8 } from "./lib/encoding.js";
import { parseObject } from "./lib/strictjson.js";

/** @typedef {{id: string, from: number, to: number}} Span */
/** @typedef {{recording: string, segments: number, opened_at: string, closed_at: string, officer: string|null, officer_name: string|null, origin: string, drill: boolean, department: string, procedures: string[]}} Recording */
/**
 * @typedef {object} Viewing
 * @property {string} viewing
 * @property {string} request b64u
 * @property {string} salt b64u
 * @property {string} reason
 * @property {string} viewer_name
 * @property {string} state
 * @property {string|null} decision b64u
 * @property {string|null} approver_name
 * @property {{decision: string, approver_name: string}[]} decisions
 * @property {string|null} until
 * @property {"owed"|"overdue"|"filed"|null} report on an urgent one
 * @property {string|null} report_due
 * @property {Recording[]} recordings
 * @property {string|null} [recipient] of a copy: the name, in the clear
 */
/** @typedef {"view"|"urgent"|"copy"|"city"} Kind */
/** @typedef {{viewing: string, viewer: string, kind: Kind, recordings: Span[], purpose: string, reason: string, requested: string, expires: string, recipient?: {key: string, name: string}}} Request */

export const MAX_REASON = 500;
export const MAX_DAYS = 7;
const HOUR_MS = 3_600_000;

/**
 * @param {{bureau: string, viewer: string, viewerKey: string, kind?: Kind, recordings: Span[], purpose: string, text: string, hours: number, nowMs: number,
 *   recipient?: {key: Uint8Array, name: string}}} wish `recipient`: of a copy only, with the key's 65 bytes
 * @returns {Promise<{viewing: string, bytes: Uint8Array, salt: Uint8Array}>}
 */
export async function makeRequest({ bureau, viewer, viewerKey, kind = "view", recordings, purpose, text, hours, nowMs, recipient }) {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const viewing = newId(nowMs);
  const request = {
    viewing, bureau, viewer, kind, recordings, purpose,
    reason: hex(await reasonHash(salt, text)),
    viewer_key: viewerKey,
    requested: formatTime(nowMs),
    expires: formatTime(nowMs + hours * HOUR_MS),
    ...(recipient && { recipient: { key: b64u(recipient.key), name: hex(await recipientHash(salt, recipient.name)) } }),
  };
  return { viewing, bytes: utf8(JSON.stringify(request)), salt };
}

/** @param {Uint8Array} salt @param {string} text */
export function reasonHash(salt, text) {
  return H("zhilu/reason/v1", salt, utf8(text));
}

/** @param {Uint8Array} salt the reason's @param {string} name */
export function recipientHash(salt, name) {
  return H("zhilu/recipient/v1", salt, utf8(name));
}

/** @param {Uint8Array} request */
export function requestChallenge(request) {
  return H("zhilu/viewing-request/v1", request);
}

/** The signed request of a viewing. @param {Viewing} viewing @returns {Request} */
export function readRequest(viewing) {
  return /** @type {any} */ (parseObject(unb64u(viewing.request)));
}

/** Is the reason shown the one that was signed? @param {Viewing} viewing */
export async function reasonIsSigned(viewing) {
  const { reason } = readRequest(viewing);
  return equal(await reasonHash(unb64u(viewing.salt), viewing.reason), unhex(reason));
}

/** Is the recipient shown the one that was signed? Of what is no copy: none. @param {Viewing} viewing */
export async function recipientIsSigned(viewing) {
  const { recipient } = readRequest(viewing);
  if (!recipient) return !viewing.recipient;
  return equal(await recipientHash(unb64u(viewing.salt), viewing.recipient ?? ""), unhex(recipient.name));
}

/**
 * @param {{viewing: Viewing, approver: string, approve: boolean, nowMs: number}} wish
 * @returns {Promise<{bytes: Uint8Array, challenge: Uint8Array}>}
 */
export async function makeDecision({ viewing, approver, approve, nowMs }) {
  const decision = {
    viewing: viewing.viewing,
    approver,
    decision: approve ? "approve" : "refuse",
    decided: formatTime(nowMs),
    expires: readRequest(viewing).expires,
  };
  const bytes = utf8(JSON.stringify(decision));
  return { bytes, challenge: await decisionChallenge(unb64u(viewing.request), bytes) };
}

/** @param {Uint8Array} request @param {Uint8Array} decision */
export async function decisionChallenge(request, decision) {
  return H("zhilu/viewing-approval/v1", concat(await sha256(request), decision));
}

/** @param {Viewing} viewing @returns {{decided: string, decision: string}|null} */
export function readDecision(viewing) {
  return viewing.decision ? /** @type {any} */ (parseObject(unb64u(viewing.decision))) : null;
}

/**
 * Which segments cover a span of time, when only the recording's begin, end and number of segments are known: they are
 * about equally long, and one more on each side is taken.
 * @param {number} segments with segment 0 @param {number} seconds of the recording @param {number} from @param {number} to seconds
 * @returns {{from: number, to: number}}
 */
export function coveringSegments(segments, seconds, from, to) {
  const last = Math.max(1, segments - 1);
  const at = (/** @type {number} */ second) => (seconds > 0 ? (second / seconds) * last : 0);
  const clamp = (/** @type {number} */ value) => Math.min(last, Math.max(1, value));
  return { from: clamp(Math.floor(at(from))), to: clamp(Math.ceil(at(to)) + 1) };
}

/**
 * The report on an urgent viewing.
 * @param {{viewing: Viewing, text: string, nowMs: number}} wish
 */
export async function makeReport({ viewing, text, nowMs }) {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const digest = hex(await H("zhilu/report/v1", salt, utf8(text)));
  const bytes = utf8(JSON.stringify({ viewing: viewing.viewing, text: digest, reported: formatTime(nowMs) }));
  return { bytes, salt, challenge: await reportChallenge(unb64u(viewing.request), bytes) };
}

/** @param {Uint8Array} request @param {Uint8Array} report */
export async function reportChallenge(request, report) {
  return H("zhilu/viewing-report/v1", concat(await sha256(request), report));
}

export { b64u };
