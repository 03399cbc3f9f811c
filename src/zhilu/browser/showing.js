// The stage: a recording or an import, under the watermark, until it ends, is stopped, or the release is over.

import { controls } from "./controls.js";
import { beijing, beijingClock, elapsed, t } from "./i18n.js";
import { explain } from "./errors.js";
import { importFacts, showImport } from "./imported.js";
import { Defect } from "./lib/defect.js";
import { defectNotice } from "./panel.js";
import { Player, makeScreen } from "./player.js";
import { screenshotButton } from "./screenshot-button.js";
import { actionButton, el, facts, notice } from "./ui.js";
import { guard, watermark } from "./watermark.js";
import { origin } from "./words.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {{stop: (error: unknown) => void}} Stoppable */
/**
 * @typedef {object} Parts
 * @property {Session} session
 * @property {HTMLElement} stage
 * @property {HTMLElement} side
 * @property {string} viewing
 * @property {import("./ui.js").Person} person
 * @property {import("./credentials.js").Credentials} credentials
 * @property {string} until of the approval
 * @property {(from: number) => Promise<void>} again opens anew, at so many seconds
 * @property {number} [from] seconds at which to begin
 * @property {import("./player.js").Screen} [screen] that was made ready meanwhile
 */

/** @param {Parts} parts @returns {Promise<Stoppable>} */
export function show(parts) {
  return parts.session.journal.open?.origin === "import" ? showFile(parts) : play(parts);
}

/**
 * What all that is shown stands on.
 * @param {Parts} parts @param {HTMLElement[]} shown @param {Record<string, string>} attributes
 */
function surfaceOf({ session, stage, person, viewing }, shown, attributes) {
  const canvas = el("canvas", { class: "watermark", "aria-hidden": "true" });
  const over = el("div", { class: "over" });
  const surface = el("div", { class: "surface", ...attributes }, ...shown, canvas, over);
  // The browser's own menu would save or copy what is shown, and nobody would know.
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.replaceChildren(surface);
  stage.classList.remove("stopped");
  const ends = [watermark(canvas, `${person.name} ${viewing.slice(-8)}`)];
  const watch = (/** @type {(error: unknown) => void} */ stop) => {
    ends.push(guard(canvas, surface, () => stop(Object.assign(new Error("watermark"), { code: "watermark" }))));
    ends.push(untilOver(session, stop));
  };
  const end = () => {
    for (const each of ends) each();
    session.close();
  };
  addEventListener("pagehide", end, { once: true });
  return { canvas, over, surface, watch, end };
}

/** @param {Session} session @param {(error: unknown) => void} stop */
function untilOver(session, stop) {
  const left = Math.min(2 ** 31 - 1, Math.max(0, Date.parse(session.expires) - Date.now()));
  const timer = setTimeout(() => stop(Object.assign(new Error("grant"), { code: "grant" })), left);
  return () => clearTimeout(timer);
}

/** Why nothing is shown any more, and how to go on. @param {Parts} parts @param {unknown} error @param {number} at seconds */
function ended(parts, error, at) {
  if (error instanceof Defect) return [defectNotice(error)];
  const { code } = /** @type {any} */ (error);
  if (code !== "grant" && code !== "watermark") return [notice(explain(error))];
  if (Date.parse(parts.until) <= Date.now()) {
    return [notice(t("The approval ended at {time}. To see more, ask for a new viewing.", { time: beijing(parts.until) })),
      el("p", {}, el("a", { class: "button", href: `/request?recording=${parts.session.journal.id}` }, t("Ask for a new viewing")))];
  }
  const words = code === "watermark"
    ? t("The watermark was taken off the picture. The showing has ended; this is a matter for the log.")
    : t("The release has ended. The approval is valid until {time}: open again with the security key. That is logged as another release.", { time: beijing(parts.until) });
  const problem = el("div", { role: "alert" });
  return [notice(words), el("p", { class: "actions" }, actionButton(t("Open again"), () => parts.again(at), problem)), problem];
}

/** @param {Session} session @param {Player} player */
function recordingFacts(session, player) {
  const open = /** @type {import("./lib/journal.js").Open} */ (session.journal.open);
  return el("section", { class: "card" }, el("h2", {}, t("The recording")), facts([
    [t("Origin"), origin(open.origin) + (open.drill ? ` · ${t("Drill")}` : "")],
    [t("Begun"), `${beijing(open.at)} ${t("(recorder's clock)")}`],
    [t("Released part"), `${elapsed(player.start)} – ${elapsed(player.end)}`],
    [t("Interruptions"), String(session.journal.gaps.length)],
    [t("Open until"), el("span", { class: "until" }, beijingClock(Date.parse(session.expires)))],
    [t("Recording"), el("span", { class: "code" }, open.id)],
  ]));
}

/** @param {Parts} parts @returns {Promise<Stoppable>} */
async function play(parts) {
  const { session, stage, side } = parts;
  const screen = parts.screen ?? makeScreen();
  const { video } = screen;
  for (const name of ["playsinline", "disablepictureinpicture", "disableremoteplayback"]) video.setAttribute(name, "");
  const player = new Player(screen, session);
  const { over, watch, end } = surfaceOf(parts, [video], {
    tabindex: "0", role: "group", "aria-label": t("Picture; space plays and pauses, arrows seek"),
  });
  player.addEventListener("stopped", (event) => {
    const at = video.currentTime;
    end();
    stage.classList.add("stopped");
    video.removeAttribute("src");
    video.load();
    over.replaceChildren(...ended(parts, /** @type {CustomEvent} */ (event).detail, at));
  });
  if (player.segments.length === 0) {
    over.replaceChildren(notice(t("This recording has no picture.")));
    return player;
  }
  watch((error) => player.stop(error));
  await player.open(parts.from);
  if (!session.isKnown) return player; // stopped: what is said of the recording is not verified
  const openedAtMs = Date.parse(String(session.journal.open?.at));
  stage.append(controls({ player, stage, openedAtMs, more: [screenshotButton({ ...parts, video, openedAtMs })] }));
  side.append(recordingFacts(session, player));
  video.play().catch(() => {});
  return player;
}

/** An import: no player, the file as it is. @param {Parts} parts @returns {Promise<Stoppable>} */
async function showFile(parts) {
  const { session, stage, side } = parts;
  const { over, surface, watch, end } = surfaceOf(parts, [], {});
  const stop = (/** @type {unknown} */ error) => {
    end();
    stage.classList.add("stopped");
    for (const shown of surface.querySelectorAll("video, .picture")) shown.remove();
    over.replaceChildren(...ended(parts, error, 0));
  };
  side.append(importFacts(session));
  await showImport({ session, surface, over }).then(() => watch(stop), stop);
  return { stop };
}
