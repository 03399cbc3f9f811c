// Files that a person has chosen or dropped, as sources that are read in pieces: a file of gigabytes is never in memory.

import { markStore, Unusable } from "./parts.js";

/** @typedef {import("./parts.js").Files} Files */
/** @typedef {{files: Files, name: string}} Folder */

const NAMES = new Set(["journal.jws", "media.sealed", "logbook.jws", "receipt.json", "clip.json"]);
const MAX_FILES = 100_000;
const DEPTH = 4;

/** @param {Blob} file @returns {import("../lib/linefile.js").Source} */
export function sourceOf(file) {
  return {
    size: file.size,
    read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
  };
}

/** Of <input webkitdirectory>: each path begins with the folder's name. @param {File[]} chosen @returns {Folder} */
export function chosenFiles(chosen) {
  /** @type {Files} */
  const files = new Map();
  let name = "";
  for (const file of chosen.slice(0, MAX_FILES)) {
    const [top, ...rest] = file.webkitRelativePath.split("/");
    name = top;
    if (NAMES.has(file.name)) files.set(rest.join("/"), sourceOf(file));
  }
  markStore(files);
  return { files, name };
}

/** What was dropped: a folder, or the files themselves. @param {DataTransfer} transfer @returns {Promise<Folder>} */
export async function droppedFiles(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  // A page from disk gets no entry of the older interface; a browser without the newer one gets no folder at all.
  const asked = items.map((item) =>
    "getAsFileSystemHandle" in item
      ? /** @type {any} */ (item).getAsFileSystemHandle()
      : Promise.resolve(item.getAsFile()),
  );
  /** @type {Files} */
  const files = new Map();
  let name = "";
  for (const handle of await Promise.all(asked)) {
    if (handle instanceof File) files.set(handle.name, sourceOf(handle));
    else if (handle?.kind === "file") files.set(handle.name, sourceOf(await handle.getFile()));
    else if (handle) {
      name = handle.name;
      await walk(handle, "", files, 0);
    }
  }
  if (files.size === 0) throw new Unusable("no-recording");
  if (name) markStore(files);
  return { files, name };
}

/** @param {any} folder @param {string} path @param {Files} files @param {number} depth */
async function walk(folder, path, files, depth) {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "directory" && depth < DEPTH) await walk(handle, `${path}${name}/`, files, depth + 1);
    else if (NAMES.has(name)) files.set(`${path}${name}`, sourceOf(await handle.getFile()));
  }
}
