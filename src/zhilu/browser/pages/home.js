// Home: the reports I owe, what waits for my decision, what I asked for, what I decided.

import { deciding, kindAndPurpose, recordingTitles } from "../asked.js";
import { beijing, t } from "../i18n.js";
import { actionButton, api, el, notice, showPage, table } from "../ui.js";
import { readRequest } from "../viewings.js";
import { kind, purposes, reportState, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Person} Person */
/** @typedef {{mine: Viewing[], to_decide: Viewing[], decided: Viewing[], older: number|null}} Answer */

const POLL_MS = 5000;
/** What the queue is narrowed to; stays while the page is open. */
const wanted = { kind: "", purpose: "", text: "", pages: 1 };

/** As many pages of the queue as were asked for. @returns {Promise<Answer>} */
async function load() {
  /** @type {Answer} */
  const answer = await api("/api/viewings");
  for (let page = 1; page < wanted.pages && answer.older !== null; page++) {
    /** @type {Answer} */
    const more = await api(`/api/viewings?before=${answer.older}`);
    answer.to_decide.push(...more.to_decide);
    answer.older = more.older;
  }
  return answer;
}

/** @param {Viewing} viewing */
function badge(viewing) {
  const half = viewing.state === "waiting" && viewing.decisions.length > 0;
  return el("span", { class: `badge ${viewing.state}` }, half ? t("Approved by one, a second is needed") : state(viewing.state));
}

/** @param {Viewing} viewing */
function common(viewing) {
  return [beijing(readRequest(viewing).requested), kindAndPurpose(viewing), el("span", { class: "reason" }, viewing.reason || "—"),
    recordingTitles(viewing)];
}

/** @param {Viewing} viewing */
function myRow(viewing) {
  const open = viewing.state === "approved";
  const href = `/viewings/${viewing.viewing}`;
  const copy = readRequest(viewing).kind === "copy";
  const report = viewing.report && el("a", { class: `badge ${viewing.report}`, href: `${href}/report` }, reportState(viewing.report));
  return [...common(viewing), beijing(viewing.until ?? readRequest(viewing).expires), el("span", {}, badge(viewing), " ", report),
    el("a", { class: open ? "button" : "", href }, open ? (copy ? t("Make the copy") : t("Watch")) : t("Details"))];
}

/** @param {Viewing} viewing */
function decideRow(viewing) {
  return [viewing.viewer_name, ...common(viewing), beijing(readRequest(viewing).expires),
    el("a", { class: "button", href: `/viewings/${viewing.viewing}/decide` }, t("Decide"))];
}

/** @param {Viewing} viewing */
function decidedRow(viewing) {
  return [viewing.viewer_name, ...common(viewing), badge(viewing),
    el("a", { href: `/viewings/${viewing.viewing}/decide` }, t("Details"))];
}

/** @param {Viewing} viewing */
function isWanted(viewing) {
  const request = readRequest(viewing);
  const told = viewing.recordings.flatMap((each) => [each.officer_name, each.department, ...(each.procedures ?? [])]);
  const words = [viewing.viewer_name, viewing.reason, ...told].join(" ").toLowerCase();
  return (!wanted.kind || request.kind === wanted.kind) && (!wanted.purpose || request.purpose === wanted.purpose)
    && words.includes(wanted.text.trim().toLowerCase());
}

/** @param {string} name @param {string} label @param {[string, string][]} choices @param {() => void} changed */
function chooser(name, label, choices, changed) {
  const options = choices.map(([code, words]) => el("option", { value: code, selected: wanted[/** @type {"kind"} */ (name)] === code }, words));
  const select = el("select", { id: `queue-${name}` }, el("option", { value: "" }, t("all")), ...options);
  select.addEventListener("change", () => { wanted[/** @type {"kind"} */ (name)] = select.value; changed(); });
  return el("span", { class: "choice" }, el("label", { for: `queue-${name}` }, label), select);
}

/** @param {Viewing[]} toDecide @param {boolean} goesOn whether there are older ones @param {() => Promise<void>} again */
function queue(toDecide, goesOn, again) {
  const head = [t("Viewer"), t("Requested"), t("Purpose"), t("Reason"), t("Recording"), t("Valid until"), t("Decision")];
  const place = el("div", {});
  const show = () => {
    const rows = toDecide.filter(isWanted);
    const empty = toDecide.length ? t("Nothing that waits is of this kind.") : t("Nothing waits for you.");
    place.replaceChildren(table(head, rows.map(decideRow), empty, t("Waiting for my decision")));
  };
  const text = el("input", { id: "queue-text", type: "search", value: wanted.text, size: 18 });
  text.addEventListener("input", () => { wanted.text = text.value; show(); });
  const filters = el("p", { class: "row filters" },
    chooser("kind", t("Kind"), ["view", "urgent", "copy", "city"].map((code) => [code, kind(code)]), show),
    chooser("purpose", t("Purpose"), purposes(), show),
    el("span", { class: "choice" }, el("label", { for: "queue-text" }, t("Person, department, reason")), text));
  show();
  const problem = el("div", { role: "alert" });
  const older = actionButton(t("Show older requests"), async () => { wanted.pages += 1; await again(); }, problem, "secondary");
  return el("section", { class: "card" },
    el("h2", {}, `${t("Waiting for my decision")} (${toDecide.length}${goesOn ? "+" : ""})`), toDecide.length > 0 && filters, place,
    goesOn && el("p", { class: "actions" }, older), problem);
}

/** @param {Viewing[]} mine */
function owed(mine) {
  return mine.filter((each) => each.report === "owed" || each.report === "overdue").map((each) =>
    notice(each.report === "overdue"
      ? t("A report on an urgent viewing is overdue since {due}. Until it is filed, no urgent viewing is released to you.", { due: beijing(each.report_due ?? "") })
      : t("You owe a report on an urgent viewing, due {due}.", { due: beijing(each.report_due ?? "") }),
    " ", el("a", { href: `/viewings/${each.viewing}/report` }, t("Write the report"))));
}

/** @param {Person|null} person @param {Answer} answer @param {() => Promise<void>} again loads and shows anew */
function cards(person, { mine, to_decide: toDecide, decided, older }, again) {
  const decides = deciding({ kind: "city", purpose: "" }).some((role) => person?.roles.includes(role));
  const asked = [t("Requested"), t("Purpose"), t("Reason"), t("Recording")];
  return el("div", {},
    ...owed(mine),
    decides && queue(toDecide, older !== null, again),
    el("section", { class: "card" },
      el("h2", {}, t("My viewings")),
      table([...asked, t("Valid until"), t("State"), t("Action")], mine.map(myRow), t("You have asked for no viewing yet."),
        t("My viewings")),
      el("p", { class: "hint" }, t("To ask for a viewing, open the recording on the bureau's platform and follow its link to the viewing room."))),
    decided.length > 0 && el("details", { class: "card" },
      el("summary", {}, t("Decided by me ({count})", { count: decided.length })),
      table([t("Viewer"), ...asked, t("State"), t("Action")], decided.map(decidedRow), "", t("Decided by me"))));
}

showPage({
  title: () => t("Viewings"),
  async content({ person }) {
    const place = el("div", {});
    let before = "";
    // Where nothing changed, nothing is touched.
    const again = async () => {
      const answer = await load();
      const now = JSON.stringify(answer);
      if (now !== before) place.replaceChildren(cards(person, answer, again));
      before = now;
    };
    await again();
    // What others do meanwhile comes onto the open page.
    const follow = () => again().catch(() => {}).finally(() => setTimeout(follow, POLL_MS));
    setTimeout(follow, POLL_MS);
    return [place];
  },
});
