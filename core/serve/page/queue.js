/**
 * The pictures of this page: sent one after the other, watched, and kept with their results.
 *
 * @module
 */
import { ApiError, createJob, getResult, removeJob, watchJob } from "./api.js";

/**
 * @typedef {"waiting" | "sending" | "queued" | "running" | "done" | "failed" | "cancelled"} State
 */

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */

/**
 * What the server says before it begins.
 *
 * @typedef {object} Plan
 * @property {{ width: number, height: number }} input
 * @property {{ width: number, height: number }} output
 * @property {readonly { width: number, height: number }[]} stages
 */

/** Pictures that are at the server at a time: one is worked on, the next is there already. */
const AT_A_TIME = 2;

/** What to do when a file type cannot hold what the picture has. */
const OTHER_TYPE =
  "choose another file type, or leave transparency out, under “Size, file type and more”";

/** One picture. */
export class Item {
  /**
   * @param {File} file
   * @param {string} path
   * @param {Record<string, string>} options
   */
  constructor(file, path, options) {
    this.file = file;
    this.path = path;
    this.options = options;
    /** @type {State} */
    this.state = "waiting";
    /** How the server calls it. */
    this.called = file.name;
    /** What went wrong, in words. */
    this.message = "";
    /** @type {string[]} */
    this.notes = [];
    /** @type {Plan | undefined} */
    this.plan = undefined;
    this.done = 0;
    this.total = 0;
    this.stage = 0;
    /**
     * Tiles of the network that is at work, as parts of its output.
     *
     * @type {Rect[]}
     */
    this.tiles = [];
    /** @type {{ blob: Blob, name: string, width: number, height: number, seconds: number } | undefined} */
    this.result = undefined;
    this.stop = new AbortController();
  }

  /** Whether nothing more will happen. */
  get over() {
    return this.state === "done" || this.state === "failed" || this.state === "cancelled";
  }

  /** Name of the file. */
  get name() {
    return this.file.name;
  }
}

/** All pictures; dispatches `change` (with `detail` the item), `add` and `remove`. */
export class Queue extends EventTarget {
  /** @type {Item[]} */
  items = [];
  #active = 0;

  /**
   * @param {readonly { file: File, path: string }[]} found
   * @param {Record<string, string>} options
   */
  add(found, options) {
    for (const { file, path } of found) {
      const item = new Item(file, path, options);
      this.items.push(item);
      this.#tell("add", item);
    }
    this.#next();
  }

  /**
   * A picture that cannot be sent at all, with the reason.
   *
   * @param {{ file: File, path: string }} found
   * @param {string} message
   */
  refuse({ file, path }, message) {
    const item = new Item(file, path, {});
    item.state = "failed";
    item.message = message;
    this.items.push(item);
    this.#tell("add", item);
  }

  /**
   * Does a picture again.
   *
   * @param {Item} item
   * @param {Record<string, string>} options
   */
  again(item, options) {
    if (!item.over) return;
    item.options = options;
    item.state = "waiting";
    item.message = "";
    item.notes = [];
    item.plan = item.result = undefined;
    item.stop = new AbortController();
    this.#tell("change", item);
    this.#next();
  }

  /** @param {Item} item */
  cancel(item) {
    if (item.over) return;
    item.state = "cancelled";
    item.tiles = [];
    item.stop.abort();
    this.#tell("change", item);
  }

  /** Cancels all that are not done. */
  cancelAll() {
    for (const item of this.items) this.cancel(item);
  }

  /** @param {Item} item */
  remove(item) {
    this.cancel(item);
    this.items = this.items.filter((other) => other !== item);
    item.result = undefined;
    this.#tell("remove", item);
  }

  /**
   * @param {string} type
   * @param {Item} item
   */
  #tell(type, item) {
    this.dispatchEvent(new CustomEvent(type, { detail: item }));
  }

  #next() {
    while (this.#active < AT_A_TIME) {
      const item = this.items.find(({ state }) => state === "waiting");
      if (item === undefined) return;
      this.#active++;
      void this.#run(item).finally(() => {
        this.#active--;
        this.#next();
      });
    }
  }

  /** @param {Item} item */
  async #run(item) {
    const { signal } = item.stop;
    item.state = "sending";
    item.tiles = [];
    item.done = item.total = item.stage = 0;
    this.#tell("change", item);
    /** @type {string | undefined} */
    let id;
    try {
      const job = await this.#send(item);
      id = job.id;
      item.called = job.name;
      await watchJob(id, (event, data) => this.#take(item, event, data), signal);
      if (item.result === undefined) {
        if (item.over) return;
        throw new ApiError(
          "unreachable",
          "The connection to the program was lost. Is it still running in its terminal?",
        );
      }
      item.result = { ...item.result, blob: await getResult(id, signal) };
      item.state = "done";
      item.tiles = [];
    } catch (error) {
      item.result = undefined;
      if (signal.aborted) item.state = "cancelled";
      else {
        item.state = "failed";
        item.message = wordsFor(error);
      }
    } finally {
      if (id !== undefined) await removeJob(id);
      if (signal === item.stop.signal) this.#tell("change", item);
    }
  }

  /**
   * Sends the picture, as often as the server says that it is busy.
   *
   * @param {Item} item
   * @returns {Promise<{ id: string, name: string }>}
   */
  async #send(item) {
    const { signal } = item.stop;
    for (;;) {
      try {
        return await createJob(item.file, item.name, item.options, signal);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "too_many_jobs") throw error;
        await new Promise((done) => setTimeout(done, 1000 * (error.retryAfter ?? 2)));
        signal.throwIfAborted();
      }
    }
  }

  /**
   * @param {Item} item
   * @param {string} event
   * @param {any} data What the API's description says of each event.
   */
  #take(item, event, data) {
    if (item.over) return;
    if (event === "queued") item.state = "queued";
    else if (event === "started") item.state = "running";
    else if (event === "plan") item.plan = data;
    else if (event === "note") item.notes.push(sentence(withoutName(data.text, item.called)));
    else if (event === "progress") {
      if (data.stage !== item.stage) item.tiles = [];
      item.stage = data.stage;
      item.done = data.done;
      item.total = data.total;
      const of = item.plan?.stages[data.stage];
      if (of !== undefined) {
        const { x, y, width, height } = data.rect;
        item.tiles.push({
          x: x / of.width,
          y: y / of.height,
          width: width / of.width,
          height: height / of.height,
        });
      }
    } else if (event === "failed") {
      item.state = "failed";
      item.message = sentence(withoutName(data.error.message, item.called));
    } else if (event === "cancelled") {
      item.state = "cancelled";
    } else if (event === "done") {
      item.result = { ...data, blob: new Blob() };
      return;
    }
    this.#tell("change", item);
  }
}

/** @param {unknown} error */
function wordsFor(error) {
  return sentence(error instanceof Error ? error.message : String(error));
}

/**
 * A message without the name of the picture, beside which it stands.
 *
 * @param {string} text
 * @param {string} name
 */
function withoutName(text, name) {
  const rest = text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
  // The page calls these otherwise.
  return rest.replace("choose format png or webp, or alpha=ignore", OTHER_TYPE);
}

/** @param {string} text */
function sentence(text) {
  const line = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
