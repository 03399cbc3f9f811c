// The request: which recording, which part of it, for what purpose, and why.

import { browserCredentials } from "../credentials.js";
import { beijing, beijingClock, elapsed, readElapsed, t } from "../i18n.js";
import { api, busy, el, facts, notice, showPage } from "../ui.js";
import { MAX_DAYS, MAX_REASON, b64u, coveringSegments, makeRequest, requestChallenge } from "../viewings.js";
import { origin, purposes } from "../words.js";

/** @typedef {{recording: string, segments: number, opened_at: string, closed_at: string, officer: string|null, officer_name: string|null, origin: string, drill: boolean}} Recording */
/** @typedef {import("../ui.js").Info} Info */
/** @typedef {import("../ui.js").Person} Person */

/** @param {Recording} recording */
function secondsOf({ opened_at: from, closed_at: to }) {
  return Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}

/** @param {Recording} recording */
function aboutRecording(recording) {
  const { opened_at: from, closed_at: to } = recording;
  if (recording.origin === "import") {
    return facts([
      [t("Recording"), el("span", { class: "code" }, recording.recording)],
      [t("Sealed at import"), `${beijing(from)} ${t("(Beijing time)")}`],
      [t("Officer"), recording.officer_name ?? t("not assigned")],
      [t("Origin"), el("span", { class: "badge import" }, origin(recording.origin))],
    ]);
  }
  return facts([
    [t("Recording"), el("span", { class: "code" }, recording.recording)],
    [t("Recorded"), `${beijing(from)} – ${beijing(to)} ${t("(Beijing time)")}`],
    [t("Length"), elapsed(secondsOf(recording))],
    [t("Officer"), recording.officer_name ?? t("not assigned")],
    [t("Origin"), origin(recording.origin) + (recording.drill ? ` · ${t("Drill")}` : "")],
  ]);
}

/** The part of the recording: the whole, or from – to; of an import the whole. @param {Recording} recording */
function spanFields(recording) {
  if (recording.origin === "import") {
    const element = el("p", {}, t("An import is shown whole or not at all."));
    return { element, read: () => ({ from: 0, to: Math.max(0, recording.segments - 1) }) };
  }
  const seconds = secondsOf(recording);
  const start = Date.parse(recording.opened_at);
  const whole = el("input", { type: "radio", name: "part", id: "whole", value: "whole", checked: true });
  const part = el("input", { type: "radio", name: "part", id: "part", value: "part" });
  const time = (/** @type {string} */ id, /** @type {string} */ value) =>
    el("input", { id, name: id, value, inputmode: "numeric", size: 8, autocomplete: "off", "aria-describedby": "clock", disabled: true });
  const from = time("from", elapsed(0));
  const to = time("to", elapsed(seconds));
  const clock = el("p", { class: "hint", id: "clock", "aria-live": "polite" });
  const problem = el("p", { class: "field-error", role: "alert" });

  const read = () => {
    if (whole.checked) return { from: 1, to: Math.max(1, recording.segments - 1) };
    const begin = readElapsed(from.value);
    const end = readElapsed(to.value);
    if (begin === null || end === null || begin >= end || end > seconds) return null;
    return coveringSegments(recording.segments, seconds, begin, end);
  };
  const show = () => {
    for (const input of [from, to]) input.disabled = whole.checked;
    const span = read();
    problem.textContent = span ? "" : t("Give times as h:mm:ss, the first before the second, within {length}.", { length: elapsed(seconds) });
    const begin = start + (readElapsed(from.value) ?? 0) * 1000;
    const end = start + (readElapsed(to.value) ?? 0) * 1000;
    clock.textContent = span && part.checked
      ? t("By the recorder's clock {from} – {to}, Beijing time; about segments {first} to {last}.",
          { from: beijingClock(begin), to: beijingClock(end), first: span.from, last: span.to })
      : "";
  };
  for (const input of [whole, part, from, to]) input.addEventListener("input", show);
  const element = el("fieldset", {},
    el("legend", {}, t("Part of the recording")),
    el("p", {}, whole, " ", el("label", { for: "whole" }, t("The whole recording, {length}", { length: elapsed(seconds) }))),
    el("p", { class: "row" }, part, el("label", { for: "part" }, t("A part of it:")),
      el("label", { for: "from" }, t("from")), from, el("label", { for: "to" }, t("to")), to),
    clock, problem);
  return { element, read };
}

function purposeField() {
  return el("p", { class: "field" },
    el("label", { for: "purpose" }, t("Purpose")),
    el("select", { id: "purpose", name: "purpose", required: true },
      el("option", { value: "" }, t("Please choose")),
      ...purposes().map(([code, words]) => el("option", { value: code }, words))));
}

function reasonField() {
  const count = el("span", { class: "hint", id: "reason-count" });
  const area = el("textarea", { id: "reason", name: "reason", rows: 4, required: true, maxlength: MAX_REASON, "aria-describedby": "reason-count" });
  const show = () => { count.textContent = t("{count} of at most {most} characters", { count: [...area.value].length, most: MAX_REASON }); };
  area.addEventListener("input", show);
  show();
  return el("p", { class: "field" },
    el("label", { for: "reason" }, t("Reason: which matter, and what you need to see")), area, count);
}

function daysField() {
  const days = [1, 3, MAX_DAYS];
  return el("p", { class: "field" },
    el("label", { for: "days" }, t("Valid for")),
    el("select", { id: "days", name: "days" },
      ...days.map((day) => el("option", { value: day, selected: day === 3 }, t("{days} days", { days: day })))));
}

/** @param {{info: Info, person: Person, form: HTMLFormElement, recording: Recording, span: {from: number, to: number}}} parts */
async function send({ info, person, form, recording, span }) {
  const data = new FormData(form);
  const text = String(data.get("reason")).trim();
  const made = await makeRequest({
    bureau: info.bureau, viewer: person.person, viewerKey: String(person.viewer_key),
    recordings: [{ id: recording.recording, ...span }],
    purpose: String(data.get("purpose")), text, hours: 24 * Number(data.get("days")), nowMs: Date.now(),
  });
  const { assertion } = await browserCredentials(info.rp_id).assert({
    challenge: await requestChallenge(made.bytes), allow: [person.credential],
  });
  await api("/api/viewings", { request: b64u(made.bytes), assertion, salt: b64u(made.salt), reason: text });
  location.assign("/");
}

/** @param {Info} info @param {Person} person @param {Recording} recording */
function requestForm(info, person, recording) {
  const { element: spanElement, read } = spanFields(recording);
  const problem = el("div", { role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, t("Sign and send with the security key"));
  const form = el("form", { class: "card" },
    el("h2", {}, t("What you ask for")),
    spanElement, purposeField(), reasonField(), daysField(),
    el("p", { class: "actions" }, button), problem,
    el("p", { class: "hint" }, t("Another person must approve the request. Request, approval and release are written into the ledger for good.")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const span = read();
    if (span) busy(button, () => send({ info, person, form, recording, span }), problem);
  });
  return form;
}

showPage({
  title: () => t("Request a viewing"),
  async content({ info, person }) {
    if (!person?.roles.includes("viewer") || !person.viewer_key) {
      return [notice(t("Your security key is not registered for viewing."))];
    }
    const id = new URLSearchParams(location.search).get("recording") ?? "";
    if (!id) return [notice(t("Open a recording on the bureau's platform and follow its link to come here."))];
    /** @type {Recording} */
    const recording = await api(`/api/recordings/${encodeURIComponent(id)}`);
    return [el("section", { class: "card" }, el("h2", {}, t("The recording")), aboutRecording(recording)),
      requestForm(info, person, recording)];
  },
});
