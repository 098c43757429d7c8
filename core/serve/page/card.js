/**
 * One picture in the list: thumbnail, name, state in words, buttons.
 *
 * @module
 */
import { byteText, make, sizeText, timeText } from "./dom.js";

/** @typedef {import("./queue.js").Item} Item */

/** Side of thumbnails in pixels. */
const THUMB = 128;

/**
 * @typedef {object} CardActions
 * @property {(item: Item) => void} show
 * @property {(item: Item) => void} cancel
 * @property {(item: Item) => void} again
 * @property {(item: Item) => void} remove
 * @property {(item: Item) => void} download
 */

/** The card of a picture. */
export class Card {
  #actions;
  #open = make("button", { type: "button", class: "open" });
  #canvas = make("canvas", { width: String(THUMB), height: String(THUMB), "aria-hidden": "true" });
  #words = make("span", { class: "words" });
  #bar = make("progress", { max: "1", "aria-label": "Progress" });
  #buttons = make("div", { class: "row" });
  #started = 0;
  #state = "";

  /**
   * @param {Item} item
   * @param {CardActions} actions
   */
  constructor(item, actions) {
    this.item = item;
    this.#actions = actions;
    this.#open.append(
      this.#canvas,
      make("span", { class: "text" }, make("b", { class: "ellipsis" }, item.path), this.#words),
    );
    this.#open.addEventListener("click", () => actions.show(item));
    this.element = make("li", { class: "card" }, this.#open, this.#bar, this.#buttons);
    this.update();
    void this.#drawThumb();
  }

  /**
   * Marks the one that is shown in the large view.
   *
   * @param {boolean} shown
   */
  mark(shown) {
    this.element.classList.toggle("shown", shown);
    if (shown) this.#open.setAttribute("aria-current", "true");
    else this.#open.removeAttribute("aria-current");
  }

  /** Shows the state as it is now. */
  update() {
    const { item } = this;
    if (item.state === "running" && this.#state !== "running") this.#started = performance.now();
    this.element.dataset["state"] = item.state;
    this.#words.textContent = this.#text();
    this.#bar.hidden = item.over || item.state === "waiting";
    if (item.state === "running" && item.total > 0) this.#bar.value = item.done / item.total;
    else this.#bar.removeAttribute("value");
    if (this.#state !== item.state) this.#showButtons();
    this.#state = item.state;
  }

  #text() {
    const { item } = this;
    const { plan, result, notes } = item;
    const sizes = plan
      ? `${sizeText(plan.input)} → ${sizeText(plan.output)}`
      : byteText(item.file.size);
    switch (item.state) {
      case "waiting":
      case "queued":
        return `Waiting · ${sizes}`;
      case "sending":
        return `Sending · ${sizes}`;
      case "running": {
        if (item.total === 0) return `Working · ${sizes}`;
        const passed = (performance.now() - this.#started) / 1000;
        const left = passed / item.done * (item.total - item.done);
        const soon = item.done < item.total && passed > 2 ? ` · about ${timeText(left)} left` : "";
        return `Tile ${item.done} of ${item.total} · ${sizes}${soon}`;
      }
      case "done": {
        const much = result
          ? ` · ${byteText(result.blob.size)} · took ${timeText(result.seconds)}`
          : "";
        return [`Done · ${sizes}${much}`, ...notes].join("\n");
      }
      case "failed":
        return item.message;
      default:
        return "Cancelled";
    }
  }

  #showButtons() {
    const { item } = this;
    const button = (
      /** @type {string} */ words,
      /** @type {(item: Item) => void} */ action,
      look = "",
    ) => {
      const made = make("button", {
        type: "button",
        class: look,
        "aria-label": `${words}: ${item.path}`,
      }, words);
      made.addEventListener("click", () => action(item));
      return made;
    };
    const hadFocus = this.#buttons.contains(document.activeElement);
    const { cancel, again, remove, download } = this.#actions;
    if (!item.over) this.#buttons.replaceChildren(button("Cancel", cancel, "danger"));
    else if (item.state === "done") {
      this.#buttons.replaceChildren(
        button("Download", download, "primary"),
        button("Do again", again),
        button("Remove", remove),
      );
    } else this.#buttons.replaceChildren(button("Try again", again), button("Remove", remove));
    // Otherwise who works with the keyboard would start from the top of the page.
    if (hadFocus) this.#buttons.querySelector("button")?.focus();
  }

  async #drawThumb() {
    try {
      const bitmap = await createImageBitmap(this.item.file);
      const factor = Math.max(THUMB / bitmap.width, THUMB / bitmap.height);
      const width = bitmap.width * factor, height = bitmap.height * factor;
      const context = this.#canvas.getContext("2d");
      if (context) context.imageSmoothingQuality = "high";
      context?.drawImage(bitmap, (THUMB - width) / 2, (THUMB - height) / 2, width, height);
      bitmap.close();
    } catch {
      this.#canvas.classList.add("none"); // not all that can be restored can be shown by browsers
    }
  }
}
