// @ts-check
/** The top of the page: which station, what holds it up, the time. */
import { byId, icon, make, renew, say } from "./dom.js";
import { reason } from "./reasons.js";
import { beijing, currentLanguage, t, today } from "./words.js";

/** @typedef {import("./store.js").State} State */
/** @typedef {{ text: string, icon: import("./dom.js").IconName, tone: "calm" | "wait" | "stop" }} Note */

/** @param {State | null} state */
export function showHeader(state) {
  say(byId("time"), beijing(new Date(), false));
  say(byId("date"), today());
  say(byId("language"), currentLanguage() === "zh" ? "English" : "中文");
  if (!state) return;
  say(byId("station"), state.station);
  byId("demo").hidden = !state.demonstration;
  document.title = `${state.station} · ${t("Collection station")}`;
  const county = byId("county");
  county.dataset.state = state.county;
  say(county, countyWords(state));
  const shown = notes(state);
  renew(byId("notes"), JSON.stringify(shown), () => shown.map(chip));
}

/** @param {State} state */
export function countyWords(state) {
  if (state.county === "away") return t("County server away: collecting goes on");
  if (state.snapshot === "snapshot-expired" || state.snapshot === "no-snapshot") return reason(state.snapshot);
  return state.county === "reachable" ? t("Connected to the county") : t("Connecting to the county");
}

/**
 * What a person should know of the station and cannot see at a bay.
 * @param {State} state
 * @returns {Note[]}
 */
export function notes(state) {
  /** @type {Note[]} */
  const found = [];
  if (state.spool?.low) found.push({ text: t("Store nearly full"), icon: "disk", tone: "stop" });
  if (state.alarms.some((alarm) => alarm.code === "clock-off" && !alarm.ended)) found.push({ text: t("Clock is off"), icon: "clock", tone: "stop" });
  if (state.upload?.held === "window") found.push({ text: t("Sending waits for its hours"), icon: "cloud", tone: "calm" });
  if (state.upload?.held === "rate") found.push({ text: t("Sending at limited speed"), icon: "cloud", tone: "calm" });
  const n = state.waiting_words ?? 0;
  if (n) found.push({ text: t("{n} statements wait for the county", { n }), icon: "pen", tone: "wait" });
  if (state.sensor === false) found.push({ text: t("Fingerprint sensor does not answer"), icon: "finger", tone: "wait" });
  return found;
}

/** @param {Note} note */
function chip(note) {
  const node = make("span", "chip", icon(note.icon), note.text);
  node.dataset.tone = note.tone;
  return node;
}
