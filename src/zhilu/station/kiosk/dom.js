// @ts-check
/** Nodes of the page. Text goes in as text, never as markup: names and hints come from elsewhere. */

const SVG = "http://www.w3.org/2000/svg";

/** Strokes in a box of 24 × 24. */
const ICONS = /** @type {const} */ ({
  check: "M4 12.5 9.5 18 20 6.5",
  cross: "M6 6 18 18M18 6 6 18",
  alert: "M12 3.5 22 20.5H2ZM12 10v5M12 17.6v.4",
  clock: "M12 3a9 9 0 1 0 .01 0ZM12 7v5.2l3.6 2.2",
  key: "M8 8a4.5 4.5 0 1 0 .01 0M11.7 11 21 11M18 11v4M21 11v3",
  finger:
    "M6 17c1-2 1.2-3.5 1.2-5a4.8 4.8 0 0 1 9.6 0c0 3-.3 5-1 7.5M9.6 20c1.2-2.5 1.6-5 1.6-8a.8.8 0 0 1 1.6 0c0 3.5-.4 6-1.3 9M4 13c-.1-4.5 3-9 8-9 4.5 0 7.5 3.2 8 7.5",
  person: "M12 4a4 4 0 1 0 .01 0M4.5 21c.5-5 3.5-7.5 7.5-7.5s7 2.5 7.5 7.5",
  device: "M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2ZM12 7a2.6 2.6 0 1 0 .01 0M9.5 17h5",
  battery: "M3 8h15v8H3ZM21 11v2M6 11v2M9 11v2M12 11v2",
  film: "M3 6h12v12H3ZM15 10.5 21 7v10l-6-3.5",
  cloud: "M7 18.5a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.5 1.5 3.8 3.8 0 0 1-.5 7.5ZM12 17v-6M9.5 13.5 12 11l2.5 2.5",
  disk: "M4 6c0-3.5 16-3.5 16 0v12c0 3.5-16 3.5-16 0ZM4 6c0 3.5 16 3.5 16 0M4 12c0 3.5 16 3.5 16 0",
  pen: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19ZM13.5 7l3.5 3.5",
  swap: "M4 8h14l-3.5-3.5M20 16H6l3.5 3.5",
  search: "M10.5 4a6.5 6.5 0 1 0 .01 0M15.5 15.5 21 21",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5H4.5ZM10 21h4",
  mute: "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5H4.5ZM10 21h4M3 3l18 18",
  split: "M12 3v18M4 8h4M4 16h4M16 8h4M16 16h4",
  more: "M4 7h16M4 12h16M4 17h16",
  down: "M12 4v15M5.5 12.5 12 19l6.5-6.5",
  back: "M20 12H5M11 5.5 4.5 12l6.5 6.5",
  erase: "M8 6h12v12H8L3 12ZM11.5 9.5l5 5M16.5 9.5l-5 5",
});

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {IconName} name
 * @param {string} [className]
 */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/**
 * A button that is deaf while what it started is going on: a second touch starts nothing twice.
 * @param {string} className
 * @param {(Node | string)[]} label
 * @param {() => unknown} touched
 */
export function button(className, label, touched) {
  const node = make("button", className, ...label);
  node.type = "button";
  let busy = false;
  node.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    node.setAttribute("aria-busy", "true");
    try {
      await touched();
    } finally {
      busy = false;
      node.removeAttribute("aria-busy");
    }
  });
  return node;
}

/**
 * Change a text only where it differs, so that a finger on the screen hits what it aimed at. No text: hidden.
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.toggleAttribute("hidden", !text);
}

/**
 * Build children anew only when `key` has changed.
 * @param {HTMLElement} node
 * @param {string} key
 * @param {() => (Node | string)[]} children
 */
export function renew(node, key, children) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...children());
}

/** @param {string} id */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no #${id}`);
  return node;
}

/**
 * A list of names and values.
 * @param {[string, string][]} rows
 */
export function facts(rows) {
  const list = make("dl", "facts-list");
  for (const [name, value] of rows) list.append(make("dt", "", name), make("dd", "", value));
  return list;
}
