// Security keys. What the rest of the page needs of one is `assert`: so a headless run may pass a software authenticator.
// PRF output stays in the browser: only the four raw parts of an assertion are ever sent.

import { b64u, idBytes, unb64u } from "./lib/encoding.js";

/** @typedef {import("./lib/encoding.js").Bytes} Bytes */
/** @typedef {{id: string, authenticator_data: string, client_data_json: string, signature: string}} Assertion */
/** @typedef {{challenge: Uint8Array, allow?: string[], prf?: Uint8Array}} Ask allow: credential ids, b64u */
/** @typedef {{assert(ask: Ask): Promise<{assertion: Assertion, prf: Uint8Array|null}>}} Credentials */
/** @typedef {{id: string, publicKey: Bytes, aaguid: Bytes, prf: Bytes|null}} Created id: b64u, publicKey: COSE */

/** The person or the key refused, or there is none: `code` is `key-refused`, `key-missing`, `key-no-prf`, `key-known`. */
export class KeyError extends Error {
  /** @param {string} code @param {string} hint English msgid */
  constructor(code, hint) {
    super(code);
    this.name = "KeyError";
    this.code = code;
    this.hint = hint;
  }
}

const TIMEOUT_MS = 120_000;

/** @param {string} rpId @returns {Credentials} */
export function browserCredentials(rpId) {
  return {
    async assert({ challenge, allow = [], prf }) {
      /** @type {PublicKeyCredentialRequestOptions} */
      const publicKey = {
        challenge: /** @type {Bytes} */ (challenge),
        rpId,
        allowCredentials: allow.map((id) => ({ type: /** @type {const} */ ("public-key"), id: unb64u(id) })),
        userVerification: "required",
        timeout: TIMEOUT_MS,
        extensions: prf ? { prf: { eval: { first: /** @type {Bytes} */ (prf) } } } : {},
      };
      const credential = await ceremony(() => navigator.credentials.get({ publicKey }));
      const response = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
      return {
        assertion: {
          id: credential.id,
          authenticator_data: b64u(new Uint8Array(response.authenticatorData)),
          client_data_json: b64u(new Uint8Array(response.clientDataJSON)),
          signature: b64u(new Uint8Array(response.signature)),
        },
        prf: prfOutput(credential),
      };
    },
  };
}

/**
 * A new credential on a security key, for this viewing room.
 * @param {{rpId: string, rpName: string, person: string, name: string, prf: Uint8Array}} wish
 * @returns {Promise<Created>}
 */
export async function createCredential({ rpId, rpName, person, name, prf }) {
  /** @type {PublicKeyCredentialCreationOptions} */
  const publicKey = {
    // Nobody checks this challenge: what binds the key to its person is the assertion that follows, and two witnesses.
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    rp: { id: rpId, name: rpName },
    user: { id: idBytes(person), name, displayName: name },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    timeout: TIMEOUT_MS,
    extensions: { prf: { eval: { first: /** @type {Bytes} */ (prf) } } },
  };
  const credential = await ceremony(() => navigator.credentials.create({ publicKey }));
  if (!credential.getClientExtensionResults().prf?.enabled) throw noPrf();
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  const data = new Uint8Array(response.getAuthenticatorData());
  return { id: credential.id, ...readAttested(data), prf: prfOutput(credential) };
}

export function noPrf() {
  return new KeyError("key-no-prf", "This security key cannot derive a viewing key (PRF). Use another one.");
}

/** @param {() => Promise<Credential|null>} work @returns {Promise<PublicKeyCredential>} */
async function ceremony(work) {
  try {
    const credential = await work();
    if (credential) return /** @type {PublicKeyCredential} */ (credential);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError") throw new KeyError("key-known", "This security key is registered already.");
    if (name === "SecurityError") throw new KeyError("key-place", "Security keys do not work at this address.");
    if (name !== "NotAllowedError" && name !== "AbortError") throw error;
  }
  throw new KeyError("key-refused", "The security key did not confirm: it was absent, cancelled, or did not verify you.");
}

/** @param {PublicKeyCredential} credential @returns {Bytes|null} */
function prfOutput(credential) {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!first) return null;
  return first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer.slice(0, first.byteLength));
}

// WebAuthn §6.1, §6.5.1: rpIdHash 32, flags 1, signCount 4, aaguid 16, length 2, id, COSE key.
// The COSE key of ES256 in CTAP2 canonical form always has these first bytes and 77 in all.
const AAGUID = 37;
const COSE_LENGTH = 77;
const COSE_START = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];

/** @param {Bytes} data authenticator data with an attested credential */
function readAttested(data) {
  const from = AAGUID + 18 + ((data[AAGUID + 16] << 8) | data[AAGUID + 17]);
  const publicKey = data.slice(from, from + COSE_LENGTH);
  if (publicKey.length !== COSE_LENGTH || COSE_START.some((byte, i) => publicKey[i] !== byte)) {
    throw new KeyError("key-kind", "This security key made a key of a kind that is not accepted.");
  }
  return { publicKey, aaguid: data.slice(AAGUID, AAGUID + 16) };
}
