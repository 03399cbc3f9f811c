// A proved entry of the ledger (spec/ledger.md §1, §5): leaf, core payload with its salt, index, path, checkpoint.
//
// Read in this order: strict JSON (json), fields (field), base64 and hex (base64, hex32). Then, by whoever knows the
// ledger: the checkpoint (checkpoint.js), the path leads to its root (inclusion), the leaf is of the form of §1 (json,
// field), the core is the leaf's digest (payload) and strict JSON (json), the kind is the wanted one (kind).
// Without keys of the ledger everything else is checked all the same: what is inconsistent is so without a witness.

import { openCheckpoint, peekCheckpoint } from "./checkpoint.js";
import { Defect } from "./defect.js";
import { H, hex, isHex32, isTime, sha256, unb64u, unhex32, utf8 } from "./encoding.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { formed, integer, parseObject, text, texts } from "./strictjson.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {import("./checkpoint.js").LedgerKeys} LedgerKeys */
/** @typedef {import("./checkpoint.js").Vouched} Vouched */
/** @typedef {{leaf: Bytes, core: Bytes, salt: Bytes, index: bigint, path: Bytes[], note: Bytes}} Sent */
/**
 * @typedef {object} Entry
 * @property {JsonObject} core
 * @property {JsonObject} leaf
 * @property {string} leafHash hex
 * @property {bigint} index
 * @property {Vouched} checkpoint
 * @property {string} noteHash hex of the checkpoint's note
 */

const MAX_PATH = 63;

/** @param {JsonObject} entry @returns {Sent} */
export function readEntry(entry) {
  const leaf = text(entry, "leaf");
  const core = text(entry, "core");
  const salt = text(entry, "salt");
  const index = integer(entry, "index", -Infinity);
  const path = texts(entry, "path");
  const checkpoint = text(entry, "checkpoint");
  if (path.length > MAX_PATH) throw new Defect("field", "field", "", "path");
  return {
    leaf: unb64u(leaf),
    core: unb64u(core),
    salt: unb64u(salt),
    index: BigInt(index),
    path: path.map(unhex32),
    note: utf8(checkpoint),
  };
}

/**
 * @param {Sent} sent @param {LedgerKeys|null} keys null: nobody vouches, only the numbers are compared
 * @param {string} kind wanted
 * @returns {Promise<Entry>}
 */
export async function checkEntry(sent, keys, kind) {
  const checkpoint = keys
    ? await openCheckpoint(sent.note, keys)
    : { ...(await peekCheckpoint(sent.note)), cosignatures: [] };
  const hash = await leafHash(sent.leaf);
  await checkInclusion(hash, sent.index, checkpoint.size, sent.path, checkpoint.root);
  const leaf = readLeaf(sent.leaf);
  await checkPayload(sent, text(leaf, "core"));
  const core = parseObject(sent.core);
  if (leaf.kind !== kind) throw new Defect("entry", "kind", "", text(leaf, "kind"));
  const noteHash = hex(await sha256(sent.note));
  return { core, leaf, leafHash: hex(hash), index: sent.index, checkpoint, noteHash };
}

/** @param {Uint8Array} bytes */
function readLeaf(bytes) {
  const leaf = parseObject(bytes);
  for (const name of ["bureau", "actor", "subject"]) text(leaf, name);
  formed(leaf, "at", isTime);
  formed(leaf, "kind", (value) => /^[^/]+\/[1-9][0-9]*$/.test(String(value)));
  formed(leaf, "core", isHex32);
  if (leaf.personal !== null) formed(leaf, "personal", isHex32);
  return leaf;
}

/** @param {Sent} sent @param {string} wanted hex */
async function checkPayload({ salt, core }, wanted) {
  if (salt.length !== 32 || hex(await H("zhilu/payload/v1", salt, core)) !== wanted) {
    throw new Defect("entry", "payload");
  }
}
