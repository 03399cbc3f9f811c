// What every page of the viewing room shares: building elements, the frame, notices, the session.
// Text is always set as text, never as HTML.

import { ApiError, call } from "./api.js";
import { browserCredentials } from "./credentials.js";
import { language, loadLanguage, switchLanguage, t } from "./i18n.js";
import { signIn } from "./opening.js";
import { cityAway, explain } from "./errors.js";

/** @typedef {{person: string, name: string, roles: string[], credential: string, viewer_key: string|null}} Person */
/** @typedef {{bureau: string, name: {zh: string, en: string}, rp_id: string, ciphertext_origin: string, demonstration?: boolean, pinning?: boolean, city?: City|null}} Info */
/** The city's keyholder; since when it is away. @typedef {{name: {zh: string, en: string}, since: string|null, reason: string}} City */
/** @typedef {Node|string|null|false} Child */

const fetch_ = globalThis.fetch.bind(globalThis);

/** @param {string} path @param {object} [body] makes it a POST @returns {Promise<any>} */
export function api(path, body) {
  return call(fetch_, path, body);
}

/**
 * An element. Attributes that begin with `on` are listeners; `class`, `for` and the like as in HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [attributes] @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false).map((child) => child || ""));
  return element;
}

/** @param {Info} info */
export function bureauName(info) {
  return info.name[language] || info.bureau;
}

/** The person who is signed in, or null. @returns {Promise<Person|null>} */
async function whoAmI() {
  try {
    return await api("/api/session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/**
 * Builds a page: frame, then `content`. Where `signedIn` is asked, a visitor sees the sign-in first.
 * @param {{title: () => string, signedIn?: boolean, content: (context: {info: Info, person: Person|null}) => Child[]|Promise<Child[]>}} page
 */
export async function showPage({ title, signedIn = true, content }) {
  await loadLanguage();
  document.title = `${title()} · ${t("Zhilu viewing room")}`;
  const main = el("main", { id: "main", tabindex: "-1" });
  try {
    /** @type {Info} */
    const info = await api("/api/info");
    const person = await whoAmI();
    document.body.replaceChildren(skipLink(), ...demonstration(info), header(info, person), main, footer());
    main.append(...cityNotice(info));
    const mustSignIn = signedIn && !person;
    main.append(...kept(mustSignIn ? signInCard(info) : [el("h1", {}, title()), ...(await content({ info, person }))]));
  } catch (error) {
    if (!main.isConnected) document.body.replaceChildren(main);
    main.append(el("h1", {}, title()), notice(explain(error)));
  }
  document.body.dataset.ready = "yes";
}

/** @param {Child[]} children @returns {(Node|string)[]} */
function kept(children) {
  return children.filter((child) => child !== null && child !== false);
}

function skipLink() {
  return el("a", { class: "skip", href: "#main" }, t("Skip to the content"));
}

/** @param {Info} info @returns {Node[]} */
function demonstration(info) {
  return info.demonstration ? [el("p", { class: "demo", role: "note" }, t("DEMO: people, taxpayers and keys are invented. Nothing here is evidence."))] : [];
}

/** @param {Info} info @returns {Node[]} */
function cityNotice({ city }) {
  return city?.since ? [notice(cityAway(city.name[language] || city.name.zh, city.since, city.reason))] : [];
}

/** @param {Info} info @param {Person|null} person */
function header(info, person) {
  const other = language === "zh" ? "en" : "zh";
  const links = person ? [link("/", t("Home"))] : [link("/", t("Sign in"))];
  if (person?.roles.includes("security-administrator")) links.push(link("/witness", t("Witness registrations")), link("/keys", t("Security keys")));
  links.push(link("/register", t("Register a security key")));
  return el(
    "header",
    { class: "bar" },
    el("a", { class: "brand", href: "/" }, el("img", { src: "/browser/icon.svg", alt: "", width: 30, height: 30 }),
      el("span", {}, t("Zhilu viewing room"))),
    el("span", { class: "bureau" }, bureauName(info)),
    el("nav", { "aria-label": t("Main navigation") }, ...links),
    person && el("span", { class: "who" }, person.name),
    person && el("button", { class: "quiet", type: "button", onclick: signOut }, t("Sign out")),
    el("button", { class: "quiet", type: "button", lang: other === "zh" ? "zh-CN" : "en", onclick: () => switchLanguage(other) },
      other === "zh" ? "中文" : "English"),
  );
}

/** @param {string} href @param {string} text */
function link(href, text) {
  const here = location.pathname === href;
  return el("a", { href, "aria-current": here && "page" }, text);
}

function footer() {
  return el("footer", {}, t("Every viewing is logged in the ledger, with the reason, before a key is released."));
}

async function signOut() {
  await api("/api/session/end", {});
  location.assign("/");
}

/** @param {Info} info @returns {Child[]} */
function signInCard(info) {
  const problem = el("div", { role: "alert" });
  const start = async () => {
    await signIn({ api: "", credentials: browserCredentials(info.rp_id) });
    location.reload();
  };
  const button = actionButton(t("Sign in with a security key"), start, problem);
  return [
    el("section", { class: "card narrow" },
      el("h1", {}, t("Sign in")),
      el("p", {}, t("Insert your security key, press the button, and confirm with your fingerprint or PIN.")),
      el("p", { class: "actions" }, button),
      problem,
      el("p", { class: "hint" }, t("No security key registered yet?"), " ",
        el("a", { href: "/register" }, t("Register a security key"))),
    ),
  ];
}

/**
 * A button that works once at a time and shows what went wrong.
 * @param {string} text @param {() => Promise<void>} work @param {HTMLElement} problem @param {string} [kind]
 */
export function actionButton(text, work, problem, kind = "primary") {
  const button = el("button", { class: kind, type: "button" }, text);
  button.addEventListener("click", () => busy(button, work, problem));
  return button;
}

/** @param {HTMLButtonElement} button @param {() => Promise<void>} work @param {HTMLElement} problem */
export async function busy(button, work, problem) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  problem.replaceChildren();
  try {
    await work();
  } catch (error) {
    problem.replaceChildren(notice(explain(error)));
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** A warning. @param {...Child} children */
export function notice(...children) {
  return el("p", { class: "notice" }, ...children);
}

/** @param {string[]} head @param {Child[][]} rows @param {string} empty @param {string} caption */
export function table(head, rows, empty, caption) {
  if (rows.length === 0) return el("p", { class: "empty" }, empty);
  return el(
    "div",
    { class: "scroll" },
    el("table", {},
      el("caption", { class: "sr" }, caption),
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))))),
    ),
  );
}

/** Terms and what they are. @param {[string, Child][]} pairs */
export function facts(pairs) {
  return el("dl", {}, ...pairs.flatMap(([term, what]) => [el("dt", {}, term), el("dd", {}, what)]));
}
