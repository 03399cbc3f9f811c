// Registering a security key (spec/viewing.md §2). The key makes a credential, derives the viewer key, and binds both by
// an assertion. Two security administrators then witness the registration bytes.

import { browserCredentials, createCredential, noPrf } from "./credentials.js";
import { H, b64u, hex, unb64u, utf8 } from "./lib/encoding.js";
import { bindingChallenge, deriveViewerKey, prfInput } from "./lib/envelopes.js";
import { parseObject } from "./lib/strictjson.js";

/** Of people of the city: a key that has one of them has no role of the county. */
export const CITY_ROLES = ["city-viewer", "city-approver"];
export const ROLES = ["viewer", "approver", "leader", "security-administrator", ...CITY_ROLES];

/**
 * @param {{rpId: string, rpName: string, person: string, name: string, roles: string[], step: (done: number) => void}} wish
 *   `step` is told 1, 2, 3 as the key is needed again
 * @returns {Promise<{registration: string, binding: object, aaguid: string}>} the body of POST /api/registrations
 */
export async function register({ rpId, rpName, person, name, roles, step }) {
  const prf = await prfInput();
  step(1);
  const created = await createCredential({ rpId, rpName, person, name, prf });
  const keys = browserCredentials(rpId);
  const allow = [created.id];
  let secret = created.prf;
  if (!secret) {
    step(2);
    const fresh = crypto.getRandomValues(new Uint8Array(32));
    secret = /** @type {any} */ ((await keys.assert({ challenge: fresh, allow, prf })).prf);
  }
  if (!secret) throw noPrf();
  const viewer = await deriveViewerKey(secret);
  step(3);
  const challenge = await bindingChallenge(unb64u(created.id), viewer.publicKey);
  const { assertion } = await keys.assert({ challenge, allow });
  const viewerKey = b64u(viewer.publicKey);
  const registration = { person, credential: created.id, public_key: b64u(created.publicKey), viewer_key: viewerKey, roles };
  return {
    registration: b64u(utf8(JSON.stringify(registration))),
    binding: { viewer_key: viewerKey, assertion },
    aaguid: hex(created.aaguid),
  };
}

/** What a witness asserts. @param {Uint8Array} registration */
export function witnessChallenge(registration) {
  return H("zhilu/credential/v1", registration);
}

/**
 * What person and witness compare by eye: out of the very bytes that are witnessed, so that nobody can put another key
 * in between. @param {string} registration b64u
 */
export async function comparedNumber(registration) {
  const digits = hex(await witnessChallenge(unb64u(registration))).slice(0, 12);
  return digits.replace(/(.{4})(.{4})/, "$1 $2 ");
}

/** What a security administrator asserts to revoke. @param {string} credential b64u */
export function revocationChallenge(credential) {
  return H("zhilu/credential-revoked/v1", unb64u(credential));
}

/** @param {string} registration b64u @returns {{person: string, credential: string, viewer_key: string, roles: string[]}} */
export function readRegistration(registration) {
  return /** @type {any} */ (parseObject(unb64u(registration)));
}
