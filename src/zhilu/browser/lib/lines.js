// One line (spec/journal.md §2): header "." payload "." signature LF.
//
// The header must be exactly the bytes that kid and typ demand: so it cannot carry a key, and nothing in it is a choice.
// Signatures are ES256 with 1 ≤ s ≤ n/2; s is checked here because WebCrypto takes both s and n − s.
// Refused, in this order: line-too-long, line-empty, line-bytes, line-shape, header (or foreign-kid), high-s, signature,
// json; base64 where the part is first read: the payload is not even decoded before its signature is right.

import { Defect, within } from "./defect.js";
import { b64u, equal, isHex32, isTime, sha256, unb64u, utf8 } from "./encoding.js";
import { formed, integer, parseObject, text } from "./strictjson.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {{kid: string, key: CryptoKey}} Verifier */
/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {{n: number, prev: string, at: string, monoUs: number, type: string}} Common */
/** @typedef {{header: Bytes, body: string, signature: Bytes, signed: Bytes}} Parts body: the payload, still b64u */

export const MAX_LINE = 65536;
const LF = 10;
const CR = 13;
const DOT = 46;
const HALF_N = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") >> 1n;

/**
 * Strict: P-256 and public only; with a `d` somebody has given his private key away. The import refuses a point that is
 * not on the curve.
 * @param {{kty?: unknown, crv?: unknown, x?: unknown, y?: unknown}} jwk
 * @returns {Promise<Verifier>}
 */
export async function loadKey(jwk) {
  const { kty, crv, x, y } = jwk;
  if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string" || "d" in jwk) {
    throw new Defect("line", "jwk", "", "not a public P-256 key");
  }
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  try {
    if (unb64u(x).length !== 32 || unb64u(y).length !== 32) throw new RangeError("coordinates");
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, true, ["verify"]);
    return { kid: await thumbprint({ x, y }), key };
  } catch {
    throw new Defect("line", "jwk", "", "not a point of P-256");
  }
}

/** RFC 7638, b64u. @param {{x: string, y: string}} jwk */
export async function thumbprint({ x, y }) {
  return b64u(await sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)));
}

/** The text of a header. @param {string} kid @param {string} typ */
function headerText(kid, typ) {
  return `{"alg":"ES256","kid":"${kid}","typ":"${typ}"}`;
}

/**
 * @param {Uint8Array} line without its LF
 * @returns {Parts}
 */
export function splitLine(line) {
  if (line.length + 1 > MAX_LINE) throw new Defect("line", "line-too-long");
  if (line.length === 0) throw new Defect("line", "line-empty");
  if (line.includes(CR) || (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf)) {
    throw new Defect("line", "line-bytes");
  }
  // Before its shape: such a byte is in no part of any line.
  if (!isAscii(line)) throw new Defect("line", "base64");
  return splitCompact(line);
}

/** @param {Uint8Array} line */
export function isAscii(line) {
  return line.every((byte) => byte < 128);
}

/** @param {Uint8Array} compact three b64u parts @returns {Parts} */
export function splitCompact(compact) {
  const first = compact.indexOf(DOT);
  const second = first < 0 ? -1 : compact.indexOf(DOT, first + 1);
  if (second < 0 || compact.indexOf(DOT, second + 1) >= 0) throw new Defect("line", "line-shape");
  /** @param {number} from @param {number} to */
  const part = (from, to) => ascii(compact.subarray(from, to));
  return within("line", () => ({
    header: unb64u(part(0, first)),
    body: part(first + 1, second),
    signature: unb64u(part(second + 1, compact.length)),
    signed: compact.slice(0, second),
  }));
}

/** @param {Uint8Array} bytes */
function ascii(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** @param {Parts} parts @param {string} kid @param {string} typ */
export function checkHeader(parts, kid, typ) {
  if (equal(parts.header, utf8(headerText(kid, typ)))) return;
  // A header that is right but for its kid is another device's line; anything else is no header of ours.
  const other = /^\{"alg":"ES256","kid":"([A-Za-z0-9_-]{43})","typ":"([a-z-]+)"\}$/.exec(ascii(parts.header));
  throw new Defect("line", other && other[2] === typ ? "foreign-kid" : "header");
}

/** @param {Parts} parts @param {CryptoKey} key */
export async function checkSignature(parts, key) {
  const { signature } = parts;
  if (signature.length !== 64) throw new Defect("line", "signature", "", "not 64 bytes");
  const s = bigint(signature.subarray(32));
  if (s === 0n || s > HALF_N) throw new Defect("line", "high-s");
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const sound = await crypto.subtle.verify(algorithm, key, /** @type {Bytes} */ (signature), parts.signed);
  if (!sound) throw new Defect("line", "signature");
}

/** @param {Uint8Array} bytes */
function bigint(bytes) {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** @param {Parts} parts */
export function payload(parts) {
  return within("line", () => parseObject(unb64u(parts.body), MAX_LINE));
}

/** What every payload has. @param {JsonObject} line @returns {Common} */
export function common(line) {
  return {
    n: integer(line, "n"),
    prev: formed(line, "prev", isHex32),
    at: formed(line, "at", isTime),
    monoUs: integer(line, "mono_us"),
    type: text(line, "type"),
  };
}

/**
 * A whole line: header, signature, payload. Its n and prev are the chain's affair.
 * @param {Uint8Array} line without its LF
 * @param {string} typ
 * @param {Verifier} verifier
 */
export async function openLine(line, typ, verifier) {
  const parts = splitLine(line);
  checkHeader(parts, verifier.kid, typ);
  await checkSignature(parts, verifier.key);
  return payload(parts);
}

/** @param {Uint8Array} line without its LF */
export function lineHash(line) {
  return sha256(line);
}

/**
 * Where the lines are in a file's bytes. What follows the last LF is a torn tail, which is not a line.
 * @param {Uint8Array} bytes
 * @returns {{bounds: [number, number][], torn: number}} from and to (without LF) of each line; bytes torn
 */
export function findLines(bytes) {
  /** @type {[number, number][]} */
  const bounds = [];
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, from)) {
    bounds.push([from, at]);
    from = at + 1;
  }
  return { bounds, torn: bytes.length - from };
}
