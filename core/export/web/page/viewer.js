/**
 * The picture that is shown: before and after on top of each other, with a border that can be moved.
 *
 * @module
 */
import { byId } from "./words.js";

/** Pixels of the veil's longer side: it is stretched over the picture. */
const VEIL = 640;

/** Ratios of sides between which the frame stays: in a narrower or flatter one the border cannot be taken hold of. */
const LEAST_RATIO = 0.3, MOST_RATIO = 6;

/** Shows a picture. */
export class Viewer {
  #stage = byId("stage");
  #pictures = byId("pictures");
  #before = /** @type {HTMLImageElement} */ (byId("before"));
  #after = /** @type {HTMLImageElement} */ (byId("after"));
  #border = /** @type {HTMLInputElement} */ (byId("border"));
  #veil = /** @type {HTMLCanvasElement} */ (byId("veil"));
  #actual = byId("actual");
  /** Counts what is shown, so that an image that is late is not put over the next one. */
  #turn = 0;

  constructor() {
    this.#border.addEventListener("input", () => this.#move());
    this.#actual.addEventListener("click", () => {
      const on = this.#stage.classList.toggle("actual");
      this.#actual.setAttribute("aria-pressed", String(on));
    });
  }

  /**
   * Shows the original.
   *
   * @param {string} url
   * @param {string} name
   * @returns {Promise<{ width: number, height: number } | undefined>} Its size; nothing, if the browser cannot show it.
   */
  async original(url, name) {
    const turn = ++this.#turn;
    this.#alone();
    this.#before.src = url;
    this.#before.alt = name;
    try {
      await this.#before.decode();
    } catch {
      return undefined;
    }
    const size = { width: this.#before.naturalWidth, height: this.#before.naturalHeight };
    if (turn === this.#turn) this.#fit(size.width, size.height, size.width);
    return size;
  }

  /**
   * Shows the result beside it.
   *
   * @param {string} url
   * @param {string} name
   * @returns {Promise<boolean>} False, if the browser cannot show one as large.
   */
  async result(url, name) {
    const turn = this.#turn;
    this.#after.src = url;
    this.#after.alt = `${name}, restored`;
    try {
      await this.#after.decode();
    } catch {
      return false;
    }
    if (turn !== this.#turn) return true;
    this.#fit(this.#after.naturalWidth, this.#after.naturalHeight, this.#after.naturalWidth);
    this.#veil.hidden = true;
    this.#pictures.classList.add("split");
    for (const id of ["after", "border", "handle", "tag-before", "tag-after"]) {
      byId(id).hidden = false;
    }
    this.#move();
    return true;
  }

  /**
   * Veils what is not done yet.
   *
   * @param {{ width: number, height: number }} size Of the result.
   * @param {readonly { x: number, y: number, width: number, height: number }[]} done Parts of it.
   */
  veil({ width, height }, done) {
    const factor = VEIL / Math.max(width, height);
    this.#veil.hidden = false;
    this.#veil.width = Math.max(1, Math.round(width * factor));
    this.#veil.height = Math.max(1, Math.round(height * factor));
    const context = this.#veil.getContext("2d");
    if (context === null) return;
    context.fillStyle = "rgb(15 18 32 / 58%)";
    context.fillRect(0, 0, this.#veil.width, this.#veil.height);
    for (const rect of done) {
      const x = Math.floor(rect.x * factor), y = Math.floor(rect.y * factor);
      const right = Math.ceil((rect.x + rect.width) * factor);
      const bottom = Math.ceil((rect.y + rect.height) * factor);
      context.clearRect(x, y, right - x, bottom - y);
    }
  }

  /** Takes the veil off. */
  unveil() {
    this.#veil.hidden = true;
  }

  #alone() {
    this.#pictures.classList.remove("split");
    for (const id of ["after", "border", "handle", "tag-before", "tag-after"]) {
      byId(id).hidden = true;
    }
    this.#after.removeAttribute("src");
    this.#veil.hidden = true;
  }

  /**
   * @param {number} width
   * @param {number} height
   * @param {number} pixels Columns of what is shown.
   */
  #fit(width, height, pixels) {
    const ratio = width / height;
    const framed = Math.min(MOST_RATIO, Math.max(LEAST_RATIO, ratio));
    this.#pictures.style.setProperty("--ratio", String(framed));
    this.#pictures.style.setProperty("--exact", String(ratio));
    this.#pictures.style.setProperty("--actual", `${pixels / devicePixelRatio}px`);
  }

  #move() {
    this.#pictures.style.setProperty("--border", `${this.#border.value}%`);
    this.#border.setAttribute("aria-valuetext", `${this.#border.value} % before`);
  }
}
