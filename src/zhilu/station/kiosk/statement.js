// @ts-check
/** The officer's statement: for each act its procedure, taxpayer and seven elements; divided, checked, signed. */
import { Acts, ELEMENTS, timeOf } from "./acts.js";
import { codeOf, get } from "./api.js";
import { Divide } from "./divide.js";
import { button, icon, make, say } from "./dom.js";
import { elementName, ElementsForm } from "./elements.js";
import { Modal } from "./modal.js";
import { finish } from "./people.js";
import { procedureChoice } from "./procedures.js";
import { reason } from "./reasons.js";
import { Review, signed } from "./review.js";
import { beijing, t } from "./words.js";
import { WordSigning } from "./wordsign.js";

/**
 * @typedef {import("./acts.js").Act} Act
 * @typedef {import("./acts.js").Draft} Draft
 */

/** @param {number} number */
export async function openStatement(number) {
  const modal = new Modal("statement", t("What was done"));
  modal.show();
  try {
    new Statement(modal, await get(`/api/bays/${number}/draft`), number);
  } catch (error) {
    modal.body.append(make("p", "nothing", reason(codeOf(error))));
    modal.actions.append(button("", [t("Close")], () => modal.close()));
  }
}

class Statement {
  /**
   * @param {Modal} modal
   * @param {Draft} draft
   * @param {number} number
   */
  constructor(modal, draft, number) {
    this.modal = modal;
    this.number = number;
    this.acts = new Acts(draft);
    /** @type {Act | null} */
    this.act = this.acts.list[0] ?? null;
    this.side = make("nav", "acts");
    this.panel = make("div", "panel");
    this.lacking = make("p", "lacking");
    // A stray Escape would throw away what was typed.
    modal.node.addEventListener("cancel", (event) => event.preventDefault());
    modal.x.hidden = true;
    modal.head.append(button("", [t("Finish later on the platform")], () => modal.close()));
    say(modal.subtitle, subtitle(draft));
    modal.body.append(this.side, this.panel);
    if (this.act) this.showAct(this.act);
    else this.showDivide();
  }

  // -- the column of acts

  showSide() {
    const rows = this.acts.list.map((act, i) => this.sideRow(act, i));
    const divide = button("divide-button", [icon("split"), t("Divide or join")], () => this.showDivide());
    divide.setAttribute("aria-pressed", String(this.act === null));
    this.side.replaceChildren(...rows, divide);
  }

  /**
   * @param {Act} act
   * @param {number} i
   */
  sideRow(act, i) {
    const lacks = this.acts.lacks(act);
    const missing = this.acts.missing(act).length;
    const state = lacks || (missing ? t("{n} of 7 missing", { n: missing }) : t("complete"));
    const when = this.acts.of(act).map(timeOf).join(t("; "));
    const words = make(
      "span",
      "act-words",
      make("strong", "", act.procedure?.name ?? t("Act {n}", { n: i + 1 })),
      make("span", "", when),
      make("span", "act-state", state),
    );
    const node = button("act", [make("span", "act-number", String(i + 1)), words], () => this.showAct(act));
    node.dataset.act = String(i % 6);
    node.dataset.state = lacks ? "open" : missing ? "partly" : "complete";
    node.setAttribute("aria-pressed", String(act === this.act));
    return node;
  }

  // -- the panel

  /** @param {Act} act */
  showAct(act) {
    this.act = act;
    const hooks = { changed: () => this.changed(), again: () => this.showProcedures(act) };
    if (act.procedure) this.panel.replaceChildren(new ElementsForm(this.acts, act, hooks).node);
    else this.showProcedures(act);
    this.changed();
  }

  /** @param {Act} act */
  showProcedures(act) {
    this.panel.replaceChildren(procedureChoice(this.acts.draft, (procedure) => ((act.procedure = procedure), this.showAct(act))));
  }

  showDivide() {
    this.act = null;
    this.panel.replaceChildren(new Divide(this.acts, () => this.changed()).node);
    this.changed();
  }

  changed() {
    this.showSide();
    const { act } = this;
    say(this.lacking, act?.procedure ? this.lackingWords(act) : "");
    const next = this.acts.list.find((each) => each !== act && !each.procedure);
    const ready = this.acts.ready.length;
    const go = button(ready && !next ? "" : "primary", [t("Next act")], () => next && this.showAct(next));
    go.hidden = !next;
    const sign = button(next ? "" : "primary", [t("Check and sign ({n})", { n: ready })], () => this.showSigning());
    sign.disabled = ready === 0;
    this.modal.actions.replaceChildren(this.lacking, go, sign);
  }

  /** @param {Act} act */
  lackingWords(act) {
    const lacks = this.acts.lacks(act);
    const names = this.acts.missing(act).map(elementName).join(t(", "));
    const said = names ? t("Still missing: {names}. May be added later on the platform.", { names }) : t("All seven elements are there.");
    return lacks ? `${lacks}${t("; ")}${said}` : said;
  }

  // -- the signature

  showSigning() {
    const ready = this.acts.ready;
    const acts = this.acts.toWord();
    const signing = new WordSigning(
      this.modal,
      () => ({ kind: "statement", bay: this.number, acts, templates: this.acts.templates() }),
      (done, _id, unsaved) => this.done(done, unsaved),
    );
    say(signing.sign, t("Sign"));
    say(signing.who, t("{name} signs", { name: this.acts.draft.officer.name }));
    signing.signing.tell(t("Check it, then press the button and sign."), "");
    const left = this.acts.list.length - ready.length;
    const note = make("p", "left-note", left ? t("Left for the platform: {n}", { n: left }) : "");
    note.hidden = !left;
    const what = ready.map((act, i) => this.whole(act, acts[i]));
    new Review(this.modal, [...what, note], signing, () => {
      this.modal.body.replaceChildren(this.side, this.panel);
      const act = this.act ?? this.acts.list[0];
      if (act) this.showAct(act);
    });
  }

  /**
   * An act as it is signed, nothing left out.
   * @param {Act} act
   * @param {import("./acts.js").ActOfWord} said
   */
  whole(act, said) {
    const elements = ELEMENTS.map((name) => /** @type {[string, string]} */ ([elementName(name), said.elements[name] ?? ""]));
    const title = [this.acts.list.indexOf(act) + 1, said.procedure, act.procedure?.name].join("  ");
    return signed(title, [
      [t("Taxpayer"), said.taxpayer],
      [t("Officers"), said.officers.map((id) => this.acts.nameOf(id)).join(t(", "))],
      [t("Recordings"), this.acts.of(act).map((piece) => this.acts.spanOf(piece)).join("\n")],
      ...elements,
      .../** @type {[string, string][]} */ (act.template ? [[t("Saved as template"), act.template.name]] : []),
    ]);
  }

  /**
   * @param {string} done
   * @param {string[]} unsaved names of templates that the county has not taken
   */
  done(done, unsaved) {
    this.modal.head.lastElementChild?.remove();
    const more =
      done === "queued"
        ? t("It is kept sealed here and goes to the county as soon as it can.")
        : t("The county has it. What is missing can be added on the platform.");
    const lost = unsaved.length ? ` ${t("Not saved as templates: {names}", { names: unsaved.join(t(", ")) })}` : "";
    finish(this.modal, done === "queued" ? t("Signed and kept") : t("Filed"), more + lost);
  }
}

/** @param {Draft} draft */
function subtitle(draft) {
  const parts = [draft.officer.name, t("Recorder {serial}", { serial: draft.recorder.serial }), t("{n} recordings", { n: draft.recordings.length })];
  if (draft.late_after) parts.push(t("due by {until}", { until: beijing(draft.late_after, true) }));
  return parts.join("  ·  ");
}
