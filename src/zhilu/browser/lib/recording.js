// The judgement of a whole recording, of a logbook by itself, or of a recorder's whole store (its logbook and all that
// lies in `recordings/`), by a stranger (spec/journal.md §5, spec/ledger.md §7).
// No key is needed; nothing is asked of a network or a clock.
//
// In this order:
// 1. the evidence file, where there is one; with a trust document the ledger's signatures as well
// 2. whose lines these are: the enrolled key of the evidence, else the one that the logbook names of itself (no-key)
// 3. the logbook, the journal, the media, each by itself
//    (what the logbook says of other times is a note)
// 4. journal and logbook agree: id, opened-by, drill, counter, closed-as
// 5. journal and ledger agree: recipients, receipt-recorder, receipt-recording, boot-checkpoint
// 6. the end: unclosed, open-recording
// 7. the bracket, and revocation judged at it (revoked, revoked-within)
// A line that was seen before must still be there (logbook-cut), and be the same (fork). In a store besides: what the logbook opened and did not clear is there (recording-missing), and nothing else is
// (recording-unknown); what it cleared may be gone or half gone.
// Anchored is what is sound and has trust document, receipt and logbook. Without them: consistent, not anchored.

import { Defect, within, withinLater } from "./defect.js";
import { OF_RECORDER, OF_STATION, readEvidence, sameRecipients } from "./evidence.js";
import { IMPORT, JOURNAL, JournalReader } from "./journal.js";
import { LineFile, ZEROS, linesOf, memory } from "./linefile.js";
import { isAscii, loadKey, payload, splitLine } from "./lines.js";
import { LOGBOOK, Logbook } from "./logbook.js";
import { checkMedia } from "./media.js";
import { storedAs } from "./receipts.js";
import { unb64u } from "./encoding.js";
import { Report } from "./report.js";
import { integer, object, text } from "./strictjson.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {import("./linefile.js").Source} Source */
/** @typedef {import("./lines.js").Verifier} Verifier */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./evidence.js").Evidence} Evidence */
/** @typedef {import("./journal.js").Open} Open */
/** @typedef {import("./logbook.js").Opened} Opened */
/** A line of the logbook that was seen before. @typedef {{n: number, hash: string}} Head */
/** @typedef {(step: "journal"|"media"|"logbook", done: number, total: number) => void} Progress in bytes */
/** @typedef {{journal: Source, media: Source|null, logbook: Source|null, receipt: Bytes|null, id: string}} Recording id: of the folder, "" where it says none */

/** What was read of the journal. */
class Journal extends JournalReader {
  head = "";
  first = "";
  file = "";
  sound = 0;
  mediaSize = 0;

  /** @param {import("./strictjson.js").JsonObject} line @param {import("./linefile.js").Where} [where] */
  feed(line, where) {
    this.where = where;
    if (where) this.head = where.hash;
    if (this.lines === 0) this.first = text(line, "prev");
    super.feed(line);
  }
}

class Judge {
  /** @param {Trust|null} trust @param {Progress} progress */
  constructor(trust, progress) {
    this.trust = trust;
    this.progress = progress;
    this.report = new Report();
    /** @type {Evidence|null} */
    this.evidence = null;
    /** @type {Logbook|null} */
    this.logbook = null;
  }

  /** @param {Bytes|null} receipt @param {typeof OF_RECORDER} kinds */
  async readReceipt(receipt, kinds) {
    if (!receipt) return;
    const keys = this.trust?.keys ?? null;
    this.evidence = await this.report.caught(() => readEvidence(receipt, keys, kinds), { place: "receipt.json" });
  }

  /** Whose lines these are. @param {Source|null} logbook @returns {Promise<Verifier|null>} */
  async signer(logbook) {
    if (this.evidence) return this.evidence.signer;
    const own = logbook && (await this.report.caught(() => namedKey(logbook), { place: "logbook.jws, line 1" }));
    if (!own && this.report.sound) this.report.defect("trust", "no-key");
    return own;
  }

  /** @param {Source} source @param {Verifier} verifier @param {Head|null} [head] */
  async readLogbook(source, verifier, head = null) {
    const { report } = this;
    const logbook = new Logbook(verifier.kid, report);
    const options = { typ: LOGBOOK, layer: /** @type {const} */ ("logbook"), verifier, report };
    const file = new LineFile({ ...options, name: "logbook.jws", first: ZEROS });
    await file.read(source, logbook, (done) => this.progress("logbook", done, source.size));
    await logbook.checkEnrolled();
    if (head && file.hashes.get(head.n) !== head.hash) {
      const code = file.hashes.has(head.n) ? "fork" : "logbook-cut";
      report.defect("logbook", code, { place: "logbook.jws", since: logbook.lastAt });
    }
    this.logbook = logbook;
    const kind = this.evidence ? within("receipt", () => enrolledKind(/** @type {Evidence} */ (this.evidence))) : null;
    const counter = kind ?? logbook.enrolled?.counterKind ?? "";
    Object.assign(report.facts, {
      logbook_lines: file.count,
      unknown_since: logbook.lastAt,
      serial: logbook.enrolled?.serial ?? "",
      counter_kind: counter,
      tail_provable: counter === "tpm",
    });
  }

  /** Revocation is judged at the bracket, not today. @param {string} kid @param {boolean} bounded there is a not after */
  checkRevoked(kid, bounded) {
    const { notBefore = 0, notAfter = 0 } = this.evidence ?? {};
    for (const { since, reason } of (this.trust?.revoked ?? []).filter((each) => each.kid === kid)) {
      const at = Date.parse(since);
      const more = { detail: `${since}: ${reason}` };
      if (this.evidence && at <= notBefore) this.report.defect("trust", "revoked", more);
      else if (!bounded || at <= notAfter) this.report.defect("trust", "revoked-within", more);
    }
  }

  /** @param {boolean} whole everything is there that anchors */
  conclude(whole) {
    const { report, trust } = this;
    if (trust) Object.assign(report.facts, { bureau: trust.bureau, trust_digest: trust.digest });
    report.facts.anchored = Boolean(whole && trust && this.evidence && report.sound);
    return report;
  }
}

/** A key that the logbook names of itself: it proves that all lines are of one device, and not which. @param {Source} logbook */
async function namedKey(logbook) {
  for await (const { bytes } of linesOf(logbook)) {
    return withinLater("logbook", async () => loadKey(object(payload(splitLine(bytes)), "jwk")));
  }
  throw new Defect("logbook", "logbook-empty");
}

/** @param {Evidence} evidence */
function enrolledKind({ enrolled }) {
  return "counter_kind" in enrolled.core ? text(enrolled.core, "counter_kind") : null;
}

/**
 * @param {Recording} files @param {Trust|null} trust @param {Progress} [progress]
 * @returns {Promise<Report>}
 */
export async function verifyRecording(files, trust, progress = () => {}) {
  const judge = new Judge(trust, progress);
  const imported = await claimsImport(files.journal);
  await judge.readReceipt(files.receipt, imported ? OF_STATION : OF_RECORDER);
  const signer = await judge.signer(imported ? null : files.logbook);
  if (!signer) return judge.conclude(false);
  judge.report.facts.kid = signer.kid;
  if (files.logbook && !imported) await judge.readLogbook(files.logbook, signer);
  const journal = await readJournal(judge, files, signer, imported ? IMPORT : JOURNAL);
  Object.assign(judge.report.facts, journalFacts(journal));
  if (journal.open) spareOthers(judge, journal, journal.open.id);
  const opened = agreeWithLogbook(judge, journal, files.id);
  await agreeWithLedger(judge, journal, opened, signer.kid);
  if (!imported) checkEnd(judge, journal, opened);
  judgeTime(judge, journal, signer.kid);
  return judge.conclude(imported || judge.logbook !== null);
}

/** By the header of its first line: the typ says how it must be read, and no signature is needed to be strict. @param {Source} journal */
async function claimsImport(journal) {
  for await (const { bytes } of linesOf(journal)) return claims(bytes);
  return false;
}

/** @param {Uint8Array} line */
function claims(line) {
  if (!isAscii(line)) return false;
  try {
    const header = new TextDecoder().decode(unb64u(new TextDecoder().decode(line).split(".")[0]));
    return /^\{"alg":"ES256","kid":"[A-Za-z0-9_-]{43}","typ":"zhilu-import"\}$/.test(header);
  } catch {
    return false;
  }
}

/**
 * @param {Judge} judge @param {{journal: Source, media: Source|null}} files @param {Verifier} verifier @param {string} typ
 * @param {string} [folder] for places, with a / at its end
 */
async function readJournal({ report, progress }, files, verifier, typ, folder = "") {
  const journal = new Journal("", typ, (code, detail) => {
    report.defect("journal", code, { place: journal.where?.place, detail });
  });
  journal.file = `${folder}journal.jws`;
  const file = new LineFile({ typ, layer: "journal", verifier, report, name: journal.file });
  await file.read(files.journal, journal, (done) => progress("journal", done, files.journal.size));
  if (typ === IMPORT && !journal.close) unclosed(report, journal);
  const media = files.media ?? memory(new Uint8Array(0));
  const show = (/** @type {number} */ done) => progress("media", done, media.size);
  journal.sound = await checkMedia(media, journal.segments, journal.length, report, `${folder}media.sealed`, show);
  return journal;
}

/** @param {Report} report @param {Journal} journal @param {string} [until] */
function unclosed(report, { file, lastAt }, until = "") {
  report.defect("journal", "unclosed", { place: file, since: lastAt, until });
}

/** @param {Journal} journal */
function journalFacts(journal) {
  return {
    lines: journal.lines,
    segments: journal.segments.length,
    length: journal.length,
    duration_us: journal.endUs,
    minutes: journal.minutes,
    marks: journal.marks,
    segments_sound: journal.sound,
    ...openFacts(journal),
  };
}

/** @param {Journal} journal */
function openFacts({ open, lastAt, close }) {
  if (!open) return {};
  return {
    origin: open.origin,
    captured: open.origin === "camera" || open.origin === "rtsp",
    drill: open.drill,
    officer: open.officer,
    policy: open.policy,
    suite: open.suite,
    recording: open.id,
    at: open.at,
    closed_at: lastAt,
    close_reason: close?.reason ?? "",
    ...(open.source ? { source_state: open.source.state, source_size: open.source.size, media: open.media } : {}),
  };
}

/** @param {Judge} judge @param {Journal} journal @param {string} id of the folder @returns {Opened|null} */
function agreeWithLogbook({ report, logbook, evidence }, journal, id) {
  const { open } = journal;
  if (open && id && open.id !== id) report.defect("recording", "id", { detail: open.id });
  const opened = open && logbook?.recordings.get(open.id);
  if (opened) agree(report, journal, opened);
  else if (logbook && open) report.defect("recording", "id", { place: "logbook.jws", detail: open.id });
  if (evidence) Object.assign(report.facts, { serial: evidence.enrolled.core.serial ?? "" });
  return opened ?? null;
}

/**
 * What the logbook says of other times is worth knowing and accuses this recording of nothing: another one left open, a
 * step of the counter before this one was opened or after it was closed.
 * @param {Judge} judge @param {Journal} journal @param {string} id of the recording
 */
function spareOthers({ report, logbook }, { lastAt }, id) {
  const opened = logbook?.recordings.get(id);
  for (const finding of report.findings.filter((each) => each.layer === "logbook" && each.defect)) {
    if (finding.code === "open-recording") {
      finding.defect = finding.detail === id;
      if (finding.defect) finding.since = lastAt || finding.since;
    } else if (finding.code === "counter" && opened) {
      const line = Number(finding.place.split("line ")[1]);
      finding.defect = line > opened.line && line <= (opened.closing?.line ?? Infinity);
    }
  }
}

/** @param {Report} report @param {Journal} journal @param {Opened} opened */
function agree(report, journal, opened) {
  const { closing, follows } = opened;
  const place = closing?.place ?? opened.place;
  if (journal.first !== opened.hash) report.defect("recording", "opened-by", { place: `${journal.file}, line 1` });
  if (journal.open?.drill !== opened.drill) report.defect("recording", "drill", { place: opened.place });
  const first = journal.firstMinute;
  const counted = !closing || closing.minutes === journal.minutes;
  if (!counted || (first !== null && first !== opened.counter + 1)) {
    report.defect("recording", "counter", { place, since: journal.lastAt || opened.at, until: closing?.at });
  }
  if (closing && !sameEnd(closing, journal)) {
    report.defect("recording", "closed-as", { place, since: journal.lastAt, until: closing.at });
  }
  if (follows) Object.assign(report.facts, { follows: follows.id, missing_since: follows.until, missing_until: opened.at });
}

/** @param {{lines: number, last: string, segments: number, length: number}} closing @param {Journal} journal */
function sameEnd({ lines, last, segments, length }, journal) {
  return (
    lines === journal.lines && last === journal.head && segments === journal.segments.length && length === journal.length
  );
}

/** @param {Judge} judge @param {Journal} journal @param {Opened|null} opened */
function checkEnd({ report, logbook, evidence }, journal, opened) {
  const { close, lastAt } = journal;
  const closing = opened?.closing;
  const recovered = logbook ? closing?.by === "recovered" : evidence?.receipt.core.closed_by === "recovered";
  if (recovered) {
    report.note("recording", "recovered", { since: closing?.until ?? lastAt, until: closing?.at });
  } else if (!close) {
    unclosed(report, journal, closing?.at);
  }
  if (opened && !closing && !opened.told) {
    report.defect("recording", "open-recording", { place: opened.place, since: lastAt || opened.at });
  }
}

/** @param {Judge} judge @param {Journal} journal @param {Opened|null} opened @param {string} kid */
async function agreeWithLedger(judge, journal, opened, kid) {
  const { evidence, report } = judge;
  if (!evidence) return;
  const { receipt, policy } = evidence;
  const place = "receipt.json";
  const { open } = journal;
  if (open && !sameRecipients(policy, open)) report.defect("recording", "recipients", { place: "journal.jws, line 1" });
  await report.caught(() => within("receipt", () => checkStored(judge, journal, kid)), { place });
  await report.caught(() => within("receipt", () => checkNamed(evidence, journal, opened)), { place });
  Object.assign(report.facts, {
    index: Number(receipt.index),
    ledger: receipt.checkpoint.origin,
    station: receipt.core.station ?? "",
    ...(typeof receipt.core.officer_check === "string" ? { officer_check: receipt.core.officer_check } : {}),
    ...(judge.trust ? { cosigners: receipt.checkpoint.cosignatures.map((each) => each.name) } : {}),
  });
}

/** The county stored this recording and no other. @param {Judge} judge @param {Journal} journal @param {string} kid */
function checkStored({ evidence }, journal, kid) {
  const core = /** @type {Evidence} */ (evidence).receipt.core;
  const imported = journal.typ === IMPORT;
  const signer = imported ? "station" : "recorder";
  if (text(core, signer) !== kid) throw new Defect("receipt", `receipt-${signer}`);
  const { lines, head: last, segments, length, open } = journal;
  if (!open) return;
  const stored = storedAs(core, { lines, last, segments: segments.length, length });
  const same = stored && core.recording === open.id && core.officer === open.officer && core.policy === open.policy;
  if (!same || !(imported ? sameSource(core, journal) : core.origin === open.origin && core.drill === open.drill)) {
    throw new Defect("receipt", "receipt-recording");
  }
}

/** @param {import("./strictjson.js").JsonObject} core @param {Journal} journal */
function sameSource(core, { first, open }) {
  const source = open?.source;
  return (
    source &&
    core.prev === first &&
    core.media === open.media &&
    core.source_sha256 === source.sha256 &&
    core.source_size === source.size &&
    core.source_state === source.state &&
    core.duration_us === source.durationUs
  );
}

/**
 * Key and policy are proved under the very checkpoint that the lines name: so they held before the first of them.
 * @param {Evidence} evidence @param {Journal} journal @param {Opened|null} opened
 */
function checkNamed({ enrolled, policyEntry }, journal, opened) {
  const imported = journal.typ === IMPORT;
  const code = imported ? "open-checkpoint" : "boot-checkpoint";
  const named = imported ? journal.open?.checkpoint : opened ? opened.checkpoint : enrolled.noteHash;
  if (named === undefined) return;
  if (enrolled.noteHash !== named || policyEntry.noteHash !== named) throw new Defect("receipt", code);
}

/** @param {Judge} judge @param {Journal} journal @param {string} kid */
function judgeTime(judge, journal, kid) {
  const { report, evidence, trust } = judge;
  if (trust && evidence) {
    const { notBefore, notAfter } = evidence;
    Object.assign(report.facts, {
      not_before: new Date(notBefore).toISOString(),
      not_after: new Date(notAfter).toISOString(),
    });
    if (notBefore > notAfter) report.defect("receipt", "bracket");
    const [from, to] = [Date.parse(journal.open?.at ?? ""), Date.parse(journal.lastAt)];
    if (from < notBefore || to > notAfter) report.note("recording", "clock-outside");
  }
  if (trust) judge.checkRevoked(kid, evidence !== null);
}

/**
 * A logbook by itself: lines of after the receipt lie in no bracket.
 * @param {{logbook: Source, receipt: Bytes|null}} files @param {Trust|null} trust @param {Progress} [progress]
 * @returns {Promise<Report>}
 */
export function verifyLogbook(files, trust, progress = () => {}) {
  return verifyStore({ ...files, recordings: null }, trust, progress);
}

/**
 * A logbook, and all the recordings of its recorder by the names of their folders; null: they are elsewhere.
 * @param {{logbook: Source, receipt: Bytes|null, recordings: Map<string, {journal: Source, media: Source|null}>|null}} files
 * @param {Trust|null} trust @param {Progress} [progress] @param {Head|null} [head]
 * @returns {Promise<Report>}
 */
export async function verifyStore(files, trust, progress = () => {}, head = null) {
  const judge = new Judge(trust, progress);
  await judge.readReceipt(files.receipt, OF_RECORDER);
  const signer = await judge.signer(files.logbook);
  if (!signer) return judge.conclude(false);
  const { report } = judge;
  report.facts.kid = signer.kid;
  await judge.readLogbook(files.logbook, signer, head);
  const recordings = [...(judge.logbook?.recordings.values() ?? [])];
  Object.assign(report.facts, {
    recordings: recordings.length,
    recordings_cleared: recordings.filter((each) => each.cleared).length,
    recordings_open: recordings.filter((each) => !each.closing).length,
  });
  if (files.recordings) await checkHeld(judge, files.recordings, signer);
  const { evidence } = judge;
  if (evidence) await report.caught(() => within("receipt", () => holdsReceipt(judge, evidence, signer.kid)));
  if (trust) judge.checkRevoked(signer.kid, false);
  return judge.conclude(true);
}

/** @param {Judge} judge @param {Map<string, {journal: Source, media: Source|null}>} held @param {Verifier} signer */
async function checkHeld(judge, held, signer) {
  const { report } = judge;
  const known = judge.logbook?.recordings ?? new Map();
  let sound = 0;
  for (const { id, at, closing, cleared } of known.values()) {
    // One that power cut before its first line was never there.
    if (held.has(id) || cleared || closing?.lines === 0) continue;
    report.defect("recording", "recording-missing", { place: `recordings/${id}`, since: at, until: closing?.at });
  }
  for (const [name, files] of [...held].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const opened = known.get(name);
    if (opened?.cleared) continue;
    const before = report.defects.length;
    if (!opened) report.defect("recording", "recording-unknown", { place: `recordings/${name}` });
    const journal = await readJournal(judge, files, signer, JOURNAL, `recordings/${name}/`);
    const { open } = journal, policy = judge.evidence?.policy;
    if (open && policy && open.policy === policy.version && !sameRecipients(policy, open)) {
      report.defect("recording", "recipients", { place: `recordings/${name}/journal.jws, line 1` });
    }
    if (opened) {
      agreeWithLogbook(judge, journal, name);
      checkEnd(judge, journal, opened);
    }
    if (report.defects.length === before) sound += 1;
  }
  report.facts.recordings_sound = sound;
}

/** The logbook must hold what its receipt says. @param {Judge} judge @param {Evidence} evidence @param {string} kid */
function holdsReceipt({ report, logbook }, evidence, kid) {
  const { core } = evidence.receipt;
  if (text(core, "recorder") !== kid) throw new Defect("receipt", "receipt-recorder");
  const opened = logbook?.recordings.get(text(core, "recording"));
  const place = opened?.place ?? "logbook.jws";
  const closing = opened?.closing;
  if (!opened) return void report.defect("recording", "id", { place });
  const { enrolled, policyEntry } = evidence;
  if (enrolled.noteHash !== opened.checkpoint || policyEntry.noteHash !== opened.checkpoint) {
    report.defect("receipt", "boot-checkpoint", { place });
  }
  if (!closing) return void report.defect("recording", "open-recording", { place, since: opened.at });
  if (!storedAs(core, closing)) report.defect("recording", "closed-as", { place });
  integer(core, "length");
}
