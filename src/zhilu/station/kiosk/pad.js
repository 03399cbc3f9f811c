// @ts-check
/** Keys of our own for digits and codes: a search by number needs no other keyboard. */
import { button, icon, make } from "./dom.js";
import { t } from "./words.js";

export const DIGITS = "123456789";
/** The letters of a unified social credit code: no I, O, S, V, Z. */
export const CODE_LETTERS = "ABCDEFGHJKLMNPQRTUWXY";

/**
 * A pad that types into `field` as a keyboard would.
 * @param {HTMLInputElement} field
 * @param {string} keys
 */
export function pad(field, keys) {
  const put = (/** @type {string} */ text) => {
    if (field.maxLength < 0 || text.length <= field.maxLength) field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const key = (/** @type {string} */ letter) => {
    const node = button("pad-key", [letter], () => put(field.value + letter));
    // Two quick touches are two digits here.
    return node;
  };
  const erase = button("pad-key", [icon("erase")], () => put(field.value.slice(0, -1)));
  erase.setAttribute("aria-label", t("Erase the last one"));
  const clear = button("pad-key", [icon("cross")], () => put(""));
  clear.setAttribute("aria-label", t("Erase all"));
  const node = make("div", keys === DIGITS ? "pad" : "pad wide", ...[...keys].map(key), clear, key("0"), erase);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", t("Number pad"));
  return node;
}
