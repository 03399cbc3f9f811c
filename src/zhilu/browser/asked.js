// What a request asks for, in words: the same on every page. Who, what and why are read out of the signed bytes; what the
// county calls a recording stands beside it, for reading only.

import { beijing, elapsed, t } from "./i18n.js";
import { el, facts } from "./ui.js";
import { readRequest } from "./viewings.js";
import { OUTSIDE, kind, origin, purpose } from "./words.js";

/** @typedef {import("./viewings.js").Viewing} Viewing */
/** @typedef {import("./viewings.js").Span} Span */
/** @typedef {import("./viewings.js").Recording} Recording */

/** The roles that may decide (spec/viewing.md §4). @param {{kind: string, purpose: string}} request */
export function deciding(request) {
  if (request.kind === "city") return ["approver", "leader", "city-approver"];
  return request.kind === "copy" || OUTSIDE.includes(request.purpose) ? ["leader"] : ["approver", "leader"];
}

/** @param {{kind: string, purpose: string}} request */
export function whoDecides(request) {
  if (request.kind === "city") return t("Two: an approver of the city bureau, and an approver over the department that collected it or a leader of this bureau");
  if (request.kind === "urgent") return t("Two approvers or bureau leaders, whatever their departments");
  return deciding(request).includes("approver") ? t("An approver over the department that collected it, or a bureau leader")
    : t("A bureau leader");
}

/** What is not plain viewing, and the purpose. @param {Viewing} viewing */
export function kindAndPurpose(viewing) {
  const request = readRequest(viewing);
  return el("span", {},
    request.kind !== "view" && el("span", { class: `badge ${request.kind}` }, kind(request.kind)), " ", purpose(request.purpose));
}

/** Day, officer, department and procedure, as far as they are known. @param {Recording} recording */
export function recordingTitle(recording) {
  const told = [recording.officer_name, recording.department, ...(recording.procedures ?? [])].filter(Boolean);
  return [beijing(recording.opened_at).slice(0, 16), ...told].join(" · ");
}

/** @param {Viewing} viewing */
export function recordingTitles(viewing) {
  return el("span", { title: viewing.recordings.map((each) => each.recording).join("\n") },
    ...viewing.recordings.slice(0, 3).map((each) => el("span", { class: "line" }, recordingTitle(each))),
    viewing.recordings.length > 3 && t("and {count} more", { count: viewing.recordings.length - 3 }));
}

/** @param {Span} span @param {Recording} recording */
export function partWords(span, recording) {
  const seconds = (Date.parse(recording.closed_at) - Date.parse(recording.opened_at)) / 1000;
  const last = Math.max(1, recording.segments - 1);
  if (recording.origin === "import") return t("The whole import");
  if (span.from <= 1 && span.to >= last) return t("The whole recording, {length}", { length: elapsed(seconds) });
  return t("About {from} to {to} of {length}; segments {first} to {last}", {
    from: elapsed(((span.from - 1) / last) * seconds), to: elapsed((span.to / last) * seconds),
    length: elapsed(seconds), first: span.from, last: span.to });
}

/** What the county calls it, as far as it says so. @param {Recording} recording */
export function countyFacts({ department, procedures }) {
  /** @type {[string, import("./ui.js").Child][]} */
  const told = [];
  if (department) told.push([t("Department"), department]);
  if (procedures?.length) told.push([t("Procedure"), procedures.join(t(", "))]);
  return told;
}

/** @param {Span} span @param {Recording} recording */
export function recordingFacts(span, recording) {
  return facts([
    [t("Recorded"), `${beijing(recording.opened_at)} – ${beijing(recording.closed_at)} ${t("(Beijing time)")}`],
    [t("Officer"), recording.officer_name ?? t("not assigned")],
    ...countyFacts(recording),
    [t("Part"), partWords(span, recording)],
    [t("Origin"), origin(recording.origin) + (recording.drill ? ` · ${t("Drill")}` : "")],
    [t("Recording"), el("span", { class: "code" }, recording.recording)],
  ]);
}
