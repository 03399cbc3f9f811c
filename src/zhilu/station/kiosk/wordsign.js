// @ts-check
/** What several persons may have to sign: the station composes it, each signs in turn, the last one sends it. */
import { codeOf, post } from "./api.js";
import { button, make, say } from "./dom.js";
import { reason } from "./reasons.js";
import { mayRetry, Signing } from "./signing.js";
import { t } from "./words.js";

/**
 * @typedef {import("./signing.js").Asked & { person: { id: string, name: string } }} Signer
 * @typedef {{ id: string, signer: Signer, missing?: string[][] }} Begun
 */

export class WordSigning {
  /**
   * @param {import("./modal.js").Modal} modal
   * @param {() => object} compose the body of `POST /api/words`
   * @param {(done: string, id: string, unsaved: string[]) => void} finished
   */
  constructor(modal, compose, finished) {
    this.compose = compose;
    this.finished = finished;
    /** @type {(code: string) => string} the sentence for a refusal */
    this.explain = reason;
    this.ending = new AbortController();
    this.signing = new Signing(this.ending.signal);
    this.who = make("p", "sign-who");
    this.who.hidden = true;
    this.node = make("div", "word-signing", this.who, this.signing.node);
    this.sign = button("primary", [t("Sign")], () => this.run());
    /** @type {Begun | null} */
    this.begun = null;
    modal.onClose(() => this.cancel());
  }

  /** Begin if need be, and have the person sign whose turn it is. */
  async run() {
    this.sign.disabled = true;
    try {
      if (!this.begun) await this.begin();
      if (this.begun) await this.turn(this.begun);
    } catch (error) {
      this.signing.tell(this.explain(codeOf(error)), "bad");
    } finally {
      this.sign.disabled = false;
    }
  }

  async begin() {
    this.begun = /** @type {Begun} */ (await post("/api/words", this.compose()));
    this.show(this.begun.signer);
  }

  /** @param {Signer} signer */
  show(signer) {
    say(this.who, t("{name} signs", { name: signer.person.name }));
    this.signing.show(signer);
  }

  /** @param {Begun} begun */
  async turn(begun) {
    try {
      const answer = await this.signing.run(`/api/words/${begun.id}`);
      if (answer.signer) this.next(begun, answer.signer);
      else this.end(answer.done, begun.id, answer.unsaved ?? []);
    } catch (error) {
      // What the station has refused is over: the next touch composes it anew.
      if (!mayRetry(error)) this.begun = null;
      throw error;
    }
  }

  /**
   * @param {Begun} begun
   * @param {Signer} signer
   */
  next(begun, signer) {
    this.begun = { ...begun, signer };
    this.show(signer);
    this.signing.tell(t("Now {name} signs too.", { name: signer.person.name }), "now");
  }

  /**
   * @param {string} done
   * @param {string} id
   * @param {string[]} unsaved
   */
  end(done, id, unsaved) {
    this.begun = null;
    this.finished(done, id, unsaved);
  }

  /** The dialog was closed, or somebody went back: nobody else should wait for it. Not to be used again. */
  cancel() {
    this.ending.abort();
    if (this.begun) post(`/api/words/${this.begun.id}/cancel`).catch(() => {});
    this.begun = null;
  }
}
