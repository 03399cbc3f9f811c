// The decision: who wants to see what, and why; approve or refuse. Everything shown is read out of the signed bytes.

import { deciding, recordingFacts, whoDecides } from "../asked.js";
import { browserCredentials } from "../credentials.js";
import { beijing, t } from "../i18n.js";
import { recipientNumber } from "../lib/copies.js";
import { unb64u } from "../lib/encoding.js";
import { parseObject } from "../lib/strictjson.js";
import { actionButton, api, el, facts, notice, showPage } from "../ui.js";
import { b64u, makeDecision, readRequest, reasonIsSigned, recipientIsSigned } from "../viewings.js";
import { kind, purpose, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Person} Person */

const id = location.pathname.split("/")[2] ?? "";

/** @param {Viewing} viewing @param {import("../ui.js").Info} info @param {Person} person */
function decisionButtons(viewing, info, person) {
  const problem = el("div", { role: "alert" });
  const decide = async (/** @type {boolean} */ approve) => {
    const { bytes, challenge } = await makeDecision({ viewing, approver: person.person, approve, nowMs: Date.now() });
    const { assertion } = await browserCredentials(info.rp_id).assert({ challenge, allow: [person.credential] });
    await api(`/api/viewings/${id}/decision`, { decision: b64u(bytes), assertion });
    location.assign("/");
  };
  const two = ["urgent", "city"].includes(readRequest(viewing).kind);
  return el("section", { class: "card" },
    el("h2", {}, t("Your decision")),
    el("p", {}, two
      ? t("You sign with your security key. Two persons must approve; one refusal ends the request. Each decision stays in the ledger.")
      : t("You sign with your security key. A viewing is decided once, and the decision stays in the ledger.")),
    el("p", { class: "actions" },
      actionButton(t("Approve with the security key"), () => decide(true), problem),
      actionButton(t("Refuse with the security key"), () => decide(false), problem, "secondary")),
    problem);
}

/** @param {Viewing} viewing */
function decisions(viewing) {
  return viewing.decisions.map(({ decision, approver_name: name }) => {
    const { decision: said, decided } = /** @type {any} */ (parseObject(unb64u(decision)));
    return el("span", { class: "line" }, `${said === "approve" ? t("Approved") : t("Refused")} · ${name} · ${beijing(decided)}`);
  });
}

/** @param {Viewing} viewing @returns {Promise<[string, import("../ui.js").Child][]>} */
async function recipientFacts(viewing) {
  const { recipient } = readRequest(viewing);
  if (!recipient) return [];
  return [[t("Recipient"), viewing.recipient ?? ""],
    [t("Number of his key"), el("span", { class: "number" }, await recipientNumber(unb64u(recipient.key)))]];
}

/** @param {Viewing} viewing */
async function askedCard(viewing) {
  const request = readRequest(viewing);
  const told = decisions(viewing);
  return el("section", { class: "card" },
    el("h2", {}, t("Who, and why")),
    facts([
      [t("Viewer"), viewing.viewer_name],
      [t("Kind"), el("span", { class: `badge ${request.kind}` }, kind(request.kind))],
      [t("Purpose"), purpose(request.purpose)],
      [t("Reason"), el("span", { class: "reason" }, viewing.reason)],
      ...(await recipientFacts(viewing)),
      [t("Requested"), beijing(request.requested)],
      [t("Valid until"), beijing(request.expires)],
      [t("Decided by whom"), whoDecides(request)],
      [t("State"), el("span", { class: `badge ${viewing.state}` }, state(viewing.state))],
      [t("Decisions"), told.length ? el("span", {}, ...told) : t("nobody yet")],
    ]));
}

/** @param {Viewing} viewing @param {Person|null} person */
function nothingToDecide(viewing, person) {
  const request = readRequest(viewing);
  if (person?.person === request.viewer) return t("Nobody decides about his own request.");
  if (viewing.state === "waiting" && !deciding(request).some((role) => person?.roles.includes(role))) {
    return t("Decides: {who}.", { who: whoDecides(request) });
  }
  return t("There is nothing for you to decide here.");
}

/** @param {Viewing} viewing @param {Person|null} person */
function mayDecide(viewing, person) {
  const request = readRequest(viewing);
  const mine = viewing.decisions.some(({ decision }) => /** @type {any} */ (parseObject(unb64u(decision))).approver === person?.person);
  return Boolean(person) && deciding(request).some((role) => person?.roles.includes(role))
    && person?.person !== request.viewer && viewing.state === "waiting" && !mine;
}

showPage({
  title: () => t("Decide about a viewing"),
  async content({ info, person }) {
    /** @type {Viewing} */
    const viewing = await api(`/api/viewings/${encodeURIComponent(id)}`);
    const request = readRequest(viewing);
    const open = viewing.state === "waiting";
    if (open && !viewing.salt) return [notice(t("The text of the reason is not here any more. Ask the viewer for a new request."))];
    if (viewing.salt && !(await reasonIsSigned(viewing))) return [notice(t("The reason shown is not the one that was signed."))];
    if (viewing.salt && !(await recipientIsSigned(viewing))) return [notice(t("The recipient shown is not the one that was signed."))];
    const what = request.recordings.map((span, i) => recordingFacts(span, viewing.recordings[i]));
    return [
      await askedCard(viewing),
      el("section", { class: "card" }, el("h2", {}, t("What")), ...what),
      person && mayDecide(viewing, person) ? decisionButtons(viewing, info, person)
        : el("p", { class: "empty" }, nothingToDecide(viewing, person)),
    ];
  },
});
