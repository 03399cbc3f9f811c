// Opening what is sealed beside sound and picture, by whoever holds the key: the private field of a line
// (spec/journal.md §4) and a keyholder's share (spec/envelopes.md §1).

import { Defect, within } from "./defect.js";
import { concat, idBytes, nonce96, u32, u8, unb64u, unhex32, utf8 } from "./encoding.js";
import { checkShare, envelopeInfo, hpkeOpen } from "./envelopes.js";
import { parseObject } from "./strictjson.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */

/** @param {Bytes} textKey @param {string} id of the recording @param {number} n of the line @param {string} field b64u */
export async function openPrivate(textKey, id, n, field) {
  const sealed = within("journal", () => unb64u(field));
  const key = await crypto.subtle.importKey("raw", textKey, "AES-GCM", false, ["decrypt"]);
  const additionalData = concat(utf8("zhilu/private/v1"), u8(0), idBytes(id), u32(n));
  let plaintext = new Uint8Array(0);
  try {
    const parameters = { name: "AES-GCM", iv: nonce96(n), additionalData };
    plaintext = new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed));
  } catch {
    throw new Defect("journal", "private");
  }
  return within("journal", () => parseObject(plaintext));
}

/**
 * The share that is sealed to this key, wherever it stands in `open.shares`.
 * @param {import("./journal.js").Share[]} shares @param {string} id @param {CryptoKeyPair} pair @param {string} kid its thumbprint
 * @returns {Promise<{j: number, share: Bytes}>}
 */
export async function openShare(shares, id, pair, kid) {
  for (const [at, { hash, envelopes }] of shares.entries()) {
    const own = envelopes.find((envelope) => envelope.to === kid);
    if (!own) continue;
    const j = at + 1;
    within("envelope", () => unhex32(hash));
    const sealed = within("envelope", () => unb64u(own.sealed));
    const share = await openEnvelope(sealed, envelopeInfo(id, j, unb64u(kid)), pair);
    await checkShare(id, j, share, hash);
    return { j, share };
  }
  throw new Defect("envelope", "not-a-recipient");
}

/** @param {Bytes} sealed @param {Bytes} info @param {CryptoKeyPair} pair */
async function openEnvelope(sealed, info, pair) {
  try {
    return await hpkeOpen(sealed, info, pair);
  } catch {
    throw new Defect("envelope", "envelope");
  }
}
