// @ts-check
/** A security key is made for this bureau's stations; its number is told to the system administrator. */
import { codeOf, post } from "./api.js";
import { button, icon, make, say } from "./dom.js";
import { registration } from "./passkey.js";
import { PeopleDialog, chooser } from "./people.js";
import { pickPerson } from "./picker.js";
import { reason } from "./reasons.js";
import { t } from "./words.js";

/** @typedef {import("./picker.js").RosterPerson} RosterPerson */
/** @typedef {import("./passkey.js").Wanted & { id: string }} Begun */

export function openKeys() {
  return new Keys().open();
}

class Keys extends PeopleDialog {
  constructor() {
    super("keys", t("Register a security key"), t("Register the key"));
    /** @type {RosterPerson | null} */
    this.person = null;
    /** @type {string | null} the ceremony that the station waits for */
    this.begun = null;
    this.help = make("p", "key-help", t("Its owner plugs in the key and touches it when it blinks. The key asks for its PIN or finger."));
    this.note.setAttribute("role", "status");
    this.modal.onClose(() => this.cancel());
  }

  show() {
    this.form.replaceChildren(chooser(t("Whose key"), this.person, () => this.choose()), this.help, this.note);
    this.go.disabled = !this.person;
  }

  async choose() {
    await this.loading;
    const allowed = this.people.filter((person) => person.officer || person.keeper);
    this.person = (await pickPerson(t("Whose key"), allowed)) ?? this.person;
    this.show();
  }

  /**
   * @param {string} sentence
   * @param {"" | "now" | "bad"} tone
   */
  tell(sentence, tone) {
    say(this.note, sentence);
    this.note.dataset.tone = tone;
  }

  async goOn() {
    this.go.disabled = true;
    try {
      const begun = /** @type {Begun} */ (await post("/api/keys", { person: this.person?.id }));
      this.begun = begun.id;
      this.tell(t("Touch your security key now."), "now");
      const made = await registration(begun, this.modal.signal);
      this.tell(t("The county server checks the key."), "now");
      this.begun = null;
      this.done((await post(`/api/keys/${begun.id}`, made)).number);
    } catch (error) {
      this.cancel();
      this.tell(this.modal.signal.aborted ? "" : reason(codeOf(error)), "bad");
    } finally {
      this.go.disabled = !this.person;
    }
  }

  /** @param {string} number */
  done(number) {
    const shown = make("p", "key-number", `${number.slice(0, 3)} ${number.slice(3)}`);
    const name = this.person?.name ?? "";
    const node = make(
      "div",
      "finished",
      icon("key", "finished-icon"),
      make("p", "finished-title", t("Please tell the system administrator this number")),
      shown,
      make("p", "", t("{name}: the key counts once the system administrator has confirmed it, within 24 hours.", { name })),
    );
    node.setAttribute("role", "status");
    this.modal.body.replaceChildren(node);
    this.modal.actions.replaceChildren(button("primary", [t("Close")], () => this.modal.close()));
  }

  /** Nobody else should wait for it. */
  cancel() {
    if (this.begun) post(`/api/keys/${this.begun}/cancel`).catch(() => {});
    this.begun = null;
  }
}
