// Strict JSON (spec/journal.md §1): UTF-8, one object, and refused if it has a byte order mark, a duplicate key at any
// depth, a number that is not an integer within ±(2^53 − 1), NaN or Infinity, a lone surrogate, depth over 16.
// JSON.parse takes duplicate keys, floats and lone surrogates, and a reviver cannot see them: hence this parser.
// Objects have no prototype, so a key named `__proto__` is a key like any other.

import { Defect } from "./defect.js";

/** @typedef {null|boolean|number|string|JsonArray|JsonObject} Json */
/** @typedef {Json[]} JsonArray */
/** @typedef {{[key: string]: Json}} JsonObject */

const MAX_DEPTH = 16;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPES = /** @type {Record<string, string>} */ ({
  '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
});

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new Defect("json", "json", "", detail);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [limit] in bytes
 * @returns {JsonObject}
 */
export function parseObject(bytes, limit = 65536) {
  if (bytes.length > limit) refuse("too long");
  let text = "";
  try {
    text = decoder.decode(bytes);
  } catch {
    refuse("not UTF-8");
  }
  if (text.startsWith("\ufeff")) refuse("byte order mark");
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  if (value === null || typeof value !== "object" || Array.isArray(value)) return refuse("not an object");
  return value;
}

class Parser {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.i = 0;
  }

  space() {
    while (" \t\n\r".includes(this.text[this.i] || "x")) this.i++;
  }

  end() {
    this.space();
    if (this.i !== this.text.length) refuse("text after the end");
  }

  /** @param {string} word */
  take(word) {
    if (!this.text.startsWith(word, this.i)) refuse(`${word} expected`);
    this.i += word.length;
  }

  /** @param {number} depth of what encloses the value @returns {Json} */
  value(depth) {
    this.space();
    const first = this.text[this.i];
    if (first === "{") return this.object(depth + 1);
    if (first === "[") return this.array(depth + 1);
    if (first === '"') return this.string();
    if (first === "t") return this.take("true"), true;
    if (first === "f") return this.take("false"), false;
    if (first === "n") return this.take("null"), null;
    return this.integer();
  }

  /** @param {number} depth @returns {JsonObject} */
  object(depth) {
    if (depth > MAX_DEPTH) refuse("too deep");
    const result = /** @type {JsonObject} */ (Object.create(null));
    this.take("{");
    this.space();
    if (this.text[this.i] === "}") return this.i++, result;
    for (;;) {
      this.space();
      const key = this.string();
      if (key in result) refuse("duplicate key");
      this.space();
      this.take(":");
      result[key] = this.value(depth);
      this.space();
      if (this.text[this.i] === "}") return this.i++, result;
      this.take(",");
    }
  }

  /** @param {number} depth @returns {JsonArray} */
  array(depth) {
    if (depth > MAX_DEPTH) refuse("too deep");
    /** @type {JsonArray} */
    const result = [];
    this.take("[");
    this.space();
    if (this.text[this.i] === "]") return this.i++, result;
    for (;;) {
      result.push(this.value(depth));
      this.space();
      if (this.text[this.i] === "]") return this.i++, result;
      this.take(",");
    }
  }

  string() {
    this.take('"');
    let result = "";
    for (;;) {
      const char = this.text[this.i++];
      if (char === undefined) refuse("unfinished string");
      if (char === '"') break;
      if (char < " ") refuse("control character");
      result += char === "\\" ? this.escape() : char;
    }
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(result)) refuse("lone surrogate");
    return result;
  }

  escape() {
    const char = this.text[this.i++] ?? "";
    if (char !== "u") return ESCAPES[char] ?? refuse("escape");
    const digits = this.text.slice(this.i, this.i + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) refuse("escape");
    this.i += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  integer() {
    const rest = /-?[0-9][0-9.eE+-]*/y;
    rest.lastIndex = this.i;
    const text = rest.exec(this.text)?.[0] ?? refuse("value expected");
    if (!/^(0|-?[1-9][0-9]*)$/.test(text)) refuse("not an integer");
    const value = Number(text);
    if (!Number.isSafeInteger(value)) refuse("integer too large");
    this.i += text.length;
    return value;
  }
}

/** @param {string} name @returns {never} */
function badField(name) {
  throw new Defect("field", "field", "", name);
}

// One reader for each type of field. A missing field is ill-typed as well: it is undefined.

/** @param {JsonObject} object @param {string} name */
export function text(object, name) {
  const value = object[name];
  return typeof value === "string" ? value : badField(name);
}

/** @param {JsonObject} object @param {string} name @param {number} [least] */
export function integer(object, name, least = 0) {
  const value = object[name];
  return typeof value === "number" && value >= least ? value : badField(name);
}

/** @param {JsonObject} object @param {string} name */
export function bool(object, name) {
  const value = object[name];
  return typeof value === "boolean" ? value : badField(name);
}

/** @param {JsonObject} object @param {string} name @returns {JsonObject} */
export function object(object, name) {
  const value = object[name];
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : badField(name);
}

/** @param {JsonObject} object @param {string} name @returns {string[]} */
export function texts(object, name) {
  const value = object[name];
  if (!Array.isArray(value)) return badField(name);
  return value.map((item) => (typeof item === "string" ? item : badField(name)));
}

/** @param {JsonObject} object @param {string} name @returns {JsonObject[]} */
export function objects(object, name) {
  const value = object[name];
  if (!Array.isArray(value)) return badField(name);
  return value.map((item) =>
    item !== null && typeof item === "object" && !Array.isArray(item) ? item : badField(name),
  );
}

/**
 * A text of a certain form.
 * @param {JsonObject} object @param {string} name @param {(value: unknown) => boolean} form
 */
export function formed(object, name, form) {
  const value = text(object, name);
  return form(value) ? value : badField(name);
}
