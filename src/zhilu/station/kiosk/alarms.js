// @ts-check
/** Alarms: a banner that stays until somebody has confirmed, and a list of all that are not over. */
import { post } from "./api.js";
import { button, byId, icon, make, renew, say } from "./dom.js";
import { Modal } from "./modal.js";
import { reason } from "./reasons.js";
import { audible, sound } from "./sound.js";
import { current, subscribe } from "./store.js";
import { beijing, currentLanguage, t } from "./words.js";

/** @typedef {import("./store.js").Alarm} Alarm */

const text = make("p", "alarm-text");
const rest = button("quiet", [], () => openAlarms());
const confirm = button("solid", [], () => confirmFirst());
const hush = make("p", "alarm-hush");

/** A banner that takes another's place is read before it is touched: the second half of a double touch is none. */
const READ_MS = 700;
let readable = 0;
/** @type {Set<string>} Alarms only go forwards: what the station took once is not said to it again. */
const told = new Set();

/** @param {Alarm[]} alarms */
export function showAlarms(alarms) {
  const place = byId("alarms");
  const raised = alarms.filter((alarm) => alarm.state === "raised");
  const first = raised[0] ?? alarms[0];
  sound(raised.length > 0);
  place.hidden = !first;
  place.dataset.state = raised.length ? "raised" : "known";
  if (!first) {
    delete place.dataset.first;
    return;
  }
  if (!text.isConnected) place.append(make("span", "alarm-sign", icon("alert")), text, hush, rest, confirm);
  if (place.dataset.first !== undefined && place.dataset.first !== first.id) readable = performance.now() + READ_MS;
  place.dataset.first = first.id;
  say(text, raised.length ? sentence(first) : t("{n} alarms are being looked after", { n: alarms.length }));
  say(hush, raised.length && !audible() ? t("Touch the screen once for sound") : "");
  say(rest, alarms.length > 1 || !raised.length ? t("All alarms ({n})", { n: alarms.length }) : "");
  say(confirm, raised.length ? t("Seen") : "");
}

/** @param {Alarm} alarm */
function sentence(alarm) {
  const where = alarm.bay === null ? t("Station") : t("Bay {n}", { n: alarm.bay });
  const times = alarm.count > 1 ? t("{n} times", { n: alarm.count }) : "";
  return [beijing(alarm.at, false), where, reason(alarm.code), times].filter(Boolean).join("  ·  ");
}

async function confirmFirst() {
  const id = byId("alarms").dataset.first;
  if (id && performance.now() >= readable) await confirmed(id);
}

/** @param {string} id */
async function confirmed(id) {
  if (told.has(id)) return;
  told.add(id);
  await post(`/api/alarms/${encodeURIComponent(id)}/confirmed`).catch(() => told.delete(id));
}

/** All alarms that are not over, with what has become of each. */
export function openAlarms() {
  const modal = new Modal("alarm-dialog", t("Alarms"));
  const list = make("ul", "alarm-list");
  modal.body.append(list);
  const show = () => {
    const alarms = current()?.alarms ?? [];
    const key = alarms.map((alarm) => `${alarm.id} ${alarm.count} ${alarm.state} ${alarm.ended}`).join() + currentLanguage();
    renew(list, key, () => (alarms.length ? alarms.map(row) : [make("li", "nothing", t("No alarms."))]));
  };
  modal.onClose(subscribe(show));
  show();
  modal.show();
}

/** @param {Alarm} alarm */
function row(alarm) {
  const state = alarm.ended ? `${stateWords(alarm.state)} · ${t("the cause is gone")}` : stateWords(alarm.state);
  const words = make("div", "", make("p", "alarm-what", sentence(alarm)), make("p", "alarm-state", state));
  if (alarm.detail) words.append(make("code", "", alarm.detail.slice(0, 100)));
  const node = make("li", "", icon(alarm.state === "raised" ? "alert" : "check"), words);
  node.dataset.state = alarm.state;
  if (alarm.state === "raised") node.append(button("", [t("Seen")], () => confirmed(alarm.id)));
  return node;
}

/** @param {Alarm["state"]} state */
function stateWords(state) {
  switch (state) {
    case "confirmed":
      return t("seen; the administrator knows");
    case "handled":
      return t("handled by the administrator");
    case "closed":
      return t("closed");
    default:
      return t("new");
  }
}
