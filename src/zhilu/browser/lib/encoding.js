// The one spelling of each value (spec/journal.md §1): b64u without padding and canonical, lower-case hex,
// big-endian integers, UUIDv7 as 16 raw bytes, and H(label, x…) = SHA-256(label ‖ 0x00 ‖ x…).

import { Defect } from "./defect.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const encoder = new TextEncoder();
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return encoder.encode(text);
}

/** @param {...Uint8Array} parts @returns {Bytes} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let differences = 0;
  for (let i = 0; i < a.length; i++) differences |= a[i] ^ b[i];
  return differences === 0;
}

/** @param {Uint8Array} bytes */
export function b64u(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[word >> 18] + ALPHABET[(word >> 12) & 63];
    if (left > 1) text += ALPHABET[(word >> 6) & 63];
    if (left > 2) text += ALPHABET[word & 63];
  }
  return text;
}

/**
 * Refuses padding, any foreign character, an impossible length, and unused bits that are not zero.
 * @param {string} text @returns {Bytes}
 */
export function unb64u(text) {
  const rest = text.length % 4;
  if (rest === 1) throw new Defect("encoding", "base64");
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? VALUES[code] : -1;
    if (value < 0) throw new Defect("encoding", "base64");
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 0xff;
    }
  }
  if (word & ((1 << bits) - 1)) throw new Defect("encoding", "base64");
  return bytes;
}

/** The base64 of notes: with padding, and canonical as well. @param {string} text @returns {Bytes} */
export function unbase64(text) {
  const bare = text.replace(/={1,2}$/, "");
  if (text.length % 4 || /[-_]/.test(text)) throw new Defect("encoding", "base64");
  return unb64u(bare.replaceAll("+", "-").replaceAll("/", "_"));
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** @param {unknown} value @returns {value is string} a SHA-256 in hex */
export function isHex32(value) {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** @param {string} text @returns {Bytes} 32 bytes */
export function unhex32(text) {
  if (!isHex32(text)) throw new Defect("encoding", "hex32");
  return unhex(text);
}

/** @param {string} text @returns {Bytes} */
export function unhex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Defect("field", "field", "", "hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {number} value */
export function u8(value) {
  return Uint8Array.of(value);
}

/** @param {number} value @returns {Bytes} */
export function u16(value) {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** @param {number} value @returns {Bytes} */
export function u32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {number} value @returns {Bytes} */
export function u64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** A number as an AES-GCM nonce: 96 bits. @param {number} value @returns {Bytes} */
export function nonce96(value) {
  return concat(new Uint8Array(4), u64(value));
}

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @param {unknown} value @returns {value is string} */
export function isId(value) {
  return typeof value === "string" && UUID7.test(value);
}

/** @param {string} id @returns {Bytes} 16 raw bytes */
export function idBytes(id) {
  if (!isId(id)) throw new Defect("field", "field", "", "id");
  return unhex(id.replaceAll("-", ""));
}

/** A fresh UUIDv7. @param {number} clockMs @returns {string} */
export function newId(clockMs) {
  const bytes = concat(u64(clockMs).subarray(2), crypto.getRandomValues(new Uint8Array(10)));
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const TIME = /^(?:19[7-9]\d|[2-8]\d{3}|9[0-8]\d{2}|99[0-8]\d|999[0-8])-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @param {unknown} value @returns {value is string} UTC with exactly three decimals, 1970 to 9998, and a day that exists */
export function isTime(value) {
  if (typeof value !== "string" || !TIME.test(value)) return false;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value;
}

/** @param {number} ms */
export function formatTime(ms) {
  return new Date(ms).toISOString();
}

/** @param {Uint8Array} bytes @returns {Promise<Bytes>} */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {Bytes} */ (bytes)));
}

/** @param {string} label ASCII @param {...Uint8Array} parts @returns {Promise<Bytes>} */
export function H(label, ...parts) {
  return sha256(concat(utf8(label), u8(0), ...parts));
}
