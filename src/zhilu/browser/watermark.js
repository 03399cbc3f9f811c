// The viewer's name and the time over the picture, so that whoever films the screen films these as well.

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
