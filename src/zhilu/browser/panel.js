// What has been verified so far, in words: a line for each check, green when it is complete, red where it stopped.

import { t } from "./i18n.js";
import { el } from "./ui.js";
import { defectWords, findingWords, placeWords } from "./words.js";

/** @typedef {import("./progress.js").Report} Report */
/** @typedef {import("./progress.js").Check} Check */

/** @param {Check} check */
function words({ name, done, total }) {
  if (total === 0) return unbegunWords(name);
  const texts = {
    "last-line": t("Signature of the journal's last line, by the key of the device that sealed it"),
    "chain": t("Hash chain from the last line to the first: {done} of {total} lines", { done, total }),
    "rules": t("Order, times and figures of the journal: {done} of {total} lines", { done, total }),
    "commitment": t("The released key is the one that was committed to at sealing"),
    "segments": t("Segments checked before they were opened: {done} of {total}", { done, total }),
    "signatures": t("All other signatures: {done} of {total} lines", { done, total }),
  };
  return texts[name];
}

/** Before it is known how much there is. @param {Check["name"]} name */
function unbegunWords(name) {
  return {
    "last-line": t("Signature of the journal's last line, by the key of the device that sealed it"),
    "chain": t("Hash chain from the last line to the first"),
    "rules": t("Order, times and figures of the journal"),
    "commitment": t("The released key is the one that was committed to at sealing"),
    "segments": t("Segments checked before they are opened"),
    "signatures": t("All other signatures"),
  }[name];
}

/** By what: which key, which rule. @param {Check["name"]} name @param {string} kid */
function byWords(name, kid) {
  const key = kid ? t("by key {kid}, enrolled in the ledger: the keyholder's word", { kid: `${kid.slice(0, 12)}…` }) : t("by the key that the keyholder names");
  return {
    "last-line": key,
    "chain": t("by SHA-256, each line holding the hash of the one before"),
    "rules": t("by the rules of the journal's specification"),
    "commitment": t("by the commitment in the signed first line"),
    "segments": t("by length and SHA-256 in the signed lines, then AES-GCM"),
    "signatures": key,
  }[name];
}

/** @param {Check} check */
function stateWords({ state }) {
  return { waiting: t("not yet"), running: t("in progress"), passed: t("verified"), failed: t("stopped here") }[state];
}

const SIGNS = { waiting: "○", running: "◔", passed: "✓", failed: "✕" };

export function verificationPanel() {
  const list = el("ul", { class: "checks" });
  const below = el("div", { role: "alert" });
  const findings = el("div", {});
  const element = el("section", { class: "card panel", "aria-labelledby": "verification" },
    el("h2", { id: "verification" }, t("What this page has verified")), below, list, findings,
    el("p", { class: "hint" }, t("Not checked here: whether the recording is in the ledger, and in the logbook of its recorder. The offline check “zhilu verify” does that with the evidence files.")));
  return {
    element,
    /** @param {Report} report */
    show(report) {
      list.replaceChildren(...report.checks.map((check) =>
        el("li", { class: check.state, "data-check": check.name },
          el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[check.state]),
          el("span", { class: "check" }, words(check), " ", el("span", { class: "state" }, stateWords(check)),
            el("span", { class: "by" }, byWords(check.name, report.kid ?? ""))))));
      findings.replaceChildren(...report.findings.map((code) => el("p", { class: "finding" }, findingWords(code))));
      if (report.defect && !below.childElementCount) below.replaceChildren(defectNotice(report.defect));
    },
  };
}

/** @param {import("./progress.js").DefectFacts} defect */
export function defectNotice({ code, place }) {
  return el("div", { class: "stop" },
    el("strong", {}, t("Stopped: this recording is not sound.")),
    el("p", {}, defectWords(code)),
    el("p", {}, place ? t("Place: {place}", { place: placeWords(place) }) : "", el("span", { class: "code" }, ` ${code}`)));
}
