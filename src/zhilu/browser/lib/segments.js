// Keys of sealed media, and opening one segment (spec/sealed-media.md §2, §4).

import { Defect } from "./defect.js";
import { concat, equal, hex, idBytes, nonce96, sha256, u32, u8, unhex, utf8 } from "./encoding.js";
import { MAX_SEGMENT, TAG } from "./journal.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {import("./journal.js").SegmentRef} SegmentRef */

/** @param {Uint8Array} ikm @param {string} id @param {Uint8Array} info @returns {Promise<Bytes>} 32 bytes */
async function hkdf(ikm, id, info) {
  const key = await crypto.subtle.importKey("raw", /** @type {Bytes} */ (ikm), "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: idBytes(id), info: /** @type {Bytes} */ (info) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/** K, out of the shares in their order. @param {Uint8Array[]} shares @param {string} id */
export function recordingKey(shares, id) {
  return hkdf(concat(...shares), id, utf8("zhilu/split/v1"));
}

/** @param {Uint8Array} K @param {string} id @param {number} i */
export function segmentKey(K, id, i) {
  return hkdf(K, id, concat(utf8("zhilu/segment-key/v1"), u8(0), u32(i)));
}

/** @param {Uint8Array} K @param {string} id */
export function keyCommitment(K, id) {
  return hkdf(K, id, utf8("zhilu/key-commitment/v1"));
}

/** Whoever obtains K does this before he uses it. @param {Uint8Array} K @param {string} id @param {string} committed hex */
export async function checkCommitment(K, id, committed) {
  if (!equal(await keyCommitment(K, id), unhex(committed))) throw new Defect("media", "commitment");
}

/**
 * The bytes are those that the signed line tells: length, then SHA-256. Done before any decryption.
 * @param {SegmentRef} ref @param {Uint8Array} sealed
 */
export async function checkSealed(ref, sealed) {
  const place = `segment ${ref.i}`;
  if (sealed.length < ref.length) throw new Defect("media", "media-short", place);
  if (sealed.length > ref.length) throw new Defect("media", "media-long", place);
  if (hex(await sha256(sealed)) !== ref.sha256) throw new Defect("media", "segment-hash", place);
}

/**
 * @param {Uint8Array} K @param {string} id @param {number} i @param {Uint8Array} sealed
 * @returns {Promise<Bytes>} the plaintext of segment i
 */
export async function openSegment(K, id, i, sealed) {
  if (sealed.length < TAG || sealed.length > MAX_SEGMENT + TAG) throw new Defect("media", "segment-size", `segment ${i}`);
  const raw = await segmentKey(K, id, i);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const additionalData = concat(utf8("zhilu/segment/v1"), u8(0), idBytes(id), u32(i));
  try {
    const parameters = { name: "AES-GCM", iv: nonce96(i), additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, /** @type {Bytes} */ (sealed)));
  } catch {
    throw new Defect("media", "segment-open", `segment ${i}`);
  }
}
