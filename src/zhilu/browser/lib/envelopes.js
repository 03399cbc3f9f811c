// The viewer's key, and opening what was sealed to it (spec/envelopes.md §1, spec/viewing.md §2, §5).
// HPKE base mode, DHKEM(P-256, HKDF-SHA256) / HKDF-SHA256 / AES-256-GCM; sealed = enc (65 bytes) ‖ ciphertext.

import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "../vendor/hpke-core/mod.js";
import { Defect } from "./defect.js";
import { H, b64u, concat, equal, idBytes, sha256, u16, u8, unhex, utf8 } from "./encoding.js";
import { thumbprint } from "./lines.js";

/** @typedef {import("./encoding.js").Bytes} Bytes */
/** @typedef {{pair: CryptoKeyPair, publicKey: Bytes, thumbprint: string}} ViewerKey public key of 65 bytes */

const ENC = 65;
const SUITE = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** The input of WebAuthn's PRF. @returns {Promise<Bytes>} */
export function prfInput() {
  return sha256(utf8("zhilu/viewer-key/v1"));
}

/** RFC 9180 DeriveKeyPair. @param {Uint8Array} prfOutput @returns {Promise<ViewerKey>} */
export async function deriveViewerKey(prfOutput) {
  if (prfOutput.length !== 32) throw new Defect("release", "prf", "", "not 32 bytes");
  const pair = await SUITE.kem.deriveKeyPair(/** @type {Bytes} */ (prfOutput).slice().buffer);
  const publicKey = new Uint8Array(await SUITE.kem.serializePublicKey(pair.publicKey));
  const jwk = { x: b64u(publicKey.subarray(1, 33)), y: b64u(publicKey.subarray(33)) };
  return { pair, publicKey, thumbprint: await thumbprint(jwk) };
}

/** What the security key asserts when its viewer key is registered. @param {Uint8Array} credential @param {Uint8Array} publicKey */
export function bindingChallenge(credential, publicKey) {
  return H("zhilu/viewer-key/v1", u16(credential.length), credential, publicKey);
}

/**
 * @param {Uint8Array} sealed @param {Uint8Array} info @param {CryptoKeyPair} pair
 * @returns {Promise<Bytes>}
 */
export async function hpkeOpen(sealed, info, pair) {
  const enc = sealed.slice(0, ENC).buffer;
  const ciphertext = /** @type {ArrayBuffer} */ (sealed.slice(ENC).buffer);
  return new Uint8Array(await SUITE.open({ recipientKey: pair, enc, info }, ciphertext));
}

/**
 * To a P-256 key. @param {Uint8Array} secret @param {Uint8Array} info @param {Uint8Array} point 65 bytes
 * @returns {Promise<Bytes>} enc ‖ ciphertext
 */
export async function hpkeSeal(secret, info, point) {
  const recipientPublicKey = await SUITE.kem.deserializePublicKey(/** @type {Bytes} */ (point).slice().buffer);
  const { enc, ct } = await SUITE.seal({ recipientPublicKey, info }, /** @type {Bytes} */ (secret).slice().buffer);
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/**
 * A released share. @param {string} id @param {Uint8Array} leaf @param {Uint8Array} sealed @param {ViewerKey} viewer
 * @returns {Promise<Bytes>} 32 bytes
 */
export async function openRelease(id, leaf, sealed, viewer) {
  const info = concat(utf8("zhilu/release/v1"), u8(0), idBytes(id), await sha256(leaf));
  try {
    return await hpkeOpen(sealed, info, viewer.pair);
  } catch {
    throw new Defect("release", "release-open");
  }
}

/** @param {string} id @param {number} j 1 or 2 @param {Uint8Array} share */
export function shareHash(id, j, share) {
  return H("zhilu/share/v1", idBytes(id), u8(j), share);
}

/** Whoever opens an envelope does this. @param {string} id @param {number} j @param {Uint8Array} share @param {string} committed hex */
export async function checkShare(id, j, share, committed) {
  if (share.length !== 32 || !equal(await shareHash(id, j, share), unhex(committed))) {
    throw new Defect("envelope", "share-hash", `share ${j}`);
  }
}

/** The info under which a recorder seals share j to a bureau or escrow key. @param {string} id @param {number} j @param {Uint8Array} recipient thumbprint, 32 bytes */
export function envelopeInfo(id, j, recipient) {
  return concat(utf8("zhilu/recording-key/v1"), u8(0), utf8("zhilu-1"), u8(0), idBytes(id), u8(j), recipient);
}
