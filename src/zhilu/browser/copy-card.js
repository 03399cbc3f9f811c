// The card of a copy: for whom, what of, how far it is; asked for the security key at the end, and only then handed out.

import { api, actionButton, el, facts, notice } from "./ui.js";
import { makeCopy } from "./copying.js";
import { withStore } from "./copy-store.js";
import { explain } from "./errors.js";
import { elapsed, t } from "./i18n.js";
import { copyChallenge, recipientNumber } from "./lib/copies.js";
import { unb64u } from "./lib/encoding.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./viewings.js").Request} Request */
/** @typedef {import("./copying.js").Step} Step */
/**
 * @typedef {object} Parts
 * @property {Session} session
 * @property {Request} request
 * @property {string} recipientName
 * @property {import("./ui.js").Info} info
 * @property {import("./ui.js").Person} person
 * @property {import("./credentials.js").Credentials} credentials
 */

/** @type {Step[]} */
const STEPS = ["signatures", "clip", "film", "ledger"];

/** @param {Step} step */
function stepWords(step) {
  return {
    signatures: t("All signatures of the journal"),
    clip: t("Verifiable segments, checked and sealed to the recipient"),
    film: t("Film with the watermark, marked as no evidence"),
    ledger: t("Entry in the ledger, with your security key"),
  }[step];
}

function stepList() {
  /** @type {Record<string, HTMLElement>} */
  const rows = {};
  /** @type {Record<string, HTMLProgressElement>} */
  const bars = {};
  for (const step of STEPS) {
    bars[step] = el("progress", { max: 1, value: 0, "aria-label": stepWords(step) });
    rows[step] = el("li", { "data-step": step }, el("span", {}, stepWords(step)), bars[step]);
  }
  return {
    element: el("ol", { class: "steps" }, ...Object.values(rows)),
    /** @param {Step} now @param {number} done */
    show(now, done) {
      for (const step of STEPS) {
        const past = STEPS.indexOf(step) < STEPS.indexOf(now);
        bars[step].value = past ? 1 : step === now ? done : 0;
        rows[step].className = past ? "passed" : step === now ? "running" : "";
      }
    },
  };
}

/** @param {Parts} parts */
export async function copyCard(parts) {
  const { session, request, recipientName } = parts;
  const point = unb64u(String(request.recipient?.key));
  const state = el("div", { class: "copying", "aria-live": "polite" });
  const problem = el("div", { role: "alert" });
  const start = actionButton(t("Make the copy"), () => make(parts, point, state, start), problem);
  const { segments } = session.journal;
  const begin = (segments[session.from]?.ptsUs ?? 0) / 1e6;
  const last = segments[session.to];
  return el("section", { class: "copy-card" }, el("h2", {}, t("A copy for a recipient")), facts([
    [t("Recipient"), recipientName],
    [t("Number of his key"), el("span", { class: "number" }, await recipientNumber(point))],
    [t("Part"), last ? `${elapsed(begin)} – ${elapsed((last.ptsUs + last.durationUs) / 1e6)}` : ""],
  ]),
  el("p", {}, t("The copy is made in this browser and sealed to the recipient's key before a byte is written. Nobody else can open it, nor can you.")),
  el("p", { class: "actions" }, start), problem, state);
}

/** @param {Parts} parts @param {Uint8Array} point @param {HTMLElement} state @param {HTMLElement} start */
async function make(parts, point, state, start) {
  const stop = new AbortController();
  const steps = stepList();
  const below = el("div", {});
  const cancel = el("button", { type: "button", class: "secondary", onclick: () => stop.abort() }, t("Cancel"));
  state.replaceChildren(steps.element, below, el("p", { class: "actions" }, cancel));
  start.hidden = true;
  try {
    await withStore(async (store) => {
      try {
        await makeCopy({
          session: parts.session, store, signal: stop.signal, progress: steps.show, of: subject(parts, point),
          enter: (made) => signed(parts, made, stop.signal, below),
        });
        state.replaceChildren(steps.element, handOut(await store.file(), parts));
      } catch (error) {
        await store.discard();
        throw error;
      }
    });
  } catch (error) {
    state.replaceChildren(stop.signal.aborted
      ? notice(t("Cancelled. Nothing was kept.")) : notice(explain(error), " ", t("Nothing was kept.")));
  }
  start.hidden = false;
}

/** @param {Parts} parts @param {Uint8Array} point */
function subject({ info, request, person, recipientName }, point) {
  return { bureau: info.bureau, viewing: request.viewing, viewer: person.name, recipient: { key: point, name: recipientName } };
}

/**
 * Waits for the person, who may come back long after the work is done, and tries again where the key or the network failed.
 * @param {Parts} parts @param {import("./copying.js").Made} made @param {AbortSignal} signal @param {HTMLElement} below
 * @returns {Promise<void>}
 */
function signed({ request, credentials, person }, made, signal, below) {
  return new Promise((resolve, reject) => {
    const problem = el("div", { role: "alert" });
    const sign = actionButton(t("Sign with the security key and hand out"), async () => {
      const body = { ...made, at_ms: Date.now() };
      const challenge = await copyChallenge({ viewing: request.viewing, ...body });
      const { assertion } = await credentials.assert({ challenge, allow: [person.credential] });
      await api(`/api/viewings/${request.viewing}/copy-made`, { ...body, assertion });
      resolve();
    }, problem);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    below.replaceChildren(facts([
      [t("SHA-256 of the package"), el("span", { class: "code" }, made.sha256)],
      [t("Length"), t("{size} bytes", { size: made.length })],
    ]), el("p", { class: "actions" }, sign), problem);
    sign.focus();
  });
}

/** @param {File} file @param {Parts} parts */
function handOut(file, { session }) {
  const url = URL.createObjectURL(file);
  addEventListener("pagehide", () => URL.revokeObjectURL(url), { once: true });
  const name = `copy-${session.journal.id}.zhilu`;
  return el("div", { class: "done" },
    el("p", { role: "status" }, t("The ledger holds the copy. Save the package and give it to the recipient, who opens it with “zhilu open-copy”.")),
    el("p", { class: "actions" }, el("a", { class: "button", href: url, download: name }, t("Save the package"))));
}
