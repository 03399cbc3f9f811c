// Where the parts of evidence lie among the files of a folder, and the judgement of what was found.
//
// A recording: `journal.jws` and `media.sealed` in the folder, or in `recording/` in it; `logbook.jws` and `receipt.json`
// beside them or above. Else a recorder's store: `logbook.jws` and `recordings/<id>/`, or what is left of
// them. Else a logbook by itself. Both a recording and a store: neither, since a sound one could
// have been put there to hide the other. A folder that holds one such folder and nothing of its own is entered.
// A trust document is never picked up by itself: one that came with the evidence proves nothing.

import { MAX_EVIDENCE } from "../lib/evidence.js";
import { memory } from "../lib/linefile.js";
import { verifyRecording, verifyStore } from "../lib/recording.js";
import { isId } from "../lib/encoding.js";

/** @typedef {import("../lib/linefile.js").Source} Source */
/** @typedef {import("../lib/trust.js").Trust} Trust */
/** @typedef {import("../lib/recording.js").Progress} Progress */
/** By path below what was chosen, with / between. @typedef {Map<string, Source>} Files */
/** @typedef {{folder: string|null, logbook: string|null, receipt: string|null}} Found paths; folder null: a logbook alone */

/** What stops us before anything is judged: said by its code and values. */
export class Unusable extends Error {
  /** @param {string} code @param {{[name: string]: unknown}} [values] */
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** @param {string} folder @param {string} name */
const join = (folder, name) => (folder ? `${folder}/${name}` : name);

/** @param {string} path */
const parent = (path) => path.split("/").slice(0, -1).join("/");

const STORE = "recordings/";

/** A folder was named and no single file: its logbook is that of a store, whatever is left of
 * it. A logbook by itself is dropped as a file. @param {Files} files */
export function markStore(files) {
  const recording = files.has("journal.jws") || files.has("recording/journal.jws");
  if (files.has("logbook.jws") && !recording) files.set(STORE, memory(new Uint8Array(0)));
}

/** @param {Files} files @returns {Found} */
export function find(files) {
  const journals = [...files.keys()].filter((path) => path === "journal.jws" || path.endsWith("/journal.jws"));
  const folders = journals.map(parent).sort((a, b) => a.length - b.length);
  const chosen = folders.find((folder) => folder === "" || folder === "recording") ?? null;
  const store = files.has("logbook.jws") && [...files.keys()].some((path) => path.startsWith(STORE));
  if (chosen !== null && store) throw new Unusable("several");
  if (chosen !== null) return near(files, chosen);
  if (files.has("logbook.jws")) return { folder: null, logbook: "logbook.jws", receipt: here(files, "", "receipt.json") };
  if (folders.length === 1) return near(files, folders[0]);
  throw new Unusable(folders.length ? "several" : "no-recording");
}

/** @param {Files} files @param {string} folder @returns {Found} */
function near(files, folder) {
  return { folder, logbook: here(files, folder, "logbook.jws"), receipt: here(files, folder, "receipt.json") };
}

/** In the folder or up to two above. @param {Files} files @param {string} folder @param {string} name */
function here(files, folder, name) {
  for (let levels = 0, at = folder; levels < 3; levels++, at = parent(at)) {
    if (files.has(join(at, name))) return join(at, name);
    if (at === "") break;
  }
  return null;
}

/**
 * @param {Files} files @param {string} name of the folder that was chosen @param {Trust|null} trust @param {Progress} [progress]
 * @param {import("../lib/recording.js").Head|null} [head] for a logbook or a store
 * @returns {Promise<import("../lib/report.js").Report>}
 */
export async function judge(files, name, trust, progress, head = null) {
  const found = find(files);
  const source = (/** @type {string|null} */ path) => (path === null ? null : files.get(path) ?? null);
  const receipt = found.receipt === null ? null : await readWhole(files, found.receipt, MAX_EVIDENCE);
  const logbook = source(found.logbook);
  if (found.folder === null) {
    const recordings = held(files);
    return verifyStore({ logbook: /** @type {Source} */ (logbook), receipt, recordings }, trust, progress, head);
  }
  if (head) throw new Unusable("since-head");
  // A clip has no sealed bytes to compare: to call them missing would accuse a sound one.
  if (files.has(join(found.folder, "clip.json"))) throw new Unusable("clip");
  const own = found.folder === "" ? name : found.folder.split("/").at(-1);
  const journal = /** @type {Source} */ (source(join(found.folder, "journal.jws")));
  const media = source(join(found.folder, "media.sealed"));
  return verifyRecording({ journal, media, logbook, receipt, id: isId(own) ? own : "" }, trust, progress);
}

/** A folder without a file may stand in the list as its name with a / at the end. @param {Files} files */
function held(files) {
  const paths = [...files.keys()].filter((path) => path.startsWith(STORE));
  if (paths.length === 0) return null;
  const names = new Set(paths.map((path) => path.split("/")[1]).filter(Boolean));
  return new Map([...names].map((name) => {
    const journal = files.get(`recordings/${name}/journal.jws`) ?? memory(new Uint8Array(0));
    return [name, { journal, media: files.get(`recordings/${name}/media.sealed`) ?? null }];
  }));
}

/** @param {Files} files @param {string} path @param {number} limit in bytes */
export async function readWhole(files, path, limit) {
  const source = /** @type {Source} */ (files.get(path));
  if (source.size > limit) throw new Unusable("too-large", { path, limit });
  return source.read(0, source.size);
}
