// Proofs in the ledger's tree (RFC 6962 §2.1, RFC 9162 §2.1.3.2, §2.1.4.2; spec/ledger.md §2).
// leaf = SHA-256(0x00 ‖ bytes), node = SHA-256(0x01 ‖ left ‖ right). Sizes are bigint: a checkpoint may say up to 2^63 − 1.

import { Defect } from "./defect.js";
import { concat, equal, sha256, u8 } from "./encoding.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */

/** @param {Uint8Array} bytes */
export const leafHash = (bytes) => sha256(concat(u8(0), bytes));

/** @param {Uint8Array} left @param {Uint8Array} right */
const nodeHash = (left, right) => sha256(concat(u8(1), left, right));

/** The root of a tree of no leaf. */
export const emptyRoot = () => sha256(new Uint8Array(0));

/** Where one stands in the two trees while a path is climbed. */
class Climb {
  /** @param {bigint} node @param {bigint} last of its level */
  constructor(node, last) {
    this.node = node;
    this.last = last;
  }

  /** The hash of the path stands to the left. */
  get left() {
    return (this.node & 1n) === 1n || this.node === this.last;
  }

  up() {
    this.node >>= 1n;
    this.last >>= 1n;
  }

  /** Past the levels at which this node has no neighbour. */
  skip() {
    while (this.node !== 0n && (this.node & 1n) === 0n) this.up();
  }
}

/**
 * @param {Uint8Array} leaf its hash @param {bigint} index @param {bigint} size @param {Bytes[]} path @param {Uint8Array} root
 */
export async function checkInclusion(leaf, index, size, path, root) {
  if (index < 0n || index >= size) throw new Defect("merkle", "inclusion", "", "index beyond the tree");
  const climb = new Climb(index, size - 1n);
  let hash = leaf;
  for (const other of path) {
    if (climb.last === 0n) throw new Defect("merkle", "inclusion", "", "path too long");
    if (climb.left) {
      hash = await nodeHash(other, hash);
      climb.skip();
    } else {
      hash = await nodeHash(hash, other);
    }
    climb.up();
  }
  if (climb.last !== 0n || !equal(hash, root)) throw new Defect("merkle", "inclusion");
}

/** @typedef {{size: bigint, root: Uint8Array}} Tree */

/** The new tree is the old one with more at its end. @param {Tree} old @param {Tree} now @param {Bytes[]} path */
export async function checkConsistency(old, now, path) {
  if (path.some((each) => each.length !== 32) || !(await isExtension(old, now, path))) {
    throw new Defect("merkle", "consistency");
  }
}

/** @param {Tree} old @param {Tree} now @param {Bytes[]} path */
async function isExtension(old, now, path) {
  if (old.size > now.size) return false;
  if (old.size === now.size) return path.length === 0 && equal(old.root, now.root);
  if (old.size === 0n) return path.length === 0 && equal(old.root, await emptyRoot());
  const climb = new Climb(old.size - 1n, now.size - 1n);
  while ((climb.node & 1n) === 1n) climb.up();
  // An old tree that is a whole subtree of the new one: its root is known already and not sent.
  const whole = (old.size & (old.size - 1n)) === 0n;
  const [seed, ...rest] = whole ? [old.root, ...path] : path;
  if (!seed) return false;
  let before = seed;
  let after = seed;
  for (const other of rest) {
    if (climb.last === 0n) return false;
    if (climb.left) {
      before = await nodeHash(other, before);
      after = await nodeHash(other, after);
      climb.skip();
    } else {
      after = await nodeHash(after, other);
    }
    climb.up();
  }
  return climb.last === 0n && equal(before, old.root) && equal(after, now.root);
}
