/**
 * The page: pictures come in, are restored one after the other, and go out.
 *
 * @module
 */
import { Engine } from "./engine.js";
import { setUpOffline } from "./offline.js";
import { Viewer } from "./viewer.js";
import { announce, banner, byId, byteText, resultName, sizeText, timeText } from "./words.js";

/**
 * @typedef {"waiting" | "running" | "done" | "failed" | "cancelled"} State
 *
 * @typedef {object} Item
 * @property {number} id
 * @property {File} file
 * @property {string} name
 * @property {string} url
 * @property {State} state
 * @property {string} words
 * @property {{ width: number, height: number }} [size]
 * @property {number} [tiles]
 * @property {import("./engine.js").Rect[]} done
 * @property {number} share
 * @property {number} [since]
 * @property {{ url: string, bytes: number }} [result]
 * @property {HTMLElement} card
 */

const PICTURE = /\.(?:png|apng|jpe?g|jpe|jfif|webp|gif|bmp|avif)$/i;

/** @type {Item[]} */
const items = [];
/** @type {Item | undefined} */
let shown;
/** @type {Item | undefined} */
let running;
/** @type {import("./engine.js").Model | undefined} */
let model;
/** @type {string | undefined} */
let backend;
let isOpen = false;
/** Why there is no model, if so. */
let broken = "";
let count = 0;

byId("asleep").hidden = true;
byId("engine").textContent = "Loading the model …";
const viewer = new Viewer();
const wanted = new URLSearchParams(location.search).get("engine") ?? undefined;
const engine = new Engine(hear, wanted === "wasm" || wanted === "webgpu" ? wanted : undefined);

/** @param {import("./engine.js").Answer} answer */
function hear(answer) {
  switch (answer.kind) {
    case "loading":
      byId("engine").textContent = `Loading the model: ${byteText(answer.bytes)} of ${
        byteText(answer.of)
      }`;
      return;
    case "opened": {
      model = answer.model;
      backend = answer.backend;
      isOpen = true;
      broken = "";
      const { name, arch, scale, precision } = model;
      const larger = scale === 1 ? "at their size" : `${scale} times as wide and high`;
      byId("model").textContent = `Makes pictures clearer, ${larger}`;
      byId("factor").textContent = `Results are ${
        larger === "at their size" ? "as large" : larger
      }.`;
      byId("engine").textContent = `${name} (${arch}, ${precision}) on ${answer.engine}`;
      next();
      return;
    }
    case "failed":
      failed(answer.why, answer.id);
      return;
  }
  const item = running;
  if (item === undefined || item.id !== answer.id) return;
  if (answer.kind === "started") {
    item.size = { width: answer.width, height: answer.height };
    item.tiles = answer.tiles;
    item.since = performance.now();
    item.words = "Working …";
  } else if (answer.kind === "tile" || answer.kind === "share") {
    if (answer.kind === "tile") item.done.push(answer.rect);
    const tiles = item.tiles ?? 1;
    // Transparency goes through the network by itself: then a tile is begun twice.
    const share = answer.kind === "share" ? answer.share : answer.done / tiles;
    item.share = Math.max(item.share, Math.min(1, share));
    item.words = progressWords(item, tiles);
  } else {
    running = undefined;
    item.state = "done";
    item.result = { url: URL.createObjectURL(answer.file), bytes: answer.file.size };
    item.words = `Done in ${timeText(answer.ms / 1000)}`;
    announce(`${item.name}: done`);
    if (item === shown) showResult(item);
  }
  draw(item);
  next();
}

/**
 * @param {Item} item
 * @param {number} tiles
 */
function progressWords({ share, since = 0, done }, tiles) {
  if (share === 1) return "Writing the picture …";
  const seconds = (performance.now() - since) / 1000 * (1 - share) / share;
  const left = `about ${
    seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : timeText(seconds)
  } left`;
  return tiles === 1 ? `Working, ${left}` : `Tile ${done.length + 1} of ${tiles}, ${left}`;
}

/**
 * @param {string} why
 * @param {number | undefined} id
 */
function failed(why, id) {
  const item = running;
  if (backend === "webgpu" && item !== undefined && (id === item.id || id === undefined)) {
    // Graphics lack memory, or were taken away: the processor is slower, but does not fail.
    running = undefined;
    isOpen = false;
    backend = undefined;
    item.state = "waiting";
    item.words = "The graphics card gave up; once more without it …";
    draw(item);
    engine.withoutGraphics();
    return;
  }
  if (item !== undefined && (id === item.id || id === undefined)) {
    running = undefined;
    item.state = "failed";
    item.words = why;
    announce(`${item.name}: ${why}`);
    draw(item);
  }
  if (id === undefined) {
    broken = `The model cannot be loaded: ${why}`;
    if (wanted === "webgpu") {
      broken += " Leave ?engine=webgpu out of the address: the page then uses the processor.";
    }
    banner(broken);
    byId("engine").textContent = "No model";
    isOpen = false;
  }
  next();
}

/** Begins with the next picture if there is one and nothing else is computed. */
function next() {
  if (broken !== "") {
    for (const one of items) {
      if (one.state !== "waiting") continue;
      one.state = "failed";
      one.words = broken;
      draw(one);
    }
  }
  if (!isOpen || running !== undefined) return;
  const item = items.find(({ state }) => state === "waiting");
  if (item === undefined) return;
  running = item;
  item.state = "running";
  item.words = "Reading the picture …";
  item.done = [];
  item.share = 0;
  item.tiles = undefined;
  draw(item);
  engine.restore(item.id, item.file);
}

/** @param {Iterable<File>} files */
function add(files) {
  const all = [...files];
  const pictures = all.filter(({ name, type }) =>
    type.startsWith("image/") && type !== "image/svg+xml" || PICTURE.test(name)
  );
  const others = all.filter((file) => !pictures.includes(file));
  banner(
    others.length === 0
      ? broken
      : others.length === 1
      ? `${others[0]?.name} is no picture and was left out.`
      : `${others.length} files are no pictures and were left out.`,
  );
  /** @type {Item | undefined} */
  let first;
  for (const file of pictures) {
    const item = make(file);
    first ??= item;
    items.push(item);
    byId("cards").append(item.card);
  }
  if (first === undefined) return;
  byId("drop").classList.add("small");
  byId("list").hidden = items.length < 2;
  if (running === undefined || shown === undefined) show(first);
  next();
}

/**
 * @param {File} file
 * @returns {Item}
 */
function make(file) {
  const url = URL.createObjectURL(file);
  const name = file.name || "picture.png";
  const button = document.createElement("button");
  button.type = "button";
  const image = document.createElement("img");
  image.src = url;
  image.alt = "";
  image.loading = "lazy";
  image.decoding = "async";
  image.addEventListener("error", () => image.classList.add("none"));
  const text = document.createElement("span");
  text.className = "text";
  const title = document.createElement("b");
  title.className = "ellipsis";
  title.textContent = name;
  const words = document.createElement("span");
  words.className = "words";
  text.append(title, words);
  button.append(image, text);
  const card = document.createElement("li");
  card.append(button);
  /** @type {Item} */
  const item = {
    id: ++count,
    file,
    name,
    url,
    state: "waiting",
    words: "Waiting",
    done: [],
    share: 0,
    card,
  };
  button.addEventListener("click", () => show(item));
  draw(item);
  return item;
}

/** @param {Item} item */
function show(item) {
  shown = item;
  byId("viewer").hidden = false;
  for (const one of items) {
    one.card.firstElementChild?.setAttribute("aria-current", String(one === item));
  }
  viewer.original(item.url, item.name).then((size) => {
    if (shown !== item) return;
    byId("stage").hidden = size === undefined;
    byId("actual").hidden = size === undefined;
    if (size === undefined) return;
    item.size ??= size;
    draw(item);
  });
  if (item.result !== undefined) showResult(item);
  draw(item);
}

/** @param {Item} item */
async function showResult(item) {
  if (item.result === undefined) return;
  const isShown = await viewer.result(item.result.url, item.name);
  if (!isShown && shown === item) {
    item.words += ". The result is too large for this browser to show, but can be downloaded.";
    draw(item);
  }
}

/**
 * Brings card and viewer up to date.
 *
 * @param {Item} item
 */
function draw(item) {
  item.card.dataset["state"] = item.state;
  const words = item.card.querySelector(".words");
  if (words !== null) words.textContent = item.words;
  if (item !== shown) return;
  const isBusy = item.state === "running";
  byId("viewer").dataset["state"] = item.state;
  byId("name").textContent = item.name;
  byId("words").textContent = item.words;
  const { size, result } = item, scale = model?.scale ?? 1;
  byId("sizes").textContent = size === undefined
    ? ""
    : result !== undefined || isBusy
    ? `${sizeText(size.width, size.height)} → ${sizeText(size.width * scale, size.height * scale)}${
      result ? `, ${byteText(result.bytes)}` : ""
    }`
    : sizeText(size.width, size.height);
  byId("cancel").hidden = item.state !== "running" && item.state !== "waiting";
  byId("again").hidden = item.state !== "failed" && item.state !== "cancelled";
  const download = /** @type {HTMLAnchorElement} */ (byId("download"));
  download.hidden = result === undefined;
  if (result !== undefined) {
    download.href = result.url;
    download.download = resultName(item.name, model?.name ?? "restored");
  }
  const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
  progress.hidden = !isBusy;
  if (item.share === 0) progress.removeAttribute("value");
  else progress.value = item.share;
  if (isBusy && size !== undefined) {
    viewer.veil({ width: size.width * scale, height: size.height * scale }, item.done);
  } else viewer.unveil();
}

byId("cancel").addEventListener("click", () => {
  const item = shown;
  if (item === undefined) return;
  const wasRunning = item === running;
  item.state = "cancelled";
  item.words = "Cancelled";
  item.done = [];
  announce(`${item.name}: cancelled`);
  draw(item);
  byId("again").focus();
  if (!wasRunning) return;
  running = undefined;
  isOpen = false;
  engine.stop();
});

byId("again").addEventListener("click", () => {
  const item = shown;
  if (item === undefined) return;
  item.state = "waiting";
  item.words = "Waiting";
  draw(item);
  if (broken !== "") {
    broken = "";
    banner("");
    engine.stop(); // which loads the model once more
  }
  next();
});

byId("banner-close").addEventListener("click", () => banner(""));

const files = /** @type {HTMLInputElement} */ (byId("files"));
byId("pick").addEventListener("click", () => files.click());
files.addEventListener("change", () => {
  add(files.files ?? []);
  files.value = "";
});

addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) byId("drop").classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  byId("drop").classList.remove("over");
  add(event.dataTransfer?.files ?? []);
});
addEventListener("paste", (event) => add(event.clipboardData?.files ?? []));

setUpOffline();
