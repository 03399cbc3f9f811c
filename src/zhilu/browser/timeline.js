// The strip under the picture: the released part with its holes and marks, and where it lies in the whole recording.
// Holes are what the signed lines say: times for which no segment stands, and gaps that the recorder noted itself.

import { elapsed, t } from "./i18n.js";
import { el } from "./ui.js";

/** @typedef {import("./player.js").Player} Player */
/** @typedef {{from: number, to: number}} Span seconds */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HOLE_S = 0.5;
const US = 1e6;

/** @param {string} name @param {Record<string, string|number>} attributes */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** Times without a picture, within what may be played. @param {Player} player @returns {Span[]} */
export function holes({ segments, session }) {
  /** @type {Span[]} */
  const found = [];
  for (const [place, { ptsUs }] of segments.entries()) {
    const before = segments[place - 1];
    const end = before ? (before.ptsUs + before.durationUs) / US : ptsUs / US;
    if (ptsUs / US - end > HOLE_S) found.push({ from: end, to: ptsUs / US });
  }
  for (const { fromUs, toUs } of session.journal.gaps) found.push({ from: fromUs / US, to: toUs / US });
  return found.sort((a, b) => a.from - b.from);
}

/** Seconds of the marks within what may be played. @param {Player} player */
export function marks({ session, start, end }) {
  return session.journal.markTimes.map((us) => us / US).filter((second) => second >= start && second <= end);
}

/** @param {Player} player */
function strip(player) {
  const length = Math.max(0.001, player.end - player.start);
  const x = (/** @type {number} */ second) => Math.max(0, Math.min(WIDTH, ((second - player.start) / length) * WIDTH));
  const holding = holes(player);
  const svg = shape("svg", { class: "strip", viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(shape("rect", { class: "there", x: 0, y: 0, width: WIDTH, height: 10 }));
  for (const { from, to } of holding) {
    svg.append(shape("rect", { class: "hole", x: x(from), y: 0, width: Math.max(2, x(to) - x(from)), height: 10 }));
  }
  for (const second of marks(player)) svg.append(shape("rect", { class: "mark", x: Math.max(0, x(second) - 1.5), y: 0, width: 3, height: 10 }));
  return svg;
}

/** The whole recording, and what of it was released; only where that is not all. @param {Player} player */
function overview(player) {
  const last = player.session.journal.segments.at(-1);
  const whole = last ? (last.ptsUs + last.durationUs) / US : 0;
  if (player.session.isWhole || whole <= 0) return null;
  const svg = shape("svg", { class: "whole", viewBox: `0 0 ${WIDTH} 4`, preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(shape("rect", { class: "closed-part", x: 0, y: 0, width: WIDTH, height: 4 }));
  const from = (player.start / whole) * WIDTH;
  svg.append(shape("rect", { class: "there", x: from, y: 0, width: Math.max(3, ((player.end - player.start) / whole) * WIDTH), height: 4 }));
  const words = t("Released: {from} to {to} of {whole}", { from: elapsed(player.start), to: elapsed(player.end), whole: elapsed(whole) });
  return el("div", { class: "overview" }, svg, el("span", { class: "hint" }, words));
}

/** Buttons to the marks: their times are signed, their texts are the county's. @param {Player} player */
function markButtons(player) {
  const times = marks(player);
  if (times.length === 0) return null;
  return el("div", { class: "row marks", role: "group", "aria-label": t("Marks") },
    el("span", {}, t("Marks")),
    ...times.map((second) => el("button", { type: "button", class: "mark", onclick: () => player.seek(second) }, `◆ ${elapsed(Math.round(second - player.start))}`)),
    el("span", { class: "hint" }, t("What a mark says stands on the bureau's platform.")));
}

/** In words, for those who do not see the strip. @param {Player} player */
function holeWords(player) {
  const found = holes(player);
  if (found.length === 0) return null;
  const at = (/** @type {number} */ second) => elapsed(Math.round(second - player.start));
  const list = found.slice(0, 20).map(({ from, to }) => `${at(from)}–${at(to)}`);
  return el("p", { class: "hint holes" }, t("Nothing was recorded: {list}", { list: list.join(", ") + (found.length > 20 ? " …" : "") }));
}

/** @param {Player} player @param {HTMLElement} bar */
export function timeline(player, bar) {
  const parts = [overview(player), el("div", { class: "track" }, strip(player), bar), holeWords(player), markButtons(player)];
  return el("div", { class: "timeline" }, ...parts.filter((part) => part !== null));
}
