// @ts-check
/** A bay at a glance: what it does, how long yet, what is next, and whether the recorder may be taken. */
import { openCeremony } from "./ceremony.js";
import { button, icon, make, renew, say } from "./dom.js";
import { fit } from "./fit.js";
import { locked, saying, steps, trouble, wantsStatement } from "./sentences.js";
import { openStatement } from "./statement.js";
import { beijing, currentLanguage, offset, size, t, timeLeft } from "./words.js";

/** @typedef {import("./store.js").Bay} Bay */

/** The steps of the way as a row of dots with names. */
class Way {
  constructor() {
    this.node = make("ol", "way");
  }

  /** @param {Bay} bay */
  show(bay) {
    const shown = bay.recorder !== null && !["empty", "refused", "fault"].includes(bay.phase);
    this.node.hidden = !shown;
    const way = steps(bay);
    renew(this.node, way.map((step) => step.state).join() + currentLanguage(), () => way.map(wayStep));
  }
}

/** @param {{ name: string, state: string }} step */
function wayStep(step) {
  const node = make("li", "", step.name);
  node.dataset.state = step.state;
  if (step.state === "done") node.prepend(icon("check"));
  return node;
}

/** How much of it is done, and the minutes left. */
export class Work {
  constructor() {
    this.progress = make("progress", "");
    this.amount = make("span", "amount");
    this.left = make("span", "left");
    this.node = make("div", "work", make("p", "work-words", this.left, this.amount), this.progress);
  }

  /** @param {Bay} bay */
  show(bay) {
    const working = bay.phase === "collecting" || bay.phase === "uploading";
    this.node.hidden = !working;
    this.progress.max = Math.max(bay.bytes_total, 1);
    this.progress.value = bay.bytes_total ? bay.bytes_done : 1;
    this.progress.setAttribute("aria-label", t("Progress"));
    say(this.amount, working ? t("{done} of {total}", { done: size(bay.bytes_done), total: size(bay.bytes_total) }) : "");
    say(this.left, working ? timeLeft(bay.seconds_left) : "");
  }
}

/** The one or two things that can be done with the bay now. */
export class Deeds {
  /**
   * @param {number} number
   * @param {() => void} [before]
   */
  constructor(number, before = () => {}) {
    const begin = (/** @type {(n: number) => unknown} */ what) => () => (before(), what(number));
    this.confirm = button("primary", [], begin(openCeremony));
    this.describe = button("primary", [], begin(openStatement));
    this.node = make("div", "deeds", this.confirm, this.describe);
  }

  /** @param {Bay} bay */
  show(bay) {
    say(this.confirm, bay.phase === "waiting-officer" ? t("Confirm handover") : "");
    this.confirm.disabled = locked(bay);
    say(this.describe, statementLabel(bay));
    this.describe.classList.toggle("primary", wantsStatement(bay));
    this.node.hidden = this.confirm.hidden && this.describe.hidden;
  }
}

/** @param {Bay} bay */
function statementLabel(bay) {
  if (!bay.statement || bay.statement.recordings === 0) return "";
  return bay.statement.filed ? t("Statement: {n} filed", { n: bay.statement.filed }) : t("Describe the acts");
}

/** What is missing, and by when; what has lost its place here to a later handover. @param {Bay} bay */
export function missing(bay) {
  const n = bay.statement?.earlier ?? 0;
  const earlier = n ? t("Earlier recordings not described here: {n}. Use the platform.", { n }) : "";
  return [missingNow(bay), earlier].filter(Boolean).join(t(". "));
}

/** @param {Bay} bay */
function missingNow(bay) {
  if (!wantsStatement(bay) || !bay.statement) return "";
  const fields = { officer: bay.statement.officer.name };
  const late = bay.statement.late_after;
  return late
    ? t("Missing: {officer}'s statement, by {until}", { ...fields, until: beijing(late, true) })
    : t("Missing: {officer}'s statement", fields);
}

export class Card {
  /**
   * @param {number} number
   * @param {(number: number) => void} details opens all about the bay
   */
  constructor(number, details) {
    this.title = make("h2", "title");
    this.facts = make("p", "facts");
    this.next = make("p", "next");
    this.trouble = make("p", "trouble");
    this.missing = make("p", "missing");
    this.way = new Way();
    this.work = new Work();
    this.deeds = new Deeds(number);
    this.may = make("p", "may");
    this.may.setAttribute("role", "status");
    this.badge = button("number", [String(number)], () => details(number));
    this.words = make("div", "words", this.title, this.facts, this.trouble, this.next, this.missing);
    const foot = make("div", "foot", this.way.node, this.work.node, this.deeds.node);
    this.node = make("article", "bay", make("div", "head", this.badge, this.words), foot, this.may);
    this.number = number;
    new ResizeObserver(() => fit(this.node, this.words)).observe(this.words);
  }

  /** @param {Bay} bay */
  show(bay) {
    const words = saying(bay);
    this.node.dataset.tone = words.tone;
    this.node.dataset.phase = bay.phase;
    this.node.setAttribute("aria-label", t("Bay {n}", { n: this.number }));
    this.badge.setAttribute("aria-label", t("Bay {n}: details", { n: this.number }));
    say(this.title, words.title);
    say(this.trouble, trouble(bay));
    say(this.next, bay.phase === "empty" && bay.message ? "" : words.next);
    say(this.missing, missing(bay));
    say(this.may, words.may);
    this.way.show(bay);
    this.work.show(bay);
    this.deeds.show(bay);
    const facts = bay.phase === "empty" ? [] : factsOf(bay);
    renew(this.facts, facts.join("|"), () => facts.map((fact) => make("span", "fact", fact)));
    fit(this.node, this.words);
  }
}

/** @param {Bay} bay */
export function factsOf(bay) {
  const facts = [];
  if (bay.officer?.name) facts.push(bay.officer.name);
  if (bay.deputy) facts.push(t("Deputy"));
  if (bay.drill) facts.push(t("Drill"));
  if (bay.recorder?.serial) facts.push(t("Recorder {serial}", { serial: bay.recorder.serial }));
  if (bay.recorder && bay.recordings) facts.push(t("{n} recordings", { n: bay.recordings }));
  if (bay.battery !== null) facts.push(t("battery {n} %", { n: bay.battery }));
  const off = offset(bay.clock_offset_us ?? null);
  if (off) facts.push(off);
  return facts;
}
