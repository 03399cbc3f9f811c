// A file of lines, read once from first to last in pieces (spec/journal.md §2): a day's logbook is not held in memory.
//
// Each line: its form and signature (lines.js), its common fields (field); then `n` follows the line before (sequence),
// or it is a second line of a number that was there (fork); `prev` is the hash of the line before (chain). Then the rules
// of the file are asked. What follows the last LF is a torn tail (torn-tail), and a file without a line is empty.
//
// A refused line does not end the reading: the rest may still be told from. The next sound line is where it goes on, and
// between the `at` of the sound lines on both sides lies what is missing.

import { Defect, within } from "./defect.js";
import { concat, hex } from "./encoding.js";
import { MAX_LINE, common, lineHash, openLine } from "./lines.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {import("./defect.js").Layer} Layer */
/** @typedef {import("./lines.js").Common} Common */
/** @typedef {import("./lines.js").Verifier} Verifier */
/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./report.js").Finding} Finding */
/** A file on disk, or what stands for one. @typedef {{size: number, read: (from: number, to: number) => Promise<Bytes>}} Source */
/** @typedef {{n: number, hash: string, at: string, since: string, line: number, place: string}} Where a line is, from 1; since: the time before */
/** @typedef {{feed: (line: JsonObject, where: Where) => void}} Rules */

const PIECE = 1024 * 1024;
const LF = 10;
export const ZEROS = "0".repeat(64);

/** @param {Bytes} bytes @returns {Source} */
export function memory(bytes) {
  return { size: bytes.length, read: async (from, to) => bytes.slice(from, to) };
}

/**
 * Lines without LF; of one that is too long as much as shows it. The last may be torn.
 * @param {Source} source
 * @returns {AsyncGenerator<{bytes: Bytes, torn: boolean, end: number}>}
 */
export async function* linesOf(source) {
  let rest = new Uint8Array(0);
  for (let at = 0; at < source.size; at += PIECE) {
    const piece = await source.read(at, Math.min(at + PIECE, source.size));
    let from = 0;
    for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, from)) {
      yield { bytes: concat(rest, piece.subarray(from, lf)), torn: false, end: at + lf + 1 };
      rest = new Uint8Array(0);
      from = lf + 1;
    }
    if (rest.length <= MAX_LINE) rest = concat(rest, piece.subarray(from, from + MAX_LINE + 1));
  }
  if (rest.length) yield { bytes: rest, torn: true, end: source.size };
}

export class LineFile {
  /**
   * @param {{typ: string, layer: Layer, verifier: Verifier, report: Report, name: string, first?: string, firstCode?: string}} options
   *   name of the file, for places; first: what `prev` of the first line must be, anything where absent; firstCode: what
   *   is said where it is not
   */
  constructor({ typ, layer, verifier, report, name, first = "", firstCode = "chain" }) {
    this.typ = typ;
    this.layer = layer;
    this.verifier = verifier;
    this.report = report;
    this.name = name;
    /** Hashes by number. @type {Map<number, string>} */
    this.hashes = new Map();
    this.next = 0;
    this.count = 0;
    this.head = first;
    this.firstCode = firstCode;
    this.lastAt = "";
    /** Lines refused since the last sound one, and what was said of them. @type {Finding[]} */
    this.refused = [];
  }

  /** @param {Source} source @param {Rules} rules @param {(done: number) => void} [progress] in bytes */
  async read(source, rules, progress = () => {}) {
    let row = 0;
    for await (const { bytes, torn, end } of linesOf(source)) {
      const place = `${this.name}, line ${row + 1}`;
      if (torn) this.report.defect(this.layer, "torn-tail", { place, since: this.lastAt });
      else await this.#line(bytes, rules, row + 1, place);
      if (row++ % 64 === 0) progress(end);
    }
    if (row === 0) this.report.defect(this.layer, `${this.layer}-empty`, { place: this.name });
    progress(source.size);
  }

  /** @param {Bytes} bytes @param {Rules} rules @param {number} number @param {string} place */
  async #line(bytes, rules, number, place) {
    try {
      const line = await openLine(bytes, this.typ, this.verifier);
      const fields = within(this.layer, () => common(line));
      this.#accept(line, fields, hex(await lineHash(bytes)), rules, number, place);
    } catch (error) {
      if (!(error instanceof Defect)) throw error;
      const { layer, code, detail } = error;
      this.refused.push(this.report.defect(layer, code, { place, detail, since: this.lastAt }));
    }
  }

  /** @param {JsonObject} line @param {Common} fields @param {string} hash @param {Rules} rules @param {number} number @param {string} place */
  #accept(line, { n, prev, at }, hash, rules, number, place) {
    const since = this.lastAt;
    for (const finding of this.refused) finding.until = at;
    const skipped = this.refused.length;
    this.refused = [];
    // Of a number that was there already nothing is missing.
    const more = n < this.next ? { place } : { place, since, until: at };
    const known = this.hashes.get(n);
    if (known && known !== hash) return void this.report.defect(this.layer, "fork", more);
    // What was refused may have been the line before, or something put in: both go on from here.
    const follows = n === this.next || (skipped > 0 && n === this.next + skipped);
    if (!follows) this.report.defect(this.layer, "sequence", more);
    else if (n === this.next && !skipped && this.head && prev !== this.head) {
      this.report.defect(this.layer, this.count === 0 ? this.firstCode : "chain", more);
    }
    if (known) return;
    this.hashes.set(n, hash);
    this.next = n + 1;
    this.head = hash;
    this.count += 1;
    this.lastAt = at;
    within(this.layer, () => rules.feed(line, { n, hash, at, since, line: number, place }));
  }
}
