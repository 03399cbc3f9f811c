// When each picture of a CMAF fragment is shown: exact times, out of the fragment's own tables (ISO/IEC 14496-12 §8.8).
// For stepping from picture to picture; whatever cannot be read here gives no times, and then there is no stepping.

/** @typedef {{id: number, timescale: number, duration: number}} VideoTrack duration: of a picture, where a fragment says none */

const utf = new TextDecoder("latin1");

/** @param {DataView} view @param {number} from @param {number} to @returns {Generator<{type: string, from: number, to: number}>} */
function* boxes(view, from, to) {
  for (let at = from; at + 8 <= to;) {
    let size = view.getUint32(at);
    const type = utf.decode(new Uint8Array(view.buffer, view.byteOffset + at + 4, 4));
    let head = 8;
    if (size === 1 && at + 16 <= to) {
      size = Number(view.getBigUint64(at + 8));
      head = 16;
    }
    if (size === 0) size = to - at;
    if (size < head || at + size > to) return;
    yield { type, from: at + head, to: at + size };
    at += size;
  }
}

/** @param {DataView} view @param {{from: number, to: number}} within @param {string[]} path */
function find(view, within, path) {
  let place = within;
  for (const type of path) {
    const next = [...boxes(view, place.from, place.to)].find((box) => box.type === type);
    if (!next) return null;
    place = next;
  }
  return place;
}

/** @param {Uint8Array} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The film's track of pictures. @param {Uint8Array} header segment 0 @returns {VideoTrack|null} */
export function videoTrack(header) {
  const view = viewOf(header);
  const moov = find(view, { from: 0, to: header.length }, ["moov"]);
  if (!moov) return null;
  for (const trak of boxes(view, moov.from, moov.to)) {
    const kind = trak.type === "trak" ? find(view, trak, ["mdia", "hdlr"]) : null;
    if (!kind || utf.decode(header.subarray(kind.from + 8, kind.from + 12)) !== "vide") continue;
    const tkhd = find(view, trak, ["tkhd"]);
    const mdhd = find(view, trak, ["mdia", "mdhd"]);
    if (!tkhd || !mdhd) return null;
    const id = view.getUint32(tkhd.from + (view.getUint8(tkhd.from) === 1 ? 20 : 12));
    const timescale = view.getUint32(mdhd.from + (view.getUint8(mdhd.from) === 1 ? 20 : 12));
    return timescale > 0 ? { id, timescale, duration: defaultDuration(view, moov, id) } : null;
  }
  return null;
}

/** @param {DataView} view @param {{from: number, to: number}} moov @param {number} id */
function defaultDuration(view, moov, id) {
  const mvex = find(view, moov, ["mvex"]);
  if (!mvex) return 0;
  for (const trex of boxes(view, mvex.from, mvex.to)) {
    if (trex.type === "trex" && view.getUint32(trex.from + 4) === id) return view.getUint32(trex.from + 12);
  }
  return 0;
}

/** Seconds at which the fragment's pictures begin, ascending. @param {Uint8Array} fragment @param {VideoTrack} track @returns {number[]} */
export function frameTimes(fragment, track) {
  const view = viewOf(fragment);
  /** @type {number[]} */
  const times = [];
  try {
    for (const moof of boxes(view, 0, fragment.length)) {
      if (moof.type !== "moof") continue;
      for (const traf of boxes(view, moof.from, moof.to)) {
        if (traf.type === "traf") times.push(...trackTimes(view, traf, track));
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
  return times.sort((a, b) => a - b);
}

/** @param {DataView} view @param {{from: number, to: number}} traf @param {VideoTrack} track */
function* trackTimes(view, traf, track) {
  const tfhd = find(view, traf, ["tfhd"]);
  const tfdt = find(view, traf, ["tfdt"]);
  if (!tfhd || !tfdt || view.getUint32(tfhd.from + 4) !== track.id) return;
  const flags = view.getUint32(tfhd.from) & 0xffffff;
  const skipped = 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
  const usual = flags & 8 ? view.getUint32(tfhd.from + skipped) : track.duration;
  let at = view.getUint8(tfdt.from) === 1 ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4);
  for (const trun of boxes(view, traf.from, traf.to)) {
    if (trun.type !== "trun") continue;
    for (const { duration, offset } of samples(view, trun.from, usual)) {
      yield (at + offset) / track.timescale;
      at += duration;
    }
  }
}

/** @param {DataView} view @param {number} from @param {number} usual */
function* samples(view, from, usual) {
  const flags = view.getUint32(from) & 0xffffff;
  const signed = view.getUint8(from) === 1;
  const count = view.getUint32(from + 4);
  let at = from + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
  for (let n = 0; n < count; n++) {
    const duration = flags & 0x100 ? view.getUint32(at) : usual;
    at += (flags & 0x100 ? 4 : 0) + (flags & 0x200 ? 4 : 0) + (flags & 0x400 ? 4 : 0);
    const offset = flags & 0x800 ? (signed ? view.getInt32(at) : view.getUint32(at)) : 0;
    at += flags & 0x800 ? 4 : 0;
    yield { duration, offset };
  }
}
