// @ts-check
/**
 * All bays. Up to eight: a card each, in their order, where the hand finds them. More: a tile each in its fixed
 * place, and above them those that want somebody, large and first. Cards do not move while the screen is touched.
 */
import { openBay } from "./bay.js";
import { Card } from "./card.js";
import { byId, make, say } from "./dom.js";
import { urgency } from "./sentences.js";
import { Tile } from "./tile.js";
import { t } from "./words.js";

/** @typedef {import("./store.js").Bay} Bay */

const MOST_CARDS = 8;
const STRIP = 4;
const STILL_MS = 1500;

/** @type {Map<number, Card>} */
const cards = new Map();
/** @type {Map<number, Tile>} */
const tiles = new Map();
/** @type {number[]} */
let above = [];
let touched = -STILL_MS;

document.addEventListener("pointerdown", () => (touched = performance.now()), { capture: true, passive: true });

const strip = make("div", "strip");
const calm = make("p", "calm");
const grid = make("div", "tiles");

/** @param {Bay[]} bays */
export function showBays(bays) {
  const place = byId("bays");
  const many = bays.length > MOST_CARDS;
  place.dataset.count = many ? "many" : String(bays.length);
  if (many) showMany(place, bays);
  else for (const bay of bays) put(place, cardOf(bay), bay);
}

/**
 * @param {HTMLElement} place
 * @param {Bay[]} bays
 */
function showMany(place, bays) {
  if (!strip.isConnected) place.append(strip, grid);
  grid.dataset.rows = bays.length > 18 ? "many" : "few";
  for (const bay of bays) put(grid, tileOf(bay), bay);
  if (performance.now() - touched > STILL_MS) above = wanted(bays);
  const shown = bays.filter((bay) => above.includes(bay.number));
  for (const bay of shown) cardOf(bay).show(bay);
  const nodes = above.map((number) => /** @type {Card} */ (cards.get(number)).node);
  const rest = bays.filter((bay) => urgency(bay) > 1).length - above.length;
  if (!nodes.length) strip.replaceChildren(calm);
  else if (nodes.some((node, i) => strip.children[i] !== node) || strip.children.length !== nodes.length) {
    strip.replaceChildren(...nodes);
  }
  strip.dataset.count = String(nodes.length);
  say(calm, t("Nobody is wanted. Put a recorder into its bay."));
  say(restOf(), rest > 0 ? t("and {n} more bays want somebody: the marked ones below", { n: rest }) : "");
}

const note = make("p", "strip-rest");
function restOf() {
  if (!note.isConnected) strip.after(note);
  return note;
}

/**
 * Those that are above stay there, in their order, as long as they want somebody.
 * @param {Bay[]} bays
 */
function wanted(bays) {
  const list = bays.filter((bay) => urgency(bay) > 1).sort((a, b) => urgency(b) - urgency(a) || a.number - b.number);
  return list.slice(0, STRIP).map((bay) => bay.number);
}

/**
 * @param {HTMLElement} place
 * @param {Card | Tile} shown
 * @param {Bay} bay
 */
function put(place, shown, bay) {
  if (!shown.node.isConnected) place.append(shown.node);
  shown.show(bay);
}

/** @param {Bay} bay */
function cardOf(bay) {
  const card = cards.get(bay.number) ?? new Card(bay.number, openBay);
  cards.set(bay.number, card);
  return card;
}

/** @param {Bay} bay */
function tileOf(bay) {
  const tile = tiles.get(bay.number) ?? new Tile(bay.number);
  tiles.set(bay.number, tile);
  return tile;
}
