// @ts-check
/**
 * Recordings on time bars. A touch on the bar cuts there (at a mark, if one is near); pieces that are chosen
 * can be made one act, an act of their own, or left out.
 */
import { timeOf, usable } from "./acts.js";
import { button, icon, make } from "./dom.js";
import { beijing, t, timecode } from "./words.js";

/**
 * @typedef {import("./acts.js").Acts} Acts
 * @typedef {import("./acts.js").Piece} Piece
 * @typedef {import("./acts.js").Recording} Recording
 */

const NEAR = 0.02;
const COLOURS = 6;

export class Divide {
  /**
   * @param {Acts} acts
   * @param {() => void} changed
   */
  constructor(acts, changed) {
    this.acts = acts;
    this.changed = changed;
    /** @type {Set<Piece>} */
    this.chosen = new Set();
    /** @type {Piece | null} the piece whose beginning was cut last */
    this.cut = null;
    this.node = make("div", "divide");
    this.show();
  }

  show() {
    const hint = make("p", "step-hint", t("Touch a bar to cut it. Touch pieces below a bar to choose them, then say what they are."));
    const rows = this.acts.draft.recordings.map((recording) => this.row(recording));
    this.node.replaceChildren(hint, make("div", "bars", ...rows), this.tools());
  }

  /** @param {Recording} recording */
  row(recording) {
    const head = [beijing(recording.opened_at, true), timecode(recording.duration_us ?? 0)];
    if (recording.drill) head.push(t("Drill: no act is made of it"));
    if (recording.duration_us === null) head.push(t("length not known yet: use the platform"));
    if (!usable(recording)) return make("section", "bar-row idle", make("p", "bar-head", head.join("  ·  ")));
    const pieces = this.acts.pieces.filter((piece) => piece.recording === recording);
    if (recording.marks.length) head.push(t("{n} marks", { n: recording.marks.length }));
    const bar = make("div", "bar", ...pieces.map((piece) => this.block(piece)), ...recording.marks.map((us) => flag(us, recording)));
    bar.addEventListener("click", (event) => this.touch(event, bar, recording));
    const tabs = make("div", "piece-tabs", ...pieces.map((piece) => this.tab(piece)));
    return make("section", "bar-row", make("p", "bar-head", head.join("  ·  ")), bar, tabs);
  }

  /** @param {Piece} piece */
  block(piece) {
    const node = make("div", "block", piece.act ? String(this.acts.list.indexOf(piece.act) + 1) : "–");
    node.style.flexGrow = String(Math.max(piece.to - piece.from, 1));
    node.dataset.act = this.colour(piece);
    node.classList.toggle("cut-here", this.cut === piece);
    return node;
  }

  /** @param {Piece} piece */
  colour(piece) {
    return piece.act ? String(this.acts.list.indexOf(piece.act) % COLOURS) : "none";
  }

  /** @param {Piece} piece */
  tab(piece) {
    const n = piece.act ? t("Act {n}", { n: this.acts.list.indexOf(piece.act) + 1 }) : t("left out");
    const label = [make("strong", "", n), make("span", "", `${timecode(piece.from)}–${timecode(piece.to)}`)];
    const node = button("piece", label, () => {
      if (!this.chosen.delete(piece)) this.chosen.add(piece);
      this.show();
    });
    node.dataset.act = this.colour(piece);
    node.setAttribute("aria-pressed", String(this.chosen.has(piece)));
    node.setAttribute("aria-label", `${n}, ${timeOf(piece)}`);
    return node;
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLElement} bar
   * @param {Recording} recording
   */
  touch(event, bar, recording) {
    const box = bar.getBoundingClientRect();
    const touched = ((event.clientX - box.left) / box.width) * (recording.duration_us ?? 0);
    const mark = recording.marks.find((us) => Math.abs(us - touched) < NEAR * (recording.duration_us ?? 0));
    const at = mark ?? touched;
    const piece = this.acts.pieces.find((each) => each.recording === recording && each.from < at && at < each.to);
    if (!piece) return;
    const later = this.acts.cut(piece, at);
    if (later) this.after(later);
  }

  /** @param {Piece | null} cut */
  after(cut) {
    this.cut = cut;
    this.chosen.clear();
    this.changed();
    this.show();
  }

  tools() {
    if (this.chosen.size) return this.chosenTools([...this.chosen]);
    const { cut } = this;
    if (!cut || !this.acts.before(cut)) return make("div", "divide-tools");
    const by = (/** @type {string} */ label, /** @type {number} */ s) =>
      button("", [label], () => (this.acts.shift(cut, s * 1e6), this.after(cut)));
    return make(
      "div",
      "divide-tools",
      make("span", "cut-at", icon("split"), t("Cut at {at}", { at: timecode(cut.from) })),
      by(t("− 1 min"), -60),
      by(t("− 10 s"), -10),
      by(t("+ 10 s"), 10),
      by(t("+ 1 min"), 60),
      button("", [t("Take the cut away")], () => (this.acts.mend(cut), this.after(null))),
    );
  }

  /** @param {Piece[]} pieces */
  chosenTools(pieces) {
    const join = button("primary", [t("Make these one act")], () => (this.acts.join(pieces), this.after(null)));
    join.disabled = pieces.length < 2;
    const apart = () => {
      for (const piece of pieces) this.acts.apart(piece);
      this.after(null);
    };
    const out = () => {
      for (const piece of pieces) piece.act = null;
      this.after(null);
    };
    const tools = [join, button("", [t("Each an act of its own")], apart), button("", [t("Leave out")], out)];
    return make("div", "divide-tools", make("span", "cut-at", t("{n} chosen", { n: pieces.length })), ...tools);
  }
}

/**
 * @param {number} us
 * @param {Recording} recording
 */
function flag(us, recording) {
  const node = make("i", "flag");
  node.style.left = `${(us / Math.max(recording.duration_us ?? 0, 1)) * 100}%`;
  return node;
}
