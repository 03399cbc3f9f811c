// @ts-check
/**
 * Recordings cut into pieces, and pieces gathered into acts. A piece belongs to one act or to none; an act holds
 * one piece or more, of one recording or of several. Times in microseconds from the recording's beginning.
 */
import { beijing, t, timecode } from "./words.js";

/**
 * @typedef {{ lat: number, lon: number, at_us: number }} Position
 * @typedef {{ id: string, opened_at: string, duration_us: number | null, drill: boolean, stored: boolean,
 *   marks: number[], positions: Position[] }} Recording
 * @typedef {{ code: string, class: string, name: string, min_officers: number, start: string, content: string,
 *   end: string, script: string | null }} Procedure
 * @typedef {{ id: string, name: string, elements: Record<string, string> }} Template
 * @typedef {{ handover: string, officer: { id: string, name: string }, recorder: { serial: string },
 *   recordings: Recording[], classes: { code: string, name: string }[], procedures: Procedure[],
 *   officers: import("./picker.js").RosterPerson[], templates: Template[], bay: number, station: string,
 *   late_after: string | null }} Draft
 * @typedef {{ key: number, procedure: Procedure | null, officers: string[], taxpayer: string,
 *   texts: Record<string, string>, template: { name: string, elements: string[] } | null }} Act texts: only what
 *   somebody wrote, the rest is filled in; template: which of them are saved with the statement
 * @typedef {{ procedure: string, officers: string[], taxpayer: string, spans: object[],
 *   elements: Record<string, string> }} ActOfWord
 * @typedef {{ recording: Recording, from: number, to: number, act: Act | null }} Piece
 */

export const ELEMENTS = /** @type {const} */ (["time", "place", "persons", "event", "cause", "course", "result"]);
export const MOST_ACTS = 20;
const SHORTEST_US = 1e6;

export class Acts {
  /** @param {Draft} draft */
  constructor(draft) {
    this.draft = draft;
    this.count = 0;
    const room = draft.recordings.filter(usable).slice(0, MOST_ACTS);
    /** @type {Piece[]} */
    this.pieces = draft.recordings.map((recording) => {
      return { recording, from: 0, to: recording.duration_us ?? 0, act: room.includes(recording) ? this.fresh() : null };
    });
  }

  /** @returns {Act} */
  fresh() {
    return { key: ++this.count, procedure: null, officers: [this.draft.officer.id], taxpayer: "", texts: {}, template: null };
  }

  /** In the order of their first pieces. @returns {Act[]} */
  get list() {
    const acts = this.pieces.map((piece) => piece.act).filter((act) => act !== null);
    return [...new Set(acts)];
  }

  /** @param {Act} act */
  of(act) {
    return this.pieces.filter((piece) => piece.act === act);
  }

  /**
   * Two pieces from here on. The later one becomes an act of its own where there is room for one.
   * @param {Piece} piece
   * @param {number} at
   * @returns {Piece | null}
   */
  cut(piece, at) {
    if (at - piece.from < SHORTEST_US || piece.to - at < SHORTEST_US) return null;
    const act = piece.act && this.list.length < MOST_ACTS ? this.fresh() : piece.act;
    const later = { recording: piece.recording, from: at, to: piece.to, act };
    piece.to = at;
    this.pieces.splice(this.pieces.indexOf(piece) + 1, 0, later);
    return later;
  }

  /** Move the cut at the beginning of a piece. @param {Piece} piece @param {number} by */
  shift(piece, by) {
    const before = this.before(piece);
    if (!before) return;
    const at = Math.min(Math.max(piece.from + by, before.from + SHORTEST_US), piece.to - SHORTEST_US);
    before.to = piece.from = at;
  }

  /** Take the cut at the beginning of a piece away. @param {Piece} piece */
  mend(piece) {
    const before = this.before(piece);
    if (!before) return;
    before.to = piece.to;
    this.pieces.splice(this.pieces.indexOf(piece), 1);
  }

  /** The piece of the same recording before this one. @param {Piece} piece */
  before(piece) {
    const before = this.pieces[this.pieces.indexOf(piece) - 1];
    return before?.recording === piece.recording ? before : null;
  }

  /** One act of all these; what was written for the first that has a procedure stays. @param {Piece[]} pieces */
  join(pieces) {
    const acts = pieces.map((piece) => piece.act).filter((act) => act !== null);
    const act = acts.find((each) => each.procedure) ?? acts[0] ?? this.fresh();
    for (const piece of pieces) piece.act = act;
  }

  /** @param {Piece} piece */
  apart(piece) {
    if (piece.act === null || this.of(piece.act).length > 1) piece.act = this.list.length < MOST_ACTS ? this.fresh() : piece.act;
  }

  /** The text of an element: what was written, or what the devices know. @param {Act} act @param {string} element */
  text(act, element) {
    return act.texts[element] ?? this.known(act, element);
  }

  /** @param {Act} act @param {string} element */
  known(act, element) {
    if (element === "time") return this.of(act).map(timeOf).join(t("; "));
    if (element === "place") return placeOf(this.of(act));
    if (element === "persons") return this.personsOf(act);
    return element === "event" ? (act.procedure?.name ?? "") : "";
  }

  /** @param {Act} act */
  personsOf(act) {
    const names = act.officers.map((id) => this.nameOf(id)).filter(Boolean);
    const officers = t("officers: {names}", { names: names.join(t(", ")) });
    return act.taxpayer.trim() ? `${officers}${t("; ")}${t("taxpayer: {name}", { name: act.taxpayer.trim() })}` : officers;
  }

  /** @param {string} id */
  nameOf(id) {
    if (id === this.draft.officer.id) return this.draft.officer.name;
    return this.draft.officers.find((person) => person.id === id)?.name ?? "";
  }

  /** @param {Act} act */
  missing(act) {
    return ELEMENTS.filter((element) => !this.text(act, element).trim());
  }

  /** Why an act cannot be filed yet; "" when it can. @param {Act} act */
  lacks(act) {
    if (!act.procedure) return t("procedure not chosen");
    if (!act.taxpayer.trim()) return t("taxpayer not named");
    const few = act.procedure.min_officers - act.officers.length;
    return few > 0 ? t("{n} more officers needed", { n: few }) : "";
  }

  /** Those that can be filed. */
  get ready() {
    return this.list.filter((act) => !this.lacks(act));
  }

  /** What is saved with the word: texts of its acts, by the place of the act. */
  templates() {
    return this.ready.flatMap((act, i) => {
      const elements = act.template?.elements.filter((name) => this.text(act, name).trim()) ?? [];
      return act.template && elements.length ? [{ act: i, name: act.template.name, elements }] : [];
    });
  }

  /** Which recording, when, and from where to where in it. @param {Piece} piece */
  spanOf(piece) {
    const n = this.draft.recordings.indexOf(piece.recording) + 1;
    return t("Recording {n}: {time} ({from} to {to})", { n, time: timeOf(piece), from: timecode(piece.from), to: timecode(piece.to) });
  }

  /** The word's acts, in the order of `ready`. @returns {ActOfWord[]} */
  toWord() {
    return this.ready.map((act) => ({
      procedure: act.procedure?.code ?? "",
      officers: act.officers,
      taxpayer: act.taxpayer.trim(),
      spans: this.of(act).map((piece) => ({ recording: piece.recording.id, from_us: Math.round(piece.from), to_us: Math.round(piece.to) })),
      elements: Object.fromEntries(ELEMENTS.map((name) => [name, this.text(act, name).trim()]).filter(([, text]) => text)),
    }));
  }
}

/** A drill is no enforcement; a recording of unknown length cannot be named here. @param {Recording} recording */
export function usable(recording) {
  return !recording.drill && recording.duration_us !== null;
}

/** @param {Piece} piece */
export function timeOf(piece) {
  const at = (/** @type {number} */ us) => new Date(new Date(piece.recording.opened_at).getTime() + us / 1000);
  return `${beijing(at(piece.from), true)}–${beijing(at(piece.to), false)}`;
}

/** Where the recorder was, first and last. @param {Piece[]} pieces */
function placeOf(pieces) {
  const fixes = pieces.flatMap((piece) => piece.recording.positions);
  if (!fixes.length) return "";
  const words = [fixes[0], fixes[fixes.length - 1]].map((fix) => t("{lat} N, {lon} E", { lat: fix.lat.toFixed(4), lon: fix.lon.toFixed(4) }));
  return [...new Set(words)].join(" – ");
}
