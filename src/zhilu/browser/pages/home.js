// Home: what I asked for, and what waits for my decision.

import { beijing, t } from "../i18n.js";
import { api, el, showPage, table } from "../ui.js";
import { readRequest } from "../viewings.js";
import { purpose, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Person} Person */

const POLL_MS = 5000;

/** @param {Viewing} viewing */
function badge(viewing) {
  return el("span", { class: `badge ${viewing.state}` }, state(viewing.state));
}

/** @param {Viewing} viewing */
function recordings(viewing) {
  const { recordings: spans } = readRequest(viewing);
  return el("span", { class: "code", title: spans.map((span) => span.id).join("\n") },
    spans.map((span) => `…${span.id.slice(-12)}`).join(", "));
}

/** @param {Viewing} viewing */
function common(viewing) {
  const { purpose: code, requested } = readRequest(viewing);
  return [beijing(requested), purpose(code), el("span", { class: "reason" }, viewing.reason), recordings(viewing)];
}

/** @param {Viewing} viewing */
function myRow(viewing) {
  const open = viewing.state === "approved";
  const href = `/viewings/${viewing.viewing}`;
  return [...common(viewing), beijing(readRequest(viewing).expires), badge(viewing),
    el("a", { class: open ? "button" : "", href }, open ? t("Watch") : t("Details"))];
}

/** @param {Viewing} viewing */
function decideRow(viewing) {
  return [viewing.viewer_name, ...common(viewing),
    el("a", { class: "button", href: `/viewings/${viewing.viewing}/decide` }, t("Decide"))];
}

/** @param {Person|null} person @param {{mine: Viewing[], to_decide: Viewing[]}} answer */
function cards(person, { mine, to_decide: toDecide }) {
  const approver = person?.roles.includes("approver") ?? false;
  const asked = [t("Requested"), t("Purpose"), t("Reason"), t("Recording")];
  return el("div", {},
    approver && el("section", { class: "card" },
      el("h2", {}, t("Waiting for my decision")),
      table([t("Viewer"), ...asked, t("Decision")], toDecide.map(decideRow), t("Nothing waits for you."),
        t("Waiting for my decision"))),
    el("section", { class: "card" },
      el("h2", {}, t("My requests")),
      table([...asked, t("Valid until"), t("State"), t("Action")], mine.map(myRow), t("You have asked for no viewing yet."),
        t("My requests")),
      el("p", { class: "hint" }, t("To ask for a viewing, open the recording on the bureau's platform and follow its link to the viewing room."))));
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
