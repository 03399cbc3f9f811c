// Codes of the specs in words.

import { t } from "./i18n.js";

/** For those who are not of the bureau: its leader decides (spec/viewing.md §4). */
export const OUTSIDE = ["taxpayer-present", "taxpayer-request", "court", "discipline", "publicity"];

/** What is asked for. @param {string} code */
export function kind(code) {
  const words = /** @type {Record<string, string>} */ ({
    view: t("Viewing"),
    urgent: t("Urgent viewing"),
    copy: t("Copy"),
    city: t("Viewing by the city"),
  });
  return words[code] ?? code;
}

/** Of the report on an urgent viewing. @param {string} code */
export function reportState(code) {
  const words = /** @type {Record<string, string>} */ ({
    owed: t("Report owed"),
    overdue: t("Report overdue"),
    filed: t("Report filed"),
  });
  return words[code] ?? code;
}

/** @returns {[string, string][]} code and words, in the order of spec/viewing.md §4 */
export function purposes() {
  return [
    ["dispute", t("Dispute with a taxpayer")],
    ["review", t("Review of footage")],
    ["complaint", t("Complaint or report")],
    ["case", t("Investigation of a case")],
    ["training", t("Training")],
    ["technical", t("Technical check")],
    ["taxpayer-present", t("Shown with the taxpayer present")],
    ["taxpayer-request", t("Asked for by the taxpayer")],
    ["court", t("For a court")],
    ["discipline", t("For discipline inspection")],
    ["publicity", t("For publicity or outside training")],
  ];
}

/** @param {string} code */
export function purpose(code) {
  return purposes().find(([each]) => each === code)?.[1] ?? code;
}

/** @param {string} code */
export function role(code) {
  const words = /** @type {Record<string, string>} */ ({
    viewer: t("Viewer"),
    approver: t("Approver"),
    leader: t("Bureau leader"),
    "security-administrator": t("Security administrator"),
    "city-viewer": t("Viewer of the city bureau"),
    "city-approver": t("Approver of the city bureau"),
  });
  return words[code] ?? code;
}

/** @param {string} code */
export function state(code) {
  const words = /** @type {Record<string, string>} */ ({
    posting: t("Being logged"),
    waiting: t("Waiting for approval"),
    approved: t("Approved"),
    refused: t("Refused"),
    expired: t("Expired"),
  });
  return words[code] ?? code;
}

/** `file`, `test` and `import` are never called capture (spec/journal.md §6). @param {string} code */
export function origin(code) {
  const words = /** @type {Record<string, string>} */ ({
    camera: t("Sealed at capture, by the recorder's camera"),
    rtsp: t("Sealed at capture, from a network camera"),
    file: t("Made from a file, not captured"),
    test: t("Generated test scene, not captured"),
    import: t("Sealed at import, not at capture"),
  });
  return words[code] ?? code;
}

/** A place such as `line 12`, `segment 3`. @param {string} place */
export function placeWords(place) {
  const [kind, number = ""] = place.split(" ");
  if (kind === "line") return t("journal line {number}", { number });
  if (kind === "segment") return t("segment {number}", { number });
  if (kind === "share") return t("key share {number}", { number });
  return place;
}

/** What a defect means. @param {string} code */
export function defectWords(code) {
  const words = /** @type {Record<string, string>} */ ({
    "signature": t("The signature does not fit: this line was altered or forged."),
    "high-s": t("The signature is not in the one allowed form."),
    "foreign-kid": t("This line was signed by another device."),
    "header": t("The header of this line is not the prescribed one."),
    "chain": t("The hash chain is broken: a line was altered, cut out, put in or moved."),
    "sequence": t("The numbering of lines has a hole or a repetition."),
    "segment-hash": t("The bytes of this segment are not those that were signed."),
    "segment-open": t("This segment cannot be opened with the key of the recording."),
    "segment-order": t("The order of segments is not the recorded one."),
    "segment-size": t("A segment is larger or smaller than allowed."),
    "source-hash": t("This is not the file that the station sealed."),
    "source-size": t("The segments hold more or less than the file had."),
    "origin": t("The origin does not fit what sealed this recording."),
    "media-short": t("Bytes are missing from this segment."),
    "media-long": t("This segment has more bytes than were signed."),
    "commitment": t("The released key is not the one that was committed to at sealing."),
    "share-hash": t("The released share is not the one that was committed to at sealing."),
    "release-open": t("The release cannot be opened with this security key."),
    "shares-missing": t("This recording opens with two key shares, and not both of them came."),
    "id": t("This is another recording than the one asked for."),
    "pts": t("The times of the segments are not in order."),
    "after-close": t("Something was added after the recording was closed."),
    "close-counts": t("The close of the journal tells other figures than the journal has."),
  });
  return words[code] ?? t("The recording does not keep the prescribed form.");
}

/** @param {string} code of a finding that does not stop the viewer */
export function findingWords(code) {
  const words = /** @type {Record<string, string>} */ ({
    "unclosed": t("The journal has no close: the recording ended without one, as when power failed."),
    "torn-tail": t("The journal ends in a torn line, which is not counted."),
  });
  return words[code] ?? code;
}
