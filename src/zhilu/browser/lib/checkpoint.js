// A checkpoint and who vouches for it (C2SP tlog-checkpoint, spec/ledger.md §2, §3, §5).
//
// In this order: it is a note (note); the ledger's signature is there and every signature of a known key fits
// (note-signature); it has an origin, a size and a root, and no empty line (checkpoint); the origin is the ledger's
// (origin); cosigners of the pinned set have signed, as many as demanded (quorum).

import { Defect } from "./defect.js";
import { equal, unbase64 } from "./encoding.js";
import { emptyRoot } from "./merkle.js";
import { COSIGNER, LEDGER, readNote, readVkey, signedBy } from "./note.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {import("./note.js").NoteKey} NoteKey */
/** @typedef {{ledger: NoteKey, cosigners: NoteKey[], quorum: number}} LedgerKeys */
/** @typedef {{origin: string, size: bigint, root: Bytes}} Checkpoint */
/** @typedef {{name: string, time: number}} Cosignature time in unix seconds */
/** @typedef {Checkpoint & {cosignatures: Cosignature[]}} Vouched */

const MAX_SIZE = 2n ** 63n - 1n;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @param {string} ledger vkey; its name is the origin @param {string[]} cosigners vkeys @param {number} quorum
 * @returns {Promise<LedgerKeys>}
 */
export async function readLedgerKeys(ledger, cosigners, quorum) {
  const keys = [];
  for (const vkey of cosigners) keys.push(await readVkey(vkey, COSIGNER));
  return { ledger: await readVkey(ledger, LEDGER), cosigners: keys, quorum };
}

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new Defect("checkpoint", "checkpoint", "", detail);
}

/** The text of the note. @param {Uint8Array} text @returns {Promise<Checkpoint>} */
export async function readCheckpoint(text) {
  const [origin, size, root, ...more] = decoder.decode(text).slice(0, -1).split("\n");
  if (!origin || size === undefined || root === undefined || more.includes("")) refuse("lines");
  if (!/^(0|[1-9][0-9]*)$/.test(size) || BigInt(size) > MAX_SIZE) refuse("size");
  const bytes = readRoot(root);
  if (size === "0" && !equal(bytes, await emptyRoot())) refuse("root of an empty tree");
  return { origin, size: BigInt(size), root: bytes };
}

/** @param {string} text @returns {Bytes} */
function readRoot(text) {
  try {
    const bytes = unbase64(text);
    if (bytes.length === 32) return bytes;
  } catch {
    // refused below, as a root of another length
  }
  return refuse("root");
}

/** @param {Uint8Array} bytes of the note @param {LedgerKeys} keys @returns {Promise<Vouched>} */
export async function openCheckpoint(bytes, keys) {
  const note = readNote(bytes);
  if ((await signedBy(note, keys.ledger)) === null) {
    throw new Defect("note", "note-signature", "", "not signed by the ledger");
  }
  /** @type {Cosignature[]} */
  const cosignatures = [];
  for (const key of keys.cosigners) {
    const time = await signedBy(note, key);
    if (time !== null) cosignatures.push({ name: key.name, time });
  }
  const checkpoint = await readCheckpoint(note.text);
  if (checkpoint.origin !== keys.ledger.name) throw new Defect("checkpoint", "origin", "", checkpoint.origin);
  if (cosignatures.length < keys.quorum) throw new Defect("checkpoint", "quorum", "", String(cosignatures.length));
  return { ...checkpoint, cosignatures };
}

/** What nobody vouched for yet: the numbers alone. @param {Uint8Array} bytes of the note */
export function peekCheckpoint(bytes) {
  return readCheckpoint(readNote(bytes).text);
}

/** @param {Vouched} checkpoint @returns {number} unix milliseconds; 0 where no cosignature is demanded or there */
export function newestCosignature(checkpoint) {
  return Math.max(0, ...checkpoint.cosignatures.map((each) => each.time)) * 1000;
}
