// The clip and the sealed package of a copy (spec/copies.md §2, §3): bytes only. Written in one go, in bounded memory;
// SHA-256 and length of the whole run along. What the package is written to is the caller's.

import { sha256 as runningHash } from "../vendor/noble-hashes/sha2.js";
import { H, b64u, concat, hex, idBytes, sha256, u32, u64, u8, unb64u, unhex, utf8 } from "./encoding.js";
import { hpkeSeal } from "./envelopes.js";
import { TAG } from "./journal.js";
import { thumbprint } from "./lines.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {{bureau: string, viewing: string, recording: string, from: number, to: number, recipient: string, made: string}} Head */
/** @typedef {(bytes: Bytes) => Promise<void>} Sink */

export const CHUNK = 1024 * 1024;
const MAGIC = utf8("ZHILUCP1");
const NAMES = /** @type {Record<string, string>} */ ({
  "video/mp4": "clip.mp4",
  "video/quicktime": "clip.mov",
  "video/x-msvideo": "clip.avi",
  "image/jpeg": "clip.jpg",
  "image/png": "clip.png",
  "audio/mpeg": "clip.mp3",
  "audio/wav": "clip.wav",
  "audio/mp4": "clip.m4a",
});

/** The numbers of a clip's segments. @param {number} from @param {number} to @returns {number[]} */
export function disclosed(from, to) {
  const numbers = [0];
  for (let i = Math.max(1, from); i <= to; i++) numbers.push(i);
  return numbers;
}

/**
 * @param {{recording: string, from: number, to: number, media: string, keys: Bytes[]}} clip keys: those of `disclosed`
 */
export function clipFile({ recording, from, to, media, keys }) {
  const file = NAMES[media] ?? "clip.bin";
  return utf8(JSON.stringify({ type: "zhilu-clip/1", recording, from, to, file, keys: keys.map(b64u) }));
}

/** How a recipient's key is named. @param {Uint8Array} point 65 bytes */
export function recipientThumbprint(point) {
  return thumbprint({ x: b64u(point.subarray(1, 33)), y: b64u(point.subarray(33)) });
}

/** What is compared with the recipient by another way. @param {Uint8Array} point */
export async function recipientNumber(point) {
  return hex(await sha256(point)).slice(0, 12).replace(/(.{4})(.{4})/, "$1 $2 ");
}

/**
 * What the viewer asserts of a copy.
 * @param {{viewing: string, recording: string, from: number, to: number, recipient: string, sha256: string, length: number, at_ms: number}} made
 */
export function copyChallenge({ viewing, recording, from, to, recipient, sha256: digest, length, at_ms }) {
  return H("zhilu/copy-made/v1", idBytes(viewing), idBytes(recording), u32(from), u32(to), unb64u(recipient),
    unhex(digest), u64(length), u64(at_ms));
}

/** A package that is being written. */
export class Package {
  #sink;
  #key;
  #number = 0;
  /** Of the next chunk. @type {Bytes} */
  #held = new Uint8Array(CHUNK);
  #filled = 0;
  #hash = runningHash.create();
  length = 0;

  /** @param {Sink} sink @param {CryptoKey} key */
  constructor(sink, key) {
    this.#sink = sink;
    this.#key = key;
  }

  /** @param {Head} head @param {Uint8Array} point the recipient's, 65 bytes @param {Sink} sink */
  static async begin(head, point, sink) {
    const raw = utf8(JSON.stringify({ type: "zhilu-copy/1", suite: "zhilu-1", ...head }));
    const content = crypto.getRandomValues(new Uint8Array(32));
    const info = concat(utf8("zhilu/copy/v1"), u8(0), utf8("zhilu-1"), u8(0), await sha256(raw), unb64u(head.recipient));
    const sealed = await hpkeSeal(content, info, point);
    const key = await crypto.subtle.importKey("raw", content, "AES-GCM", false, ["encrypt"]);
    content.fill(0);
    const made = new Package(sink, key);
    await made.#put(concat(MAGIC, u32(raw.length), raw, sealed));
    return made;
  }

  /** A part that is at hand. @param {Uint8Array} bytes */
  async part(bytes) {
    await this.begin(bytes.length);
    await this.write(bytes);
  }

  /** The next part is so long; then its bytes follow. @param {number} length */
  begin(length) {
    return this.write(u64(length));
  }

  /** @param {Uint8Array} bytes */
  async write(bytes) {
    for (let at = 0; at < bytes.length;) {
      // A full chunk waits: only what follows tells that it is not the last.
      if (this.#filled === CHUNK) await this.#chunk(false);
      const piece = bytes.subarray(at, at + CHUNK - this.#filled);
      this.#held.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
    }
  }

  /** @returns {Promise<{sha256: string, length: number}>} */
  async end() {
    await this.#chunk(true);
    return { sha256: hex(this.#hash.digest()), length: this.length };
  }

  /** @param {boolean} last */
  async #chunk(last) {
    const iv = concat(new Uint8Array(3), u64(this.#number), u8(last ? 1 : 0));
    const plain = this.#held.subarray(0, this.#filled);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#key, plain);
    this.#number += 1;
    this.#filled = 0;
    await this.#put(new Uint8Array(sealed));
  }

  /** @param {Bytes} bytes */
  async #put(bytes) {
    this.#hash.update(bytes);
    this.length += bytes.length;
    await this.#sink(bytes);
  }
}

/** Bytes of a segment's plaintext. @param {{length: number}} ref */
export function plainLength({ length }) {
  return length - TAG;
}
