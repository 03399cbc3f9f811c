// @ts-check
/** The kiosk: shows the state that the daemon sends, and asks for the officer's security key. Decides nothing. */
import { openCeremony } from "./ceremony.js";
import { reason, saying } from "./sentences.js";
import { applyWords, beijing, currentLanguage, loadWords, size, switchLanguage, t, timeLeft } from "./words.js";

/**
 * @typedef {{ number: number, phase: string, recorder: { serial: string, kid: string } | null,
 *   officer: { id: string, name: string } | null, recordings: number, bytes_done: number, bytes_total: number,
 *   seconds_left: number | null, battery: number | null, message: string | null, hint: string }} Bay
 * @typedef {{ id: string, at: string, bay: number, code: string, presented: string, count: number }} Alarm
 * @typedef {{ station: string, county: string, snapshot: string | null, bays: Bay[], alarms: Alarm[] }} State
 */

/** @type {State | null} */
let state = null;

/** @param {string} id */
function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no #${id}`);
  return node;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 */
function make(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/**
 * Change a text only where it differs, so that a finger on the screen hits what it aimed at.
 * @param {Element} node
 * @param {string} text
 */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.toggleAttribute("hidden", !text);
}

class Card {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.title = make("h2", "title");
    this.facts = make("p", "facts");
    this.next = make("p", "next");
    this.trouble = make("p", "trouble");
    this.progress = /** @type {HTMLProgressElement} */ (document.createElement("progress"));
    this.amount = make("p", "amount");
    this.may = make("p", "may");
    this.may.setAttribute("role", "status");
    this.confirm = /** @type {HTMLButtonElement} */ (make("button", "primary"));
    this.confirm.type = "button";
    this.confirm.addEventListener("click", () => openCeremony(this.number));
    this.badge = make("span", "number", String(number));
    const words = make("div", "words", this.title, this.facts, this.trouble, this.next, this.confirm);
    const work = make("div", "work", this.progress, this.amount);
    this.node = make("article", "bay", make("div", "head", this.badge, words), work, this.may);
  }

  /** @param {Bay} bay */
  show(bay) {
    const words = saying(bay.phase, { officer: bay.officer?.name || t("the officer") });
    this.node.dataset.tone = words.tone;
    this.node.dataset.phase = bay.phase;
    this.node.setAttribute("aria-label", t("Bay {n}", { n: bay.number }));
    say(this.title, words.title);
    say(this.next, bay.phase === "empty" && bay.message ? "" : words.next);
    say(this.trouble, bay.message ? reason(bay.message) : "");
    this.showFacts(bay);
    say(this.may, words.may);
    say(this.confirm, bay.phase === "waiting-officer" ? t("Confirm handover") : "");
    this.showWork(bay);
  }

  /** @param {Bay} bay */
  showWork(bay) {
    const working = bay.phase === "collecting" || bay.phase === "uploading";
    this.progress.hidden = !working;
    this.progress.max = Math.max(bay.bytes_total, 1);
    this.progress.value = bay.bytes_total ? bay.bytes_done : 1;
    this.progress.setAttribute("aria-label", t("Progress"));
    const done = t("{done} of {total}", { done: size(bay.bytes_done), total: size(bay.bytes_total) });
    const left = timeLeft(bay.seconds_left);
    say(this.amount, working ? [done, left].filter(Boolean).join("  ·  ") : "");
  }

  /** @param {Bay} bay */
  showFacts(bay) {
    const facts = bay.phase === "empty" ? [] : factsOf(bay);
    const key = facts.join("|");
    if (this.facts.dataset.key === key) return;
    this.facts.dataset.key = key;
    this.facts.replaceChildren(...facts.map((fact) => make("span", "fact", fact)));
  }
}

/** @param {Bay} bay */
function factsOf(bay) {
  const facts = [];
  if (bay.officer?.name) facts.push(bay.officer.name);
  if (bay.recorder?.serial) facts.push(t("Recorder {serial}", { serial: bay.recorder.serial }));
  if (bay.recorder && bay.recordings) facts.push(t("{n} recordings", { n: bay.recordings }));
  if (bay.battery !== null) facts.push(t("battery {n} %", { n: bay.battery }));
  return facts;
}

/** @type {Map<number, Card>} */
const cards = new Map();

/** @param {Bay[]} bays */
function showBays(bays) {
  const place = byId("bays");
  place.dataset.count = String(Math.min(bays.length, 5));
  for (const bay of bays) {
    let card = cards.get(bay.number);
    if (!card) {
      card = new Card(bay.number);
      cards.set(bay.number, card);
      place.append(card.node);
    }
    card.show(bay);
  }
}

/** @param {Alarm[]} alarms */
function showAlarms(alarms) {
  const place = byId("alarms");
  const key = alarms.map((alarm) => `${alarm.id} ${alarm.count}`).join() + currentLanguage();
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...alarms.slice(0, 3).map(alarmRow));
  if (alarms.length > 3) place.append(make("p", "more", t("and {n} more", { n: alarms.length - 3 })));
}

/** @param {Alarm} alarm */
function alarmRow(alarm) {
  const seen = /** @type {HTMLButtonElement} */ (make("button", "quiet", t("Seen")));
  seen.type = "button";
  seen.addEventListener("click", () => post(`/api/alarms/${alarm.id}/seen`));
  const times = alarm.count > 1 ? `  ×${alarm.count}` : "";
  const where = `${beijing(alarm.at, false)}  ·  ${t("Bay {n}", { n: alarm.bay })}  ·  `;
  const which = alarm.presented ? make("code", "", alarm.presented.slice(0, 12)) : "";
  return make("div", "alarm", make("p", "", where, reason(alarm.code), times, " ", which), seen);
}

/** @param {string} path */
async function post(path) {
  await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
}

function show() {
  byId("clock").textContent = beijing(new Date(), true);
  byId("language").textContent = currentLanguage() === "zh" ? "English" : "中文";
  if (!state) return;
  byId("station").textContent = state.station;
  document.title = `${state.station} · ${t("Collection station")}`;
  const county = byId("county");
  county.dataset.state = state.county;
  county.textContent = countyWords(state);
  showAlarms(state.alarms);
  showBays(state.bays);
}

/** @param {State} now */
function countyWords(now) {
  if (now.county === "away") return t("County server away: collecting goes on");
  if (now.snapshot === "snapshot-expired" || now.snapshot === "no-snapshot") return reason(now.snapshot);
  return now.county === "reachable" ? t("Connected to the county") : t("Connecting to the county");
}

function listen() {
  const events = new EventSource("/api/events");
  events.addEventListener("message", (event) => {
    document.body.classList.remove("lost");
    state = JSON.parse(event.data);
    show();
  });
  // The browser connects again by itself; until then nothing on the screen can be trusted.
  events.addEventListener("error", () => {
    document.body.classList.add("lost");
    const county = byId("county");
    county.dataset.state = "away";
    county.textContent = t("The station's program does not answer");
  });
}

async function start() {
  await loadWords();
  applyWords(document);
  byId("language").addEventListener("click", () => {
    switchLanguage();
    applyWords(document);
    show();
  });
  show();
  setInterval(show, 5000);
  listen();
}

start();
