// The rules of a logbook (spec/journal.md §3). Signatures, numbers and the chain: linefile.js.
//
// - line 0 is `enrolled`, nothing else is (enrolled-first); its jwk is a public P-256 key (jwk) and the one that signs
//   (enrolled-key); other types are not known (type)
// - the counter goes up by one with each line that carries it, from that of `enrolled` on; by one and its `minutes` at
//   `recording-closed` and `recovered` (counter)
// - a recording is opened once, closed or recovered once after that, cleared after that; what it follows is closed
//   (recording-order); one that is neither closed nor recovered at the next `boot` is an open-recording
// - between a `boot` and the next `boot` or `shutdown` stands a `recording-opened` or a `not-recording` (note
//   boot-unexplained)

import { Defect, withinLater } from "./defect.js";
import { isHex32, isId, isTime, unb64u } from "./encoding.js";
import { loadKey } from "./lines.js";
import { bool, formed, integer, object, text, texts } from "./strictjson.js";

/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {import("./linefile.js").Where} Where */
/** @typedef {import("./linefile.js").Source} Source */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {{by: string, lines: number, last: string, segments: number, length: number, minutes: number, until: string, at: string, line: number, place: string}} Closing */
/**
 * @typedef {object} Opened
 * @property {string} id
 * @property {string} hash  of the line
 * @property {string} at
 * @property {number} line  from 1
 * @property {string} place
 * @property {number} counter
 * @property {string|null} checkpoint  that the boot before it names
 * @property {boolean} drill  of the newest assignment before it
 * @property {{id: string, until: string}|null} follows
 * @property {Closing|null} closing
 * @property {boolean} cleared
 * @property {boolean} told  that it was left open
 */

export const LOGBOOK = "zhilu-logbook";
const KINDS = ["tpm", "token", "file", "none"];
const WHY_NOT = ["camera", "storage-full", "no-policy", "in-dock"];

/** @param {JsonObject} line @param {string} name */
const hex32 = (line, name) => formed(line, name, isHex32);
/** @param {JsonObject} line @param {string} name */
const id = (line, name) => formed(line, name, isId);
/** @param {JsonObject} line @param {string} name */
const time = (line, name) => formed(line, name, isTime);
/** @param {JsonObject} line @param {string} name */
const hex32OrNull = (line, name) => (line[name] === null ? null : hex32(line, name));
/** @param {unknown} value */
function isB64u(value) {
  try {
    return typeof value === "string" && unb64u(value).length >= 0;
  } catch {
    return false;
  }
}

/** Lines of which only the form is asked. @type {{[type: string]: (line: JsonObject) => void}} */
const FORMS = {
  "docked": (line) => {
    hex32(line, "handover");
    formed(line, "station_nonce", isB64u);
    hex32(line, "checkpoint");
  },
  "trust-changed": (line) => {
    hex32(line, "entry");
    integer(line, "index");
    text(line, "kind");
    integer(line, "version");
  },
  "clearing-refused": (line) => {
    if (line["id"] !== null) id(line, "id");
    formed(line, "code", (value) => typeof value === "string" && /^[a-z0-9-]{1,64}$/.test(value));
  },
  "clock-set": (line) => {
    time(line, "before");
    time(line, "after");
    integer(line, "offset_us", -Infinity);
    text(line, "station");
    text(line, "source");
  },
  "battery": (line) => void integer(line, "percent"),
  "storage": (line) => {
    integer(line, "free");
    integer(line, "total");
  },
  "fault": (line) => {
    text(line, "code");
    text(line, "detail");
  },
};

export class Logbook {
  /** @param {string} kid of the key that signs @param {Report} report */
  constructor(kid, report) {
    this.kid = kid;
    this.report = report;
    this.lines = 0;
    /** @type {{serial: string, counterKind: string, ledger: string, jwk: JsonObject}|null} */
    this.enrolled = null;
    /** @type {Map<string, Opened>} */
    this.recordings = new Map();
    /** Recordings that another says it follows. @type {Set<string>} */
    this.followed = new Set();
    /** @type {{value: number, at: string}|null} */
    this.counter = null;
    /** @type {string|null} */
    this.checkpoint = null;
    this.drill = false;
    /** The power-on that nothing has explained yet. @type {Where|null} */
    this.unexplained = null;
    this.lastAt = "";
  }

  /** @param {JsonObject} line @param {Where} where */
  feed(line, where) {
    const type = text(line, "type");
    this.lastAt = where.at;
    const first = this.lines === 0;
    this.lines += 1;
    if ((type === "enrolled") !== first) this.#refuse("enrolled-first", where);
    if (type === "enrolled") this.#enrolled(line, where);
    else if (type === "boot") this.#boot(line, where);
    else if (type === "shutdown") this.#shutdown(line, where);
    else if (type === "recording-opened") this.#opened(line, where);
    else if (type === "recording-closed" || type === "recovered") this.#closed(line, where, type);
    else if (type === "cleared") this.#cleared(line, where);
    else if (type === "not-recording") this.#notRecording(line);
    else if (type === "assigned") this.#assigned(line);
    else if (Object.hasOwn(FORMS, type)) FORMS[type](line);
    else this.#refuse("type", where, type);
  }

  /** @param {string} code @param {Where} where @param {string} [detail] @param {string} [since] */
  #refuse(code, where, detail = "", since = "") {
    this.report.defect("logbook", code, { place: where.place, detail, since, until: since && where.at });
  }

  /** @param {JsonObject} line @param {Where} where @param {number} [minutes] @param {string} [until] when all was still there */
  #count(line, where, minutes = 0, until = "") {
    const value = integer(line, "counter");
    if (this.counter && value !== this.counter.value + 1 + minutes) {
      this.#refuse("counter", where, `${this.counter.value} → ${value}`, until || this.counter.at);
    }
    this.counter = { value, at: where.at };
    return value;
  }

  /** @param {JsonObject} line @param {Where} where */
  #enrolled(line, where) {
    for (const root of texts(line, "roots")) if (!isHex32(root)) throw new Defect("logbook", "field", "", "roots");
    texts(line, "cosigners");
    integer(line, "quorum", 1);
    const counterKind = formed(line, "counter_kind", (value) => KINDS.includes(String(value)));
    const enrolled = { serial: text(line, "serial"), counterKind, ledger: text(line, "ledger"), jwk: object(line, "jwk") };
    this.counter = { value: integer(line, "counter"), at: where.at };
    this.enrolled ??= enrolled;
  }

  /** @param {JsonObject} line @param {Where} where */
  #boot(line, where) {
    integer(line, "uptime_ms");
    text(line, "software");
    this.checkpoint = hex32OrNull(line, "checkpoint");
    for (const each of this.recordings.values()) {
      if (each.closing || each.told) continue;
      each.told = true;
      this.#refuse("open-recording", where, each.id, where.since);
    }
    this.#count(line, where);
    this.#explain(where);
    this.unexplained = where;
  }

  /** @param {JsonObject} line @param {Where} where */
  #shutdown(line, where) {
    text(line, "reason");
    this.#explain(where);
  }

  /** A power-on ends here, and nothing has said why it did not record. @param {Where} where */
  #explain(where) {
    const boot = this.unexplained;
    if (boot) this.report.note("logbook", "boot-unexplained", { place: boot.place, since: boot.at, until: where.at });
    this.unexplained = null;
  }

  /** @param {JsonObject} line @param {Where} where */
  #opened(line, where) {
    const own = id(line, "id");
    const follows = "follows" in line ? object(line, "follows") : null;
    const before = follows && { id: id(follows, "id"), until: time(follows, "until") };
    const counter = this.#count(line, where);
    this.unexplained = null;
    if (this.recordings.has(own)) return this.#refuse("recording-order", where, own);
    if (before && !this.#ended(before.id)) this.#refuse("recording-order", where, "follows");
    const { hash, at, line: number, place } = where;
    const { checkpoint, drill } = this;
    const state = { closing: null, cleared: false, told: false };
    this.recordings.set(own, { id: own, hash, at, line: number, place, counter, checkpoint, drill, follows: before, ...state });
  }

  /** Closed, and no other has followed it yet. @param {string} id */
  #ended(id) {
    const ended = this.recordings.get(id)?.closing && !this.followed.has(id);
    this.followed.add(id);
    return ended;
  }

  /** @param {JsonObject} line @param {Where} where @param {string} by type of the line */
  #closed(line, where, by) {
    const own = id(line, "id");
    const closing = {
      by,
      lines: integer(line, "lines"),
      last: hex32(line, "last"),
      segments: integer(line, "segments"),
      length: integer(line, "length"),
      minutes: integer(line, "minutes"),
      until: "",
      at: where.at,
      line: where.line,
      place: where.place,
    };
    if (by === "recovered") {
      integer(line, "cut");
      integer(line, "torn");
      closing.until = time(line, "until");
    }
    this.#count(line, where, closing.minutes, closing.until);
    const opened = this.recordings.get(own);
    if (!opened || opened.closing) return this.#refuse("recording-order", where, own);
    opened.closing = closing;
  }

  /** @param {JsonObject} line @param {Where} where */
  #cleared(line, where) {
    const own = id(line, "id");
    hex32(line, "receipt");
    integer(line, "index");
    hex32(line, "checkpoint");
    const opened = this.recordings.get(own);
    if (!opened?.closing || opened.cleared) return this.#refuse("recording-order", where, own);
    opened.cleared = true;
  }

  /** @param {JsonObject} line */
  #notRecording(line) {
    formed(line, "reason", (value) => WHY_NOT.includes(String(value)));
    text(line, "detail");
    this.unexplained = null;
  }

  /** @param {JsonObject} line */
  #assigned(line) {
    hex32(line, "entry");
    integer(line, "index");
    id(line, "officer");
    text(line, "station");
    integer(line, "bay");
    this.drill = bool(line, "drill");
  }

  /** What a logbook says of its own key, once it is read: it must be the one that signed it. */
  async checkEnrolled() {
    const { enrolled, report, kid } = this;
    if (!enrolled) return;
    await report.caught(async () => {
      const own = await withinLater("logbook", () => loadKey(enrolled.jwk));
      if (own.kid !== kid) throw new Defect("logbook", "enrolled-key", "logbook.jws, line 1");
    });
  }
}
