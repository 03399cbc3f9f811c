// @ts-check
/** The officer's handover: shows what is handed over, then asks for the finger or key that signs it. */
import { codeOf, post } from "./api.js";
import { button, facts, icon, make, say } from "./dom.js";
import { Modal } from "./modal.js";
import { reason } from "./reasons.js";
import { mayRetry, Signing } from "./signing.js";
import { beijing, size, t } from "./words.js";

/**
 * @typedef {{ opened_at: string, length: number, drill: boolean }} Row
 * @typedef {{ bay: number, serial: string, officer: string, recordings: number, bytes: number, list: Row[] }} Shown
 * @typedef {import("./signing.js").Asked & { handover: Shown }} Ceremony
 */

const GOOD_MS = 1600;
const SECONDS = 120;

/**
 * Ask the station for a handover in this bay and show it.
 * @param {number} number
 */
export async function openCeremony(number) {
  const ceremony = new Handover(number);
  ceremony.modal.show();
  await ceremony.begin();
}

class Handover {
  /** @param {number} number */
  constructor(number) {
    this.base = `/api/bays/${number}`;
    this.modal = new Modal("ceremony", t("Handover in bay {n}", { n: number }));
    this.what = make("section", "ceremony-what");
    this.signing = new Signing(this.modal.signal);
    this.left = make("p", "countdown");
    this.sign = button("primary", [t("This is mine: sign")], () => this.run());
    this.later = button("back", [t("Not now")], () => this.modal.close());
    this.modal.body.append(this.what, make("div", "ceremony-how", this.signing.node, this.left));
    this.modal.actions.append(this.later, this.sign);
    this.ready = false;
    this.until = 0;
    const ticking = setInterval(() => this.tick(), 1000);
    this.modal.onClose(() => clearInterval(ticking));
  }

  async begin() {
    this.ready = false;
    try {
      const asked = /** @type {Ceremony} */ (await post(`${this.base}/ceremony`));
      this.ready = true;
      this.until = performance.now() + (asked.seconds ?? SECONDS) * 1000;
      this.signing.show({ ...asked, needs: asked.needs ?? ["key"] });
      this.what.replaceChildren(...handedOver(asked.handover));
      this.signing.tell(t("Check that this is yours, then press the button."), "");
      say(this.sign, t("This is mine: sign"));
    } catch (error) {
      this.signing.tell(reason(codeOf(error)), "bad");
      say(this.sign, t("Try again"));
    }
    this.tick();
  }

  async run() {
    if (!this.ready) await this.begin();
    if (!this.ready) return;
    this.sign.disabled = true;
    try {
      await this.signing.run(this.base);
      this.done();
    } catch (error) {
      this.ready = mayRetry(error);
      say(this.sign, t("Try again"));
      this.sign.disabled = false;
    }
  }

  done() {
    this.ready = false;
    this.signing.tell(t("Signed. Copying begins; please leave the recorder in."), "good");
    this.sign.hidden = this.later.hidden = true;
    setTimeout(() => this.modal.close(), GOOD_MS);
  }

  tick() {
    const left = Math.ceil((this.until - performance.now()) / 1000);
    if (this.ready && left <= 0) {
      this.ready = false;
      this.signing.tell(t("The time to sign is over. Please begin again."), "bad");
      say(this.sign, t("Try again"));
    }
    say(this.left, this.ready ? t("{n} s left", { n: left }) : "");
  }
}

/** @param {Shown} shown */
function handedOver(shown) {
  const rows = shown.list.map((row) => {
    const cells = [beijing(row.opened_at, true), size(row.length), row.drill ? t("Drill") : ""];
    return make("li", "", ...cells.map((cell) => make("span", "", cell)));
  });
  return [
    make("p", "ceremony-officer", icon("person"), shown.officer),
    facts([
      [t("Recorder"), shown.serial],
      [t("Recordings"), `${shown.recordings}  ·  ${size(shown.bytes)}`],
    ]),
    make("ul", "recordings", ...rows),
  ];
}
