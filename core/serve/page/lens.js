/**
 * The lens: the same spot before and after, side by side, one pixel of the result on one pixel of the screen.
 *
 * @module
 */
import { byId } from "./dom.js";

/** Side of each half in CSS pixels, smaller on small screens. */
const SIDE = 180;

/** Shows a spot of two pictures. */
export class Lens {
  #place = byId("lens");
  #before = /** @type {HTMLCanvasElement} */ (byId("lens-before"));
  #after = /** @type {HTMLCanvasElement} */ (byId("lens-after"));

  /** Hides it. */
  hide() {
    this.#place.hidden = true;
  }

  /**
   * Shows what lies around a point.
   *
   * @param {HTMLImageElement} before
   * @param {HTMLImageElement} after
   * @param {{ width: number, height: number }} size Of the result.
   * @param {{ x: number, y: number }} point In pixels of the result.
   * @param {{ x: number, y: number }} at Where on the stage, in CSS pixels.
   * @param {HTMLElement} stage
   */
  show(before, after, size, point, at, stage) {
    this.#place.hidden = false;
    const side = Math.min(SIDE, Math.floor((stage.clientWidth - 24) / 2), stage.clientHeight - 48);
    const pixels = Math.round(side * devicePixelRatio);
    const x = Math.round(clamp(point.x, 0, size.width) - pixels / 2);
    const y = Math.round(clamp(point.y, 0, size.height) - pixels / 2);
    for (
      const [canvas, image] of /** @type {const} */ ([[this.#before, before], [this.#after, after]])
    ) {
      canvas.width = canvas.height = pixels;
      canvas.style.width = canvas.style.height = `${side}px`;
      const context = canvas.getContext("2d");
      if (context === null || image.naturalWidth === 0) continue;
      const scaleX = image.naturalWidth / size.width;
      const scaleY = image.naturalHeight / size.height;
      context.imageSmoothingQuality = "high";
      // The part outside the picture stays empty.
      context.drawImage(
        image,
        x * scaleX,
        y * scaleY,
        pixels * scaleX,
        pixels * scaleY,
        0,
        0,
        pixels,
        pixels,
      );
    }
    const { offsetWidth, offsetHeight } = this.#place;
    const left = clamp(at.x - offsetWidth / 2, 4, stage.clientWidth - offsetWidth - 4);
    const above = at.y - offsetHeight - 24;
    const top = above >= 4 ? above : Math.min(at.y + 24, stage.clientHeight - offsetHeight - 4);
    this.#place.style.left = `${left}px`;
    this.#place.style.top = `${top}px`;
  }
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
