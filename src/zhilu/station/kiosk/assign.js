// @ts-check
/** Who takes the recorder next: chosen here, behind the training gate, signed by a keeper. */
import { icon, make, say } from "./dom.js";
import { PeopleDialog, chooser, finish, named, toggle } from "./people.js";
import { keyless, pickPerson } from "./picker.js";
import { keyMissing, reason } from "./reasons.js";
import { Review, signed } from "./review.js";
import { bayOf } from "./store.js";
import { t } from "./words.js";
import { WordSigning } from "./wordsign.js";

/** @typedef {import("./picker.js").RosterPerson} RosterPerson */

/** @param {number} number the bay in which the recorder is, or was last */
export function openAssignment(number) {
  return new Assignment(number).open();
}

class Assignment extends PeopleDialog {
  /** @param {number} number */
  constructor(number) {
    super("assign", t("Assign the next officer"), t("Check and sign"));
    this.number = number;
    say(this.modal.subtitle, [t("Bay {n}", { n: number }), bayOf(number)?.recorder?.serial].filter(Boolean).join("  ·  "));
    /** @type {RosterPerson | null} */
    this.officer = null;
    /** @type {RosterPerson | null} */
    this.keeper = null;
    this.drill = false;
    this.reason = /** @type {string | null} */ (null);
  }

  show() {
    const officer = chooser(t("Officer"), this.officer, () => this.chooseOfficer());
    if (this.officer) officer.append(gate(this.officer));
    const keeper = chooser(t("Keeper who signs"), this.keeper, () => this.chooseKeeper());
    const drill = toggle(t("For a drill only"), this.drill, () => (this.drill = !this.drill));
    const deputy = toggle(t("As a deputy"), this.reason !== null, () => (this.reason = this.reason === null ? "absent" : null));
    for (const each of [drill, deputy]) each.addEventListener("click", () => this.show());
    this.form.replaceChildren(officer, make("div", "choices", drill, deputy), this.reasons(), keeper, this.note);
    const barred = Boolean(this.officer && this.officer.fit === false && !this.drill);
    const mute = this.keeper?.key === false ? keyMissing([this.keeper.name]) : "";
    this.go.disabled = !this.officer || !this.keeper || barred || Boolean(mute);
    say(this.note, barred ? reason("not-trained") : mute);
  }

  reasons() {
    const node = make("div", "choices");
    node.hidden = this.reason === null;
    for (const [code, name] of deputyReasons()) {
      node.append(toggle(name, this.reason === code, () => ((this.reason = code), this.show())));
    }
    return node;
  }

  async chooseOfficer() {
    await this.loading;
    const officers = this.people.filter((person) => person.officer !== false);
    const remark = (/** @type {RosterPerson} */ person) => (person.fit ? keyless(person) : t("training not valid"));
    this.officer = (await pickPerson(t("Who takes the recorder next?"), officers, remark)) ?? this.officer;
    this.show();
  }

  async chooseKeeper() {
    await this.loading;
    const keepers = this.people.filter((person) => person.keeper);
    this.keeper = (await pickPerson(t("Who hands it out?"), keepers, keyless)) ?? this.keeper;
    this.show();
  }

  goOn() {
    const word = this.word();
    const signing = new WordSigning(this.modal, () => word, () => this.done());
    signing.explain = (code) => this.explain(code);
    say(signing.sign, t("Sign the assignment"));
    say(signing.who, t("{name} signs", { name: this.keeper?.name ?? "" }));
    signing.signing.tell(t("Check it, then press the button and sign."), "");
    new Review(this.modal, [this.whole()], signing, () => this.showForm());
  }

  /** A key may be missing to the keeper who signs, or to the officer, whom the recorder is to know by it. @param {string} code */
  explain(code) {
    const whose = code === "no-key" ? this.keeper : code === "no-dock-key" ? this.officer : null;
    return whose ? keyMissing([whose.name]) : reason(code);
  }

  /** All that the keeper signs. */
  whole() {
    const name = deputyReasons().find(([code]) => code === this.reason)?.[1];
    return signed(t("Assignment of a recorder"), [
      [t("Bay"), String(this.number)],
      [t("Recorder"), bayOf(this.number)?.recorder?.serial ?? t("the recorder of this bay")],
      [t("Officer"), named(this.officer)],
      [t("For"), this.drill ? t("a drill only") : t("enforcement")],
      [t("Deputy"), name ? t("yes: {reason}", { reason: name }) : t("no")],
      [t("Keeper who signs"), named(this.keeper)],
    ]);
  }

  word() {
    const [officer, person] = [this.officer?.id, this.keeper?.id];
    const [deputy, reason_code] = [this.reason !== null, this.reason];
    return { kind: "assignment", bay: this.number, person, officer, drill: this.drill, deputy, reason_code };
  }

  done() {
    finish(this.modal, t("Assigned to {name}", { name: this.officer?.name ?? "" }), t("The recorder learns it here, before it is taken."));
  }
}

/** @returns {[string, string][]} */
function deputyReasons() {
  return [
    ["absent", t("the officer is absent")],
    ["other-duty", t("the officer is on other duty")],
    ["device-fault", t("the own recorder is out of order")],
    ["other", t("another reason")],
  ];
}

/** @param {RosterPerson} person */
function gate(person) {
  const node = make("span", "gate", icon(person.fit ? "check" : "cross"), person.fit ? t("training valid") : t("training not valid"));
  node.dataset.fit = String(Boolean(person.fit));
  return node;
}
