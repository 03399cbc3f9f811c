// @ts-check
/** Dialogs in which people of the roster are chosen: their frame, their fields, their end. */
import { codeOf, get } from "./api.js";
import { button, icon, make, say } from "./dom.js";
import { Modal } from "./modal.js";
import { reason } from "./reasons.js";
import { t } from "./words.js";

/** @typedef {import("./picker.js").RosterPerson} RosterPerson */

const byPinyin = new Intl.Collator("zh-Hans-u-co-pinyin");

/**
 * As people look for a name: by pinyin.
 * @param {RosterPerson} a
 * @param {RosterPerson} b
 */
function asRead(a, b) {
  return byPinyin.compare(a.name, b.name) || byPinyin.compare(a.number, b.number);
}

/** A form over a line of what is wrong, over "not now" and the step that goes on. */
export class PeopleDialog {
  /**
   * @param {string} className
   * @param {string} title
   * @param {string} going what the step that goes on is called
   */
  constructor(className, title, going) {
    this.modal = new Modal(className, title);
    /** @type {RosterPerson[]} */
    this.people = [];
    /** @type {Promise<void>} whoever chooses at once waits for the people */
    this.loading = Promise.resolve();
    this.form = make("div", "people-form");
    this.note = make("p", "say");
    this.note.dataset.tone = "bad";
    this.go = button("primary", [going], () => this.goOn());
    this.back = button("back", [t("Not now")], () => this.modal.close());
  }

  /** Resolves when the people are there. */
  open() {
    this.showForm();
    this.modal.show();
    return (this.loading = this.load());
  }

  async load() {
    try {
      this.people = (await get("/api/roster")).sort(asRead);
    } catch (error) {
      say(this.note, reason(codeOf(error)));
    }
  }

  showForm() {
    this.modal.body.replaceChildren(this.form);
    this.modal.actions.replaceChildren(this.back, this.go);
    this.show();
  }

  /** Draws the form anew. */
  show() {}

  /** @returns {unknown} */
  goOn() {
    return undefined;
  }
}

/** @param {RosterPerson | null} person */
export function named(person) {
  return person ? `${person.name}  ·  ${person.number}` : "";
}

/**
 * A field that holds a person; a touch opens the choice.
 * @param {string} name
 * @param {RosterPerson | null} person
 * @param {() => unknown} choose
 */
export function chooser(name, person, choose) {
  const shown = named(person) || t("Choose …");
  const field = button("chooser", [icon("person"), make("span", "", shown)], choose);
  field.dataset.empty = String(!person);
  field.setAttribute("aria-label", `${name}: ${shown}`);
  return make("div", "chooser-row", make("span", "label", name), field);
}

/**
 * @param {string} name
 * @param {boolean} on
 * @param {() => unknown} touched
 */
export function toggle(name, on, touched) {
  const node = button("toggle", [icon("check"), name], touched);
  node.setAttribute("aria-pressed", String(on));
  return node;
}

/**
 * The dialog's end: said large, closed by itself.
 * @param {Modal} modal
 * @param {string} title
 * @param {string} more
 */
export function finish(modal, title, more) {
  const node = make("div", "finished", icon("check", "finished-icon"), make("p", "finished-title", title), make("p", "", more));
  node.setAttribute("role", "status");
  modal.body.replaceChildren(node);
  modal.actions.replaceChildren(button("primary", [t("Close")], () => modal.close()));
  setTimeout(() => modal.close(), 6000);
}
