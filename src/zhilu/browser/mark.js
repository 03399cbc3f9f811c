// What is burnt into a picture that leaves the room: whose it is, when, and that it is no evidence.

const ANGLE = -0.32;

/** The same over every picture: rows of the line, and once more in full at the lower edge. @param {number} width @param {number} height @param {string} line */
export function markPicture(width, height, line) {
  const canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const size = Math.max(9, Math.round(height / 28));
  const family = '"Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
  pen.font = `${size}px ${family}`;
  const step = pen.measureText(line).width + 4 * size;
  pen.save();
  pen.rotate(ANGLE);
  for (let y = -size; y < height + width; y += 6 * size) {
    for (let x = -height; x < width + height; x += step) {
      pen.fillStyle = "rgba(0, 0, 0, 0.25)";
      pen.fillText(line, x + 1, y + 1);
      pen.fillStyle = "rgba(255, 255, 255, 0.35)";
      pen.fillText(line, x, y);
    }
  }
  pen.restore();
  const fit = Math.max(7, Math.min(size, Math.floor((size * (width - size)) / pen.measureText(line).width)));
  pen.font = `${fit}px ${family}`;
  pen.fillStyle = "rgba(0, 0, 0, 0.6)";
  pen.fillRect(0, height - 1.6 * fit, width, 1.6 * fit);
  pen.fillStyle = "#fff";
  pen.fillText(line, fit / 2, height - 0.5 * fit);
  return canvas;
}
