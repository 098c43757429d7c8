/**
 * Small helpers for elements and words.
 *
 * @module
 */

/**
 * The element of an id, which the page has.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page lacks #${id}`);
  return /** @type {T} */ (found);
}

/**
 * Makes an element. Text is always text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | boolean | undefined>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/**
 * Tells users of screen readers.
 *
 * @param {string} text
 */
export function announce(text) {
  byId("live").textContent = text;
}

/**
 * Shows a line at the top of the page; an empty one hides it.
 *
 * @param {string} text
 */
export function banner(text) {
  const place = byId("banner");
  place.hidden = text === "";
  if (text === "") {
    place.replaceChildren();
    return;
  }
  const close = make("button", { type: "button", class: "quiet", "aria-label": "Close" }, "✕");
  close.addEventListener("click", () => banner(""));
  place.replaceChildren(make("span", {}, text), close);
}

/**
 * `3.2 MB`.
 *
 * @param {number} bytes
 */
export function byteText(bytes) {
  for (const [unit, size] of /** @type {const} */ ([["GB", 1e9], ["MB", 1e6], ["kB", 1e3]])) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes < 10 * size ? 1 : 0)} ${unit}`;
  }
  return `${bytes} bytes`;
}

/**
 * `4 s`, `2 min`.
 *
 * @param {number} seconds
 */
export function timeText(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/**
 * `1920 × 1080`.
 *
 * @param {{ width: number, height: number }} size
 */
export function sizeText({ width, height }) {
  return `${width} × ${height}`;
}
