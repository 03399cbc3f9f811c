// An import before a viewer: the file as the station read it, whole, or nothing (spec/viewing.md §6).
//
// Every segment is checked as those of a recording are; then the whole is compared with `source.sha256`; only then does
// the browser get to see it. So a film cannot be sought before it has all come: MAX_SHOWN bounds what the page holds.
// What no browser shows is said to be so. It is never called a capture.

import { beijing, t } from "./i18n.js";
import { el, facts, notice } from "./ui.js";
import { origin } from "./words.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./lib/journal.js").Open} Open */
/** @typedef {"film"|"sound"|"picture"|"none"} Kind */

export const MAX_SHOWN = 512 * 1024 * 1024;

/** How a browser shows a type of file, if it does. @param {string} media @returns {Kind} */
export function kindOf(media) {
  if (media === "video/mp4" || media === "video/quicktime") return "film";
  if (media.startsWith("audio/")) return "sound";
  if (media.startsWith("image/")) return "picture";
  return "none";
}

/** Why this file is not shown, or "". @param {Session} session @returns {string} */
export function notShown(session) {
  const { media, source } = /** @type {Open} */ (session.journal.open);
  if (!source) return t("The recording does not keep the prescribed form.");
  if (kindOf(media) === "none") {
    return t("No browser shows this kind of file ({media}). It is sealed and kept as it is; to open it, a copy must be asked for.", { media });
  }
  if (source.size > MAX_SHOWN) {
    return t("The file is larger than {most} MB: this page cannot hold it. To open it, a copy must be asked for.", { most: MAX_SHOWN >> 20 });
  }
  if (!session.isWhole) return t("Only a part of this file was released; an import is shown whole or not at all.");
  return "";
}

/**
 * The file, verified; throws what `session.segment` throws.
 * @param {Session} session @param {(done: number, total: number) => void} progress
 */
export async function wholeFile(session, progress) {
  const { media } = /** @type {Open} */ (session.journal.open);
  const { segments } = session.journal;
  const parts = [];
  for (const { i } of segments) {
    parts.push(new Blob([await session.segment(i)]));
    progress(i + 1, segments.length);
  }
  // Safari and Chromium play QuickTime files of H.264 as what they are: boxes of MP4.
  const file = new Blob(parts, { type: media === "video/quicktime" ? "video/mp4" : media });
  await session.checkSource(new Uint8Array(await file.arrayBuffer()));
  return file;
}

/** What stands beside it. @param {Session} session */
export function importFacts(session) {
  const open = /** @type {Open} */ (session.journal.open);
  const state = open.source ? stateWords(open.source.state) : "";
  return el("section", { class: "card" }, el("h2", {}, t("The imported file")), facts([
    [t("Origin"), el("span", { class: "badge import" }, origin(open.origin))],
    [t("Sealed"), `${beijing(open.at)} ${t("(station's clock)")}`],
    [t("Kind of file"), open.media],
    [t("State"), state],
    [t("Size"), t("{size} bytes", { size: open.source?.size ?? 0 })],
    [t("Made"), t("When and by what it was made, nobody vouches for.")],
    [t("Recording"), el("span", { class: "code" }, open.id)],
  ]));
}

/** @param {string} code */
function stateWords(code) {
  const words = /** @type {Record<string, string>} */ ({
    sound: t("whole"),
    truncated: t("cut short: bytes are missing at its end; kept as it is"),
    unreadable: t("unreadable: neither picture nor sound was found; kept as it is"),
  });
  return words[code] ?? code;
}

/**
 * Puts the file on `surface`; resolves when something can be seen or heard.
 * @param {{session: Session, surface: HTMLElement, over: HTMLElement}} parts
 */
export async function showImport({ session, surface, over }) {
  const reason = notShown(session);
  if (reason) {
    over.replaceChildren(notice(reason));
    return;
  }
  const waiting = el("p", { role: "status" });
  over.replaceChildren(waiting);
  const file = await wholeFile(session, (done, total) => {
    waiting.textContent = t("Fetching and verifying: {done} of {total}", { done, total });
  });
  const { media } = /** @type {Open} */ (session.journal.open);
  const shown = kindOf(media) === "picture" ? await picture(file) : film(file, over);
  surface.prepend(shown);
  over.replaceChildren();
}

/** Drawn, not linked: so the page's policy need not allow images from elsewhere. @param {Blob} file */
async function picture(file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw Object.assign(new Error("image"), { code: "decode" });
  });
  const canvas = el("canvas", { class: "picture", role: "img", "aria-label": t("Imported picture") });
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

/** @param {Blob} file @param {HTMLElement} over */
function film(file, over) {
  const video = el("video", {
    controls: true, playsinline: true, disablepictureinpicture: true, disableremoteplayback: true,
    // Its own full screen would leave the watermark behind.
    controlslist: "nodownload nofullscreen noremoteplayback", "aria-label": t("Imported film or sound"),
  });
  const url = URL.createObjectURL(file);
  addEventListener("pagehide", () => URL.revokeObjectURL(url));
  video.addEventListener("error", () => {
    over.replaceChildren(notice(t("This browser cannot play this file. It is verified and kept as it is; to open it, a copy must be asked for.")));
  });
  video.src = url;
  return video;
}
