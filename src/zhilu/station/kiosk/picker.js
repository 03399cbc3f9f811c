// @ts-check
/** Choose a person: by name or by the first digits of the number, with a pad at hand. */
import { button, icon, make, say } from "./dom.js";
import { Modal } from "./modal.js";
import { DIGITS, pad } from "./pad.js";
import { t } from "./words.js";

/**
 * @typedef {{ id: string, name: string, number: string, department: string,
 *   fit?: boolean, keeper?: boolean, officer?: boolean, key?: boolean }} RosterPerson
 */

const MOST = 60;

/**
 * Ask for one of `people`; null when the dialog is closed.
 * @param {string} title
 * @param {RosterPerson[]} people
 * @param {(person: RosterPerson) => string} [remark] said beside the person
 * @returns {Promise<RosterPerson | null>}
 */
export function pickPerson(title, people, remark = () => "") {
  return new Promise((resolve) => {
    const modal = new Modal("picker", title);
    const field = searchField(t("Name or number"));
    const list = make("div", "people");
    const none = make("p", "nothing");
    const choose = (/** @type {RosterPerson} */ person) => (resolve(person), modal.close());
    const show = () => {
      const found = people.filter((person) => fits(person, field.value)).slice(0, MOST);
      list.replaceChildren(...found.map((person) => personRow(person, remark(person), choose)));
      say(none, found.length ? "" : t("Nobody of this name or number."));
    };
    field.addEventListener("input", show);
    modal.body.append(make("div", "picker-search", field, pad(field, DIGITS)), make("div", "picker-found", list, none));
    modal.onClose(() => resolve(null));
    show();
    modal.show();
  });
}

/** To be said beside whoever cannot sign with a key. @param {RosterPerson} person */
export function keyless(person) {
  return person.key === false ? t("no security key") : "";
}

/** @param {string} label */
export function searchField(label) {
  const field = make("input", "search");
  field.type = "text";
  field.maxLength = 40;
  field.autocomplete = "off";
  field.placeholder = label;
  field.setAttribute("aria-label", label);
  return field;
}

/**
 * @param {RosterPerson} person
 * @param {string} typed
 */
function fits(person, typed) {
  const wanted = typed.trim().toLowerCase();
  return !wanted || person.name.toLowerCase().includes(wanted) || person.number.toLowerCase().includes(wanted);
}

/**
 * @param {RosterPerson} person
 * @param {string} remark
 * @param {(person: RosterPerson) => void} choose
 */
function personRow(person, remark, choose) {
  const where = [person.number, person.department].filter(Boolean).join("  ·  ");
  const words = make("span", "person-words", make("span", "person-name", person.name), make("span", "person-where", where));
  const parts = [icon("person"), words];
  if (remark) parts.push(make("span", "remark", remark));
  return button("person", parts, () => choose(person));
}
