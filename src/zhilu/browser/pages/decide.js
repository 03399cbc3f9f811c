// The decision: who wants to see what, and why; approve or refuse. Everything shown is read out of the signed bytes.

import { browserCredentials } from "../credentials.js";
import { beijing, elapsed, t } from "../i18n.js";
import { actionButton, api, el, facts, notice, showPage } from "../ui.js";
import { b64u, makeDecision, readRequest, reasonIsSigned } from "../viewings.js";
import { origin, purpose, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */

const id = location.pathname.split("/")[2] ?? "";

/** @param {import("../viewings.js").Span} span */
async function spanFacts(span) {
  const recording = await api(`/api/recordings/${span.id}`);
  const { opened_at: from, closed_at: to, segments } = recording;
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  const last = Math.max(1, segments - 1);
  const whole = span.from <= 1 && span.to >= last;
  const part = whole
    ? t("The whole recording, {length}", { length: elapsed(seconds) })
    : t("About {from} to {to} of {length}; segments {first} to {last}", {
        from: elapsed(((span.from - 1) / last) * seconds), to: elapsed((span.to / last) * seconds),
        length: elapsed(seconds), first: span.from, last: span.to });
  return facts([
    [t("Recording"), el("span", { class: "code" }, span.id)],
    [t("Recorded"), `${beijing(from)} – ${beijing(to)} ${t("(Beijing time)")}`],
    [t("Officer"), recording.officer_name ?? t("not assigned")],
    [t("Origin"), origin(recording.origin) + (recording.drill ? ` · ${t("Drill")}` : "")],
    [t("Part"), part],
  ]);
}

/** @param {Viewing} viewing @param {import("../ui.js").Info} info @param {import("../ui.js").Person} person */
function decisionButtons(viewing, info, person) {
  const problem = el("div", { role: "alert" });
  const decide = async (/** @type {boolean} */ approve) => {
    const { bytes, challenge } = await makeDecision({ viewing, approver: person.person, approve, nowMs: Date.now() });
    const { assertion } = await browserCredentials(info.rp_id).assert({ challenge, allow: [person.credential] });
    await api(`/api/viewings/${id}/decision`, { decision: b64u(bytes), assertion });
    location.assign("/");
  };
  return el("section", { class: "card" },
    el("h2", {}, t("Your decision")),
    el("p", {}, t("You sign with your security key. A viewing is decided once, and the decision stays in the ledger.")),
    el("p", { class: "actions" },
      actionButton(t("Approve with the security key"), () => decide(true), problem),
      actionButton(t("Refuse with the security key"), () => decide(false), problem, "secondary")),
    problem);
}

showPage({
  title: () => t("Decide about a viewing"),
  async content({ info, person }) {
    /** @type {Viewing} */
    const viewing = await api(`/api/viewings/${encodeURIComponent(id)}`);
    const request = readRequest(viewing);
    const may = person?.roles.includes("approver") && person.person !== request.viewer && viewing.state === "waiting";
    if (!viewing.salt) return [notice(t("The text of the reason is not here any more. Ask the viewer for a new request."))];
    if (!(await reasonIsSigned(viewing))) return [notice(t("The reason shown is not the one that was signed."))];
    return [
      el("section", { class: "card" },
        el("h2", {}, t("Who, and why")),
        facts([
          [t("Viewer"), viewing.viewer_name],
          [t("Purpose"), purpose(request.purpose)],
          [t("Reason"), el("span", { class: "reason" }, viewing.reason)],
          [t("Requested"), beijing(request.requested)],
          [t("Valid until"), beijing(request.expires)],
          [t("State"), el("span", { class: `badge ${viewing.state}` }, state(viewing.state))],
        ])),
      el("section", { class: "card" }, el("h2", {}, t("What")), ...(await Promise.all(request.recordings.map(spanFacts)))),
      may && person ? decisionButtons(viewing, info, person)
        : notice(person?.person === request.viewer ? t("Nobody decides about his own request.") : t("There is nothing for you to decide here.")),
    ];
  },
});
