// The page from disk: a person chooses the folder of a recording, and optionally the trust document, and reads the
// verdict. Nothing leaves the computer: the page's policy allows no connection at all.

import { Defect } from "../lib/defect.js";
import { MAX_TRUST, readTrust } from "../lib/trust.js";
import { chosenFiles, droppedFiles, sourceOf } from "./disk.js";
import { Unusable, judge } from "./parts.js";
import { plain } from "./plain.js";
import { rowsOf, sentenceOf, spanOf, verdictOf } from "./show.js";
import { pageWords } from "./page-words.js";
import { speaker } from "./words.js";

/** @typedef {import("../lib/report.js").Report} Report */
/** @typedef {import("../lib/report.js").Finding} Finding */
/** @typedef {import("../lib/trust.js").Trust} Trust */
/** @typedef {{files: import("./parts.js").Files, name: string}} Folder */

const SHOWN = 200;

/** What the person has chosen, and what came of it. */
const state = {
  /** @type {import("./words.js").Language} */
  language: "zh",
  /** @type {Folder|null} */
  folder: null,
  /** @type {{name: string, trust: Trust}|null} */
  trust: null,
  /** @type {Report|null} */
  report: null,
  /** What stopped us. @type {(() => string)|null} */
  trouble: null,
  /** Rises with each judgement: an older one that ends later is not shown. */
  turn: 0,
};

/**
 * @param {string} tag @param {{[name: string]: string}} attributes @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const say = () => speaker(state.language);
const word = (/** @type {keyof typeof pageWords} */ name) => pageWords[name][state.language === "zh" ? 0 : 1];

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const result = el("div", { id: "result", "aria-live": "polite" });
const emblem = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")).href;

/** @param {string} id @param {string} label @param {boolean} folder @param {(files: File[]) => void} take */
function picker(id, label, folder, take) {
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "file", id, "aria-describedby": `${id}-hint` }));
  if (folder) input.webkitdirectory = true;
  else input.accept = ".json,application/json";
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // The same folder may be chosen again after it was changed.
    input.value = "";
    if (files.length) take(files);
  });
  return el("div", { class: "pick" }, input, el("label", { class: "button", for: id }, label));
}

function chooser() {
  const drop = el(
    "section",
    { class: "card drop" },
    el("h2", {}, word("step-folder")),
    el("p", { class: "hint", id: "folder-hint" }, word("hint-folder")),
    picker("folder", word("choose-folder"), true, (files) => takeFolder(chosenFiles(files))),
    el("p", { class: "code", id: "folder-name" }, plain(state.folder?.name ?? "")),
  );
  listen(drop);
  const trust = el(
    "section",
    { class: "card" },
    el("h2", {}, word("step-trust")),
    el("p", { class: "hint", id: "trust-hint" }, word("hint-trust")),
    picker("trust", word("choose-trust"), false, ([file]) => takeTrust(file)),
    el("p", { class: "code", id: "trust-name" }, plain(state.trust?.name ?? "")),
  );
  return el("div", { class: "chosen" }, drop, trust);
}

/** @param {HTMLElement} drop */
function listen(drop) {
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer) return;
    try {
      takeFolder(await droppedFiles(event.dataTransfer));
    } catch (error) {
      stop(error);
    }
  });
}

/** @param {Folder} folder */
function takeFolder(folder) {
  state.folder = folder;
  draw();
  void run();
}

/** @param {File} file */
async function takeTrust(file) {
  state.trust = null;
  try {
    if (file.size > MAX_TRUST) throw new Unusable("too-large", { path: file.name, limit: MAX_TRUST });
    const trust = await readTrust(await sourceOf(file).read(0, file.size));
    state.trust = { name: file.name, trust };
  } catch (error) {
    state.turn += 1;
    stop(error);
    return;
  }
  draw();
  void run();
}

/** @param {unknown} error */
function stop(error) {
  state.report = null;
  state.trouble = () => {
    if (error instanceof Unusable) return say().phrase(error.code, error.values);
    if (error instanceof Defect) {
      return say().phrase("trust-refused", { sentence: `${say().sentence(error.code)} [${error.code}]` });
    }
    return say().phrase("unreadable", { path: state.folder?.name ?? "", detail: String(error) });
  };
  draw();
}

async function run() {
  const { folder, trust } = state;
  if (!folder) return;
  const turn = ++state.turn;
  state.report = null;
  state.trouble = null;
  const bar = /** @type {HTMLProgressElement} */ (el("progress", { max: "1", value: "0", "aria-label": word("working") }));
  const step = el("p", {}, word("working"));
  result.replaceChildren(el("section", { class: "card working" }, step, bar));
  try {
    const report = await judge(folder.files, folder.name, trust?.trust ?? null, (which, done, total) => {
      if (turn !== state.turn) return;
      step.textContent = `${word("working")} ${word(which)}`;
      bar.value = total ? done / total : 1;
    });
    if (turn !== state.turn) return;
    state.report = report;
    draw();
  } catch (error) {
    if (turn === state.turn) stop(error);
  }
}

/** @param {Report} report */
function* reportCards(report) {
  const words = say();
  const verdict = verdictOf(report);
  const [first] = report.defects;
  const card = el("section", { class: `card verdict ${verdict}`, "data-verdict": verdict, "data-code": first?.code ?? "" });
  card.append(el("h2", {}, words.phrase(`verdict-${verdict}`)), el("p", {}, sentenceOf(report, words)));
  if (first) card.append(el("p", { class: "code" }, plain(first.place)), el("p", {}, spanOf(first, words)));
  if (state.trust && verdict !== "defect") card.append(el("p", {}, words.phrase("compare")));
  if (verdict === "consistent" && !state.trust) card.append(el("p", {}, word("hint-no-trust")));
  else if (verdict === "consistent" && report.facts.at) card.append(el("p", {}, word("hint-parts")));
  yield card;
  yield* findingCard("defects", report.defects);
  yield* findingCard("notes", report.notes);
  const facts = el("dl", {});
  for (const [name, value] of rowsOf(report, state.trust?.trust ?? null, words)) {
    facts.append(el("dt", {}, name), el("dd", {}, value));
  }
  yield el("section", { class: "card facts" }, el("h2", {}, word("facts")), facts);
}

/** @param {"defects"|"notes"} title @param {Finding[]} findings */
function* findingCard(title, findings) {
  if (!findings.length) return;
  const words = say();
  const head = el("tr", {}, ...["code", "layer", "place", "meaning"].map((name) =>
    el("th", { scope: "col" }, word(/** @type {keyof typeof pageWords} */ (name)))));
  const rows = findings.slice(0, SHOWN).map((finding) => {
    const meaning = el("td", {}, words.sentence(finding.code));
    if (finding.detail) meaning.append(el("div", { class: "code" }, plain(finding.detail)));
    if (finding.since) meaning.append(el("div", {}, spanOf(finding, words)));
    return el("tr", {}, el("td", { class: "code" }, finding.code), el("td", {}, words.layer(finding.layer)),
      el("td", { class: "code" }, plain(finding.place)), meaning);
  });
  const table = el("table", { class: "findings" }, el("thead", {}, head), el("tbody", {}, ...rows));
  const card = el("section", { class: "card" }, el("h2", {}, words.phrase(title)), el("div", { class: "scroll", tabindex: "0" }, table));
  if (findings.length > SHOWN) card.append(el("p", {}, words.phrase("more", { count: findings.length - SHOWN })));
  yield card;
}

function draw() {
  const other = state.language === "zh" ? "en" : "zh";
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = word("title");
  const language = el("button", { class: "quiet", type: "button", lang: other === "zh" ? "zh-CN" : "en" }, word("language"));
  language.addEventListener("click", () => {
    state.language = other;
    draw();
  });
  const brand = el("span", { class: "brand" }, el("img", { src: emblem, alt: "" }), word("title"));
  const header = el("header", { class: "bar" }, brand, language);
  const notice = el("p", { class: "about" }, say().phrase("proves-nothing"));
  const footer = el("footer", {}, word("offline"));
  document.querySelector("header")?.remove();
  document.querySelector("footer")?.remove();
  document.body.prepend(header);
  document.body.append(footer);
  if (state.trouble) result.replaceChildren(el("section", { class: "card", role: "alert" }, state.trouble()));
  else if (state.report) result.replaceChildren(...reportCards(state.report));
  main.replaceChildren(el("h1", {}, word("heading")), notice, chooser(), result);
}

draw();
