// The viewing: open it with the security key, watch, and see what has been verified.

import { sweep } from "../copy-store.js";
import { browserCredentials } from "../credentials.js";
import { beijing, t } from "../i18n.js";
import { Defect } from "../lib/defect.js";
import { verificationPanel } from "../panel.js";
import { makeScreen } from "../player.js";
import { openRecording } from "../opening.js";
import { show } from "../showing.js";
import { actionButton, api, el, facts, showPage } from "../ui.js";
import { readDecision, readRequest, recipientIsSigned } from "../viewings.js";
import { purpose, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Info} Info */
/** @typedef {import("../ui.js").Person} Person */
/** @typedef {import("../showing.js").Stoppable} Stoppable */

const id = location.pathname.split("/")[2] ?? "";

/** @param {Viewing} viewing */
function viewingFacts(viewing) {
  const request = readRequest(viewing);
  const decision = readDecision(viewing);
  const label = el("span", { class: `badge ${viewing.state}` }, state(viewing.state));
  return facts([
    [t("State"), label],
    [t("Purpose"), purpose(request.purpose)],
    [t("Reason"), el("span", { class: "reason" }, viewing.reason)],
    [t("Decided by"), decision ? `${viewing.approver_name ?? ""} · ${beijing(decision.decided)}` : t("nobody yet")],
    [t("Valid until"), beijing(viewing.until ?? request.expires)],
  ]);
}

/** @typedef {{viewing: Viewing, recording: string, info: Info, person: Person, stage: HTMLElement, side: HTMLElement, from?: number}} Opening */

/** @param {Opening} parts */
async function open(parts) {
  const { viewing, recording, info, person, stage, side } = parts;
  const panel = verificationPanel();
  side.replaceChildren(panel.element);
  /** @type {Stoppable|null} */
  let shown = null;
  const credentials = browserCredentials(info.rp_id);
  const isCopy = readRequest(viewing).kind === "copy";
  const screen = isCopy ? undefined : makeScreen();
  const session = await openRecording({
    api: "", ciphertext: info.ciphertext_origin, viewing: viewing.viewing, recording,
    credentials, credential: person.credential, ahead: !isCopy && parts.from === undefined,
    onReport: (report) => {
      panel.show(report);
      const { defect } = report;
      if (defect) shown?.stop(new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail));
    },
  });
  const request = readRequest(viewing);
  if (isCopy) {
    if (!(await recipientIsSigned(viewing))) throw Object.assign(new Error("recipient"), { code: "recipient" });
    // Reading and writing MP4 is two thirds of a megabyte: only who makes a copy fetches it.
    const { copyCard } = await import("../copy-card.js");
    stage.replaceChildren(await copyCard({ session, request, recipientName: viewing.recipient ?? "", info, person, credentials }));
    return;
  }
  shown = await show({
    session, screen, stage, side, person, credentials, viewing: viewing.viewing, until: viewing.until ?? request.expires, from: parts.from,
    again: (from) => open({ ...parts, from }),
  });
  await session.verifySignatures();
}

/** @param {Viewing} viewing @param {Info} info @param {Person} person @param {HTMLElement} side */
function openCard(viewing, info, person, side) {
  const stage = el("div", { class: "stage" });
  const problem = el("div", { role: "alert" });
  const { recordings } = readRequest(viewing);
  const label = (/** @type {string} */ recording) =>
    t("Open with the security key") + (recordings.length > 1 ? ` …${recording.slice(-12)}` : "");
  const buttons = recordings.map(({ id: recording }) =>
    actionButton(label(recording), () => open({ viewing, recording, info, person, stage, side }), problem));
  stage.append(el("div", { class: "closed" },
    el("p", {}, t("The key of this recording is released to your security key only, after the release is in the ledger.")),
    el("p", { class: "actions" }, ...buttons), problem));
  return stage;
}

showPage({
  title: () => t("Viewing"),
  async content({ info, person }) {
    sweep().catch(() => {});
    /** @type {Viewing} */
    const viewing = await api(`/api/viewings/${encodeURIComponent(id)}`);
    const mine = person?.person === readRequest(viewing).viewer;
    const side = el("div", { class: "side" }, el("section", { class: "card" }, el("h2", {}, t("The request")), viewingFacts(viewing)));
    const main = viewing.state === "approved" && mine && person
      ? openCard(viewing, info, person, side)
      : el("div", { class: "stage" }, el("div", { class: "closed" },
          el("p", {}, mine ? t("This viewing is not open: {state}.", { state: state(viewing.state) }) : t("Only the person who asked may watch."))));
    return [el("div", { class: "theatre" }, main, side)];
  },
});
