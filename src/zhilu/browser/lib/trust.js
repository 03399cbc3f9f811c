// The trust document (spec/ledger.md §7): what must reach a stranger from outside the bureau.
// A refused one is the asker's error and no finding about evidence.

import { readLedgerKeys } from "./checkpoint.js";
import { Defect, withinLater } from "./defect.js";
import { hex, isTime, sha256 } from "./encoding.js";
import { formed, integer, object, objects, parseObject, text, texts } from "./strictjson.js";

/** @typedef {{kid: string, since: string, reason: string}} Revoked */
/**
 * @typedef {object} Trust
 * @property {string} bureau
 * @property {{[language: string]: string}} name
 * @property {import("./checkpoint.js").LedgerKeys} keys
 * @property {Revoked[]} revoked
 * @property {string} digest  hex, to be compared with the one published outside the bureau
 */

export const MAX_TRUST = 2 ** 20;

/** @param {Uint8Array} bytes @returns {Promise<Trust>} */
export function readTrust(bytes) {
  return withinLater("trust", async () => {
    const whole = parseObject(bytes, MAX_TRUST);
    if (text(whole, "type") !== "zhilu-trust/1") throw new Defect("trust", "trust", "", "type");
    const names = object(whole, "name");
    formed(whole, "issued", isTime);
    texts(whole, "roots");
    const revoked = objects(whole, "revoked").map((each) => ({
      kid: text(each, "kid"),
      since: formed(each, "since", isTime),
      reason: text(each, "reason"),
    }));
    return {
      bureau: text(whole, "bureau"),
      name: { zh: text(names, "zh"), en: text(names, "en") },
      keys: await readKeys(whole),
      revoked,
      digest: hex(await sha256(bytes)),
    };
  });
}

/** @param {import("./strictjson.js").JsonObject} whole */
async function readKeys(whole) {
  const ledger = text(whole, "ledger");
  const cosigners = texts(whole, "cosigners");
  const quorum = integer(whole, "quorum", 1);
  if (new Set(cosigners).size !== cosigners.length) throw new Defect("trust", "cosigners", "", "one twice");
  if (quorum > cosigners.length) throw new Defect("trust", "quorum", "", "more than cosigners");
  return readLedgerKeys(ledger, cosigners, quorum);
}
