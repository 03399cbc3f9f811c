// Asking for a viewing, an urgent one or a copy: which part of which recordings, what for, why, for how long. The request is
// made and signed here.

import { countyFacts, whoDecides } from "../asked.js";
import { browserCredentials } from "../credentials.js";
import { beijing, beijingClock, elapsed, readElapsed, t } from "../i18n.js";
import { recipientNumber } from "../lib/copies.js";
import { unb64u } from "../lib/encoding.js";
import { api, busy, el, facts, notice, showPage } from "../ui.js";
import { MAX_DAYS, MAX_REASON, b64u, coveringSegments, makeRequest, requestChallenge } from "../viewings.js";
import { OUTSIDE, kind, origin, purposes } from "../words.js";

/** @typedef {import("../viewings.js").Recording} Recording */
/** @typedef {import("../viewings.js").Kind} Kind */
/** @typedef {import("../viewings.js").Span} Span */
/** @typedef {import("../ui.js").Info} Info */
/** @typedef {import("../ui.js").Person} Person */
/** @typedef {import("../ui.js").Child} Child */

const MAX_RECORDINGS = 64;

/** @param {Recording} recording */
function secondsOf({ opened_at: from, closed_at: to }) {
  return Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}

/** @param {Recording} recording */
function aboutRecording(recording) {
  const { opened_at: from, closed_at: to } = recording;
  const isImport = recording.origin === "import";
  return facts([
    [t("Recording"), el("span", { class: "code" }, recording.recording)],
    isImport ? [t("Sealed at import"), `${beijing(from)} ${t("(Beijing time)")}`]
      : [t("Recorded"), `${beijing(from)} – ${beijing(to)} ${t("(Beijing time)")}`],
    ...(isImport ? [] : [/** @type {[string, Child]} */ ([t("Length"), elapsed(secondsOf(recording))])]),
    [t("Officer"), recording.officer_name ?? t("not assigned")],
    ...countyFacts(recording),
    [t("Origin"), el("span", isImport ? { class: "badge import" } : {}, origin(recording.origin) + (recording.drill ? ` · ${t("Drill")}` : ""))],
  ]);
}

/** The part of the recording: the whole, or from – to; of an import the whole. @param {Recording} recording @param {string} n of several, a mark for its fields */
function spanFields(recording, n) {
  if (recording.origin === "import") {
    const element = el("p", {}, t("An import is shown whole or not at all."));
    return { element, read: () => ({ from: 0, to: Math.max(0, recording.segments - 1) }) };
  }
  const seconds = secondsOf(recording);
  const start = Date.parse(recording.opened_at);
  const whole = el("input", { type: "radio", name: `part${n}`, id: `whole${n}`, value: "whole", checked: true });
  const part = el("input", { type: "radio", name: `part${n}`, id: `part${n}`, value: "part" });
  const time = (/** @type {string} */ id, /** @type {string} */ value) =>
    el("input", { id, name: id, value, inputmode: "numeric", size: 8, autocomplete: "off", "aria-describedby": `clock${n}`, disabled: true });
  const from = time(`from${n}`, elapsed(0));
  const to = time(`to${n}`, elapsed(seconds));
  const clock = el("p", { class: "hint", id: `clock${n}`, "aria-live": "polite" });
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
    el("p", {}, whole, " ", el("label", { for: `whole${n}` }, t("The whole recording, {length}", { length: elapsed(seconds) }))),
    el("p", { class: "row" }, part, el("label", { for: `part${n}` }, t("A part of it:")),
      el("label", { for: `from${n}` }, t("from")), from, el("label", { for: `to${n}` }, t("to")), to),
    clock, problem);
  return { element, read };
}

/** A key of the city asks for the city. @param {Person} person @returns {Kind[]} */
function kindsOf(person) {
  return person.roles.includes("city-viewer") ? ["city"] : ["view", "urgent", "copy"];
}

/** What is asked for; what the choice changes is told to `changed`. @param {Kind[]} kinds @param {() => void} changed */
function kindField(kinds, changed) {
  const box = (/** @type {Kind} */ code) => {
    const input = el("input", { type: "radio", name: "kind", id: `kind-${code}`, value: code, checked: code === kinds[0] });
    input.addEventListener("change", changed);
    return el("span", { class: "choice" }, input, el("label", { for: `kind-${code}` }, kind(code)));
  };
  return el("fieldset", {}, el("legend", {}, t("Kind")), el("p", { class: "row" }, ...kinds.map(box)));
}

/** @param {boolean} own the bureaus' own only @param {() => void} changed */
function purposeField(own, changed) {
  const group = (/** @type {string} */ label, /** @type {boolean} */ outside) => el("optgroup", { label },
    ...purposes().filter(([code]) => OUTSIDE.includes(code) === outside).map(([code, words]) => el("option", { value: code }, words)));
  const select = el("select", { id: "purpose", name: "purpose", required: true },
    el("option", { value: "" }, t("Please choose")), group(t("For the bureau itself"), false),
    !own && group(t("For others: a bureau leader decides"), true));
  const asked = new URLSearchParams(location.search).get("purpose");
  if (asked && [...select.options].some((one) => one.value === asked)) select.value = asked;
  select.addEventListener("change", changed);
  return el("p", { class: "field" }, el("label", { for: "purpose" }, t("Purpose")), select);
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

/** @param {boolean} urgent */
function lifeField(urgent) {
  const hours = urgent ? [4, 12, 24] : [24, 3 * 24, MAX_DAYS * 24];
  const words = (/** @type {number} */ each) => (urgent ? t("{hours} hours", { hours: each }) : t("{days} days", { days: each / 24 }));
  return el("p", { class: "field" },
    el("label", { for: "hours" }, t("Valid for")),
    el("select", { id: "hours", name: "hours" },
      ...hours.map((each, i) => el("option", { value: each, selected: i === 1 }, words(each)))));
}

function recipientFields() {
  const number = el("span", { class: "number", id: "recipient-number", "aria-live": "polite" });
  const key = el("input", { id: "recipient-key", name: "recipient-key", required: true, size: 60, autocomplete: "off", spellcheck: "false",
    pattern: "[A-Za-z0-9_\\-]{87}", "aria-describedby": "recipient-hint recipient-number" });
  key.addEventListener("input", async () => {
    const point = await recipientPoint(key.value).catch(() => null);
    number.textContent = point ? t("Number to compare with the recipient: {number}", { number: await recipientNumber(point) }) : "";
  });
  return el("fieldset", {}, el("legend", {}, t("Recipient")),
    el("p", { class: "field" }, el("label", { for: "recipient-name" }, t("Name of the recipient")),
      el("input", { id: "recipient-name", name: "recipient-name", required: true, maxlength: 100, size: 40 })),
    el("p", { class: "field" }, el("label", { for: "recipient-key" }, t("Recipient's key, 87 characters")), key,
      el("span", { class: "hint", id: "recipient-hint" }, t("The recipient makes it with “zhilu recipient-key”. Compare the number with him by voice, not by the same way the key came."))),
    number);
}

/** The 65 bytes of a P-256 key, or a refusal. @param {string} text */
async function recipientPoint(text) {
  const point = unb64u(text.trim());
  await crypto.subtle.importKey("raw", point, { name: "ECDH", namedCurve: "P-256" }, true, []);
  return point;
}

/** @param {FormData} data */
async function recipientOf(data) {
  const point = await recipientPoint(String(data.get("recipient-key"))).catch(() => null);
  if (!point) throw Object.assign(new Error("recipient-key"), { code: "recipient-key" });
  return { key: point, name: String(data.get("recipient-name")).trim() };
}

/** @param {{info: Info, person: Person, form: HTMLFormElement, spans: Span[]}} parts */
async function send({ info, person, form, spans }) {
  const data = new FormData(form);
  const asked = /** @type {Kind} */ (data.get("kind"));
  const recipient = asked === "copy" ? await recipientOf(data) : undefined;
  const text = String(data.get("reason")).trim();
  const made = await makeRequest({
    bureau: info.bureau, viewer: person.person, viewerKey: String(person.viewer_key), kind: asked, recordings: spans,
    purpose: String(data.get("purpose")), text, hours: Number(data.get("hours")), nowMs: Date.now(), recipient,
  });
  const { assertion } = await browserCredentials(info.rp_id).assert({
    challenge: await requestChallenge(made.bytes), allow: [person.credential],
  });
  const told = recipient ? { recipient: recipient.name } : {};
  await api("/api/viewings", { request: b64u(made.bytes), assertion, salt: b64u(made.salt), reason: text, ...told });
  location.assign("/");
}

/** What follows from the kind: the purposes, how long, the recipient, and who decides. */
function kindParts() {
  const place = el("div", {});
  const who = el("p", { class: "hint", role: "status" });
  const tell = () => {
    const data = new FormData(/** @type {HTMLFormElement} */ (place.closest("form")));
    who.textContent = data.get("purpose") ? t("Decides: {who}.", { who: whoDecides({ kind: String(data.get("kind")), purpose: String(data.get("purpose")) }) }) : "";
  };
  return {
    place, who,
    /** @param {string} chosen */
    show(chosen) {
      const urgent = chosen === "urgent";
      place.replaceChildren(...[
        urgent && notice(t("Urgent viewing: two other persons must approve, it lives 24 hours at most, and you owe a report within 72 hours.")),
        chosen === "city" && el("p", { class: "hint", id: "by-city" }, t("Viewing by the city: one approver of the city bureau and one of this bureau must approve. The request stands in this bureau's ledger.")),
        purposeField(urgent || chosen === "city", tell), lifeField(urgent), chosen === "copy" && recipientFields()].filter((each) => each !== false));
      who.textContent = "";
    },
  };
}

/** @param {Info} info @param {Person} person @param {Recording[]} recordings */
function requestForm(info, person, recordings) {
  const several = recordings.length > 1;
  const fields = recordings.map((recording, i) => ({ recording, ...spanFields(recording, i ? `-${i + 1}` : "") }));
  const problem = el("div", { role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, t("Sign and send with the security key"));
  const parts = kindParts();
  const kinds = kindsOf(person);
  const form = el("form", { class: "card" },
    el("h2", {}, t("What you ask for")),
    kindField(kinds, () => parts.show(String(new FormData(form).get("kind")))),
    ...fields.map(({ element, recording }) => el("div", {}, several && el("p", { class: "code" }, recording.recording), element)),
    parts.place, reasonField(), parts.who,
    el("p", { class: "actions" }, button), problem,
    el("p", { class: "hint" }, t("Others decide about a request, nobody about his own. Request, decisions and release are written into the ledger for good.")));
  parts.show(kinds[0]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const spans = fields.map(({ recording, read }) => ({ id: recording.recording, .../** @type {any} */ (read()) }));
    if (spans.every((span) => "from" in span)) busy(button, () => send({ info, person, form, spans }), problem);
  });
  return form;
}

showPage({
  title: () => t("Request a viewing"),
  async content({ info, person }) {
    if (!person?.roles.some((each) => each === "viewer" || each === "city-viewer") || !person.viewer_key) {
      return [notice(t("Your security key is not registered for viewing."))];
    }
    const ids = [...new Set(new URLSearchParams(location.search).getAll("recording").filter(Boolean))].slice(0, MAX_RECORDINGS);
    if (!ids.length) return [notice(t("Open a recording on the bureau's platform and follow its link to come here."))];
    /** @type {Recording[]} */
    const recordings = await Promise.all(ids.map((id) => api(`/api/recordings/${encodeURIComponent(id)}`)));
    return [el("section", { class: "card" }, el("h2", {}, t("The recording")), ...recordings.map(aboutRecording)),
      requestForm(info, person, recordings)];
  },
});
