// Plays a session's segments through a MediaSource, on demand around the current time.
//
// One pump, one append at a time. It holds AHEAD_S seconds ahead and BEHIND_S behind and removes the rest, so memory does
// not grow with the length of a recording. Times are those of the signed journal. What `session.segment` refuses is never
// appended: the pump stops for good and says why.

import { ApiError } from "./api.js";
import { frameTimes, videoTrack } from "./lib/frames.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./lib/journal.js").SegmentRef} SegmentRef */

const AHEAD_S = 20;
const AHEAD_BYTES = 24 * 1024 * 1024;
const BEHIND_S = 10;
const JUMP_S = 0.15;
const US = 1_000_000;
const RETRY_MS = [500, 2000, 5000];

/** @typedef {{video: HTMLVideoElement, source: MediaSource, opened: Promise<unknown>}} Screen */

/** A video whose source opens while the release is still waited for. @returns {Screen} */
export function makeScreen() {
  const video = document.createElement("video");
  const source = new MediaSource();
  const opened = new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  const url = URL.createObjectURL(source);
  video.src = url;
  return { video, source, opened: opened.then(() => URL.revokeObjectURL(url)) };
}

export class Player extends EventTarget {
  /** Segments in the SourceBuffer. @type {Set<number>} */
  #held = new Set();
  /** Fetched a second time already: a segment without a picture must not be fetched for ever. @type {Set<number>} */
  #lost = new Set();
  #pumping = false;
  #ready = false;
  #stopped = false;
  /** @type {SourceBuffer|null} */
  #buffer = null;
  /** @type {import("./lib/frames.js").VideoTrack|null} */
  #track = null;
  /** When the pictures of a segment in the buffer begin. @type {Map<number, number[]>} */
  #frames = new Map();

  /**
   * @param {Screen} screen @param {Session} session
   * Events: `stopped` with detail the error; `waiting` and the like are the video's own.
   */
  constructor({ video, source, opened }, session) {
    super();
    this.video = video;
    this.source = source;
    this.opened = opened;
    this.session = session;
    /** What may be played, in order, without segment 0. @type {SegmentRef[]} */
    this.segments = this.#released();
  }

  #released() {
    return this.session.journal.segments.filter((segment) => segment.i > 0 && this.session.allows(segment.i));
  }

  /** Seconds at which the released part begins and ends. */
  get start() {
    return (this.segments[0]?.ptsUs ?? 0) / US;
  }

  get end() {
    const last = this.segments.at(-1);
    return last ? (last.ptsUs + last.durationUs) / US : 0;
  }

  /**
   * The first picture, as soon as its own lines are verified; ready to play when chain and rules have passed, or stopped.
   * @param {number} [from] seconds
   */
  async open(from = this.start) {
    const { media, codec } = /** @type {import("./lib/journal.js").Open} */ (this.session.journal.open);
    const type = `${media}; codecs="${codec}"`;
    if (!MediaSource.isTypeSupported(type)) throw Object.assign(new Error(type), { code: "decode" });
    await this.opened;
    this.#buffer = this.source.addSourceBuffer(type);
    this.source.duration = this.end;
    for (const name of ["timeupdate", "seeking", "waiting", "stalled"]) {
      this.video.addEventListener(name, () => this.pump());
    }
    try {
      const header = await this.#fetch(0);
      if (header) {
        this.#track = videoTrack(header);
        await this.#append(header);
      }
    } catch (error) {
      this.stop(error);
    }
    this.#ready = true;
    this.video.currentTime = Math.min(Math.max(from, this.start), this.end);
    await this.pump(1);
    try {
      await this.#know();
    } catch (error) {
      this.stop(error);
    }
    this.pump();
  }

  async #know() {
    if (this.session.isKnown) return;
    await this.session.known();
    this.segments = this.#released();
    if (!this.#stopped) this.source.duration = this.end;
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (this.#stopped) return;
    this.video.currentTime = Math.min(Math.max(seconds, this.start), Math.max(this.start, this.end - 0.05));
  }

  /**
   * One picture on or back, exactly: from the times that the pictures themselves carry, over holes too.
   * @param {1|-1} by
   */
  async step(by) {
    if (this.#stopped) return;
    this.video.pause();
    const times = this.#times();
    const now = this.video.currentTime;
    const next = by > 0 ? times.findIndex((time) => time > now) : times.findLastIndex((time) => time <= now) - 1;
    if (next < 0 || next >= times.length) {
      await this.#stepBeyond(by, now);
      return;
    }
    // The middle of its time: no rounding shows the neighbour.
    const end = times[next + 1] ?? times[next] + (times[next] - (times[next - 1] ?? times[next])) * 0.9;
    this.video.currentTime = times[next] + Math.min(end - times[next], 0.2) / 2;
  }

  /** The next pictures are not here yet: to the edge of the segment beside, whose pictures then come. @param {1|-1} by @param {number} now */
  async #stepBeyond(by, now) {
    const beside = by > 0
      ? this.segments.find(({ ptsUs }) => ptsUs / US > now)
      : this.segments.findLast(({ ptsUs, durationUs }) => (ptsUs + durationUs) / US <= now);
    if (beside) this.seek(by > 0 ? beside.ptsUs / US + 0.001 : (beside.ptsUs + beside.durationUs) / US - 0.001);
  }

  /** Of all pictures that are here, ascending. */
  #times() {
    return [...this.#frames].sort(([a], [b]) => a - b).flatMap(([, times]) => times)
      .filter((time) => time >= this.start - JUMP_S && time < this.end);
  }

  /** Appends what is wanted now, until nothing is. @param {number} [most] segments */
  async pump(most = Infinity) {
    if (this.#pumping || this.#stopped || !this.#ready) return;
    this.#pumping = true;
    try {
      for (let next = this.#wanted(); next && most > 0 && !this.#stopped; next = this.#wanted(), most--) {
        const plaintext = await this.#fetch(next.i);
        if (!plaintext) return;
        if (this.#isFar(next)) continue; // somebody sought elsewhere meanwhile
        // What is waited for goes in before anything is taken out.
        if (this.video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) await this.#evict();
        await this.#append(plaintext);
        this.#held.add(next.i);
        if (this.#track) this.#frames.set(next.i, frameTimes(plaintext, this.#track));
      }
      await this.#evict();
      this.#finish();
    } catch (error) {
      this.stop(error);
    } finally {
      this.#pumping = false;
    }
  }

  /** The plaintext of a segment; a network that fails for a while is asked again. @param {number} i */
  async #fetch(i) {
    for (const wait of [...RETRY_MS, null]) {
      try {
        const plaintext = await this.session.segment(i);
        return this.#stopped ? null : plaintext;
      } catch (error) {
        const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
        if (!passing || wait === null || this.#stopped) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    return null;
  }

  /** Nothing more is played. @param {unknown} error */
  stop(error) {
    if (this.#stopped) return;
    this.#stopped = true;
    this.video.pause();
    this.dispatchEvent(new CustomEvent("stopped", { detail: error }));
  }

  /** The next segment to append: the one at the current time, else the first that is missing ahead. */
  #wanted() {
    const at = this.#indexAt(this.video.currentTime);
    if (at < 0) return null;
    this.#noticeLoss(at);
    let bytes = 0;
    for (let index = at; index < this.segments.length; index++) {
      const segment = this.segments[index];
      const ahead = segment.ptsUs / US - this.video.currentTime;
      if (index > at + 1 && (ahead > this.#ahead || bytes > AHEAD_BYTES)) return null;
      if (!this.#held.has(segment.i)) return segment;
      bytes += segment.length;
    }
    return null;
  }

  /** Seconds to hold ahead: at four times the speed they are over four times as soon. */
  get #ahead() {
    return AHEAD_S * Math.max(1, this.video.playbackRate / 2);
  }

  /** @param {SegmentRef} segment */
  #isFar({ ptsUs, durationUs }) {
    const now = this.video.currentTime;
    return (ptsUs + durationUs) / US < now - BEHIND_S || ptsUs / US > now + this.#ahead * 2;
  }

  /** The browser may drop buffered media by itself; then the segment counts as missing again. @param {number} at */
  #noticeLoss(at) {
    if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const { i, ptsUs, durationUs } = this.segments[at];
    const middle = (ptsUs + durationUs / 2) / US;
    if (this.#held.has(i) && !this.#buffered(middle) && !this.#lost.has(i)) {
      this.#lost.add(i);
      this.#held.delete(i);
    }
  }

  /** @param {number} seconds */
  #buffered(seconds) {
    const ranges = this.video.buffered;
    for (let k = 0; k < ranges.length; k++) {
      if (ranges.start(k) <= seconds && seconds <= ranges.end(k)) return true;
    }
    return false;
  }

  /** Index of the segment that plays at this time, or of the next one where the recording has a hole. @param {number} seconds */
  #indexAt(seconds) {
    const us = seconds * US;
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.segments[middle].ptsUs <= us) low = middle;
      else high = middle - 1;
    }
    if (high < 0) return -1;
    const { ptsUs, durationUs } = this.segments[low];
    const next = this.segments[low + 1];
    const past = us >= ptsUs + durationUs + JUMP_S * US;
    if (past && next) {
      // A hole in the recording: play on behind it, as the journal tells.
      this.video.currentTime = next.ptsUs / US;
      return low + 1;
    }
    return low;
  }

  /** Removes what is far from the current time. */
  async #evict() {
    const far = this.segments.filter((segment) => this.#held.has(segment.i) && this.#isFar(segment));
    for (const { i, ptsUs, durationUs } of far) {
      await this.#update((buffer) => buffer.remove(ptsUs / US, Math.max((ptsUs + durationUs) / US, ptsUs / US + 0.001)));
      this.#held.delete(i);
      this.#frames.delete(i);
      this.#lost.delete(i);
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #append(bytes) {
    return this.#update((buffer) => buffer.appendBuffer(bytes));
  }

  /** @param {(buffer: SourceBuffer) => void} change */
  async #update(change) {
    const buffer = /** @type {SourceBuffer} */ (this.#buffer);
    await new Promise((resolve, reject) => {
      const failed = () => reject(Object.assign(new Error(this.video.error?.message ?? "append"), { code: "decode" }));
      buffer.addEventListener("updateend", () => (this.video.error ? failed() : resolve(null)), { once: true });
      buffer.addEventListener("error", failed, { once: true });
      change(buffer);
    });
  }

  /** Tells the video that it ends, once the last segment is in. */
  #finish() {
    const last = this.segments.at(-1);
    if (!this.session.isKnown || !last || !this.#held.has(last.i) || this.source.readyState !== "open") return;
    this.source.endOfStream();
  }
}
