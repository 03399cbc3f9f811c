// @ts-check
/** The form of one act: taxpayer, officers, the seven elements. What the devices know is filled in already. */
import { ELEMENTS } from "./acts.js";
import { button, icon, make } from "./dom.js";
import { Modal } from "./modal.js";
import { CODE_LETTERS, DIGITS, pad } from "./pad.js";
import { pickPerson, searchField } from "./picker.js";
import { guide } from "./procedures.js";
import { t } from "./words.js";

/**
 * @typedef {import("./acts.js").Acts} Acts
 * @typedef {import("./acts.js").Act} Act
 * @typedef {import("./acts.js").Template} Template
 */

const LONGEST = 1000;

export class ElementsForm {
  /**
   * @param {Acts} acts
   * @param {Act} act
   * @param {{ changed: () => void, again: () => void }} hooks `again`: another procedure is wanted
   */
  constructor(acts, act, hooks) {
    this.acts = acts;
    this.act = act;
    this.hooks = hooks;
    /** @type {Map<string, { box: HTMLTextAreaElement, row: HTMLElement }>} */
    this.rows = new Map();
    this.officers = make("div", "chips");
    this.form = make("div", "form", this.procedure(), this.taxpayer(), this.officersRow(), this.templates());
    for (const name of ELEMENTS) this.form.append(this.element(name));
    this.node = make("div", "act-panel", this.form);
    if (act.procedure) this.node.append(guide(act.procedure));
    this.refresh();
  }

  procedure() {
    const again = button("", [t("Change")], () => this.hooks.again());
    return make("div", "procedure-chosen", icon("check"), make("strong", "", this.act.procedure?.name ?? ""), again);
  }

  taxpayer() {
    const field = searchField(t("Name or number of the taxpayer"));
    field.maxLength = 200;
    field.value = this.act.taxpayer;
    field.addEventListener("input", () => ((this.act.taxpayer = field.value), this.refresh()));
    const keys = button("", [t("Number pad")], () => this.openPad(field));
    return row(t("Taxpayer"), make("div", "with-button", field, keys));
  }

  /** @param {HTMLInputElement} field */
  openPad(field) {
    const modal = new Modal("pad-dialog", t("Taxpayer's number"));
    const own = searchField(t("Taxpayer's number"));
    own.maxLength = 20;
    if (/^[0-9A-Z]*$/.test(field.value)) own.value = field.value;
    const done = button("primary", [t("Take it")], () => {
      field.value = own.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      modal.close();
    });
    modal.body.append(own, pad(own, DIGITS + CODE_LETTERS));
    modal.actions.append(done);
    modal.show();
  }

  officersRow() {
    return row(t("Officers"), this.officers);
  }

  showOfficers() {
    const chips = this.act.officers.map((id) => {
      const name = this.acts.nameOf(id);
      if (id === this.acts.draft.officer.id) return make("span", "chip-person", icon("person"), name);
      const chip = button("chip-button", [name, icon("cross")], () => {
        this.act.officers = this.act.officers.filter((other) => other !== id);
        this.refresh();
      });
      chip.setAttribute("aria-label", t("Take {name} out", { name }));
      return chip;
    });
    const add = button("chip-button", [t("+ Officer")], () => this.addOfficer());
    const few = (this.act.procedure?.min_officers ?? 1) - this.act.officers.length;
    const note = few > 0 ? [make("span", "remark", t("{n} more needed", { n: few }))] : [];
    this.officers.replaceChildren(...chips, add, ...note);
  }

  async addOfficer() {
    const others = this.acts.draft.officers.filter((person) => !this.act.officers.includes(person.id));
    const person = await pickPerson(t("Who else acted?"), others);
    if (person) this.act.officers = [...this.act.officers, person.id];
    this.refresh();
  }

  templates() {
    const list = this.acts.draft.templates.map((template) => button("chip-button", [template.name], () => this.fill(template)));
    const save = button("chip-button", [t("Save as template")], () => this.save());
    return row(t("Templates"), make("div", "chips", ...list, save));
  }

  /** A template fills what nobody has written yet. @param {Template} template */
  fill(template) {
    for (const name of ELEMENTS) {
      const text = template.elements[name];
      if (text && !this.act.texts[name]?.trim()) this.act.texts[name] = text;
    }
    this.refresh();
  }

  save() {
    const elements = Object.fromEntries(Object.entries(this.act.texts).filter(([, text]) => text.trim()));
    saveTemplate(elements, (template) => {
      this.act.template = { name: template.name, elements: Object.keys(elements) };
      this.acts.draft.templates.push(template);
      this.form.replaceChild(this.templates(), this.form.children[3]);
    });
  }

  /** @param {typeof ELEMENTS[number]} name */
  element(name) {
    const box = make("textarea", "");
    box.rows = name === "course" ? 2 : 1;
    box.maxLength = LONGEST;
    box.setAttribute("aria-label", elementName(name));
    box.addEventListener("input", () => ((this.act.texts[name] = box.value), this.refresh(name)));
    const phrases = make("div", "chips phrases", ...phrasesOf(name).map((phrase) => this.phrase(name, phrase)));
    const node = row(elementName(name), make("div", "element", box, phrases));
    this.rows.set(name, { box, row: node });
    return node;
  }

  /**
   * @param {string} name
   * @param {string} phrase
   */
  phrase(name, phrase) {
    return button("chip-button", [phrase], () => {
      const before = this.act.texts[name]?.trim() ?? "";
      if (!before.includes(phrase)) this.act.texts[name] = before ? `${before}${t("; ")}${phrase}` : phrase;
      this.refresh();
    });
  }

  /** Show what is so now; the box that is being written in is left alone. @param {string} [writing] */
  refresh(writing = "") {
    for (const [name, { box, row: node }] of this.rows) {
      const text = this.acts.text(this.act, name);
      if (name !== writing && box.value !== text) box.value = text;
      node.dataset.state = text.trim() ? (this.act.texts[name] === undefined ? "filled" : "written") : "missing";
    }
    this.showOfficers();
    this.hooks.changed();
  }
}

/**
 * @param {string} name
 * @param {HTMLElement} content
 */
function row(name, content) {
  return make("div", "form-row", make("span", "label", name), content);
}

/** @param {typeof ELEMENTS[number]} name */
export function elementName(name) {
  const names = {
    time: t("Time"),
    place: t("Place"),
    persons: t("Persons"),
    event: t("Event"),
    cause: t("Cause"),
    course: t("Course"),
    result: t("Result"),
  };
  return names[name];
}

/** Short texts for a touch. @param {string} name */
function phrasesOf(name) {
  if (name === "cause") return [t("by plan"), t("on application"), t("after a report"), t("by order from above")];
  if (name === "course") return [t("papers shown, rights told"), t("questioned on the spot"), t("checked with the books"), t("evidence taken")];
  if (name === "result") return [t("finished, signed"), t("signature refused"), t("person not met"), t("to be dealt with further")];
  return [];
}

/**
 * Only noted: it is saved with the statement, once that is signed.
 * @param {Record<string, string>} elements
 * @param {(template: Template) => void} saved
 */
function saveTemplate(elements, saved) {
  const modal = new Modal("name-dialog", t("Save as template"));
  const field = searchField(t("Name of the template"));
  field.maxLength = 40;
  const any = Object.keys(elements).length > 0;
  const said = make("p", "say", any ? t("It is saved when you sign the statement.") : t("Nothing of your own is written yet."));
  said.setAttribute("role", "status");
  const save = button("primary", [t("Save")], () => {
    const name = field.value.trim();
    if (!name) return;
    saved({ id: name, name, elements });
    modal.close();
  });
  save.disabled = !any;
  modal.body.append(field, said);
  modal.actions.append(save, button("", [t("Not now")], () => modal.close()));
  modal.show();
}
