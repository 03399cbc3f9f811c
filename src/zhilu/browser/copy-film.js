// The watermarked film of a copy: decoded, marked in every picture, encoded anew, and no evidence (spec/copies.md §3).
//
// It reads the clip's plaintext where it needs it and writes from first to last, so memory does not grow with its length.
// The sound is taken over as it is. Reading and writing MP4 is mediabunny's; decoding and encoding the browser's.

import {
  CustomSource, EncodedAudioPacketSource, EncodedPacketSink, Input, MP4, Mp4OutputFormat, Output, QTFF, StreamTarget,
  VideoSample, VideoSampleSink, VideoSampleSource, canEncodeVideo,
} from "./vendor/mediabunny/mod.js";
import { markPicture } from "./mark.js";

/** @typedef {import("./vendor/mediabunny/mod.js").VideoCodec} VideoCodec */
/** @typedef {import("./vendor/mediabunny/mod.js").InputVideoTrack} InputVideoTrack */
/** @typedef {import("./vendor/mediabunny/mod.js").InputAudioTrack} InputAudioTrack */
/** @typedef {{size: number, read: (start: number, end: number) => Promise<Uint8Array>}} Plain */
/** @typedef {{line: string, comment: string}} Mark `line` is burnt into every picture */

/** What nearly everybody can play first. @type {VideoCodec[]} */
const CODECS = ["avc", "vp9", "av1"];
const BITRATE = { least: 500_000, most: 8_000_000 };

/**
 * Whether a film can be made of it in this browser; then `write` makes it.
 * @param {Plain} plain @param {Mark} mark
 * @returns {Promise<{write: (sink: (bytes: Uint8Array) => Promise<void>, wish: Wish) => Promise<void>}|null>}
 * @typedef {{signal: AbortSignal, progress: (done: number) => void}} Wish done: 0 to 1
 */
export async function prepareFilm(plain, mark) {
  const source = new CustomSource({ getSize: () => plain.size, read: (start, end) => plain.read(start, end) });
  const input = new Input({ formats: [MP4, QTFF], source });
  if (!(await input.canRead())) return null;
  const video = await input.getPrimaryVideoTrack();
  if (!video || !(await video.canDecode())) return null;
  const width = (await video.getDisplayWidth()) & ~1;
  const height = (await video.getDisplayHeight()) & ~1;
  for (const codec of CODECS) {
    if (await canEncodeVideo(codec, { width, height })) {
      return { write: (sink, wish) => write({ input, video, codec, width, height, size: plain.size, mark, sink, wish }) };
    }
  }
  return null;
}

/**
 * @param {{input: Input, video: InputVideoTrack, codec: VideoCodec, width: number, height: number, size: number, mark: Mark,
 *   sink: (bytes: Uint8Array) => Promise<void>, wish: Wish}} parts
 */
async function write({ input, video, codec, width, height, size, mark, sink, wish }) {
  const start = await video.getFirstTimestamp();
  const length = Math.max(0.1, (await video.computeDuration()) - start);
  const bitrate = Math.min(BITRATE.most, Math.max(BITRATE.least, Math.round((size * 8) / length)));
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "fragmented" }), target: inOrder(sink) });
  const pictures = new VideoSampleSource({ codec, bitrate, keyFrameInterval: 2 });
  output.addVideoTrack(pictures);
  const sound = await soundOf(input, output);
  output.setMetadataTags({ title: mark.line, comment: mark.comment });
  await output.start();
  try {
    const draw = marker(width, height, mark.line);
    for await (const sample of new VideoSampleSink(video).samples()) {
      const at = sample.timestamp - start;
      const marked = draw(sample, at);
      try {
        wish.signal.throwIfAborted();
        await pictures.add(marked);
      } finally {
        marked.close();
      }
      await sound?.until(sample.timestamp, start);
      wish.progress(Math.min(1, at / length));
    }
    await sound?.until(Infinity, start);
    wish.signal.throwIfAborted();
    await output.finalize();
  } catch (error) {
    await output.cancel().catch(() => {});
    throw error;
  } finally {
    input.dispose();
  }
}

/** @param {(bytes: Uint8Array) => Promise<void>} sink */
function inOrder(sink) {
  let at = 0;
  return new StreamTarget(new WritableStream({
    async write({ data, position }) {
      if (position !== at) throw new Error("the film was not written in order");
      at += data.length;
      await sink(data);
    },
  }));
}

/** The sound, packet by packet, never further than the pictures are. @param {Input} input @param {Output} output */
async function soundOf(input, output) {
  const track = await input.getPrimaryAudioTrack();
  const codec = await track?.getCodec();
  if (!track || !codec || !new Mp4OutputFormat().getSupportedAudioCodecs().includes(codec)) return null;
  const source = new EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  const decoderConfig = (await track.getDecoderConfig()) ?? undefined;
  const packets = new EncodedPacketSink(track).packets();
  let next = await packets.next();
  return {
    /** @param {number} seconds @param {number} start */
    async until(seconds, start) {
      while (!next.done && next.value.timestamp <= seconds) {
        const packet = next.value;
        if (packet.timestamp >= start) {
          await source.add(packet.clone({ timestamp: packet.timestamp - start }), { decoderConfig });
        }
        next = await packets.next();
      }
    },
  };
}

/** Draws the mark over a picture. @param {number} width @param {number} height @param {string} line */
function marker(width, height, line) {
  const canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  const mark = markPicture(width, height, line);
  /** @param {VideoSample} sample @param {number} at seconds */
  return (sample, at) => {
    sample.draw(pen, 0, 0, width, height);
    pen.drawImage(mark, 0, 0);
    const marked = new VideoSample(canvas, { timestamp: at, duration: sample.duration });
    sample.close();
    return marked;
  };
}
