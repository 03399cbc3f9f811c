// The rules of a journal (spec/journal.md §4, §5), line by line. Signatures and hashes are not its affair: see verify.js.
//
// - line 0 is `open`, nothing else is (open-first); other types are not known (type); nothing follows `close` (after-close)
// - n rises by one from 0 (sequence)
// - segments: i rises by one from 0 and offset is the sum of the lengths before (segment-order);
//   a sealed segment is at most 16 MiB + 16 bytes (segment-size);
//   pts_us is not less than the furthest end so far less one second (pts); segment 0 has pts and duration 0 (field)
// - close tells the segments and the length that were counted (close-counts)
// - suite is allowed (suite); id is the one asked for (id)
// A journal without `close` is a finding, not a defect of a line: `finish` reports it.

import { Defect } from "./defect.js";
import { isHex32, isId, isTime, unb64u } from "./encoding.js";
import { bool, formed, integer, object, objects, text } from "./strictjson.js";

/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {{i: number, offset: number, length: number, sha256: string, ptsUs: number, durationUs: number}} SegmentRef */
/** @typedef {{hash: string, envelopes: {to: string, sealed: string}[]}} Share */
/**
 * @typedef {object} Open
 * @property {string} id
 * @property {string} at
 * @property {string} origin
 * @property {boolean} drill
 * @property {string|null} officer
 * @property {number} policy
 * @property {Share[]} shares
 * @property {string} keyCommitment
 * @property {string} codec
 * @property {string} media
 * @property {number} width
 * @property {number} height
 */

export const SUITES = ["zhilu-1"];
export const MAX_SEGMENT = 16 * 1024 * 1024;
export const TAG = 16;
const ENVELOPE = 65 + 32 + 16;
const PTS_SLACK_US = 1_000_000;
const ORIGINS = ["camera", "rtsp", "file", "test", "import"];
const REASONS = ["power-off", "end-of-source", "fault", "storage-full"];

/** @param {string} code @param {string} [detail] @returns {never} */
function refuse(code, detail = "") {
  throw new Defect("journal", code, "", detail);
}

/** @param {string[]} allowed @returns {(value: unknown) => boolean} */
const oneOf = (allowed) => (value) => allowed.includes(String(value));

/** @param {unknown} value */
const isKid = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);

/** b64u of an encapsulated point, 32 bytes of key, a tag. @param {unknown} value */
function isSealed(value) {
  if (typeof value !== "string") return false;
  try {
    return unb64u(value).length === ENVELOPE;
  } catch {
    return false;
  }
}

export class JournalReader {
  /** @param {string} id of the recording that is asked for */
  constructor(id) {
    this.id = id;
    this.lines = 0;
    /** @type {Open|null} */
    this.open = null;
    /** @type {SegmentRef[]} */
    this.segments = [];
    /** @type {{fromUs: number, toUs: number, reason: string}[]} */
    this.gaps = [];
    this.marks = 0;
    /** @type {{reason: string}|null} */
    this.close = null;
    this.length = 0;
    this.endUs = 0;
    this.lastAt = "";
  }

  /** @param {JsonObject} line the payload of the next line */
  feed(line) {
    if (this.close) refuse("after-close");
    if (integer(line, "n") !== this.lines) refuse("sequence");
    formed(line, "prev", isHex32);
    this.lastAt = formed(line, "at", isTime);
    integer(line, "mono_us");
    const type = text(line, "type");
    if ((type === "open") !== (this.lines === 0)) refuse("open-first");
    if (type === "open") this.open = readOpen(line, this.id);
    else if (type === "segment") this.#segment(line);
    else if (type === "mark") this.#mark(line);
    else if (type === "gap") this.#gap(line);
    else if (type === "close") this.#close(line);
    else refuse("type", type);
    this.lines += 1;
  }

  /** Codes of what is wrong with the journal as a whole. */
  finish() {
    return this.close ? [] : ["unclosed"];
  }

  /** @param {JsonObject} line */
  #segment(line) {
    const ref = {
      i: integer(line, "i"),
      offset: integer(line, "offset"),
      length: integer(line, "length", TAG),
      sha256: formed(line, "sha256", isHex32),
      ptsUs: integer(line, "pts_us"),
      durationUs: integer(line, "duration_us"),
    };
    if ("private" in line) checkPrivate(line);
    if (ref.i !== this.segments.length || ref.offset !== this.length) refuse("segment-order");
    if (ref.length > MAX_SEGMENT + TAG) refuse("segment-size");
    if (ref.i === 0 && (ref.ptsUs || ref.durationUs)) refuse("field", "pts_us");
    if (ref.ptsUs < this.endUs - PTS_SLACK_US) refuse("pts");
    this.segments.push(ref);
    this.length += ref.length;
    this.endUs = Math.max(this.endUs, ref.ptsUs + ref.durationUs);
  }

  /** @param {JsonObject} line */
  #mark(line) {
    integer(line, "pts_us");
    checkPrivate(line);
    this.marks += 1;
  }

  /** @param {JsonObject} line */
  #gap(line) {
    const fromUs = integer(line, "from_us");
    this.gaps.push({ fromUs, toUs: integer(line, "to_us", fromUs), reason: text(line, "reason") });
  }

  /** @param {JsonObject} line */
  #close(line) {
    const reason = formed(line, "reason", oneOf(REASONS));
    const same = integer(line, "segments") === this.segments.length && integer(line, "length") === this.length;
    if (!same) refuse("close-counts");
    this.close = { reason };
  }
}

/** @param {JsonObject} line */
function checkPrivate(line) {
  try {
    unb64u(text(line, "private"));
  } catch {
    refuse("field", "private");
  }
}

/** @param {JsonObject} line @param {string} id @returns {Open} */
function readOpen(line, id) {
  if (formed(line, "id", isId) !== id) refuse("id");
  if (!SUITES.includes(text(line, "suite"))) refuse("suite");
  const textKey = object(line, "text");
  readEnvelope(textKey);
  return {
    id,
    at: text(line, "at"),
    origin: formed(line, "origin", oneOf(ORIGINS)),
    drill: bool(line, "drill"),
    officer: line.officer === null ? null : formed(line, "officer", isId),
    policy: integer(line, "policy"),
    shares: readShares(line),
    keyCommitment: formed(line, "key_commitment", isHex32),
    codec: text(line, "codec"),
    media: formed(line, "media", oneOf(["video/mp4"])),
    width: integer(line, "width"),
    height: integer(line, "height"),
  };
}

/** @param {JsonObject} line @returns {Share[]} */
function readShares(line) {
  const shares = objects(line, "shares");
  if (shares.length !== 1 && shares.length !== 2) refuse("field", "shares");
  return shares.map((share) => ({
    hash: formed(share, "hash", isHex32),
    envelopes: readPair(share),
  }));
}

/** The keyholder's and the escrow key's. @param {JsonObject} share */
function readPair(share) {
  const envelopes = objects(share, "envelopes");
  if (envelopes.length !== 2) refuse("field", "envelopes");
  return envelopes.map(readEnvelope);
}

/** @param {JsonObject} envelope */
function readEnvelope(envelope) {
  return { to: formed(envelope, "to", isKid), sealed: formed(envelope, "sealed", isSealed) };
}
