// Home: the reports I owe, what waits for my decision, what I asked for, what I decided.

import { deciding, kindAndPurpose, recordingTitles } from "../asked.js";
import { beijing, t } from "../i18n.js";
import { api, el, notice, showPage, table } from "../ui.js";
import { readRequest } from "../viewings.js";
import { kind, purposes, reportState, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Person} Person */
/** @typedef {{mine: Viewing[], to_decide: Viewing[], decided: Viewing[]}} Answer */

const POLL_MS = 5000;
/** What the queue is narrowed to; stays while the page is open. */
const wanted = { kind: "", purpose: "", text: "" };

/** @param {Viewing} viewing */
function badge(viewing) {
  const half = viewing.state === "waiting" && viewing.decisions.length > 0;
  return el("span", { class: `badge ${viewing.state}` }, half ? t("Approved by one, a second is needed") : state(viewing.state));
}

/** @param {Viewing} viewing */
function common(viewing) {
  return [beijing(readRequest(viewing).requested), kindAndPurpose(viewing), el("span", { class: "reason" }, viewing.reason),
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

/** @param {Viewing[]} toDecide */
function queue(toDecide) {
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
    chooser("kind", t("Kind"), ["view", "urgent", "copy"].map((code) => [code, kind(code)]), show),
    chooser("purpose", t("Purpose"), purposes(), show),
    el("span", { class: "choice" }, el("label", { for: "queue-text" }, t("Person, department, reason")), text));
  show();
  return el("section", { class: "card" },
    el("h2", {}, `${t("Waiting for my decision")} (${toDecide.length})`), toDecide.length > 0 && filters, place);
}

/** @param {Viewing[]} mine */
function owed(mine) {
  return mine.filter((each) => each.report === "owed" || each.report === "overdue").map((each) =>
    notice(each.report === "overdue"
      ? t("A report on an urgent viewing is overdue since {due}. Until it is filed, no urgent viewing is released to you.", { due: beijing(each.report_due ?? "") })
      : t("You owe a report on an urgent viewing, due {due}.", { due: beijing(each.report_due ?? "") }),
    " ", el("a", { href: `/viewings/${each.viewing}/report` }, t("Write the report"))));
}

/** @param {Person|null} person @param {Answer} answer */
function cards(person, { mine, to_decide: toDecide, decided }) {
  const decides = deciding({ kind: "view", purpose: "" }).some((role) => person?.roles.includes(role));
  const asked = [t("Requested"), t("Purpose"), t("Reason"), t("Recording")];
  return el("div", {},
    ...owed(mine),
    decides && queue(toDecide),
    el("section", { class: "card" },
      el("h2", {}, t("My viewings")),
      table([...asked, t("Valid until"), t("State"), t("Action")], mine.map(myRow), t("You have asked for no viewing yet."),
        t("My viewings")),
      el("p", { class: "hint" }, t("To ask for a viewing, open the recording on the bureau's platform and follow its link to the viewing room."))),
    decided.length > 0 && el("details", { class: "card" },
      el("summary", {}, t("Decided by me ({count})", { count: decided.length })),
      table([t("Viewer"), ...asked, t("State"), t("Action")], decided.map(decidedRow), "", t("Decided by me"))));
}

/**
 * What others do meanwhile comes onto the open page; where nothing changed, nothing is touched.
 * @param {HTMLElement} shown @param {Person|null} person @param {string} before
 */
async function follow(shown, person, before) {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  if (!shown.isConnected) return;
  const answer = await api("/api/viewings").catch(() => null);
  const now = answer ? JSON.stringify(answer) : before;
  const next = now === before ? shown : cards(person, answer);
  if (next !== shown) shown.replaceWith(next);
  follow(next, person, now);
}

showPage({
  title: () => t("Viewings"),
  async content({ person }) {
    const answer = await api("/api/viewings");
    const shown = cards(person, answer);
    follow(shown, person, JSON.stringify(answer));
    return [shown];
  },
});
