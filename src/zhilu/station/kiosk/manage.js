// @ts-check
/** The keeper's menu, and what the station says of itself. */
import { openAlarms } from "./alarms.js";
import { openAssignment } from "./assign.js";
import { button, facts, icon, make, renew } from "./dom.js";
import { openEnrolment } from "./enrol.js";
import { countyWords, notes } from "./header.js";
import { openKeys } from "./keys.js";
import { Modal } from "./modal.js";
import { current, subscribe } from "./store.js";
import { size, t } from "./words.js";

export function openMenu() {
  const modal = new Modal("menu", t("Manage"));
  const then = (/** @type {() => unknown} */ what) => () => (modal.close(), what());
  const entries = make(
    "div",
    "menu-entries",
    button("menu-entry", [icon("swap"), t("Assign the next officer")], then(openBayChoice)),
    button("menu-entry", [icon("finger"), t("Enrol a finger")], then(openEnrolment)),
    button("menu-entry", [icon("key"), t("Register a security key")], then(openKeys)),
    button("menu-entry", [icon("bell"), t("Alarms")], then(openAlarms)),
  );
  const about = make("div", "about");
  modal.body.append(entries, about);
  const show = () => renew(about, JSON.stringify(health()), () => [facts(health())]);
  modal.onClose(subscribe(show));
  show();
  modal.show();
}

/** @returns {[string, string][]} */
function health() {
  const state = current();
  if (!state) return [];
  /** @type {[string, string][]} */
  const rows = [[t("County server"), countyWords(state)]];
  if (state.spool) {
    const fields = { used: size(state.spool.used), limit: size(state.spool.limit) };
    rows.push([t("Station's store"), t("{used} of {limit} in use", fields)]);
  }
  rows.push([t("Statements waiting"), String(state.waiting_words ?? 0)]);
  rows.push([t("Fingerprint sensor"), sensorWords(state.sensor)]);
  const said = notes(state).map((note) => note.text);
  if (said.length) rows.push([t("Notes"), said.join(" ")]);
  return rows;
}

/** @param {boolean | null | undefined} sensor */
function sensorWords(sensor) {
  if (sensor === null || sensor === undefined) return t("not used here");
  return sensor ? t("ready") : t("does not answer");
}

/** Which recorder? Each belongs to a bay, whether it stands there or not. */
function openBayChoice() {
  const modal = new Modal("choice", t("Which recorder?"));
  const bays = current()?.bays ?? [];
  const rows = bays.map((bay) => {
    const words = [bay.recorder?.serial, bay.officer?.name].filter(Boolean).join("  ·  ") || t("the recorder of this bay");
    return button("person", [make("span", "choice-number", String(bay.number)), words], () => (modal.close(), openAssignment(bay.number)));
  });
  modal.body.append(make("div", "people two", ...rows));
  modal.show();
}
