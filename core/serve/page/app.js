/**
 * Puts the page together.
 *
 * @module
 */
import { ApiError, listModels } from "./api.js";
import { Card } from "./card.js";
import { announce, banner, byId, byteText } from "./dom.js";
import { fromDrop, fromPicker, MOST_FILES, sortOut } from "./files.js";
import { askForToken, loginFromAddress } from "./login.js";
import { Queue } from "./queue.js";
import { readSettings, setUpSettings, showModels } from "./settings.js";
import { setUpTheme } from "./theme.js";
import { Viewer } from "./viewer.js";
import { zip } from "./zip.js";

/** @typedef {import("./queue.js").Item} Item */
/** @typedef {import("./files.js").Found} Found */

const queue = new Queue();
const viewer = new Viewer();
/** @type {Map<Item, Card>} */
const cards = new Map();
/** @type {import("./api.js").Limits | undefined} */
let limits;
/** Whether the user has chosen what is shown; until then the view follows the work. */
let chosen = false;
/** Least milliseconds between two pictures that the view shows by itself. */
const FOLLOW_MS = 1500;
let followed = -Infinity;

/** @param {Item | undefined} item */
function show(item) {
  viewer.show(item);
  for (const card of cards.values()) card.mark(card.item === item);
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const actions = {
  show: (/** @type {Item} */ item) => {
    chosen = true;
    show(item);
    byId("viewer").scrollIntoView({ block: "nearest" });
  },
  cancel: (/** @type {Item} */ item) => queue.cancel(item),
  again: (/** @type {Item} */ item) => queue.again(item, readSettings()),
  remove: (/** @type {Item} */ item) => queue.remove(item),
  download: (/** @type {Item} */ item) => {
    if (item.result) save(item.result.blob, item.result.name);
  },
};

/** Shows what concerns all pictures. */
function summarize() {
  const { items } = queue;
  const count = (/** @type {string} */ state) =>
    items.filter((item) => item.state === state).length;
  const done = count("done"), failed = count("failed"), over = items.filter((i) => i.over).length;
  byId("columns").classList.toggle("busy", items.length > 0);
  byId("list").hidden = items.length === 0;
  byId("empty").hidden = items.length > 0;
  byId("drop").classList.toggle("small", items.length > 0);
  byId("summary").textContent = `${done} of ${items.length} done${
    failed > 0 ? `, ${failed} failed` : ""
  }`;
  byId("cancel-all").hidden = over === items.length;
  byId("clear").hidden = over === 0;
  byId("zip").hidden = done < 2;
}

/** @param {(item: Item) => void} use */
function onItem(use) {
  return (/** @type {Event} */ event) => {
    use(/** @type {CustomEvent<Item>} */ (event).detail);
    summarize();
  };
}

queue.addEventListener(
  "add",
  onItem((item) => {
    const card = new Card(item, actions);
    cards.set(item, card);
    byId("cards").append(card.element);
    if (viewer.item === undefined) show(item);
  }),
);
/** How a picture looked when it was last drawn. */
const drawn = new WeakMap();
let drawing = false;

/**
 * Tiles may come by the hundred in a second: the page is drawn ten times in that.
 *
 * @param {Item} item
 */
function onChange(item) {
  if (drawn.get(item) !== item.state) {
    draw(item);
    summarize();
  } else if (!drawing) {
    drawing = true;
    setTimeout(() => {
      drawing = false;
      for (const one of queue.items) if (one.state === "running") draw(one);
    }, 100);
  }
}

/** @param {Item} item */
function draw(item) {
  const other = drawn.get(item) !== item.state;
  drawn.set(item, item.state);
  cards.get(item)?.update();
  const next = other && item.state === "running" && !chosen && viewer.item?.state !== "running";
  // Small pictures are done in a moment: a view that followed each would flicker.
  if (next && performance.now() - followed > FOLLOW_MS) {
    followed = performance.now();
    show(item);
  } else if (viewer.item === item) show(item);
  if (other && item.over) announce(`${item.name}: ${item.state}. ${item.message}`);
  if (other && item.state === "done") void refreshModels();
}

queue.addEventListener(
  "change",
  (event) => onChange(/** @type {CustomEvent<Item>} */ (event).detail),
);
queue.addEventListener(
  "remove",
  onItem((item) => {
    cards.get(item)?.element.remove();
    cards.delete(item);
    if (viewer.item === item) {
      chosen = false;
      show(queue.items.at(-1));
    }
  }),
);

/** @param {Found[]} found */
function add(found) {
  banner("");
  const { pictures, others } = sortOut(found);
  const words = [];
  if (others.length > 0) {
    const names = others.slice(0, 3).map(({ file }) => file.name).join(", ");
    words.push(
      others.length === 1
        ? `${names} is no picture and was left out.`
        : `${others.length} files are no pictures and were left out: ${names}${
          others.length > 3 ? ", …" : "."
        }`,
    );
  }
  if (found.length >= MOST_FILES) words.push(`Only the first ${MOST_FILES} files were taken.`);
  if (found.length === 0) words.push("There was no file in what you dropped.");
  else if (pictures.length === 0) {
    words.push("PNG, JPEG, WebP, GIF and BMP pictures can be restored.");
  }
  if (words.length > 0) banner(words.join(" "));
  const options = readSettings();
  const most = limits?.body_bytes ?? Infinity;
  for (const one of pictures) {
    const { size } = one.file;
    if (size === 0) queue.refuse(one, "The file is empty.");
    else if (size > most) {
      queue.refuse(one, `The file has ${byteText(size)}; this server takes ${byteText(most)}.`);
    } else queue.add([one], options);
  }
}

function setUpInput() {
  const files = /** @type {HTMLInputElement} */ (byId("files"));
  const folder = /** @type {HTMLInputElement} */ (byId("folder"));
  byId("pick").addEventListener("click", () => files.click());
  byId("pick-folder").addEventListener("click", () => folder.click());
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      add(fromPicker(input.files ?? []));
      input.value = ""; // so that the same file can be chosen again
    });
  }
  // The whole page takes drops: who misses the field would leave the page.
  addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) byId("drop").classList.remove("over");
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    if (event.dataTransfer) add(await fromDrop(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData?.files ?? []];
    if (pasted.length > 0) add(fromPicker(pasted));
  });
  addEventListener("beforeunload", (event) => {
    if (queue.items.some((item) => !item.over)) event.preventDefault();
  });
}

function setUpList() {
  byId("cancel-all").addEventListener("click", () => queue.cancelAll());
  byId("clear").addEventListener("click", () => {
    for (const item of queue.items.filter((one) => one.over)) queue.remove(item);
  });
  byId("viewer-download").addEventListener("click", () => {
    if (viewer.item) actions.download(viewer.item);
  });
  byId("zip").addEventListener("click", async () => {
    const files = queue.items.flatMap(({ result, path }) => {
      const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
      return result ? [{ name: folder + result.name, blob: result.blob }] : [];
    });
    try {
      save(await zip(files), "denosr.zip");
    } catch (error) {
      banner(error instanceof Error ? error.message : String(error));
    }
  });
}

let refreshing = false;

/** Reads what is measured about the models meanwhile. */
async function refreshModels() {
  if (refreshing) return;
  refreshing = true;
  try {
    const found = await listModels();
    limits = found.limits;
    showModels(found.models);
    byId("limits").textContent = `Up to ${byteText(limits.body_bytes)} and ${
      Math.round(limits.pixels / 1e6)
    } megapixels each.`;
  } finally {
    refreshing = false;
  }
}

/** Beyond this machine the pictures go to the one that the address names, and the page must not say otherwise. */
function sayWhere() {
  if (/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname)) return;
  byId("private").textContent = `Pictures go to ${location.hostname} only`;
}

async function begin() {
  sayWhere();
  setUpTheme();
  setUpSettings();
  setUpInput();
  setUpList();
  summarize();
  await loginFromAddress();
  try {
    await refreshModels();
  } catch (error) {
    if (error instanceof ApiError && error.code === "unauthorized") {
      await askForToken();
      await refreshModels();
    } else banner(error instanceof Error ? error.message : String(error));
  }
}

void begin();
