/**
 * The large view: progress while a picture is worked on, then before and after with a border between them that can be
 * moved, zoom, and the lens.
 *
 * @module
 */
import { byId, make, sizeText } from "./dom.js";
import { Lens } from "./lens.js";
import { drawTiles } from "./tiles.js";

/** @typedef {import("./queue.js").Item} Item */

/** Pixels above which a result is shown smaller: browsers take four bytes for each. */
const MOST_PIXELS = 80e6;

/** Pixels of the screen along a pixel of the result, at most. */
const MOST_ZOOM = 32;

/** Side of what is shown instead. */
const REDUCED = 6000;

/** The view; `size` is that of the result, in whose pixels everything is reckoned. */
export class Viewer {
  #stage = byId("stage");
  #before = byId("layer-before");
  #after = byId("layer-after");
  #canvas = /** @type {HTMLCanvasElement} */ (byId("tiles"));
  #handle = byId("handle");
  #note = byId("stage-note");
  #lens = new Lens();
  #lensOn = false;
  #lensAt = { x: 0, y: 0 };
  /** @type {Item | undefined} */
  #item;
  /** What is shown: changes when other pictures have to be loaded. */
  #shown = "";
  /** Counts what was loaded, so that what comes too late is dropped. */
  #turn = 0;
  /** @type {HTMLImageElement | undefined} */
  #beforeImage;
  /** @type {HTMLImageElement | undefined} */
  #afterImage;
  #size = { width: 1, height: 1 };
  /** CSS pixels for each pixel of the result. */
  #scale = 1;
  #x = 0;
  #y = 0;
  #fitted = true;
  /** Place of the border, 0 to 100. */
  #border = 50;

  constructor() {
    new ResizeObserver(() => this.#fitted ? this.fit() : this.#draw()).observe(this.#stage);
    byId("zoom-in").addEventListener("click", () => this.#zoomBy(1.5));
    byId("zoom-out").addEventListener("click", () => this.#zoomBy(1 / 1.5));
    byId("zoom-fit").addEventListener("click", () => this.fit());
    byId("zoom-one").addEventListener("click", () => this.#zoomTo(1 / devicePixelRatio));
    byId("lens-toggle").addEventListener("click", () => this.#toggleLens());
    this.#listenToKeys();
    this.#listenToPointer();
  }

  /** The picture that is shown. */
  get item() {
    return this.#item;
  }

  /**
   * Shows a picture, or how far it is; nothing without one.
   *
   * @param {Item | undefined} item
   */
  show(item) {
    byId("viewer").hidden = item === undefined;
    const other = item !== this.#item;
    this.#item = item;
    if (item === undefined) {
      this.#turn++;
      this.#free();
      this.#shown = "";
      return;
    }
    byId("viewer-name").textContent = item.path;
    const done = item.state === "done" && item.result !== undefined;
    const what = done ? "done" : "before";
    if (other || what !== this.#shown) {
      this.#shown = what;
      void this.#load(item, done, other);
    } else if (!done) this.#resize(item.plan?.output, false);
    this.#say(item);
    this.#draw();
  }

  /** The whole picture, as large as there is room. */
  fit() {
    const { clientWidth, clientHeight } = this.#stage;
    if (clientWidth === 0) return;
    this.#scale = Math.min(
      clientWidth / this.#size.width,
      clientHeight / this.#size.height,
      MOST_ZOOM / devicePixelRatio,
    );
    this.#x = (clientWidth - this.#size.width * this.#scale) / 2;
    this.#y = (clientHeight - this.#size.height * this.#scale) / 2;
    this.#fitted = true;
    this.#draw();
  }

  #free() {
    this.#before.replaceChildren();
    this.#after.replaceChildren();
    this.#beforeImage = this.#afterImage = undefined;
  }

  /**
   * @param {Item} item
   * @param {boolean} done
   * @param {boolean} other
   */
  async #load(item, done, other) {
    const turn = ++this.#turn;
    this.#free();
    const { result } = item;
    this.#resize(result ?? item.plan?.output, other);
    const before = await loaded(item.file, "Before");
    if (this.#turn !== turn) return;
    this.#beforeImage = before;
    if (before !== undefined) {
      if (result === undefined && item.plan === undefined) {
        this.#resize({ width: before.naturalWidth, height: before.naturalHeight }, other);
      }
      this.#lay(before);
      this.#before.replaceChildren(before);
    }
    if (done && result !== undefined) {
      const after = await loaded(await shownPart(result), "After");
      if (this.#turn !== turn) return;
      this.#afterImage = after;
      if (after !== undefined) {
        this.#lay(after);
        this.#after.replaceChildren(after);
      }
    }
    this.#say(item);
    this.#draw();
  }

  /**
   * Reckons in pixels of another size; zoom and place stay if it is the same picture in the same size.
   *
   * @param {{ width: number, height: number } | undefined} size
   * @param {boolean} other
   */
  #resize(size, other) {
    if (size === undefined) return;
    const same = this.#size.width === size.width && this.#size.height === size.height;
    this.#size = { width: size.width, height: size.height };
    if (other || !same || this.#fitted) this.fit();
  }

  /** @param {Item} item */
  #say(item) {
    let text = "";
    if (item.state === "failed") text = item.message;
    else if (item.state === "cancelled") text = "Cancelled.";
    else if (item.state === "done" && this.#beforeImage === undefined && this.#afterImage) {
      text = "The browser cannot show the original, only the result.";
    } else if (item.result && item.result.width * item.result.height > MOST_PIXELS) {
      text = `${sizeText(item.result)} pixels are shown smaller here; the download has them all.`;
    }
    this.#note.hidden = text === "";
    this.#note.textContent = text;
  }

  #draw() {
    const item = this.#item;
    if (item === undefined) return;
    const { width, height } = this.#size;
    for (const image of [this.#beforeImage, this.#afterImage]) if (image) this.#lay(image);
    const both = this.#beforeImage !== undefined && this.#afterImage !== undefined;
    this.#before.style.clipPath = both ? `inset(0 ${100 - this.#border}% 0 0)` : "";
    this.#handle.hidden = !both;
    this.#handle.style.left = `${this.#border}%`;
    this.#handle.setAttribute("aria-valuenow", String(Math.round(this.#border)));
    this.#handle.setAttribute(
      "aria-valuetext",
      `${Math.round(this.#border)} percent before, the rest after`,
    );
    const any = this.#beforeImage !== undefined || this.#afterImage !== undefined;
    for (const id of ["zoom-out", "zoom-in", "zoom-fit", "zoom-one"]) {
      /** @type {HTMLButtonElement} */ (byId(id)).disabled = !any;
    }
    /** @type {HTMLButtonElement} */ (byId("lens-toggle")).disabled = !both;
    byId("tag-before").hidden = !both;
    byId("tag-after").hidden = !both;
    byId("zoom").textContent = `${Math.round(this.#scale * devicePixelRatio * 100)} %`;
    byId("viewer-download").hidden = item.result === undefined || !item.over;
    const busy = !item.over;
    this.#canvas.hidden = !busy;
    if (busy) {
      const place = {
        x: this.#x,
        y: this.#y,
        width: width * this.#scale,
        height: height * this.#scale,
      };
      drawTiles(this.#canvas, place, item.tiles);
    }
    if (this.#lensOn && both) this.#drawLens();
    else this.#lens.hide();
  }

  /**
   * Puts an image where the picture is.
   *
   * @param {HTMLImageElement} image
   */
  #lay(image) {
    image.style.width = `${this.#size.width}px`;
    image.style.height = `${this.#size.height}px`;
    image.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.#scale})`;
    // From here on pixels are what is looked at.
    image.style.imageRendering = this.#scale * devicePixelRatio >= 3 ? "pixelated" : "auto";
  }

  #drawLens() {
    if (this.#beforeImage === undefined || this.#afterImage === undefined) return;
    const at = this.#lensAt;
    const point = { x: (at.x - this.#x) / this.#scale, y: (at.y - this.#y) / this.#scale };
    this.#lens.show(this.#beforeImage, this.#afterImage, this.#size, point, at, this.#stage);
  }

  #toggleLens() {
    this.#lensOn = !this.#lensOn;
    byId("lens-toggle").setAttribute("aria-pressed", String(this.#lensOn));
    this.#stage.classList.toggle("with-lens", this.#lensOn);
    this.#lensAt = { x: this.#stage.clientWidth / 2, y: this.#stage.clientHeight / 2 };
    this.#draw();
  }

  /**
   * @param {number} factor
   * @param {{ x: number, y: number }} [at] What stays where it is; default the middle.
   */
  #zoomBy(factor, at) {
    this.#zoomTo(this.#scale * factor, at);
  }

  /**
   * @param {number} scale
   * @param {{ x: number, y: number }} [at]
   */
  #zoomTo(scale, at) {
    const { clientWidth, clientHeight } = this.#stage;
    const { x, y } = at ?? { x: clientWidth / 2, y: clientHeight / 2 };
    const smallest = Math.min(clientWidth / this.#size.width, clientHeight / this.#size.height, 1);
    const wanted = Math.max(smallest / 2, Math.min(MOST_ZOOM / devicePixelRatio, scale));
    const factor = wanted / this.#scale;
    this.#x = x - (x - this.#x) * factor;
    this.#y = y - (y - this.#y) * factor;
    this.#scale = wanted;
    this.#fitted = false;
    this.#keepInSight();
    this.#draw();
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  #pan(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#fitted = false;
    this.#keepInSight();
    this.#draw();
  }

  /** A picture that was pushed out of sight would be hard to find. */
  #keepInSight() {
    const { clientWidth, clientHeight } = this.#stage;
    const edge = 48;
    const { width, height } = this.#size;
    this.#x = Math.max(edge - width * this.#scale, Math.min(clientWidth - edge, this.#x));
    this.#y = Math.max(edge - height * this.#scale, Math.min(clientHeight - edge, this.#y));
  }

  /** @param {number} percent */
  #moveBorder(percent) {
    this.#border = Math.max(0, Math.min(100, percent));
    this.#draw();
  }

  #listenToKeys() {
    this.#handle.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 10 : 2;
      const moves = new Map([
        ["ArrowLeft", this.#border - step],
        ["ArrowDown", this.#border - step],
        ["ArrowRight", this.#border + step],
        ["ArrowUp", this.#border + step],
        ["PageDown", this.#border - 20],
        ["PageUp", this.#border + 20],
        ["Home", 0],
        ["End", 100],
      ]);
      const to = moves.get(event.key);
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#moveBorder(to);
    });
    this.#stage.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? 120 : 40;
      const arrows = new Map([
        ["ArrowLeft", [1, 0]],
        ["ArrowRight", [-1, 0]],
        ["ArrowUp", [0, 1]],
        ["ArrowDown", [0, -1]],
      ]);
      const [dx = 0, dy = 0] = arrows.get(event.key) ?? [];
      if (dx !== 0 || dy !== 0) {
        if (this.#lensOn) {
          this.#lensAt = {
            x: Math.max(0, Math.min(this.#stage.clientWidth, this.#lensAt.x - dx * step / 4)),
            y: Math.max(0, Math.min(this.#stage.clientHeight, this.#lensAt.y - dy * step / 4)),
          };
          this.#draw();
        } else this.#pan(dx * step, dy * step);
      } else if (event.key === "+" || event.key === "=") this.#zoomBy(1.25);
      else if (event.key === "-") this.#zoomBy(1 / 1.25);
      else if (event.key === "0") this.fit();
      else if (event.key === "1") this.#zoomTo(1 / devicePixelRatio);
      else if (event.key === "l" || event.key === "L") this.#toggleLens();
      else return;
      event.preventDefault();
    });
  }

  #listenToPointer() {
    const stage = this.#stage;
    const place = (/** @type {MouseEvent} */ event) => {
      const { left, top } = stage.getBoundingClientRect();
      return {
        x: event.clientX - left - stage.clientLeft,
        y: event.clientY - top - stage.clientTop,
      };
    };
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), place(event));
    }, { passive: false });
    /** @type {Map<number, { x: number, y: number }>} */
    const fingers = new Map();
    let border = false;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      border = event.target instanceof Node && this.#handle.contains(event.target);
      fingers.set(event.pointerId, place(event));
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      const at = place(event);
      const from = fingers.get(event.pointerId);
      if (from === undefined) {
        if (this.#lensOn && event.pointerType === "mouse") {
          this.#lensAt = at;
          this.#draw();
        }
        return;
      }
      fingers.set(event.pointerId, at);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other !== undefined) {
        const apart = (/** @type {{ x: number, y: number }} */ p) =>
          Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
        this.#zoomBy(apart(at) / apart(from), other);
      } else if (border) this.#moveBorder(100 * at.x / stage.clientWidth);
      else if (this.#lensOn) {
        this.#lensAt = at;
        this.#draw();
      } else this.#pan(at.x - from.x, at.y - from.y);
    });
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
      stage.addEventListener(type, (event) => fingers.delete(event.pointerId));
    }
    stage.addEventListener("dblclick", (event) => {
      if (this.#fitted) this.#zoomTo(1 / devicePixelRatio, place(event));
      else this.fit();
    });
  }
}

/**
 * A picture that is ready to be shown; nothing, if the browser cannot.
 *
 * @param {Blob} blob
 * @param {string} alt
 * @returns {Promise<HTMLImageElement | undefined>}
 */
async function loaded(blob, alt) {
  const url = URL.createObjectURL(blob);
  const image = make("img", { alt, draggable: "false" });
  image.src = url;
  try {
    await image.decode();
    return image;
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url); // the image keeps what it has loaded
  }
}

/**
 * The result, or what is shown of a huge one.
 *
 * @param {{ blob: Blob, width: number, height: number }} result
 * @returns {Promise<Blob>}
 */
async function shownPart({ blob, width, height }) {
  if (width * height <= MOST_PIXELS) return blob;
  const factor = REDUCED / Math.max(width, height);
  try {
    const bitmap = await createImageBitmap(blob, {
      resizeWidth: Math.round(width * factor),
      resizeHeight: Math.round(height * factor),
      resizeQuality: "medium",
    });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  } catch {
    return blob; // perhaps the browser can show it after all
  }
}
