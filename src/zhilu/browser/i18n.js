// Language of the page: what was chosen by the switch, else the browser's, as on the platform; Simplified Chinese
// where it names neither. Messages are their English text; zh.json has the Chinese of every one of them.

const KEY = "zhilu-language";
/** @type {Record<string, string>} */
let catalogue = {};
/** @type {"zh"|"en"} */
export let language = "zh";

/** Once, before anything is shown. */
export async function loadLanguage() {
  language = chosen();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (language === "zh") catalogue = await (await fetch(new URL("./zh.json", import.meta.url))).json();
}

/** @returns {"zh"|"en"} */
function chosen() {
  for (const one of [localStorage.getItem(KEY), ...navigator.languages]) {
    if (/^zh\b/i.test(one ?? "")) return "zh";
    if (/^en\b/i.test(one ?? "")) return "en";
  }
  return "zh";
}

/** @param {"zh"|"en"} next */
export function switchLanguage(next) {
  localStorage.setItem(KEY, next);
  location.reload();
}

/** @param {string} msgid English, with {name} for values @param {Record<string, string|number>} [values] */
export function t(msgid, values = {}) {
  return (catalogue[msgid] ?? msgid).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const ZONE = "Asia/Shanghai";

/** UTC text or unix milliseconds, as Beijing time to the second. @param {string|number} when */
export function beijing(when) {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "medium" });
  return format.format(new Date(when));
}

/** The hour only. @param {number} ms */
export function beijingClock(ms) {
  return beijing(ms).slice(11);
}

/** 3725 → 1:02:05, always with hours. @param {number} seconds */
export function elapsed(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** The reverse; null for anything else. @param {string} text */
export function readElapsed(text) {
  const match = /^(\d{1,3}):([0-5]\d):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : null;
}
