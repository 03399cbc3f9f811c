// The second reader as a command: node verify-node.mjs PATH [--trust FILE] [--since-head N:HEX] [--json] [--lang zh|en]
// Exit code as `zhilu verify`: 0 sound and anchored, 1 a defect or not anchored, 2 unreadable. No package, no network.

import { lstat, open, readFile, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { Defect } from "./lib/defect.js";
import { MAX_TRUST, readTrust } from "./lib/trust.js";
import { Unusable, judge, markStore } from "./verifier/parts.js";
import { lineOf, rowsOf, sentenceOf, spanOf, verdictOf } from "./verifier/show.js";
import { speaker } from "./verifier/words.js";

const SHOWN = 20;
/** Open until the end: a handle that is collected as garbage prints a warning. @type {import("node:fs/promises").FileHandle[]} */
const handles = [];
const NAMES = ["journal.jws", "media.sealed", "logbook.jws", "receipt.json"];

/** A file on disk, read in pieces. @param {string} path @param {number} size @returns {import("./lib/linefile.js").Source} */
function source(path, size) {
  /** @type {import("node:fs/promises").FileHandle|null} */
  let handle = null;
  return {
    size,
    read: async (from, to) => {
      if (!handle) handles.push((handle = await open(path)));
      const file = handle;
      const bytes = new Uint8Array(to - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    },
  };
}

/** @param {string} path @returns {Promise<import("node:fs").Stats|null>} */
async function regular(path) {
  const status = await stat(path).catch(() => null);
  return status?.isFile() ? status : null;
}

/** What lies in the folder, in `recording` in it, and up to two above. @param {string} path */
async function filesAt(path) {
  await lstat(path);
  const file = await regular(path);
  // One part of a recording was named: to take it for a logbook would accuse a sound file.
  const part = file && ["journal.jws", "media.sealed"].includes(basename(path));
  if (file && !part) return { files: await nearLogbook(path, file.size), name: "" };
  const folder = resolve(part ? dirname(path) : path);
  const inner = (await regular(join(folder, "journal.jws"))) ? folder : join(folder, "recording");
  const base = (await regular(join(inner, "journal.jws"))) ? inner : folder;
  /** @type {import("./verifier/parts.js").Files} */
  const files = new Map();
  for (const [level, at] of [base, dirname(base), dirname(dirname(base))].entries()) {
    for (const name of NAMES.slice(level === 0 ? 0 : 2)) {
      const status = await regular(join(at, name));
      if (status && !files.has(name)) files.set(name, source(join(at, name), status.size));
    }
  }
  const own = await regular(join(folder, "logbook.jws"));
  if (own) await addStore(files, folder);
  if (own) markStore(files);
  if (base === folder && !files.has("journal.jws") && !own) files.clear();
  return { files, name: basename(base) };
}

/** A recorder's store: every folder in it, also an empty one. @param {import("./verifier/parts.js").Files} files @param {string} folder */
async function addStore(files, folder) {
  const held = join(folder, "recordings");
  const names = await readdir(held).catch(() => null);
  if (names === null) return;
  files.set("recordings/", source(held, 0));
  for (const name of names) {
    files.set(`recordings/${name}/`, source(held, 0));
    for (const part of NAMES.slice(0, 2)) {
      const status = await regular(join(held, name, part));
      if (status) files.set(`recordings/${name}/${part}`, source(join(held, name, part), status.size));
    }
  }
}

/** @param {string} path @param {number} size */
async function nearLogbook(path, size) {
  const files = new Map([["logbook.jws", source(path, size)]]);
  for (let at = dirname(resolve(path)), level = 0; level < 3; at = dirname(at), level++) {
    const receipt = join(at, "receipt.json");
    const status = await regular(receipt);
    if (status && !files.has("receipt.json")) files.set("receipt.json", source(receipt, status.size));
  }
  return files;
}

/** @param {string|undefined} text @returns {import("./lib/recording.js").Head|null} */
function headOf(text) {
  if (text === undefined) return null;
  const match = /^(0|[1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text);
  if (!match) throw new TypeError("--since-head N:HEX");
  return { n: Number(match[1]), hash: match[2] };
}

/** @param {string|undefined} path */
async function trustAt(path) {
  if (path === undefined) return null;
  const { size } = await stat(path);
  if (size > MAX_TRUST) throw new Unusable("too-large", { path, limit: MAX_TRUST });
  return readTrust(await readFile(path));
}

/** @param {import("./lib/report.js").Report} report @param {import("./lib/trust.js").Trust|null} trust @param {import("./verifier/words.js").Speaker} say */
function* linesOf(report, trust, say) {
  yield `${say.phrase(`verdict-${verdictOf(report)}`)}: ${sentenceOf(report, say)}`;
  for (const [name, value] of rowsOf(report, trust, say)) yield `  ${name}  ${value}`;
  for (const [title, findings] of /** @type {const} */ ([["defects", report.defects], ["notes", report.notes]])) {
    if (findings.length) yield `${say.phrase(title)}:`;
    for (const finding of findings.slice(0, SHOWN)) {
      yield `  ${lineOf(finding, say)}`;
      if (finding.since) yield `    ${spanOf(finding, say)}`;
    }
    if (findings.length > SHOWN) yield `  … ${say.phrase("more", { count: findings.length - SHOWN })}`;
  }
  if (trust) yield say.phrase("compare");
  yield say.phrase("proves-nothing");
}

/** @param {unknown} error @param {string} path @param {import("./verifier/words.js").Speaker} say */
function unusable(error, path, say) {
  if (error instanceof Unusable) return say.phrase(error.code, error.values);
  if (error instanceof Defect) return say.phrase("trust-refused", { sentence: `${say.sentence(error.code)} [${error.code}]` });
  if (error instanceof Error && "code" in error) return say.phrase("unreadable", { path, detail: error.message });
  throw error;
}

async function main() {
  const options = /** @type {const} */ ({
    "trust": { type: "string" },
    "since-head": { type: "string" },
    "json": { type: "boolean" },
    "lang": { type: "string", default: process.env.ZHILU_LANG === "en" ? "en" : "zh" },
  });
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const say = speaker(values.lang === "en" ? "en" : "zh");
  if (positionals.length !== 1) throw new TypeError("PATH [--trust FILE] [--json] [--lang zh|en]");
  const [path] = positionals;
  const head = headOf(values["since-head"]);
  try {
    const trust = await trustAt(values.trust);
    const { files, name } = await filesAt(path);
    const report = await judge(files, name, trust, undefined, head);
    const { findings, facts, sound } = report;
    const whole = JSON.stringify({ sound, ...facts, findings }, null, 2);
    console.log(values.json ? whole : [...linesOf(report, trust, say)].join("\n"));
    return report.anchored ? 0 : 1;
  } catch (error) {
    console.error(unusable(error, path, say));
    return 2;
  }
}

process.exitCode = await main().catch((error) => {
  console.error(error instanceof TypeError ? error.message : error);
  return 2;
});
