// What is wrong with evidence: one code of the specs, and the place where it was found.
// A defect of evidence is a result to show, so it has its own class; every other Error is a fault of the world or of us.

/** @typedef {"line"|"journal"|"media"|"envelope"|"release"|"json"} Layer */

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
}
