// Language of the page: Simplified Chinese first, English by switch. Messages are their English text; zh.json has the
// Chinese of every one of them.

const KEY = "zhilu-language";
/** @type {Record<string, string>} */
let catalogue = {};
/** @type {"zh"|"en"} */
export let language = "zh";

/** Once, before anything is shown. */
export async function loadLanguage() {
  language = localStorage.getItem(KEY) === "en" ? "en" : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (language === "zh") catalogue = await (await fetch(new URL("./zh.json", import.meta.url))).json();
}

/** @param {"zh"|"en"} chosen */
export function switchLanguage(chosen) {
  localStorage.setItem(KEY, chosen);
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
