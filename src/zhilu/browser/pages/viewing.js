// The viewing: open it with the security key, watch, and see what has been verified.

import { controls } from "../controls.js";
import { browserCredentials } from "../credentials.js";
import { beijing, elapsed, t } from "../i18n.js";
import { explain } from "../errors.js";
import { importFacts, showImport } from "../imported.js";
import { Defect } from "../lib/defect.js";
import { defectNotice, verificationPanel } from "../panel.js";
import { Player } from "../player.js";
import { openRecording } from "../session.js";
import { actionButton, api, el, facts, notice, showPage } from "../ui.js";
import { readDecision, readRequest } from "../viewings.js";
import { watermark } from "../watermark.js";
import { origin, purpose, state } from "../words.js";

/** @typedef {import("../viewings.js").Viewing} Viewing */
/** @typedef {import("../ui.js").Info} Info */
/** @typedef {import("../ui.js").Person} Person */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {{stop: (error: unknown) => void}} Stoppable */

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
    [t("Valid until"), beijing(request.expires)],
  ]);
}

/** @param {Session} session @param {Player} player */
function recordingFacts(session, player) {
  const open = /** @type {import("../lib/journal.js").Open} */ (session.journal.open);
  const gaps = session.journal.gaps.length;
  return el("section", { class: "card" }, el("h2", {}, t("The recording")), facts([
    [t("Origin"), origin(open.origin) + (open.drill ? ` · ${t("Drill")}` : "")],
    [t("Begun"), `${beijing(open.at)} ${t("(recorder's clock)")}`],
    [t("Released part"), `${elapsed(player.start)} – ${elapsed(player.end)}`],
    [t("Interruptions"), String(gaps)],
    [t("Recording"), el("span", { class: "code" }, open.id)],
  ]));
}

/**
 * @param {{session: Session, video: HTMLVideoElement, stage: HTMLElement, side: HTMLElement, person: Person}} parts
 */
async function startPlaying({ session, video, stage, side, person }) {
  if (session.journal.open?.origin === "import") return startShowing({ session, stage, side, person });
  const player = new Player(video, session);
  const canvas = el("canvas", { class: "watermark", "aria-hidden": "true" });
  const over = el("div", { class: "over" });
  const surface = el("div", { class: "surface", tabindex: "0", role: "group", "aria-label": t("Picture; space plays and pauses, arrows seek") }, video, canvas, over);
  stage.replaceChildren(surface);
  const stopWatermark = watermark(canvas, `${person.name} ${id.slice(-8)}`);
  player.addEventListener("stopped", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    session.close();
    stage.classList.add("stopped");
    video.removeAttribute("src");
    video.load();
    over.replaceChildren(detail instanceof Defect ? defectNotice(detail) : notice(explain(detail)));
  });
  addEventListener("pagehide", () => { stopWatermark(); session.close(); });
  if (player.segments.length === 0) {
    over.replaceChildren(notice(t("This recording has no picture.")));
    return player;
  }
  await player.open();
  const openedAtMs = Date.parse(String(session.journal.open?.at));
  stage.append(controls({ player, stage: surface, openedAtMs }));
  side.append(recordingFacts(session, player));
  video.play().catch(() => {});
  return player;
}

/**
 * An import: no player, the file as it is.
 * @param {{session: Session, stage: HTMLElement, side: HTMLElement, person: Person}} parts
 * @returns {Promise<Stoppable>}
 */
async function startShowing({ session, stage, side, person }) {
  const canvas = el("canvas", { class: "watermark", "aria-hidden": "true" });
  const over = el("div", { class: "over" });
  const surface = el("div", { class: "surface" }, canvas, over);
  stage.replaceChildren(surface);
  const stopWatermark = watermark(canvas, `${person.name} ${id.slice(-8)}`);
  addEventListener("pagehide", () => { stopWatermark(); session.close(); });
  const stop = (/** @type {unknown} */ error) => {
    session.close();
    stage.classList.add("stopped");
    for (const shown of surface.querySelectorAll("video, .picture")) shown.remove();
    over.replaceChildren(error instanceof Defect ? defectNotice(error) : notice(explain(error)));
  };
  side.append(importFacts(session));
  await showImport({ session, surface, over }).catch(stop);
  return { stop };
}

/** @param {{viewing: Viewing, recording: string, info: Info, person: Person, stage: HTMLElement, side: HTMLElement}} parts */
async function open({ viewing, recording, info, person, stage, side }) {
  const panel = verificationPanel();
  side.replaceChildren(panel.element);
  /** @type {Stoppable|null} */
  let player = null;
  const session = await openRecording({
    api: "", ciphertext: info.ciphertext_origin, viewing: viewing.viewing, recording,
    credentials: browserCredentials(info.rp_id), credential: person.credential,
    onReport: (report) => {
      panel.show(report);
      const { defect } = report;
      if (defect) player?.stop(new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail));
    },
  });
  const video = el("video", { playsinline: true, disablepictureinpicture: true, disableremoteplayback: true });
  player = await startPlaying({ session, video, stage, side, person });
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
