// @ts-check
/** The officer's signature: shows what is handed over, then asks the security key for an assertion over it. */
import { reason } from "./sentences.js";
import { beijing, size, t } from "./words.js";

/**
 * @typedef {{ opened_at: string, length: number, drill: boolean }} Row
 * @typedef {{ bay: number, serial: string, officer: string, recordings: number, bytes: number, list: Row[] }} Shown
 * @typedef {{ challenge: string, rp_id: string, allow: string[], handover: Shown }} Ceremony
 */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("ceremony"));
const title = /** @type {HTMLElement} */ (document.getElementById("ceremony-title"));
const facts = /** @type {HTMLElement} */ (document.getElementById("ceremony-facts"));
const list = /** @type {HTMLTableElement} */ (document.getElementById("ceremony-list"));
const spoken = /** @type {HTMLElement} */ (document.getElementById("ceremony-say"));
const sign = /** @type {HTMLButtonElement} */ (document.getElementById("ceremony-sign"));
const close = /** @type {HTMLButtonElement} */ (document.getElementById("ceremony-close"));

/** @type {Ceremony | null} */
let ceremony = null;
let bay = 0;

close.addEventListener("click", () => dialog.close());
sign.addEventListener("click", () => run());

/**
 * Ask the station for a handover in this bay and show it.
 * @param {number} number
 */
export async function openCeremony(number) {
  bay = number;
  await begin();
  if (!dialog.open) dialog.showModal();
}

async function begin() {
  ceremony = null;
  title.textContent = t("Handover in bay {n}", { n: bay });
  facts.replaceChildren();
  list.replaceChildren();
  tell("", "");
  try {
    ceremony = await post(`/api/bays/${bay}/ceremony`, {});
  } catch (error) {
    tell(reason(codeOf(error)), "bad");
  }
  sign.hidden = !ceremony;
  if (ceremony) showHandover(ceremony.handover);
}

/** @param {Shown} shown */
function showHandover(shown) {
  fact(t("Officer"), shown.officer);
  fact(t("Recorder"), shown.serial);
  fact(t("Recordings"), `${shown.recordings}  ·  ${size(shown.bytes)}`);
  for (const row of shown.list) {
    const cells = list.insertRow();
    cells.insertCell().textContent = beijing(row.opened_at, true);
    cells.insertCell().textContent = size(row.length);
    cells.insertCell().textContent = row.drill ? t("Drill") : "";
  }
  tell(t("Check that this is yours. Then press the button and touch your security key."), "");
}

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value;
  facts.append(term, text);
}

async function run() {
  // After a failure the button begins anew: a challenge is used once.
  if (!ceremony) await begin();
  if (!ceremony) return;
  const asked = ceremony;
  ceremony = null;
  sign.disabled = true;
  tell(t("Touch your security key now."), "now");
  try {
    await post(`/api/bays/${bay}/assertion`, await assertion(asked));
    dialog.close();
  } catch (error) {
    tell(reason(codeOf(error)), "bad");
  } finally {
    sign.disabled = false;
  }
}

/** @param {Ceremony} asked */
async function assertion(asked) {
  if (!window.PublicKeyCredential) throw new Refusal("no-webauthn");
  const found = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(asked.challenge),
      rpId: asked.rp_id,
      allowCredentials: asked.allow.map((id) => ({ type: "public-key", id: bytes(id) })),
      userVerification: "required",
      timeout: 100_000,
    },
  });
  const credential = /** @type {PublicKeyCredential} */ (found);
  const answer = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
  return {
    id: text(credential.rawId),
    authenticator_data: text(answer.authenticatorData),
    client_data_json: text(answer.clientDataJSON),
    signature: text(answer.signature),
  };
}

class Refusal extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  if (error instanceof Refusal) return error.code;
  if (error instanceof DOMException) return error.name === "SecurityError" ? "no-webauthn" : "no-key";
  return "gone";
}

/**
 * @param {string} path
 * @param {object} body
 */
async function post(path, body) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  const json = await answer.json();
  if (!answer.ok) throw new Refusal(String(json.error));
  return json;
}

/**
 * @param {string} sentence
 * @param {string} tone
 */
function tell(sentence, tone) {
  spoken.textContent = sentence;
  spoken.dataset.tone = tone;
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
