// Signed notes and their keys (C2SP signed-note, tlog-cosignature; spec/ledger.md §2, §3).
//
// A note is a text that ends with LF, an empty line, and 1 to 100 lines "— name base64"; no control character but LF.
// The signature of a ledger is Ed25519 over the text (algorithm 1); a cosigner's is over
// "cosignature/v1\ntime <seconds>\n" ‖ text (algorithm 4) and carries its time, from 1 to the end of the year 9998.
// A line of an unknown name or key id is passed over. One of a known key that does not fit, or a second one of the
// same key, refuses the note (note-signature): nobody who is honest makes such a note.

import { Defect } from "./defect.js";
import { concat, equal, sha256, u8, unbase64, utf8 } from "./encoding.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {{name: string, id: Bytes, algorithm: number, key: CryptoKey, vkey: string}} NoteKey */
/** @typedef {{name: string, id: Bytes, signature: Bytes}} NoteSignature */
/** @typedef {{text: Bytes, signatures: NoteSignature[]}} Note */

export const LEDGER = 1;
export const COSIGNER = 4;
const MAX_NOTE = 65536;
const MAX_SIGNATURES = 100;
const KEY_ID = 4;
const TIME = 8;
const LAST_TIME = 253_370_764_799n; // the last second of 9998
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NAME = /^[^\s+]+$/u;

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new Defect("note", "note", "", detail);
}

/** @param {string} text @returns {Bytes} */
function decoded(text) {
  try {
    return unbase64(text);
  } catch {
    return refuse("base64");
  }
}

/**
 * @param {string} vkey name+id+base64 of algorithm and public key
 * @param {number} algorithm the one that it must be
 * @returns {Promise<NoteKey>}
 */
export async function readVkey(vkey, algorithm) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(vkey) ?? refuse("vkey");
  const [, name, id, data] = match;
  const raw = decoded(data);
  if (raw.length !== 33 || raw[0] !== algorithm) refuse("vkey of another algorithm");
  const digest = (await sha256(concat(utf8(name), u8(10), raw))).slice(0, KEY_ID);
  if (!equal(digest, Uint8Array.from(id.match(/../g) ?? [], (pair) => parseInt(pair, 16)))) refuse("key id");
  try {
    const key = await crypto.subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"]);
    return { name, id: digest, algorithm, key, vkey };
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") throw error;
    return refuse("public key");
  }
}

/** @param {Uint8Array} bytes @returns {Note} */
export function readNote(bytes) {
  if (bytes.length > MAX_NOTE) refuse("too long");
  let whole = "";
  try {
    whole = decoder.decode(bytes);
  } catch {
    refuse("not UTF-8");
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) refuse("control character");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.endsWith("\n")) refuse("no signatures");
  const lines = whole.slice(at + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) refuse("too many signatures");
  return { text: utf8(whole.slice(0, at + 1)), signatures: lines.map(readSignature) };
}

/** @param {string} line @returns {NoteSignature} */
function readSignature(line) {
  const [dash, name, data, ...more] = line.split(" ");
  if (dash !== "—" || !NAME.test(name ?? "") || !data || more.length) refuse("signature line");
  const raw = decoded(data);
  if (raw.length <= KEY_ID) refuse("signature line");
  return { name, id: raw.slice(0, KEY_ID), signature: raw.slice(KEY_ID) };
}

/**
 * The time of this key's signature in a note; 0 for a ledger's, which has none. Null: it has not signed.
 * @param {Note} note @param {NoteKey} key @returns {Promise<number|null>} unix seconds
 */
export async function signedBy(note, key) {
  const own = note.signatures.filter((each) => each.name === key.name && equal(each.id, key.id));
  if (own.length === 0) return null;
  if (own.length > 1) throw new Defect("note", "note-signature", "", `${key.name}: twice`);
  const time = await checkedTime(note.text, own[0].signature, key);
  if (time === null) throw new Defect("note", "note-signature", "", key.name);
  return time;
}

/** @param {Bytes} text @param {Bytes} signature @param {NoteKey} key @returns {Promise<number|null>} null: it does not fit */
async function checkedTime(text, signature, key) {
  if (key.algorithm === LEDGER) return (await fits(signature, text, key)) ? 0 : null;
  if (signature.length !== TIME + 64) return null;
  const time = new DataView(signature.buffer, signature.byteOffset, TIME).getBigUint64(0);
  if (time === 0n || time > LAST_TIME) return null;
  const signed = concat(utf8(`cosignature/v1\ntime ${time}\n`), text);
  return (await fits(signature.slice(TIME), signed, key)) ? Number(time) : null;
}

/** @param {Bytes} signature @param {Bytes} signed @param {NoteKey} key */
async function fits(signature, signed, key) {
  return signature.length === 64 && (await crypto.subtle.verify("Ed25519", key.key, signature, signed));
}
