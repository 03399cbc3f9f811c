// The viewer's name and the time over the picture, so that whoever films the screen films these as well.
//
// `guard` looks, with every drawing and at every change near it, whether the mark still covers the picture; where a style or
// a script of the page took it away, the showing ends. Whoever rules the browser itself can go round this: what a browser
// has been given it may keep (docs/threat-model.md).

import { beijing } from "./i18n.js";

const STEP_X = 300;
const STEP_Y = 130;
const ANGLE = -0.32;

/**
 * Draws over the whole of `canvas` once a second, each time a little elsewhere.
 * @param {HTMLCanvasElement} canvas @param {string} text
 */
export function watermark(canvas, text) {
  const draw = () => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const now = Date.now();
    pen.scale(ratio, ratio);
    pen.rotate(ANGLE);
    pen.font = '15px "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
    const shift = Math.floor(now / 1000) % STEP_X;
    const line = `${text}  ${beijing(now)}`;
    for (let y = -STEP_Y; y < height + width; y += STEP_Y) {
      for (let x = -height - STEP_X; x < width + height; x += STEP_X + pen.measureText(line).width) {
        pen.fillStyle = "rgba(0, 0, 0, 0.22)";
        pen.fillText(line, x + shift + 1, y + 1);
        pen.fillStyle = "rgba(255, 255, 255, 0.30)";
        pen.fillText(line, x + shift, y);
      }
    }
  };
  draw();
  const timer = setInterval(draw, 1000);
  return () => clearInterval(timer);
}

/**
 * Is the mark seen over the whole of what it guards?
 * @param {HTMLCanvasElement} canvas @param {HTMLElement} surface
 */
export function covers(canvas, surface) {
  if (!canvas.isConnected || canvas.parentElement !== surface) return false;
  for (let element = /** @type {HTMLElement|null} */ (canvas); element && element !== surface.parentElement; element = element.parentElement) {
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility !== "visible" || Number(style.opacity) < 0.99) return false;
    if (style.clipPath !== "none" || style.filter !== "none" || style.transform !== "none" || style.maskImage !== "none") return false;
    if (style.mixBlendMode !== "normal" || style.contentVisibility === "hidden") return false;
  }
  const over = canvas.getBoundingClientRect();
  const all = surface.getBoundingClientRect();
  if (Math.abs(over.width - all.width) > 2 || Math.abs(over.height - all.height) > 2) return false;
  if (Math.abs(over.left - all.left) > 2 || Math.abs(over.top - all.top) > 2) return false;
  // Nothing of the surface that has a picture lies over it.
  const later = [...surface.children].slice([...surface.children].indexOf(canvas) + 1);
  if (later.some((each) => each.matches("video, img, canvas"))) return false;
  const shown = [...document.querySelectorAll("video, .picture")];
  return shown.every((each) => surface.contains(each) && depth(each) <= depth(canvas));
}

/** @param {Element} element */
function depth(element) {
  return Number(getComputedStyle(element).zIndex) || 0;
}

/**
 * Calls `gone` once when the mark does not cover the surface any more.
 * @param {HTMLCanvasElement} canvas @param {HTMLElement} surface @param {() => void} gone
 * @returns {() => void} ends it
 */
export function guard(canvas, surface, gone) {
  let over = false;
  const look = () => {
    // A page that is not laid out shows nothing.
    if (over || !surface.isConnected || surface.clientWidth === 0 || covers(canvas, surface)) return;
    end();
    gone();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(surface, { attributes: true, childList: true, subtree: true });
  watcher.observe(document.head, { childList: true, subtree: true });
  watcher.observe(document.documentElement, { attributes: true });
  const timer = setInterval(look, 500);
  const end = () => {
    over = true;
    clearInterval(timer);
    watcher.disconnect();
  };
  return end;
}
