// The report on an urgent viewing, signed by its viewer.

import { recordingFacts } from "../asked.js";
import { browserCredentials } from "../credentials.js";
import { beijing, t } from "../i18n.js";
import { api, busy, el, facts, showPage } from "../ui.js";
import { b64u, makeReport, readRequest } from "../viewings.js";
import { purpose, reportState } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */

const MOST = 2000;
const id = location.pathname.split("/")[2] ?? "";

/** @param {Viewing} viewing @param {import("../ui.js").Info} info @param {import("../ui.js").Person} person */
function reportForm(viewing, info, person) {
  const count = el("span", { class: "hint", id: "text-count" });
  const area = el("textarea", { id: "text", rows: 8, required: true, maxlength: MOST, "aria-describedby": "text-count" });
  const show = () => { count.textContent = t("{count} of at most {most} characters", { count: [...area.value].length, most: MOST }); };
  area.addEventListener("input", show);
  show();
  const problem = el("div", { role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, t("Sign and file with the security key"));
  const form = el("form", { class: "card" },
    el("h2", {}, t("Your report")),
    el("p", {}, t("Say what made it urgent, what you saw, and what followed from it. Also where you did not use the viewing.")),
    el("p", { class: "field" }, el("label", { for: "text" }, t("Text of the report")), area, count),
    el("p", { class: "actions" }, button), problem);
  const send = async () => {
    const text = area.value.trim();
    const { bytes, salt, challenge } = await makeReport({ viewing, text, nowMs: Date.now() });
    const { assertion } = await browserCredentials(info.rp_id).assert({ challenge, allow: [person.credential] });
    await api(`/api/viewings/${id}/report`, { report: b64u(bytes), assertion, salt: b64u(salt), text });
    location.assign("/");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(button, send, problem);
  });
  return form;
}

showPage({
  title: () => t("Report on an urgent viewing"),
  async content({ info, person }) {
    /** @type {Viewing} */
    const viewing = await api(`/api/viewings/${encodeURIComponent(id)}`);
    const request = readRequest(viewing);
    const owes = viewing.report === "owed" || viewing.report === "overdue";
    return [
      el("section", { class: "card" }, el("h2", {}, t("The viewing")), facts([
        [t("Viewer"), viewing.viewer_name],
        [t("Purpose"), purpose(request.purpose)],
        [t("Requested"), beijing(request.requested)],
        [t("Approved by"), viewing.decisions.map((each) => each.approver_name).join(t(", "))],
        [t("Report due"), viewing.report_due ? beijing(viewing.report_due) : t("none is owed")],
        [t("State"), viewing.report ? el("span", { class: `badge ${viewing.report}` }, reportState(viewing.report)) : "—"],
      ])),
      el("section", { class: "card" }, el("h2", {}, t("What")),
        ...request.recordings.map((span, i) => recordingFacts(span, viewing.recordings[i]))),
      owes && person?.person === request.viewer ? reportForm(viewing, info, person)
        : el("p", { class: "empty" }, owes ? t("Only the person who asked reports.") : t("No report is owed here.")),
    ];
  },
});
