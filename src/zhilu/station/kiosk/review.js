// @ts-check
/**
 * What is to be signed, whole, before it is signed: where it is long it is read on to its end, and only then does
 * the button sign. Nothing can be changed meanwhile; whoever goes back drops what was begun.
 */
import { button, facts, icon, make } from "./dom.js";
import { t } from "./words.js";

/** Of the height that is seen; the last line stays in sight. */
const PAGE = 0.85;

export class Review {
  /**
   * @param {import("./modal.js").Modal} modal
   * @param {Node[]} what
   * @param {import("./wordsign.js").WordSigning} signing
   * @param {() => void} back puts the form into the dialog again
   */
  constructor(modal, what, signing, back) {
    this.sign = signing.sign;
    this.list = make("div", "summary", ...what);
    this.list.tabIndex = 0;
    this.list.setAttribute("role", "region");
    this.list.setAttribute("aria-label", t("What is signed"));
    this.on = button("primary", [icon("down"), t("Read on")], () => this.list.scrollBy({ top: this.list.clientHeight * PAGE }));
    this.sign.hidden = true;
    this.list.addEventListener("scroll", () => this.look());
    const sizes = new ResizeObserver(() => this.look());
    sizes.observe(this.list);
    modal.onClose(() => sizes.disconnect());
    const left = button("back", [icon("back"), t("Back")], () => (signing.cancel(), back()));
    modal.body.replaceChildren(this.list, signing.node);
    modal.actions.replaceChildren(left, this.on, this.sign);
  }

  /** Once the end was seen, it was seen. */
  look() {
    const { scrollHeight, clientHeight, scrollTop } = this.list;
    const rest = scrollHeight - clientHeight - scrollTop > 2;
    this.list.dataset.more = String(rest);
    if (!rest && clientHeight) this.on.hidden = !(this.sign.hidden = false);
  }
}

/**
 * One thing that is signed: a title, names and values. A value that is missing is said so.
 * @param {string} title
 * @param {[string, string][]} rows
 */
export function signed(title, rows) {
  const list = facts(rows.map(([name, value]) => [name, value || t("Missing")]));
  const values = list.querySelectorAll("dd");
  rows.forEach(([, value], i) => (values[i].dataset.state = value ? "there" : "missing"));
  const node = make("section", "summary-act", make("h3", "", title), list);
  node.dataset.state = rows.every(([, value]) => value) ? "complete" : "partly";
  return node;
}
