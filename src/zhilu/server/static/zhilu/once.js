// A form is sent once: a second click while its answer is under way would enter the same thing twice. Whoever
// comes back to the page may send it again, and whoever waits for long.

const UNDER_WAY_MS = 10_000;

/** When each was sent. @type {Map<EventTarget | null, number>} */
const sent = new Map();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  const at = sent.get(form);
  if (at !== undefined && event.timeStamp - at < UNDER_WAY_MS) event.preventDefault();
  else sent.set(form, event.timeStamp);
});

addEventListener("pageshow", () => sent.clear());
