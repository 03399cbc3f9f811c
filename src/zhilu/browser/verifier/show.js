// A report in words: rows of text, which the page puts into its table and the command into its lines.

import { plain } from "./plain.js";

/** @typedef {import("../lib/report.js").Report} Report */
/** @typedef {import("../lib/report.js").Finding} Finding */
/** @typedef {import("../lib/trust.js").Trust} Trust */
/** @typedef {import("./words.js").Speaker} Speaker */

/** @param {Report} report @returns {"sound"|"consistent"|"defect"} */
export function verdictOf(report) {
  if (!report.sound) return "defect";
  return report.anchored ? "sound" : "consistent";
}

/** One sentence below the verdict. @param {Report} report @param {Speaker} say */
export function sentenceOf(report, say) {
  const verdict = verdictOf(report);
  if (verdict === "defect") return `${say.sentence(report.defects[0].code)} [${report.defects[0].code}]`;
  if (verdict === "consistent") return say.phrase("consistent");
  return say.phrase(report.facts.origin === "import" ? "sound-station" : "sound-recorder");
}

/** Of the name of a ledger's key, as the domain says it. @param {string} name */
const isDemonstration = (name) => name.split("/")[0].split(":")[0].split(".").includes("demo");

/** @param {Report} report @param {Trust|null} trust @param {Speaker} say @returns {[string, string][]} name and value */
export function rowsOf({ facts }, trust, say) {
  const imported = facts.origin === "import";
  /** @type {[string, string|false|undefined|null][]} */
  const rows = [
    ["demonstration", trust && isDemonstration(trust.keys.ledger.name) && say.phrase("demonstration")],
    ["recording", text(facts.recording)],
    ["serial", text(facts.serial)],
    ["kid", text(facts.kid)],
    ["officer", text(facts.officer)],
    ["origin", facts.origin ? say.origin(text(facts.origin)) + (facts.drill ? say.phrase("drill") : "") : ""],
    ["officer check", facts.officer_check ? say.check(text(facts.officer_check)) : ""],
    ["file", facts.source_state !== undefined && say.phrase("source", {
      media: facts.media, state: say.state(text(facts.source_state)), size: facts.source_size,
    })],
    ["content", facts.lines !== undefined && say.phrase("counts", {
      segments: facts.segments, length: facts.length, seconds: Math.floor(Number(facts.duration_us) / 1e6),
      sound: facts.segments_sound,
    })],
    ["logbook", facts.recordings !== undefined && say.phrase("recordings", {
      recordings: facts.recordings, cleared: facts.recordings_cleared, open: facts.recordings_open,
    })],
    ["store", facts.recordings_sound !== undefined && say.phrase("store", { sound: facts.recordings_sound })],
    ["clock", facts.at ? `${facts.at} … ${facts.closed_at}` : ""],
    ["bracket", facts.not_after ? say.phrase(imported ? "sealed-bracket" : "bracket", {
      before: facts.not_before, after: facts.not_after,
    }) : ""],
    ["follows", facts.follows ? say.phrase("follows", {
      id: facts.follows, since: facts.missing_since, until: facts.missing_until,
    }) : ""],
    ["counter", facts.counter_kind ? say.phrase(facts.tail_provable ? "tail-provable" : "tail-not-provable", {
      kind: facts.counter_kind,
    }) : ""],
    ["unknown since", text(facts.unknown_since)],
    ["ledger", facts.ledger ? say.phrase("entry", { ledger: facts.ledger, index: facts.index }) : ""],
    ["cosigned by", Array.isArray(facts.cosigners) ? facts.cosigners.join("、") : ""],
    ["trust document", trust && `${trust.name[say.language] || trust.bureau}  SHA-256 ${trust.digest}`],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => [say.name(name), plain(String(value))]);
}

/** @param {unknown} value */
const text = (value) => (value === undefined || value === null ? "" : String(value));

/** From when to when: times that the device signed. @param {Finding} finding @param {Speaker} say */
export function spanOf({ since, until }, say) {
  if (!since) return "";
  return until ? say.phrase("missing", { since, until }) : say.phrase("missing-since", { since });
}

/** @param {Finding} finding @param {Speaker} say */
export function lineOf(finding, say) {
  const place = finding.place ? ` ${finding.place}` : "";
  const detail = finding.detail ? ` (${finding.detail})` : "";
  return plain(`[${finding.code}] ${say.layer(finding.layer)}:${place} — ${say.sentence(finding.code)}${detail}`);
}
