// Sealed media against the signed lines, without a key (spec/sealed-media.md §4): segment by segment, so a file of many
// gigabytes needs memory for one segment of at most 16 MiB.

import { hex, sha256 } from "./encoding.js";
import { MAX_SEGMENT, TAG } from "./journal.js";

/** @typedef {import("./journal.js").SegmentRef} SegmentRef */
/** @typedef {import("./linefile.js").Source} Source */
/** @typedef {import("./report.js").Report} Report */

/**
 * @param {Source} media @param {SegmentRef[]} segments @param {number} length that the journal counts
 * @param {Report} report @param {(done: number) => void} [progress] in bytes
 * @returns {Promise<number>} segments that are as signed
 */
export async function checkMedia(media, segments, length, report, progress = () => {}) {
  let sound = 0;
  for (const ref of segments) {
    const end = ref.offset + ref.length;
    const place = `media.sealed, segment ${ref.i}, offset ${ref.offset}`;
    if (end > media.size) {
      report.defect("media", "media-short", { place });
      return sound;
    }
    if (ref.length > MAX_SEGMENT + TAG) continue;
    const digest = hex(await sha256(await media.read(ref.offset, end)));
    if (digest === ref.sha256) sound += 1;
    else report.defect("media", "segment-hash", { place });
    progress(end);
  }
  if (media.size > length) report.defect("media", "media-long", { place: `media.sealed, offset ${length}` });
  return sound;
}
