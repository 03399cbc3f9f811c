// @ts-check
/** The browser's part of a security key's signature (WebAuthn), in the shapes of the station. */
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
