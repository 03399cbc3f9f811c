// One recording, opened for a viewer (spec/viewing.md §5, §6). Used by the player, by a headless page and by Node.
//
// `segment(i)` gives plaintext only of bytes whose hash is the signed line's. The first defect stops the session for
// good: no later call gives a byte.

import { fetchBytes } from "./api.js";
import { Defect } from "./lib/defect.js";
import { hex, sha256 } from "./lib/encoding.js";
import { checkSealed, openSegment, segmentKey } from "./lib/segments.js";

/** @typedef {import("./api.js").Fetch} Fetch */
/** @typedef {import("./lib/journal.js").JournalReader} JournalReader */
/** @typedef {import("./lib/verify.js").JournalFile} JournalFile */
/** @typedef {import("./progress.js").Progress} Progress */
/** @typedef {{token: string, from: number, to: number, expires: string}} Grant */

export class Session {
  #K;
  #fetch;
  #url;
  #grant;
  #progress;
  #file;
  /** Segments verified, each counted once. @type {Set<number>} */
  #verified = new Set();
  #closed = false;
  #ahead;
  /** Chain and rules, where they are still to be checked. @type {(() => Promise<JournalReader>)|null} */
  #rest;
  /** @type {Promise<void>|null} */
  #knowing = null;

  /**
   * @param {{fetch: Fetch, url: string, grant: Grant, journal: JournalReader, file: JournalFile, K: Uint8Array, progress: Progress,
   *   ahead?: Map<number, Promise<Uint8Array<ArrayBuffer>|null>>, rest?: (() => Promise<JournalReader>)|null}} parts
   *   rest: given where `journal` holds only what the first picture needs
   */
  constructor({ fetch, url, grant, journal, file, K, progress, ahead = new Map(), rest = null }) {
    this.#ahead = ahead;
    this.#rest = rest;
    this.#fetch = fetch;
    this.#url = url;
    this.#grant = grant;
    this.#file = file;
    this.#K = K;
    this.#progress = progress;
    this.journal = journal;
    this.from = Math.max(1, grant.from);
    this.to = grant.to;
    this.#bound();
  }

  #bound() {
    if (this.isKnown) this.to = Math.min(this.to, this.journal.segments.length - 1);
    this.#progress.set("segments", { total: Math.max(0, this.to - this.from + 1) + 1 });
  }

  /** Whether chain and rules have passed. Until then `journal` holds the first lines only, and no other segment is given. */
  get isKnown() {
    return this.#rest === null;
  }

  /** Checks chain and rules, once however often it is asked for; throws the defect. @returns {Promise<void>} */
  known() {
    this.#knowing ??= this.#know();
    return this.#knowing;
  }

  async #know() {
    if (!this.#rest) return;
    this.journal = await this.#rest();
    this.#rest = null;
    this.#bound();
  }

  /** @param {number} i */
  #ref(i) {
    const { segments } = this.journal;
    return this.isKnown ? segments[i] : segments.find((each) => each.i === i);
  }

  get report() {
    return this.#progress.report;
  }

  /** The journal's own bytes. */
  get lines() {
    return this.#file.bytes;
  }

  get expires() {
    return this.#grant.expires;
  }

  /** What was released: segment 0 and from..to. @param {number} i */
  allows(i) {
    return this.#ref(i) !== undefined && (i === 0 || (i >= this.from && i <= this.to));
  }

  /** Whether all of it was released. */
  get isWhole() {
    return this.isKnown && this.journal.segments.every(({ i }) => this.allows(i));
  }

  /** The whole of an import's plaintext against the file that the station read. @param {Uint8Array<ArrayBuffer>} bytes */
  async checkSource(bytes) {
    await this.#progress.run("segments", async () => {
      if (hex(await sha256(bytes)) !== this.journal.open?.source?.sha256) throw new Defect("media", "source-hash");
    });
    this.#progress.set("segments", { state: "passed" });
  }

  /**
   * The plaintext of a segment: its length and hash are checked first, then it is decrypted.
   * @param {number} i
   */
  async segment(i) {
    const ref = this.#ref(i);
    if (this.#closed || !ref || !this.allows(i)) throw new RangeError(`segment ${i} is not released`);
    const progress = this.#progress;
    const plaintext = await progress.run("segments", async () => {
      const sealed = await this.#sealed(i, ref.length);
      await checkSealed(ref, sealed);
      return openSegment(this.#K, this.journal.id, i, sealed);
    });
    this.#verified.add(i);
    const check = { done: this.#verified.size, total: Math.max(0, this.to - this.from + 1) + 1 };
    progress.set("segments", { ...check, state: check.done === check.total ? "passed" : "running" });
    return plaintext;
  }

  /**
   * The key of one released segment: what a copy discloses. It opens no other.
   * @param {number} i
   */
  keyOf(i) {
    if (this.#closed || !this.allows(i)) throw new RangeError(`segment ${i} is not released`);
    return segmentKey(this.#K, this.journal.id, i);
  }

  /** A file that proves the recording to others: not verified here. @param {"receipt.json"|"logbook.jws"} name @param {number} limit */
  proof(name, limit) {
    return fetchBytes(this.#fetch, `${this.#url}/proofs/${name}`, this.#grant.token, limit);
  }

  /** @param {number} i @param {number} length */
  async #sealed(i, length) {
    const ahead = this.#ahead.get(i);
    this.#ahead.delete(i);
    const come = await ahead;
    if (come) return come;
    try {
      return await fetchBytes(this.#fetch, `${this.#url}/segments/${i}`, this.#grant.token, length);
    } catch (error) {
      throw error instanceof Defect ? error.at(`segment ${i}`) : error;
    }
  }

  /** The signatures of all lines, behind the playing. A defect stops the session; nothing is thrown for it. */
  async verifySignatures() {
    const total = this.#file.count;
    const progress = this.#progress;
    try {
      const report = (/** @type {number} */ done) => progress.set("signatures", { done, total });
      await progress.run("signatures", () => this.#file.checkSignatures(report, () => this.#closed));
      if (!this.#closed) progress.set("signatures", { state: "passed", done: total, total });
    } catch (error) {
      if (!(error instanceof Defect)) throw error;
    }
  }

  /** Nothing more is given out. The key is overwritten, as far as a browser can. */
  close() {
    this.#closed = true;
    this.#K.fill(0);
  }
}
