// @ts-check
/** The procedure in two touches: its class, then itself. */
import { button, make } from "./dom.js";
import { t } from "./words.js";

/**
 * @typedef {import("./acts.js").Draft} Draft
 * @typedef {import("./acts.js").Procedure} Procedure
 */

/**
 * @param {Draft} draft
 * @param {(procedure: Procedure) => void} choose
 */
export function procedureChoice(draft, choose) {
  const list = make("div", "procedures");
  const hint = make("p", "step-hint", t("1. Touch the kind of act"));
  const tabs = draft.classes.map((kind) => {
    const here = draft.procedures.filter((procedure) => procedure.class === kind.code);
    const label = [make("span", "kind-name", kind.name), make("span", "kind-count", t("{n} procedures", { n: here.length }))];
    const tab = button("kind", label, () => {
      for (const each of tabs) each.setAttribute("aria-pressed", String(each === tab));
      hint.textContent = t("2. Touch the procedure");
      node.dataset.open = "true";
      list.replaceChildren(...here.map((procedure) => procedureButton(procedure, choose)));
    });
    tab.setAttribute("aria-pressed", "false");
    return tab;
  });
  const node = make("div", "procedure-choice", hint, make("div", "kinds", ...tabs), list);
  if (!draft.procedures.length) node.append(make("p", "nothing", t("The station does not have the list of procedures yet. Use the platform.")));
  return node;
}

/**
 * @param {Procedure} procedure
 * @param {(procedure: Procedure) => void} choose
 */
function procedureButton(procedure, choose) {
  const label = [make("span", "procedure-code", procedure.code), make("span", "procedure-name", procedure.name)];
  if (procedure.min_officers > 1) label.push(make("span", "remark", t("{n} officers", { n: procedure.min_officers })));
  return button("procedure", label, () => choose(procedure));
}

/**
 * What is to be recorded and said: at hand while the officer writes.
 * @param {Procedure} procedure
 */
export function guide(procedure) {
  const rows = [
    [t("Begins"), procedure.start],
    [t("Must contain"), procedure.content],
    [t("Ends"), procedure.end],
    [t("To be said"), procedure.script ?? ""],
  ].filter(([, text]) => text);
  const list = make("dl", "guide-list");
  for (const [name, text] of rows) list.append(make("dt", "", name), make("dd", "", text));
  const node = make("aside", "guide", make("h3", "", t("Required of this procedure")), list);
  node.tabIndex = 0;
  return node;
}
