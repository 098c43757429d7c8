/**
 * The page in a real Chromium: as somebody uses it who drops pictures, watches, compares and downloads.
 *
 * `CHROME` names the browser where it is in none of the usual places; without one the tests are skipped, and say so.
 *
 * @module
 */
import { unzipSync } from "fflate";
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { readImageHeader } from "../../../core/data/header.ts";
import { findLibrary } from "../../../core/engine/native/mod.ts";
import { DEFAULT_LIMITS } from "../../../core/serve/limits.ts";
import { serveRestore } from "../../../core/serve/start.ts";
import "../engine/_engines.ts";
import { endless, fakeServer, noise, until, writeTinyModel } from "./_server.ts";

const PLACES = [
  Deno.env.get("CHROME"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const executablePath = PLACES.find((path) => {
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** What a page did besides what it was told to. */
interface Watched {
  readonly page: Page;
  readonly errors: string[];
  readonly foreign: string[];
}

const cases: { readonly claim: string; readonly run: (browser: Browser) => Promise<void> }[] = [];

/** Adds what the one test below does, step by step, in one browser: starting one takes seconds. */
function inBrowser(claim: string, run: (browser: Browser) => Promise<void>): void {
  cases.push({ claim, run });
}

async function open(
  browser: Browser,
  url: string,
  width: number,
  height: number,
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors: string[] = [], foreign: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => {
    if (!/^(?:blob|data):/.test(request.url()) && !request.url().startsWith(new URL(url).origin)) {
      foreign.push(request.url());
    }
  });
  await page.goto(url);
  return { page, errors, foreign };
}

/** Drops files on the page. */
async function drop(page: Page, files: Record<string, Uint8Array>): Promise<void> {
  const plain = Object.entries(files).map(([name, bytes]) => [name, [...bytes]] as const);
  await page.evaluate((list) => {
    // deno-lint-ignore no-explicit-any -- runs in the browser, whose types Deno does not have
    const { DataTransfer, DragEvent, File, dispatchEvent } = globalThis as any;
    const data = new DataTransfer();
    for (const [name, bytes] of list) data.items.add(new File([new Uint8Array(bytes)], name));
    dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
  }, plain);
}

const states = async (page: Page): Promise<(string | null)[]> =>
  await Promise.all((await page.$$(".card")).map((card) => card.getAttribute("data-state")));

const attribute = async (page: Page, selector: string, name: string): Promise<string | null> =>
  await page.getAttribute(selector, name);

/** Opacity of what covers the picture at a quarter and at three quarters of its width, 0 to 255. */
async function veil(page: Page): Promise<number[]> {
  return await page.evaluate(() => {
    // deno-lint-ignore no-explicit-any -- runs in the browser, whose types Deno does not have
    const { document, OffscreenCanvas } = globalThis as any;
    const canvas = document.getElementById("tiles");
    const { width, height } = canvas;
    // The picture is a square in the middle.
    const side = Math.min(width, height);
    return [0.25, 0.75].map((part) => {
      // A copy: reading back the page's own canvas often would be complained about.
      const copy = new OffscreenCanvas(1, 1).getContext("2d");
      copy.drawImage(
        canvas,
        -Math.round(width / 2 + (part - 0.5) * side),
        -Math.round(height / 2 - side / 4),
      );
      return copy.getImageData(0, 0, 1, 1).data[3] as number;
    });
  });
}

async function bytesOf(page: Page, click: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(click)]);
  return {
    name: download.suggestedFilename(),
    bytes: await Deno.readFile(await download.path()),
  };
}

inBrowser(
  "pictures are dropped, watched, compared and downloaded, with nothing but this server",
  async (browser) => {
    const folder = await Deno.makeTempDir();
    try {
      const model = join(folder, "tiny.safetensors");
      await writeTinyModel(model);
      await using served = await serveRestore({
        binding: { host: "127.0.0.1", port: 0 },
        limits: DEFAULT_LIMITS,
        models: [model],
        engine: await findLibrary() ? "native" : "wasm",
        say: () => {},
      });
      const url = `http://127.0.0.1:${served.port}/`;
      const { page, errors, foreign } = await open(browser, url, 1200, 900);
      await page.waitForSelector(".model");
      assert.match((await page.textContent(".model"))!, /2 times as wide and high · fast.*tiny/);

      await drop(page, { "Kätzchen.png": noise(600, 300, 1), "second.png": noise(40, 30, 2) });
      await until(async () => (await states(page)).join() === "done,done");

      await page.click(".card .open");
      await page.waitForSelector("#handle");
      assert.equal(await attribute(page, "#handle", "aria-valuenow"), "50");
      await page.focus("#handle");
      for (const key of ["ArrowRight", "ArrowRight", "Shift+ArrowRight"]) {
        await page.keyboard
          .press(key);
      }
      assert.equal(await attribute(page, "#handle", "aria-valuenow"), "64");
      assert.match(
        (await attribute(page, "#layer-before", "style"))!,
        /inset\(0(px)? 36% 0(px)? 0(px)?\)/,
      );
      await page.keyboard.press("Home");
      assert.equal(await attribute(page, "#handle", "aria-valuenow"), "0");

      await page.focus("#stage");
      await page.keyboard.press("1");
      assert.equal(await page.textContent("#zoom"), "100 %");
      await page.keyboard.press("+");
      assert.equal(await page.textContent("#zoom"), "125 %");
      const before = await attribute(page, "#layer-after img", "style");
      await page.keyboard.press("ArrowLeft");
      assert.notEqual(await attribute(page, "#layer-after img", "style"), before);
      await page.keyboard.press("l");
      await page.waitForSelector("#lens canvas");
      await page.keyboard.press("l");
      await page.waitForSelector("#lens", { state: "hidden" });
      await page.mouse.move(700, 500);
      await page.mouse.wheel(0, -300);
      await until(async () => parseInt((await page.textContent("#zoom"))!) > 125);

      const one = await bytesOf(page, ".card button.primary");
      assert.equal(one.name, "Kätzchen_x2.png");
      const { width, height } = readImageHeader(one.bytes, one.name);
      assert.deepEqual([width, height], [1200, 600]);
      const all = await bytesOf(page, "#zip");
      const inside = unzipSync(all.bytes);
      assert.deepEqual(Object.keys(inside).sort(), ["Kätzchen_x2.png", "second_x2.png"]);
      assert.deepEqual(inside["Kätzchen_x2.png"], one.bytes);
      assert.deepEqual(errors, []);

      // What goes wrong is said in words, and the rest goes on.
      await page.click("#clear");
      await drop(page, {
        "note.txt": new TextEncoder().encode("hello"),
        "empty.png": new Uint8Array(),
        "wrong.png": new TextEncoder().encode("hello"),
      });
      await until(async () => (await states(page)).join() === "failed,failed");
      assert.match(
        (await page.textContent("#banner"))!,
        /note\.txt is no picture and was left out/,
      );
      const words = await page.$$eval(".words", (all) => all.map((one) => one.textContent));
      assert.match(words[0]!, /The file is empty/);
      assert.match(words[1]!, /no picture that can be read/);
      assert.deepEqual(errors.splice(0).filter((line) => !/status of 415/.test(line)), []);
      await page.click("#clear");
      assert.ok(await page.isVisible("#empty"));

      assert.deepEqual(errors, []);
      assert.deepEqual(foreign, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

inBrowser(
  "the page fits a phone, follows and changes the colours, and works without a mouse",
  async (browser) => {
    await using server = await fakeServer();
    const { page, errors } = await open(browser, `${server.url}/`, 380, 800);
    const overflow = "document.documentElement.scrollWidth - innerWidth";
    assert.equal(await page.evaluate(overflow), 0);
    const colour = "getComputedStyle(document.body).backgroundColor";
    const light = await page.evaluate(colour);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await page.evaluate(colour);
    assert.notEqual(light, dark);
    for (const name of ["light", "dark", "system"]) {
      await page.focus("#theme");
      await page.keyboard.press("Enter");
      assert.match((await attribute(page, "#theme", "aria-label"))!, new RegExp(name));
      assert.equal(await page.evaluate(colour), name === "light" ? light : dark);
    }
    const name = `${"long".repeat(40)}.png`;
    await drop(page, { [name]: noise(30, 20, 1) });
    await until(async () => (await states(page)).join() === "done");
    assert.equal(await page.evaluate(overflow), 0);
    // Everything that can be clicked can be reached, and has a name.
    const reached = new Set<string>();
    await page.evaluate("document.activeElement.blur()");
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate("document.activeElement.id || document.activeElement.textContent"),
      );
    }
    for (
      const id of [
        "theme",
        "pick",
        "pick-folder",
        "zoom-in",
        "lens-toggle",
        "stage",
        "handle",
        "Remove",
      ]
    ) {
      assert.ok(reached.has(id), `${id} is not reached: ${[...reached].join(", ")}`);
    }
    const nameless = await page.$$eval(
      "button, [tabindex='0']",
      (all) =>
        all.filter((one) => !(one.textContent || one.getAttribute("aria-label"))?.trim()).map((
          one,
        ) => one.outerHTML),
    );
    assert.deepEqual(nameless, []);
    assert.deepEqual(errors, []);
  },
);

inBrowser(
  "the token of the address opens the page, and without it the page asks",
  async (browser) => {
    const token = "0123456789abcdef";
    await using server = await fakeServer({ token });
    const first = await open(browser, `${server.url}/#token=${token}`, 800, 600);
    await until(async () => /Up to/.test((await first.page.textContent("#limits"))!));
    assert.equal(await first.page.evaluate("location.hash"), "");
    assert.equal(await first.page.evaluate("document.cookie"), "", "scripts do not see the cookie");
    assert.deepEqual(first.errors, []);
    const { page } = await open(browser, `${server.url}/`, 800, 600);
    await page.waitForSelector("#login[open]");
    await page.fill("#login-token", "wrong");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#login-wrong:not([hidden])");
    await page.fill("#login-token", token);
    await page.keyboard.press("Enter");
    await until(async () => /Up to/.test((await page.textContent("#limits"))!));
    assert.ok(!await page.isVisible("#login"));
  },
);

inBrowser(
  "cancelling stops what runs and what waits, and leaving the page stops all",
  async (browser) => {
    let stopped = 0;
    await using server = await fakeServer({ work: endless(() => stopped++) });
    const { page, errors } = await open(browser, `${server.url}/`, 800, 600);
    const picture = noise(20, 20, 1);
    await drop(page, { "a.png": picture, "b.png": picture, "c.png": picture, "d.png": picture });
    await until(async () => /^Tile \d+ of 1000000/.test((await page.textContent(".words"))!));
    // The quarter that is done lies open, the rest is veiled.
    await until(async () => (await veil(page)).join() === "0,158");
    await page.click(".card .danger");
    await until(async () => (await states(page))[0] === "cancelled");
    await until(() => stopped === 1);
    await until(async () => (await states(page))[1] === "running");
    await page.click("#cancel-all");
    await until(async () => (await states(page)).every((state) => state === "cancelled"));
    // The third may have begun between the end of the second and its own.
    await until(() => stopped >= 2 && server.queue.running === 0 && server.queue.queued === 0);
    assert.deepEqual(errors, []);
    await page.click(".card:nth-child(2) button:text('Try again')");
    await until(async () => (await states(page))[1] === "running");
    const before = stopped;
    await page.close();
    await until(() => stopped === before + 1 && server.queue.running === 0);
  },
);

Deno.test({
  name: executablePath ? "page" : "page (skipped: no Chromium here, set CHROME to its path)",
  ignore: executablePath === undefined,
  // The driver keeps what it keeps until its process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      for (const { claim, run } of cases) {
        const options = { sanitizeOps: false, sanitizeResources: false };
        await test.step({ name: claim, ...options, fn: () => run(browser) });
      }
    } finally {
      await browser.close();
    }
  },
});
