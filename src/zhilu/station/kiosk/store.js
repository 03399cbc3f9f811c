// @ts-check
/** The state that the daemon last sent, and who wants to hear of the next one. */

/**
 * @typedef {{ id: string, name: string }} Person
 * @typedef {{ handover: string, recordings: number, filed: number, earlier?: number, officer: Person, late_after?: string | null }} Statement
 * @typedef {{ number: number, phase: string, recorder: { serial: string, kid: string } | null,
 *   officer: Person | null, recordings: number, bytes_done: number, bytes_total: number,
 *   seconds_left: number | null, battery: number | null, message: string | null, hint: string,
 *   check?: string, officer_locked_until?: string | null, statement?: Statement | null,
 *   deputy?: boolean, drill?: boolean, clock_offset_us?: number | null }} Bay
 * @typedef {{ id: string, at: string, bay: number | null, code: string, detail?: string, count: number,
 *   state: "raised" | "confirmed" | "handled" | "closed", ended?: boolean }} Alarm
 * @typedef {{ station: string, demonstration?: boolean, county: string, snapshot: string | null, bays: Bay[], alarms: Alarm[],
 *   sensor?: boolean | null, prompt?: { person: string, say: string } | null, waiting_words?: number,
 *   upload?: { held: "window" | "rate" | null }, spool?: { used: number, limit: number, low: boolean } }} State
 */

/** @type {State | null} */
let state = null;

/** @type {Set<(state: State) => void>} */
const listeners = new Set();

/** @returns {State | null} */
export function current() {
  return state;
}

/** @param {number} number */
export function bayOf(number) {
  return state?.bays.find((bay) => bay.number === number) ?? null;
}

/** @param {State} next */
export function publish(next) {
  state = next;
  for (const listener of [...listeners]) listener(next);
}

/**
 * Hear of every state from now on; gives what ends it.
 * @param {(state: State) => void} listener
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
