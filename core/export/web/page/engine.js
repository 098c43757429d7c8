/**
 * The worker that computes, seen from the page.
 *
 * @module
 */

/**
 * @typedef {{ name: string, arch: string, parameters: number, scale: number, precision: string }} Model
 * @typedef {{ x: number, y: number, width: number, height: number }} Rect
 * @typedef {{ kind: "loading", bytes: number, of: number }
 *   | { kind: "opened", model: Model, backend: "webgpu" | "wasm", engine: string }
 *   | { kind: "started", id: number, width: number, height: number, tiles: number }
 *   | { kind: "tile", id: number, done: number, rect: Rect }
 *   | { kind: "share", id: number, share: number }
 *   | { kind: "restored", id: number, file: Blob, ms: number }
 *   | { kind: "failed", id?: number, why: string }} Answer
 */

/** Starts the worker, and starts it anew where work is broken off or graphics fail. */
export class Engine {
  /** @type {Worker | undefined} */
  #worker;
  /** @type {(answer: Answer) => void} */
  #hear;
  /** @type {string | undefined} */
  #wanted;

  /**
   * @param {(answer: Answer) => void} hear
   * @param {string | undefined} wanted `webgpu` or `wasm`; else the best there is.
   */
  constructor(hear, wanted) {
    this.#hear = hear;
    this.#wanted = wanted;
    this.#start();
  }

  /**
   * @param {number} id
   * @param {Blob} file
   */
  restore(id, file) {
    this.#worker?.postMessage({ kind: "restore", id, file });
  }

  /** Breaks off what is computed, at once: the worker ends, and another one loads the model. */
  stop() {
    this.#worker?.terminate();
    this.#start();
  }

  /** From now on without graphics. */
  withoutGraphics() {
    this.#wanted = "wasm";
    this.stop();
  }

  #start() {
    const worker = new Worker("worker.js", { type: "module" });
    this.#worker = worker;
    worker.addEventListener("message", ({ data }) => {
      if (worker === this.#worker) this.#hear(data);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.#worker) {
        this.#hear({ kind: "failed", why: event.message || "The page's worker cannot be loaded." });
      }
    });
    worker.postMessage({ kind: "open", backend: this.#wanted });
  }
}
