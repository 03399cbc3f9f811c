// Sealed media against the signed lines, without a key (spec/sealed-media.md §4): segment by segment, so a file of many
// gigabytes needs memory for one segment of at most 16 MiB.

import { hex, sha256 } from "./encoding.js";
import { MAX_SEGMENT, TAG } from "./journal.js";

/** @typedef {import("./journal.js").SegmentRef} SegmentRef */
/** @typedef {import("./linefile.js").Source} Source */
/** @typedef {import("./report.js").Report} Report */

/**
 * @param {Source} media @param {SegmentRef[]} segments @param {number} length that the journal counts
 * @param {Report} report @param {string} name of the file, for places @param {(done: number) => void} [progress] in bytes
 * @returns {Promise<number>} segments that are as signed
 */
export async function checkMedia(media, segments, length, report, name, progress = () => {}) {
  const there = segments.filter((ref) => ref.offset + ref.length <= media.size);
  let sound = 0;
  /** Neighbours that are not as signed, told as one. @type {SegmentRef[]} */
  let altered = [];
  for (const ref of there) {
    if (await isSigned(media, ref)) {
      sound += 1;
      tell(report, "segment-hash", name, altered);
      altered = [];
    } else {
      altered.push(ref);
    }
    progress(ref.offset + ref.length);
  }
  tell(report, "segment-hash", name, altered);
  tell(report, "media-short", name, segments.filter((ref) => ref.offset + ref.length > media.size));
  if (media.size > length) report.defect("media", "media-long", { place: `${name}, offset ${length}` });
  return sound;
}

/** @param {Source} media @param {SegmentRef} ref */
async function isSigned(media, ref) {
  if (ref.length > MAX_SEGMENT + TAG) return false;
  return hex(await sha256(await media.read(ref.offset, ref.offset + ref.length))) === ref.sha256;
}

/** From when to when it was sealed. @param {Report} report @param {string} code @param {string} name @param {SegmentRef[]} row */
function tell(report, code, name, row) {
  const [first, last] = [row[0], row.at(-1)];
  if (!first || !last) return;
  const place = `${name}, segment ${first.i}, offset ${first.offset}`;
  const detail = row.length > 1 ? `segments ${first.i} to ${last.i}` : "";
  report.defect("media", code, { place, detail, since: first.since, until: last.at });
}
