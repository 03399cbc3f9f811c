// The order of verification (spec/viewing.md §6).
//
// 1. the journal's last line: signature by the recorder's key
//    ahead of 2 and 3 a caller may have what the first picture needs, each line by its own signature: `readAhead`
// 2. the hash chain from the last line to the first: so every line is the one that the last line rests on
// 3. the rules of the journal, from the first line to the last
// Then a caller may play; behind it come
// 4. the other signatures, in slices, so that the page stays responsive.
// The key's commitment and each segment's hash are checked where the key and the bytes are: segments.js, session.js.
// Not checked here, because it needs the logbook and the ledger's proofs: what `zhilu verify` checks besides.

import { Defect, within } from "./defect.js";
import { hex } from "./encoding.js";
import { JournalReader } from "./journal.js";
import { checkHeader, checkSignature, common, findLines, lineHash, openLine, payload, splitLine } from "./lines.js";

/** @typedef {import("./lines.js").Verifier} Verifier */

export const MAX_JOURNAL = 256 * 1024 * 1024;
const SLICE = 64;
const HASHED_AT_ONCE = 128;

/** The bytes of a journal, and what is known of them. */
export class JournalFile {
  /** Payloads that step 2 read, for step 3: strict JSON is slow to read. @type {import("./strictjson.js").JsonObject[]} */
  #read = [];

  /**
   * @param {Uint8Array} bytes @param {Verifier} verifier of the recorder
   * @param {string} [typ] zhilu-journal or zhilu-import
   */
  constructor(bytes, verifier, typ = "zhilu-journal") {
    const { bounds, torn } = findLines(bytes);
    this.bytes = bytes;
    this.bounds = bounds;
    this.verifier = verifier;
    this.typ = typ;
    /** Codes of findings that do not stop a viewer. @type {string[]} */
    this.findings = torn ? ["torn-tail"] : [];
    if (bounds.length === 0) throw new Defect("journal", "no-lines", "line 0");
  }

  get count() {
    return this.bounds.length;
  }

  /** @param {number} n */
  line(n) {
    const [from, to] = this.bounds[n];
    return this.bytes.subarray(from, to);
  }

  /** Step 1. */
  async checkLastLine() {
    const n = this.count - 1;
    await inLine(n, () => openLine(this.line(n), this.typ, this.verifier));
  }

  /**
   * `open`, segment 0 and segment i, each verified by the signature of its own line. That they stand in the right order among
   * all others is left to steps 2 and 3. null: there are no such lines, so nobody can be ahead.
   * @param {string} id @param {number} i @returns {Promise<JournalReader|null>}
   */
  async readAhead(id, i) {
    const lines = [0, this.#find(0), this.#find(i)];
    if (lines.includes(-1)) return null;
    const reader = new JournalReader(id, this.typ, (code, detail = "") => {
      if (code !== "segment-order") throw new Defect("journal", code, "", detail);
    });
    for (const n of lines) {
      await inLine(n, async () => {
        const line = await openLine(this.line(n), this.typ, this.verifier);
        if (within("journal", () => common(line)).n !== n) throw new Defect("journal", "sequence");
        reader.feed(line);
      });
    }
    return reader;
  }

  /** Where segment i's line should stand: nothing is verified of it yet; -1 where it is not found. @param {number} i */
  #find(i) {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      let n = middle;
      while (n < high && this.#peek(n).type !== "segment") n++;
      const { type, i: found } = this.#peek(n);
      if (type === "segment" && found === i) return n;
      if (type === "segment" && Number(found) < i) low = n + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** @param {number} n @returns {import("./strictjson.js").JsonObject} empty where it cannot be read */
  #peek(n) {
    try {
      return payload(splitLine(this.line(n)));
    } catch {
      return {};
    }
  }

  /** Step 2. @param {(done: number) => void} [progress] */
  async checkChain(progress = () => {}) {
    let wanted = "";
    for (let to = this.count; to > 0; to -= HASHED_AT_ONCE) {
      const from = Math.max(0, to - HASHED_AT_ONCE);
      // Asked for together, because each answer comes from another thread; looked at in the order of the chain.
      const hashes = await Promise.all(Array.from({ length: to - from }, (_, k) => lineHash(this.line(from + k))));
      for (let n = to - 1; n >= from; n--) wanted = inLineNow(n, () => this.#link(n, hashes[n - from], wanted));
      progress(this.count - from);
      await breath();
    }
  }

  /** Line n is the one whose hash the line after it names. @param {number} n @param {Uint8Array} hash @param {string} wanted hex */
  #link(n, hash, wanted) {
    const line = this.line(n);
    if (wanted && hex(hash) !== wanted) throw new Defect("line", "chain");
    const parts = splitLine(line);
    checkHeader(parts, this.verifier.kid, this.typ);
    const read = payload(parts);
    this.#read[n] = read;
    const { prev } = read;
    if (typeof prev !== "string") throw new Defect("journal", "field", "", "prev");
    return prev;
  }

  /** Step 3. @param {string} id @returns {Promise<JournalReader>} */
  async checkRules(id) {
    const reader = new JournalReader(id, this.typ);
    for (let n = 0; n < this.count; n++) {
      inLineNow(n, () => {
        const line = this.#read[n] ?? payload(splitLine(this.line(n)));
        if (within("journal", () => common(line)).n !== n) throw new Defect("journal", "sequence");
        reader.feed(line);
      });
    }
    this.#read = [];
    this.findings.push(...reader.finish());
    return reader;
  }

  /**
   * Step 4. The last line's signature is known already.
   * @param {(done: number) => void} [progress] @param {() => boolean} [stopped]
   */
  async checkSignatures(progress = () => {}, stopped = () => false) {
    for (let from = 0; from < this.count; from += SLICE) {
      if (stopped()) return;
      const to = Math.min(from + SLICE, this.count);
      for (let n = from; n < to; n++) {
        await inLine(n, () => checkSignature(splitLine(this.line(n)), this.verifier.key));
      }
      progress(to);
      await breath();
    }
  }
}

/** So that the page stays responsive. */
function breath() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Whatever goes wrong in there is wrong at line n.
 * @template T @param {number} n @param {() => T | Promise<T>} work @returns {Promise<T>}
 */
async function inLine(n, work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Defect ? error.at(`line ${n}`) : error;
  }
}

/** The same for what takes no time. @template T @param {number} n @param {() => T} work @returns {T} */
function inLineNow(n, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Defect ? error.at(`line ${n}`) : error;
  }
}
