// The review of a recording by keyboard: 1 to 9 choose an item, y, n and x answer it and go on, arrows go up
// and down, w opens the viewing room, s files the review, j goes to the next recording. Without this file the
// same is done by the form's own fields.

/** @param {Element} form @returns {HTMLElement[]} */
function items(form) {
  return [...form.querySelectorAll("[data-item]")].filter((one) => one instanceof HTMLElement);
}

/** @param {HTMLElement[]} all @returns {number} of the item that has the focus, or is marked; 0 at first */
function current(all) {
  const at = all.findIndex((one) => one.contains(document.activeElement) || one.dataset.current === "yes");
  return Math.max(0, at);
}

/** @param {HTMLElement[]} all @param {number} at */
function choose(all, at) {
  const item = all[Math.min(Math.max(at, 0), all.length - 1)];
  if (!item) return;
  for (const one of all) one.dataset.current = one === item ? "yes" : "no";
  const input = item.querySelector("input:checked") ?? item.querySelector("input");
  if (input instanceof HTMLInputElement) input.focus();
}

/** @param {HTMLElement[]} all @param {string} answer */
function answer(all, answer) {
  const at = current(all);
  const input = all[at]?.querySelector(`input[value="${answer}"]`);
  if (!(input instanceof HTMLInputElement)) return;
  input.checked = true;
  tell(all);
  if (at + 1 < all.length) choose(all, at + 1);
}

/** How many are answered. @param {HTMLElement[]} all */
function tell(all) {
  const done = all.filter((one) => one.querySelector("input:checked")).length;
  const count = document.querySelector("[data-answered]");
  if (count) count.textContent = `${done} / ${all.length}`;
}

/** @param {string} selector */
function follow(selector) {
  const link = document.querySelector(selector);
  if (link instanceof HTMLElement) link.click();
}

/** @param {Element | null} place @returns {boolean} somebody writes */
function isWriting(place) {
  return place instanceof HTMLTextAreaElement || place instanceof HTMLSelectElement
    || (place instanceof HTMLInputElement && place.type !== "radio");
}

/** @type {Record<string, string>} */
const ANSWERS = { y: "yes", n: "no", x: "na" };

const form = document.querySelector("form[data-review]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isWriting(document.activeElement)) return;
  const all = form ? items(form) : [];
  const key = event.key.toLowerCase();
  const said = ANSWERS[key];
  if (/^[1-9]$/.test(key)) choose(all, Number(key) - 1);
  else if (said) answer(all, said);
  else if (key === "arrowdown" || key === "arrowup") choose(all, current(all) + (key === "arrowdown" ? 1 : -1));
  else if (key === "w") follow("[data-watch]");
  else if (key === "j") follow("[data-next]");
  else if (key === "s" && form instanceof HTMLFormElement) form.requestSubmit();
  else return;
  event.preventDefault();
});

if (form) {
  const all = items(form);
  form.addEventListener("change", () => tell(all));
  tell(all);
  choose(all, all.findIndex((one) => !one.querySelector("input:checked")));
}
