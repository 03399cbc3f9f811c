// The evidence file `receipt.json` (spec/ledger.md §7): that the county stored this recording, whose key signed it, and to
// whom it had to be sealed; three proved entries. All that is refused in it is refused by the layer `receipt`.
//
// In this order: strict JSON (json); three entries (field …); each of them (entries.js); the enrolled key is public P-256
// (jwk) and the one of its own kid (enrolled-key). What the entries say of the recording is recording.js's affair.

import { newestCosignature } from "./checkpoint.js";
import { checkEntry, readEntry } from "./entries.js";
import { Defect, withinLater } from "./defect.js";
import { loadKey } from "./lines.js";
import { formed, integer, object, objects, parseObject, text } from "./strictjson.js";

/** @typedef {import("./strictjson.js").JsonObject} JsonObject */
/** @typedef {import("./checkpoint.js").LedgerKeys} LedgerKeys */
/** @typedef {import("./entries.js").Entry} Entry */
/** @typedef {import("./lines.js").Verifier} Verifier */
/** @typedef {{keyholder: string, escrow: string}} Recipients thumbprints */
/** @typedef {{version: number, shares: Recipients[], text: string}} Policy */
/**
 * @typedef {object} Evidence
 * @property {Entry} receipt
 * @property {Entry} enrolled
 * @property {Entry} policyEntry
 * @property {Verifier} signer  of the lines: a recorder, or the station of an import
 * @property {Policy} policy
 * @property {number} notBefore  unix ms; 0: nobody vouches
 * @property {number} notAfter
 */

export const MAX_EVIDENCE = 2 ** 20;

/** Kinds of the three entries, and who signs the lines. */
export const OF_RECORDER = { receipt: "recording-stored/1", enrolled: "recorder-enrolled/1", signer: "recorder" };
export const OF_STATION = { receipt: "recording-imported/1", enrolled: "station-enrolled/1", signer: "station" };

/**
 * @param {Uint8Array} bytes @param {LedgerKeys|null} keys null: no trust document
 * @param {typeof OF_RECORDER} kinds
 * @returns {Promise<Evidence>}
 */
export function readEvidence(bytes, keys, kinds) {
  return withinLater("receipt", async () => {
    const whole = parseObject(bytes, MAX_EVIDENCE);
    const [first, second, third] = ["receipt", "enrolled", "policy"].map((name) => readEntry(object(whole, name)));
    const receipt = await checkEntry(first, keys, kinds.receipt);
    const enrolled = await checkEntry(second, keys, kinds.enrolled);
    const policyEntry = await checkEntry(third, keys, "policy-set/1");
    const signer = await loadKey(object(enrolled.core, "jwk"));
    if (text(enrolled.core, kinds.signer) !== signer.kid) throw new Defect("receipt", "enrolled-key");
    return {
      receipt,
      enrolled,
      policyEntry,
      signer,
      policy: await readPolicy(policyEntry.core),
      notBefore: newestCosignature(enrolled.checkpoint),
      notAfter: newestCosignature(receipt.checkpoint),
    };
  });
}

/** @param {JsonObject} core @returns {Promise<Policy>} */
async function readPolicy(core) {
  const sharing = formed(core, "sharing", (value) => value === "county" || value === "county+city");
  const shares = [];
  for (const share of objects(core, "shares")) {
    const keyholder = await loadKey(object(share, "keyholder"));
    const escrow = await loadKey(object(share, "escrow"));
    shares.push({ keyholder: keyholder.kid, escrow: escrow.kid });
  }
  if (shares.length !== (sharing === "county" ? 1 : 2)) throw new Defect("receipt", "field", "", "shares");
  return { version: integer(core, "version"), shares, text: (await loadKey(object(core, "text_key"))).kid };
}

/** Recipients, in their order, are those of the policy version (spec/envelopes.md §2). @param {Policy} policy @param {import("./journal.js").Open} open */
export function sameRecipients(policy, open) {
  const wanted = [policy.version, ...policy.shares.flatMap((share) => [share.keyholder, share.escrow]), policy.text];
  const sealedTo = open.shares.flatMap((share) => share.envelopes.map((envelope) => envelope.to));
  const found = [open.policy, ...sealedTo, open.text.to];
  return found.length === wanted.length && found.every((each, i) => each === wanted[i]);
}
