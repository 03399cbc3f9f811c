// @ts-check
/** A finger is enrolled at this station: two persons sign that it is whose it is said to be, then the sensor reads it. */
import { codeOf, get } from "./api.js";
import { button, icon, make, say } from "./dom.js";
import { Modal } from "./modal.js";
import { PeopleDialog, chooser, finish, named } from "./people.js";
import { keyless, pickPerson } from "./picker.js";
import { keyMissing, reason } from "./reasons.js";
import { Review, signed } from "./review.js";
import { prompted } from "./signing.js";
import { current, subscribe } from "./store.js";
import { t } from "./words.js";
import { WordSigning } from "./wordsign.js";

/** @typedef {import("./picker.js").RosterPerson} RosterPerson */

const LOOK_MS = 700;

export function openEnrolment() {
  if (typeof current()?.sensor !== "boolean") return tellNoSensor();
  return new Enrolment().open();
}

/** Two people need not sign for what this station cannot do. */
function tellNoSensor() {
  const modal = new Modal("enrol", t("Enrol a finger"));
  const more = t("Fingers are enrolled at a station with a sensor. A new sensor is switched on in the station's settings.");
  modal.body.append(make("div", "finished bad", icon("finger", "finished-icon"), make("p", "finished-title", t("No fingerprint sensor is used at this station.")), make("p", "", more)));
  modal.actions.append(button("primary", [t("Close")], () => modal.close()));
  modal.show();
}

class Enrolment extends PeopleDialog {
  constructor() {
    super("enrol", t("Enrol a finger"), t("Check and sign"));
    /** @type {(RosterPerson | null)[]} the subject, the keeper, the second person */
    this.chosen = [null, null, null];
    this.finger = "right-index-finger";
    this.modal.onClose(subscribe(() => this.judge()));
  }

  show() {
    const names = [t("Whose finger"), t("Keeper who signs"), t("Second person who signs")];
    const rows = names.map((name, i) => chooser(name, this.chosen[i], () => this.choose(i, name)));
    this.form.replaceChildren(rows[0], this.hands(), rows[1], rows[2], this.note);
    this.judge();
  }

  /** May they sign? The sensor may come and go meanwhile. */
  judge() {
    const mute = this.mute();
    const trouble = current()?.sensor === false ? reason("sensor-missing") : mute.length ? keyMissing(mute) : "";
    this.go.disabled = this.chosen.includes(null) || Boolean(trouble);
    if (this.people.length) say(this.note, trouble);
  }

  /** Those of the two who cannot sign. */
  mute() {
    return this.chosen.slice(1).flatMap((person) => (person?.key === false ? [person.name] : []));
  }

  /**
   * @param {number} which
   * @param {string} name
   */
  async choose(which, name) {
    await this.loading;
    const [subject, first] = this.chosen;
    const allowed = (/** @type {RosterPerson} */ person) =>
      which === 0 || (which === 1 ? person.keeper : (person.keeper || person.id === subject?.id) && person.id !== first?.id);
    this.chosen[which] = (await pickPerson(name, this.people.filter(allowed), which === 0 ? undefined : keyless)) ?? this.chosen[which];
    this.show();
  }

  /** Ten fingers, as they lie before one. */
  hands() {
    const node = make("div", "hands");
    for (const [code, name, height] of fingers()) {
      const each = button("finger-choice", [make("span", "", name)], () => ((this.finger = code), this.show()));
      each.dataset.height = height;
      each.setAttribute("aria-pressed", String(this.finger === code));
      node.append(each);
    }
    return node;
  }

  goOn() {
    const word = this.word();
    const signing = new WordSigning(this.modal, () => word, (_done, id) => this.read(id));
    signing.explain = (code) => this.explain(code);
    say(signing.sign, t("Sign, both one after the other"));
    say(signing.who, t("{name} signs", { name: this.chosen[1]?.name ?? "" }));
    signing.signing.tell(t("Check it, then press the button and sign."), "");
    new Review(this.modal, [this.whole()], signing, () => this.showForm());
  }

  /** The station knows of a key that this page does not know to be missing: it is one of the two. @param {string} code */
  explain(code) {
    return code === "no-key" ? keyMissing([this.chosen.slice(1).map((person) => person?.name).join(t(" or "))]) : reason(code);
  }

  /** All that both sign. */
  whole() {
    const [subject, first, second] = this.chosen;
    return signed(t("Enrolment of a finger"), [
      [t("Whose finger"), named(subject)],
      [t("Finger"), fingers().find(([code]) => code === this.finger)?.[1] ?? this.finger],
      [t("Station"), current()?.station ?? ""],
      [t("Keeper who signs"), named(first)],
      [t("Second person who signs"), named(second)],
    ]);
  }

  word() {
    const [subject, first, second] = this.chosen;
    return { kind: "finger", subject: subject?.id, finger: this.finger, persons: [first?.id, second?.id] };
  }

  /** The county has it: now the sensor reads the finger, several times. @param {string} id */
  read(id) {
    const name = this.chosen[0]?.name ?? "";
    const said = make("p", "finished-title", prompted("touch"));
    said.setAttribute("role", "status");
    const node = make("div", "finished", icon("finger", "finished-icon reading"), said, make("p", "", t("{name}, put the same finger on several times.", { name })));
    this.modal.body.replaceChildren(node);
    this.modal.actions.replaceChildren(button("", [t("Close")], () => this.modal.close()));
    const end = subscribe((state) => state.prompt && say(said, prompted(state.prompt.say)));
    const looking = setInterval(() => this.look(id, name), LOOK_MS);
    this.stop = () => (end(), clearInterval(looking));
    this.modal.onClose(this.stop);
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  async look(id, name) {
    const now = await get(`/api/words/${id}`).catch((error) => ({ state: "failed", error: codeOf(error) }));
    if (now.state === "enrolling" || now.error === "no-answer") return;
    this.stop?.();
    if (now.state === "enrolled") finish(this.modal, t("Finger enrolled"), t("{name} can sign with it at this station.", { name }));
    else this.failed(String(now.error));
  }

  /** @param {string} code */
  failed(code) {
    const node = make("div", "finished bad", icon("alert", "finished-icon"), make("p", "finished-title", t("Not enrolled")), make("p", "", reason(code)));
    this.modal.body.replaceChildren(node);
  }
}

/** fprintd's names. @returns {[string, string, string][]} */
function fingers() {
  return [
    ["left-little-finger", t("left little"), "1"],
    ["left-ring-finger", t("left ring"), "3"],
    ["left-middle-finger", t("left middle"), "4"],
    ["left-index-finger", t("left index"), "3"],
    ["left-thumb", t("left thumb"), "0"],
    ["right-thumb", t("right thumb"), "0"],
    ["right-index-finger", t("right index"), "3"],
    ["right-middle-finger", t("right middle"), "4"],
    ["right-ring-finger", t("right ring"), "3"],
    ["right-little-finger", t("right little"), "1"],
  ];
}
