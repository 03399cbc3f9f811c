// @ts-check
/**
 * The page's sentences: English msgids, Chinese in zh.json. Chinese unless switched; the choice stays in this browser.
 */

/** @typedef {"zh" | "en"} Language */

/** @type {Record<string, string>} */
let chinese = {};

/** @type {Language} */
let language = localStorage.getItem("zhilu-language") === "en" ? "en" : "zh";

/** Load the catalogue; the page shows nothing before. */
export async function loadWords() {
  const answer = await fetch("zh.json");
  chinese = await answer.json();
}

/** @returns {Language} */
export function currentLanguage() {
  return language;
}

/** Change to the other language. */
export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("zhilu-language", language);
}

/**
 * A sentence in the language in use, its `{fields}` filled in.
 * @param {string} msgid
 * @param {Record<string, string | number>} [fields]
 * @returns {string}
 */
export function t(msgid, fields = {}) {
  const sentence = language === "zh" ? (chinese[msgid] ?? msgid) : msgid;
  return sentence.replace(/\{([a-z_]+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/**
 * Put the sentences of `data-t` attributes in place.
 * @param {ParentNode} root
 */
export function applyWords(root) {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const node of root.querySelectorAll("[data-t]")) {
    node.textContent = t(/** @type {HTMLElement} */ (node).dataset.t ?? "");
  }
}

/**
 * Bytes for people.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/**
 * Time left, for people.
 * @param {number | null} seconds
 */
export function timeLeft(seconds) {
  if (seconds === null) return "";
  return seconds < 60 ? t("less than a minute left") : t("about {n} min left", { n: Math.ceil(seconds / 60) });
}

/**
 * Beijing time of an instant: `10:40`, or `11-24 10:40` with the day.
 * @param {string | Date} at
 * @param {boolean} withDay
 */
export function beijing(at, withDay) {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: "Asia/Shanghai",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(at));
  const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${withDay ? `${of.month}-${of.day} ` : ""}${of.hour}:${of.minute}`;
}

/**
 * Minutes left, for a tile.
 * @param {number | null} seconds
 */
export function shortLeft(seconds) {
  if (seconds === null) return "";
  return seconds < 60 ? t("< 1 min") : t("{n} min", { n: Math.ceil(seconds / 60) });
}

/**
 * A clock that is off by two seconds or more; else nothing.
 * @param {number | null} us
 */
export function offset(us) {
  if (us === null || Math.abs(us) < 2e6) return "";
  const n = Math.abs(us / 1e6).toFixed(0);
  return us > 0 ? t("clock {n} s fast", { n }) : t("clock {n} s slow", { n });
}

/**
 * A place in a recording: `3:05`, `1:02:07`.
 * @param {number} us
 */
export function timecode(us) {
  const all = Math.round(us / 1e6);
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const tail = String(s).padStart(2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

/** The day in Beijing, for the header. */
export function today() {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const options = /** @type {const} */ ({ timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "long" });
  return new Intl.DateTimeFormat(locale, options).format(new Date());
}
