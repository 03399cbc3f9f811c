// What has been verified of a recording so far, check by check, and the first defect: it is the last word.

import { Defect } from "./lib/defect.js";

/** @typedef {"last-line"|"chain"|"rules"|"commitment"|"segments"|"signatures"} CheckName */
/** @typedef {{name: CheckName, state: "waiting"|"running"|"passed"|"failed", done: number, total: number}} Check */
/** @typedef {{layer: string, code: string, place: string, detail: string}} DefectFacts */
/** @typedef {{checks: Check[], defect: DefectFacts|null, findings: string[], kid?: string}} Report kid: of the key that signed */

/** @type {CheckName[]} */
const CHECKS = ["last-line", "chain", "rules", "commitment", "segments", "signatures"];

/** What has been verified so far, and the first defect. */
export class Progress {
  /** @param {(report: Report) => void} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {Report} */
    this.report = {
      checks: CHECKS.map((name) => ({ name, state: "waiting", done: 0, total: 0 })),
      defect: null,
      findings: [],
    };
  }

  /** @param {CheckName} name @param {Partial<Check>} change */
  set(name, change) {
    const check = this.report.checks.find((each) => each.name === name);
    Object.assign(/** @type {Check} */ (check), change);
    this.listener(this.report);
  }

  /**
   * Runs one check. A defect in it is the session's end, an error of the world is not.
   * @template T @param {CheckName} name @param {() => T | Promise<T>} work @returns {Promise<T>}
   */
  async run(name, work) {
    this.refuseIfStopped();
    this.set(name, { state: "running" });
    try {
      const result = await work();
      this.refuseIfStopped();
      return result;
    } catch (error) {
      if (error instanceof Defect) this.stop(name, error);
      throw error;
    }
  }

  /** @param {CheckName} name @param {Defect} defect */
  stop(name, defect) {
    const { layer, code, place, detail } = defect;
    this.report.defect ??= { layer, code, place, detail };
    this.set(name, { state: "failed" });
  }

  refuseIfStopped() {
    const { defect } = this.report;
    if (defect) throw new Defect(/** @type {any} */ (defect.layer), defect.code, defect.place, defect.detail);
  }
}
