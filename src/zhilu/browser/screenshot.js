// A screenshot: asked for, entered in the ledger, and only then handed out (spec/viewing.md §7). The mark is burnt in.

import { beijing, t } from "./i18n.js";
import { H, hex, idBytes, sha256, u64, unhex } from "./lib/encoding.js";
import { markPicture } from "./mark.js";

/** @typedef {{viewing: string, recording: string, viewer: string}} Of */

/**
 * What the viewer asserts of a screenshot.
 * @param {{viewing: string, recording: string, pts_us: number, sha256: string, at_ms: number}} taken
 */
export function screenshotChallenge({ viewing, recording, pts_us, sha256: digest, at_ms }) {
  return H("zhilu/screenshot/v1", idBytes(viewing), idBytes(recording), u64(pts_us), unhex(digest), u64(at_ms));
}

/**
 * The picture that stands, as PNG, with the mark in it; and what is said of it.
 * @param {HTMLVideoElement} video @param {Of} of @param {number} recordedMs time of the picture by the recorder's clock
 */
export async function takePicture(video, { viewing, recording, viewer }, recordedMs) {
  const { videoWidth: width, videoHeight: height } = video;
  const pts_us = Math.round(video.currentTime * 1e6);
  const canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  pen.drawImage(video, 0, 0, width, height);
  const line = `${t("Not evidence 非证据")} · ${viewer} · ${beijing(Date.now())} · ${viewing} · ${beijing(recordedMs)}`;
  pen.drawImage(markPicture(width, height, line), 0, 0);
  const file = await canvas.convertToBlob({ type: "image/png" });
  const digest = hex(await sha256(new Uint8Array(await file.arrayBuffer())));
  return { file, taken: { recording, pts_us, sha256: digest } };
}
