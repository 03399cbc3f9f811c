// What a verifier says: findings, each with layer, code, place and where known the two signed times between which
// something is missing; and facts. A finding is a defect, or a note that takes nothing from the soundness.

import { Defect } from "./defect.js";

/** @typedef {import("./defect.js").Layer} Layer */
/**
 * @typedef {object} Finding
 * @property {Layer} layer
 * @property {string} code
 * @property {string} place
 * @property {string} detail
 * @property {boolean} defect  false: a note
 * @property {string} since  time, "" where it is not known
 * @property {string} until
 */
/** @typedef {{place?: string, detail?: string, since?: string, until?: string}} More */
/** @typedef {{[name: string]: string|number|boolean|null|string[]}} Facts */

/** Whoever falsifies every line shall not fill our memory: further findings are counted only. */
const MAX_FINDINGS = 1000;

export class Report {
  constructor() {
    /** @type {Finding[]} */
    this.findings = [];
    this.left = 0;
    /** @type {Facts} */
    this.facts = { anchored: false };
  }

  /** @param {Layer} layer @param {string} code @param {More} [more] @returns {Finding} */
  defect(layer, code, more = {}) {
    return this.#add(layer, code, more, true);
  }

  /** @param {Layer} layer @param {string} code @param {More} [more] @returns {Finding} */
  note(layer, code, more = {}) {
    return this.#add(layer, code, more, false);
  }

  /** @param {Layer} layer @param {string} code @param {More} more @param {boolean} defect */
  #add(layer, code, { place = "", detail = "", since = "", until = "" }, defect) {
    const finding = { layer, code, place, detail, defect, since, until };
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
    else this.left += 1;
    return finding;
  }

  /**
   * A defect that is thrown in there is found; null then. Anything else that is thrown is no matter of the evidence.
   * @template T @param {() => T | Promise<T>} work @param {More} [more] @returns {Promise<T|null>}
   */
  async caught(work, more = {}) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Defect)) throw error;
      this.defect(error.layer, error.code, { ...more, place: error.place || more.place, detail: error.detail });
      return null;
    }
  }

  get defects() {
    return this.findings.filter((finding) => finding.defect);
  }

  get notes() {
    return this.findings.filter((finding) => !finding.defect);
  }

  get sound() {
    return !this.findings.some((finding) => finding.defect);
  }

  get anchored() {
    return this.sound && this.facts.anchored === true;
  }
}
