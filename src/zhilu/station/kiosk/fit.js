// @ts-check
/**
 * A card has as much room as the screen leaves it. What does not fit is left out whole, the friendly first, what is
 * wrong never; no line is cut in its middle. All of it is a touch away, behind the number.
 */

/** In the order in which they go. */
const LEAST = ["facts", "next", "person", "title", "missing", "work"];

/**
 * @param {HTMLElement} card
 * @param {HTMLElement} words
 */
export function fit(card, words) {
  for (let gone = 0; gone <= LEAST.length; gone++) {
    card.dataset.tight = LEAST.slice(0, gone).join(" ");
    if (words.scrollHeight <= words.clientHeight + 1) return;
  }
}
