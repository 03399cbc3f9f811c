// @ts-check
/**
 * One person signs: with a finger, with a security key, or both, in the order that the station names (`needs`).
 * A failed step may be tried again; what the station has refused begins anew, for a challenge is used once.
 */
import { codeOf, post, Refusal } from "./api.js";
import { icon, make, say } from "./dom.js";
import { assertion } from "./passkey.js";
import { reason } from "./reasons.js";
import { subscribe } from "./store.js";
import { t } from "./words.js";

/**
 * @typedef {"finger" | "key"} Need
 * @typedef {{ challenge: string, rp_id: string, allow: string[], needs: Need[], seconds?: number }} Asked
 */

export class Signing {
  /** @param {AbortSignal} signal ends the waiting for a finger or key */
  constructor(signal) {
    this.signal = signal;
    this.steps = make("ol", "sign-steps");
    this.spoken = make("p", "say");
    this.spoken.setAttribute("role", "status");
    this.node = make("section", "signing", this.steps, this.spoken);
    this.matched = false;
    this.running = /** @type {Need | null} */ (null);
    const end = subscribe((state) => this.#prompt(state.prompt?.say ?? ""));
    signal.addEventListener("abort", end);
  }

  /** @param {Asked} asked */
  show(asked) {
    this.asked = asked;
    this.matched = false;
    this.steps.replaceChildren(...asked.needs.map((need, i) => stepNode(need, asked.needs.length > 1 ? i + 1 : 0)));
  }

  /**
   * Ask for all that is needed; gives the station's answer to the last of it. `base` is the address of the
   * handover or word. Throws the Refusal after having said it.
   * @param {string} base
   */
  async run(base) {
    const asked = this.asked;
    if (!asked) throw new Refusal("no-ceremony");
    try {
      if (asked.needs.includes("finger") && !this.matched) await this.#finger(base);
      const signed = asked.needs.includes("key") ? await this.#key(asked) : {};
      const answer = await post(`${base}/assertion`, signed);
      this.#mark("key", "done");
      this.tell("", "");
      return answer;
    } catch (error) {
      if (this.running) this.#mark(this.running, "bad");
      this.tell(this.signal.aborted ? "" : reason(codeOf(error)), "bad");
      throw error;
    } finally {
      this.running = null;
    }
  }

  /**
   * @param {string} sentence
   * @param {"" | "now" | "bad" | "good"} tone
   */
  tell(sentence, tone) {
    say(this.spoken, sentence);
    this.spoken.dataset.tone = tone;
  }

  /** @param {string} base */
  async #finger(base) {
    this.#begin("finger", t("Put your finger on the sensor."));
    await post(`${base}/finger`, {}, this.signal);
    this.matched = true;
    this.#mark("finger", "done");
  }

  /** @param {Asked} asked */
  async #key(asked) {
    this.#begin("key", t("Touch your security key now."));
    return assertion(asked, this.signal);
  }

  /**
   * @param {Need} need
   * @param {string} sentence
   */
  #begin(need, sentence) {
    this.running = need;
    this.#mark(need, "now");
    this.tell(sentence, "now");
  }

  /** @param {string} code */
  #prompt(code) {
    if (this.running === "finger" && code) this.tell(prompted(code), "now");
  }

  /**
   * @param {Need} need
   * @param {string} mark
   */
  #mark(need, mark) {
    for (const step of this.steps.querySelectorAll("li")) if (step.dataset.need === need) step.dataset.state = mark;
  }
}

/**
 * @param {Need} need
 * @param {number} number 0: the only one
 */
function stepNode(need, number) {
  const name = need === "finger" ? t("Fingerprint") : t("Security key");
  const node = make("li", "", icon(need, "sign-icon"), make("span", "", number ? `${number}  ${name}` : name));
  node.dataset.need = need;
  node.dataset.state = "open";
  return node;
}

/**
 * What the sensor wants, in words.
 * @param {string} code
 */
export function prompted(code) {
  switch (code) {
    case "again":
      return t("Once more, please.");
    case "lift":
      return t("Lift the finger.");
    case "centre":
      return t("Put the middle of the finger on the sensor.");
    case "slower":
      return t("A little more slowly.");
    case "next":
      return t("Lift the finger and put it on again.");
    case "done":
      return t("Read.");
    default:
      return t("Put your finger on the sensor.");
  }
}

/** Codes after which the same challenge may still be signed. @param {unknown} error */
export function mayRetry(error) {
  const wrong = ["credential", "assertion", "officer-check"];
  return [...wrong, "finger-no-match", "no-finger", "finger-failed", "key-silent", "no-answer"].includes(codeOf(error));
}
