// @ts-check
/** The browser's part of what a security key does (WebAuthn), in the shapes of the station. */
import { Refusal } from "./api.js";

const PATIENCE_MS = 100_000;

/**
 * @param {{ challenge: string, rp_id: string, allow: string[] }} asked
 * @param {AbortSignal} signal
 */
export async function assertion(asked, signal) {
  if (!window.PublicKeyCredential) throw new Refusal("no-webauthn");
  const answer = await credential(asked, signal);
  const signed = /** @type {AuthenticatorAssertionResponse} */ (answer.response);
  return {
    id: text(answer.rawId),
    authenticator_data: text(signed.authenticatorData),
    client_data_json: text(signed.clientDataJSON),
    signature: text(signed.signature),
  };
}

/**
 * @param {{ challenge: string, rp_id: string, allow: string[] }} asked
 * @param {AbortSignal} signal
 */
async function credential(asked, signal) {
  try {
    const found = await navigator.credentials.get({
      signal,
      publicKey: {
        challenge: bytes(asked.challenge),
        rpId: asked.rp_id,
        allowCredentials: asked.allow.map((id) => ({ type: "public-key", id: bytes(id) })),
        userVerification: "required",
        timeout: PATIENCE_MS,
      },
    });
    return /** @type {PublicKeyCredential} */ (found);
  } catch (error) {
    const security = error instanceof DOMException && error.name === "SecurityError";
    throw new Refusal(security ? "no-webauthn" : "key-silent");
  }
}

/**
 * @typedef {{ challenge: string, rp_id: string, exclude: string[],
 *   user: { id: string, name: string, display: string } }} Wanted
 */

/**
 * A new key: signs ES256, asks for finger or PIN, keeps nothing that would name its owner.
 * @param {Wanted} wanted
 * @param {AbortSignal} signal
 */
export async function registration(wanted, signal) {
  if (!window.PublicKeyCredential) throw new Refusal("no-webauthn");
  const answer = await creation(wanted, signal);
  const made = /** @type {AuthenticatorAttestationResponse} */ (answer.response);
  return {
    id: text(answer.rawId),
    client_data_json: text(made.clientDataJSON),
    attestation_object: text(made.attestationObject),
  };
}

/**
 * @param {Wanted} wanted
 * @param {AbortSignal} signal
 */
async function creation(wanted, signal) {
  try {
    const found = await navigator.credentials.create({
      signal,
      publicKey: {
        challenge: bytes(wanted.challenge),
        rp: { id: wanted.rp_id, name: wanted.rp_id },
        user: { id: bytes(wanted.user.id), name: wanted.user.name || wanted.user.display, displayName: wanted.user.display },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        excludeCredentials: wanted.exclude.map((id) => ({ type: "public-key", id: bytes(id) })),
        authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
        attestation: "none",
        timeout: PATIENCE_MS,
      },
    });
    return /** @type {PublicKeyCredential} */ (found);
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    // The key itself says that it is one of those excluded.
    if (name === "InvalidStateError") throw new Refusal("credential-known");
    throw new Refusal(name === "SecurityError" ? "no-webauthn" : "key-silent");
  }
}

/** @param {string} b64u */
function bytes(b64u) {
  const binary = atob(b64u.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
