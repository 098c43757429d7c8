/**
 * Choice of the model, and the options behind "more".
 *
 * @module
 */
import { byId, make, timeText } from "./dom.js";

/** @typedef {import("./api.js").Model} Model */

const SPEED = {
  fast: "fast",
  medium: "takes a while",
  slow: "slow, thorough",
  unknown: "speed not known",
};

/**
 * What is said of the speed of each model, by its id.
 *
 * @type {Map<string, HTMLElement>}
 */
const facts = new Map();

/**
 * Shows the models; if they are shown already, only what has been measured meanwhile, so that choice and focus stay.
 *
 * @param {readonly Model[]} models
 */
export function showModels(models) {
  if (facts.size > 0) {
    for (const model of models) {
      const place = facts.get(model.id);
      if (place) place.textContent = factsOf(model);
    }
    return;
  }
  const place = byId("models");
  const legend = make("legend", {}, "What kind of pictures?");
  const chosen = remembered();
  const first = models.find(({ id }) => id === chosen) ?? models[0];
  const rows = models.map((model) => {
    const radio = make("input", { type: "radio", name: "model", value: model.id });
    radio.checked = model === first;
    radio.addEventListener("change", () => remember(model.id));
    const small = make("small", {}, factsOf(model));
    facts.set(model.id, small);
    return make(
      "label",
      { class: "model" },
      radio,
      make(
        "span",
        {},
        make("b", {}, titleOf(model)),
        small,
        make("small", { class: "id" }, model.id),
      ),
    );
  });
  const hint = make("p", { class: "hint" });
  if (models.some(({ purpose }) => /photo|real pictures/i.test(purpose))) {
    hint.append("More models: ", make("code", {}, "deno task zoo"), " in the terminal.");
  } else {
    const command = "deno task zoo fetch RealESRGAN_x4plus";
    hint.append(
      "None of these was made for photographs. For those: ",
      make("code", {}, command),
      " in the terminal, then start this program again.",
    );
  }
  place.replaceChildren(legend, ...rows, hint);
}

/**
 * The purpose without what the second line says, and in words that need no knowledge of the field.
 *
 * @param {Model} model
 */
function titleOf({ purpose }) {
  const words = purpose.replace(/^Bicubic( x\d+)?/, "Clean pictures without noise")
    .replace(/; x\d+\b/, "").replace(/,? trained on .*$|, \d+ blocks$/, "").replace(
      /^Real pictures/,
      "Photographs",
    );
  return words.trim() || purpose;
}

/** @param {Model} model */
function factsOf({ scale, speed, seconds_per_megapixel: seconds }) {
  const growth = scale === 1 ? "same size" : `${scale} times as wide and high`;
  if (seconds === null) return `${growth} · ${SPEED[speed]}`;
  return `${growth} · ${timeText(seconds)} per megapixel here`;
}

/**
 * The options as the API takes them.
 *
 * @returns {Record<string, string>}
 */
export function readSettings() {
  const form = /** @type {HTMLFormElement} */ (byId("settings"));
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "");
  /** @type {Record<string, string>} */
  const options = { format: text("format"), alpha: text("alpha"), quality: text("quality") };
  if (data.has("model")) options["model"] = text("model");
  const size = text("size");
  if (size === "width") options["width"] = text("width");
  else if (size !== "") options["scale"] = size;
  if (data.has("tta")) options["tta"] = "true";
  if (data.has("gray")) options["gray"] = "true";
  if (!data.has("metadata")) options["metadata"] = "strip";
  return options;
}

/** Makes fields that depend on others follow them. */
export function setUpSettings() {
  const form = /** @type {HTMLFormElement} */ (byId("settings"));
  const follow = () => {
    const data = new FormData(form);
    byId("width-row").hidden = data.get("size") !== "width";
    byId("quality-row").hidden = data.get("format") === "png";
    byId("quality-out").textContent = String(data.get("quality"));
  };
  form.addEventListener("input", follow);
  form.addEventListener("submit", (event) => event.preventDefault());
  follow();
}

/** @param {string} id */
function remember(id) {
  try {
    localStorage.setItem("model", id);
  } catch { /* then the first is chosen next time */ }
}

function remembered() {
  try {
    return localStorage.getItem("model");
  } catch {
    return null;
  }
}
