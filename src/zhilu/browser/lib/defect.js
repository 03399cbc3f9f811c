// What is wrong with evidence: one code of the specs, and the place where it was found.
// A defect of evidence is a result to show, so it has its own class; every other Error is a fault of the world or of us.

/**
 * @typedef {"json"|"encoding"|"field"|"line"|"journal"|"logbook"|"media"|"envelope"|"release"|"note"|"checkpoint"|
 *   "merkle"|"entry"|"receipt"|"trust"|"recording"} Layer
 */

export class Defect extends Error {
  /**
   * @param {Layer} layer  which layer of the format failed
   * @param {string} code  stable code of the specs, such as `segment-hash`
   * @param {string} place such as `line 12` or `segment 3`; empty where the caller knows better
   * @param {string} detail
   */
  constructor(layer, code, place = "", detail = "") {
    super(`${layer}: ${code}${place ? ` at ${place}` : ""}${detail ? ` (${detail})` : ""}`);
    this.name = "Defect";
    this.layer = layer;
    this.code = code;
    this.place = place;
    this.detail = detail;
  }

  /** The same defect, with the place if it had none. @param {string} place */
  at(place) {
    return this.place ? this : new Defect(this.layer, this.code, place, this.detail);
  }

  /** The same defect, said by another layer. @param {Layer} layer */
  in(layer) {
    return new Defect(layer, this.code, this.place, this.detail);
  }
}

/**
 * What is refused in there is refused by this layer: a malformed number in a line is a defect of the line.
 * @template T @param {Layer} layer @param {() => T} work @returns {T}
 */
export function within(layer, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Defect ? error.in(layer) : error;
  }
}

/**
 * The same for what takes time.
 * @template T @param {Layer} layer @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withinLater(layer, work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Defect ? error.in(layer) : error;
  }
}
