// The rules of a journal (spec/journal.md §4, §6), line by line. Signatures, numbers and hashes are not its affair:
// see verify.js (the player's order) and linefile.js (the verifier's).
//
// - line 0 is `open`, nothing else is (open-first); other types are not known (type); nothing follows `close` (after-close)
// - origin `import` stands under zhilu-import and nowhere else (origin); suite is allowed (suite)
// - id is the one asked for, where one is asked for (id)
// - segments: i rises by one from 0 and offset is the sum of the lengths before (segment-order);
//   a sealed segment is at least a tag and at most 16 MiB + 16 bytes (segment-size);
//   pts_us is not less than the furthest end so far less one second (pts); segment 0 has pts and duration 0 (field)
// - minutes: each carries the counter of the one before + 1 (counter); the first is the logbook's affair
// - close tells the segments and the length that were counted (close-counts)
// - an import: open, segment and close only (type), no drill (drill); pieces of 1 MiB, only the last may be shorter
//   (segment-size), all at time 0 (field); together they are as long as the file was (source-size)
// A journal without `close` is a finding, not a defect of a line: `finish` reports it.

import { Defect, within } from "./defect.js";
import { isHex32, isId, unb64u } from "./encoding.js";
import { common } from "./lines.js";
import { bool, formed, integer, object, objects, text } from "./strictjson.js";

/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/**
 * since, at: times of the line before and of its own, between which it was sealed
 * @typedef {{i: number, offset: number, length: number, sha256: string, ptsUs: number, durationUs: number, since: string, at: string}} SegmentRef
 */
/** @typedef {{to: string, sealed: string}} Envelope */
/** @typedef {{hash: string, envelopes: Envelope[]}} Share */
/** @typedef {{sha256: string, size: number, state: string, durationUs: number|null}} Source of an import */
/** @typedef {(code: string, detail?: string) => void} Report of a rule that is broken; it throws, or notes it and lets us go on */
/**
 * @typedef {object} Open
 * @property {string} id
 * @property {string} suite
 * @property {string} at
 * @property {string} origin
 * @property {boolean} drill
 * @property {string|null} officer
 * @property {number} policy
 * @property {Share[]} shares
 * @property {Envelope} text
 * @property {string} keyCommitment
 * @property {string} codec
 * @property {string} media
 * @property {number} width
 * @property {number} height
 * @property {Source|null} source  null in what was sealed at capture
 * @property {string} checkpoint  hex; of an import, else ""
 */

export const JOURNAL = "zhilu-journal";
export const IMPORT = "zhilu-import";
export const SUITES = ["zhilu-1"];
export const MAX_SEGMENT = 16 * 1024 * 1024;
export const TAG = 16;
const PIECE = 1024 * 1024;
const ENVELOPE = 65 + 32 + 16;
const PTS_SLACK_US = 1_000_000;
const TYPES = ["open", "minute", "segment", "mark", "gap", "quality", "close"];
const ORIGINS = ["camera", "rtsp", "file", "test", "import"];
const REASONS = ["power-off", "end-of-source", "fault", "storage-full"];
const IMPORTED = [
  "video/mp4", "video/quicktime", "video/x-msvideo", "image/jpeg", "image/png", "audio/mpeg", "audio/wav", "audio/mp4",
  "application/octet-stream",
];

/** @type {Report} @returns {never} */
function refuse(code, detail = "") {
  throw new Defect("journal", code, "", detail);
}

/** @param {string} name @returns {never} */
function badField(name) {
  throw new Defect("journal", "field", "", name);
}

/** @param {string[]} allowed @returns {(value: unknown) => boolean} */
const oneOf = (allowed) => (value) => allowed.includes(String(value));

/** @param {unknown} value */
const isKid = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);

/** @param {unknown} value @returns {number} bytes of b64u, -1 for anything else */
function b64uLength(value) {
  try {
    return typeof value === "string" ? unb64u(value).length : -1;
  } catch {
    return -1;
  }
}

export class JournalReader {
  /**
   * @param {string} id of the recording that is asked for; "" takes any
   * @param {string} [typ] zhilu-journal or zhilu-import
   * @param {Report} [report] what to do where a rule is broken; throws, where absent
   */
  constructor(id, typ = JOURNAL, report = refuse) {
    this.id = id;
    this.typ = typ;
    this.report = report;
    this.lines = 0;
    /** @type {Open|null} */
    this.open = null;
    /** @type {SegmentRef[]} */
    this.segments = [];
    /** @type {{fromUs: number, toUs: number, reason: string}[]} */
    this.gaps = [];
    /** @type {{fromUs: number, toUs: number, reason: string}[]} */
    this.quality = [];
    this.marks = 0;
    /** Microseconds. What a mark says is sealed to the county. @type {number[]} */
    this.markTimes = [];
    this.minutes = 0;
    /** Counters of the first and of the newest minute. @type {number|null} */
    this.firstMinute = null;
    this.lastMinute = 0;
    /** @type {{reason: string}|null} */
    this.close = null;
    this.length = 0;
    this.endUs = 0;
    this.lastAt = "";
  }

  /** @param {JsonObject} line the payload of the next line */
  feed(line) {
    within("journal", () => this.#feed(line));
  }

  /** @param {JsonObject} line */
  #feed(line) {
    const { at, type } = common(line);
    if (this.close) this.report("after-close");
    const since = this.lastAt;
    this.lastAt = at;
    const first = this.lines === 0;
    this.lines += 1;
    if (!TYPES.includes(type)) return this.report("type", type);
    if ((type === "open") !== first) return this.report("open-first");
    if (type === "open") this.#open(line);
    else if (type === "segment") this.#segment(line, { since, at });
    else if (type === "close") this.#close(line);
    else if (this.typ === IMPORT) this.report("type", type);
    else if (type === "minute") this.#minute(line);
    else if (type === "mark") this.#mark(line);
    else if (type === "gap") this.gaps.push(readSpan(line, text(line, "reason")));
    else this.quality.push(readSpan(line, formed(line, "reason", oneOf(["black", "silent"]))));
  }

  /** Codes of what is wrong with the journal as a whole. */
  finish() {
    return this.close ? [] : ["unclosed"];
  }

  /** @param {JsonObject} line */
  #open(line) {
    const open = readOpen(line, this.typ);
    if (!SUITES.includes(open.suite)) this.report("suite");
    if ((open.origin === "import") !== (this.typ === IMPORT)) this.report("origin");
    if (open.origin === "import" && open.drill) this.report("drill");
    if (this.id && open.id !== this.id) this.report("id");
    this.open = open;
  }

  /** @param {JsonObject} line @param {{since: string, at: string}} times */
  #segment(line, times) {
    const ref = {
      ...times,
      i: integer(line, "i"),
      offset: integer(line, "offset"),
      length: integer(line, "length"),
      sha256: formed(line, "sha256", isHex32),
      ptsUs: integer(line, "pts_us"),
      durationUs: integer(line, "duration_us"),
    };
    if ("private" in line) checkPrivate(line);
    if (ref.i !== this.segments.length || ref.offset !== this.length) this.report("segment-order");
    if (!this.#sized(ref)) this.report("segment-size");
    if ((ref.i === 0 || this.typ === IMPORT) && (ref.ptsUs || ref.durationUs)) badField("pts_us");
    if (ref.ptsUs < this.endUs - PTS_SLACK_US) this.report("pts");
    this.segments.push(ref);
    this.length = ref.offset + ref.length;
    this.endUs = Math.max(this.endUs, ref.ptsUs + ref.durationUs);
  }

  /** @param {SegmentRef} ref */
  #sized(ref) {
    if (this.typ !== IMPORT) return ref.length >= TAG && ref.length <= MAX_SEGMENT + TAG;
    const before = this.segments.at(-1);
    const whole = !before || before.length === PIECE + TAG;
    const least = ref.i === 0 ? TAG : TAG + 1;
    return whole && ref.length >= least && ref.length <= PIECE + TAG;
  }

  /** @param {JsonObject} line */
  #minute(line) {
    const counter = integer(line, "counter");
    if (this.firstMinute !== null && counter !== this.lastMinute + 1) this.report("counter");
    this.firstMinute ??= counter;
    this.lastMinute = counter;
    this.minutes += 1;
  }

  /** @param {JsonObject} line */
  #mark(line) {
    this.markTimes.push(integer(line, "pts_us"));
    checkPrivate(line);
    this.marks += 1;
  }

  /** @param {JsonObject} line */
  #close(line) {
    const reason = formed(line, "reason", oneOf(this.typ === IMPORT ? ["end-of-source"] : REASONS));
    const segments = integer(line, "segments");
    const length = integer(line, "length");
    if (segments !== this.segments.length || length !== this.length) this.report("close-counts");
    const source = this.open?.source;
    const sealed = this.length - TAG * this.segments.length;
    if (source && (sealed !== source.size || this.segments.length === 0)) this.report("source-size");
    this.close = { reason };
  }
}

/** @param {JsonObject} line @param {string} reason */
function readSpan(line, reason) {
  const fromUs = integer(line, "from_us");
  return { fromUs, toUs: integer(line, "to_us", fromUs), reason };
}

/** @param {JsonObject} line */
function checkPrivate(line) {
  if (b64uLength(line.private) < 0) badField("private");
}

/** @param {JsonObject} line @param {string} typ @returns {Open} */
function readOpen(line, typ) {
  const origin = formed(line, "origin", oneOf(ORIGINS));
  const imported = typ === IMPORT && origin === "import";
  if (imported) checkPrivate(line);
  return {
    id: formed(line, "id", isId),
    suite: text(line, "suite"),
    at: text(line, "at"),
    origin,
    drill: bool(line, "drill"),
    officer: line.officer === null ? null : formed(line, "officer", isId),
    policy: integer(line, "policy"),
    shares: readShares(line),
    text: readEnvelope(object(line, "text")),
    keyCommitment: formed(line, "key_commitment", isHex32),
    codec: text(line, "codec"),
    media: formed(line, "media", oneOf(imported ? IMPORTED : ["video/mp4"])),
    width: integer(line, "width"),
    height: integer(line, "height"),
    source: imported ? readSource(object(line, "source")) : null,
    checkpoint: imported ? formed(line, "checkpoint", isHex32) : "",
  };
}

/** @param {JsonObject} source @returns {Source} */
function readSource(source) {
  return {
    sha256: formed(source, "sha256", isHex32),
    size: integer(source, "size"),
    state: formed(source, "state", oneOf(["sound", "truncated", "unreadable"])),
    durationUs: source.duration_us === null ? null : integer(source, "duration_us"),
  };
}

/** @param {JsonObject} line @returns {Share[]} */
function readShares(line) {
  const shares = objects(line, "shares");
  if (shares.length !== 1 && shares.length !== 2) badField("shares");
  return shares.map((share) => ({
    hash: formed(share, "hash", isHex32),
    envelopes: readPair(share),
  }));
}

/** The keyholder's and the escrow key's. @param {JsonObject} share */
function readPair(share) {
  const envelopes = objects(share, "envelopes");
  if (envelopes.length !== 2) badField("envelopes");
  return envelopes.map(readEnvelope);
}

/** @param {JsonObject} envelope @returns {Envelope} */
function readEnvelope(envelope) {
  const sealed = formed(envelope, "sealed", (value) => b64uLength(value) === ENVELOPE);
  return { to: formed(envelope, "to", isKid), sealed };
}
