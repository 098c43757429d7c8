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
  byId("banner").hidden = text === "";
  byId("banner-text").textContent = text;
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
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/**
 * `1920 × 1080 pixels`.
 *
 * @param {number} width
 * @param {number} height
 */
export function sizeText(width, height) {
  return `${width} × ${height} pixels`;
}

/**
 * The name under which a result is saved: `beach_MODEL.png` of `beach.jpg`.
 *
 * @param {string} name
 * @param {string} model
 */
export function resultName(name, model) {
  return `${name.replace(/\.[^.]{1,5}$/, "") || "picture"}_${model}.png`;
}
