// Plays one recording in a page without a person: runner.py lends the security key and takes the plaintext.

import { call } from "./api.js";
import { Defect } from "./lib/defect.js";
import { b64u, unb64u } from "./lib/encoding.js";
import { openRecording, signIn } from "./opening.js";

/**
 * Functions that runner.py put into the page.
 * @typedef {object} Lent
 * @property {(ask: object) => Promise<{assertion: any, prf: string|null}>} zhiluAssert
 * @property {(base64: string) => Promise<void>} zhiluSink
 */
const lent = /** @type {Lent} */ (/** @type {unknown} */ (globalThis));
const CHUNK = 1 << 20;

/** @param {string} rpId @returns {import("./credentials.js").Credentials} */
function lentKey(rpId) {
  return {
    async assert({ challenge, allow = [], prf }) {
      const ask = { challenge: b64u(challenge), allow, prf: prf ? b64u(prf) : null };
      const answer = await lent.zhiluAssert({ ...ask, rp_id: rpId, origin: location.origin });
      return { assertion: answer.assertion, prf: answer.prf ? unb64u(answer.prf) : null };
    },
  };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sink(bytes) {
  for (let from = 0; from < bytes.length; from += CHUNK) {
    await lent.zhiluSink(await base64(bytes.slice(from, from + CHUNK)));
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<string>} */
function base64(bytes) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([bytes]));
  });
}

/** @param {{viewing: string, recording: string}} job */
export async function playHeadless(job) {
  try {
    return await play(job);
  } catch (error) {
    const { code = "fault", layer = "", place = "", message } = /** @type {any} */ (error);
    return { type: "failed", code, layer, place, detail: String(message ?? error) };
  }
}

/** @param {{viewing: string, recording: string}} job */
async function play({ viewing, recording }) {
  const fetch = globalThis.fetch.bind(globalThis);
  const info = await call(fetch, "/api/info");
  const credentials = lentKey(info.rp_id);
  await signIn({ api: "", credentials });
  const session = await openRecording({
    api: "", ciphertext: info.ciphertext_origin, credentials, viewing, recording,
  });
  let bytes = 0;
  let segments = 0;
  for (const { i } of session.journal.segments) {
    if (!session.allows(i)) continue;
    const plaintext = await session.segment(i);
    await sink(plaintext);
    bytes += plaintext.length;
    segments += 1;
  }
  await session.verifySignatures();
  session.close();
  const { defect } = session.report;
  if (defect) throw new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail);
  return { type: "done", report: session.report, segments, bytes };
}
