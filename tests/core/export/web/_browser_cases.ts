/**
 * The exported page in a real Chromium, from a server that knows nothing but files: pictures are dropped, compared and downloaded, the
 * network goes away, and it all works again.
 *
 * `CHROME` names the browser where it is in none of the usual places; without one the tests are skipped, and say so.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findLibrary } from "../../../../core/engine/native/mod.ts";
import { decodePng, encodePng } from "../../../../core/data/png.ts";
import { exportModel } from "../../../../core/export/export.ts";
import { findChromium } from "../../../../core/export/web/chromium.ts";
import { loadModel } from "../../../../core/restore/mod.ts";
import { testEngine } from "../../engine/_engines.ts";
import { until, writeTinyModel } from "../../serve/_server.ts";

const executablePath = findChromium();
const MISSING = executablePath === undefined
  ? "no Chromium here, set CHROME to its path"
  : await findLibrary() === undefined
  ? "exports need the native engine, which is not here"
  : undefined;

const TYPES = new Map([["html", "text/html"], ["js", "text/javascript"], ["css", "text/css"], [
  "wasm",
  "application/wasm",
], ["svg", "image/svg+xml"]]);

/** Serves files as `python3 -m http.server` does, under a path as GitHub Pages does. */
function staticServer(folder: string): { readonly url: string; stop(): Promise<void> } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.replace(/^\/sub\//, "").replace(
        /^$/,
        "index.html",
      );
      try {
        const type = TYPES.get(path.split(".").at(-1)!) ?? "application/octet-stream";
        return new Response(await Deno.readFile(`${folder}/${path}`), {
          headers: { "content-type": type },
        });
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}/sub/`, stop: () => server.shutdown() };
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

const text = async (page: Page, selector: string) => (await page.textContent(selector))!;
const states = async (page: Page) =>
  await Promise.all(
    (await page.$$("#cards li")).map((card) => card.getAttribute("data-state")),
  );
const opened = (page: Page) =>
  until(async () => / on WebAssembly$/.test(await text(page, "#engine")));
const done = (page: Page) =>
  until(async () => {
    const all = await states(page);
    return all.length > 0 && all.every((state) => state === "done" || state === "failed");
  });

async function download(
  page: Page,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  return { name: file.suggestedFilename(), bytes: await Deno.readFile(await file.path()) };
}

/** A picture with something transparent at its corner. */
function picture(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const wave = (k: number) => 128 + 100 * Math.sin(x * 0.3 * k + y * 0.17);
      data.set([wave(1), wave(2), wave(3), Math.min(255, 10 * (x + y))], i);
    }
  }
  return encodePng({ width, height, channels: 4, data });
}

/** A picture without colours, which its result has none of either. */
function gray(width: number, height: number): Uint8Array {
  const data = Uint8Array.from({ length: width * height }, (_, i) => 128 + 100 * Math.sin(i));
  return encodePng({ width, height, channels: 1, data });
}

/** A picture of one colour, which takes long to compute and no time to make. */
function plain(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3).fill(90);
  return encodePng({ width, height, channels: 3, data });
}

interface Setting {
  readonly browser: Browser;
  readonly folder: string;
  readonly model: string;
}

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly errors: string[];
  readonly foreign: string[];
}

async function open(browser: Browser, url: string, width = 1000, height = 800): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors: string[] = [], foreign: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  context.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !/^(?:blob|data):/.test(asked)) foreign.push(asked);
  });
  await page.goto(url);
  return { page, context, errors, foreign };
}

/** Largest difference, in levels, of a downloaded picture from what `restore` makes. */
async function differs(model: string, input: Uint8Array, output: Uint8Array): Promise<number> {
  await using restorer = await loadModel(model);
  const wanted = await restorer.restore(input);
  const made = decodePng(output, "made.png");
  assert.deepEqual([made.width, made.height, made.channels], [
    wanted.width,
    wanted.height,
    wanted.channels,
  ]);
  let most = 0;
  for (let i = 0; i < made.data.length; i++) {
    most = Math.max(most, Math.abs(made.data[i]! - wanted.data[i]!));
  }
  return most;
}

const cases: { readonly claim: string; readonly run: (setting: Setting) => Promise<void> }[] = [
  {
    claim:
      "pictures are restored as by `restore`, compared and saved, also when the network is gone",
    async run({ browser, folder, model }) {
      const server = staticServer(folder);
      const { page, context, errors, foreign } = await open(browser, server.url);
      await opened(page);
      assert.match(await text(page, "#model"), /2 times as wide and high/);
      assert.ok(await page.isHidden("#asleep"));
      const first = picture(150, 90);
      await drop(page, { "Kätzchen.png": first });
      await done(page);
      assert.equal(
        await text(page, "#sizes").then((t) => t.split(",")[0]),
        "150 × 90 pixels → 300 × 180 pixels",
      );
      const saved = await download(page);
      assert.equal(saved.name, "Kätzchen_tiny.png");
      assert.ok(await differs(model, first, saved.bytes) <= 1);

      await page.focus("#border");
      for (const key of ["ArrowRight", "ArrowRight", "Home", "PageUp"]) {
        await page.keyboard.press(key);
      }
      assert.equal(await page.inputValue("#border"), "10");
      assert.equal(
        await page.evaluate("getComputedStyle(document.getElementById('before')).clipPath"),
        "inset(0px 90% 0px 0px)",
      );

      // From here on there is no network, and no server.
      await until(async () => /without network/.test(await text(page, "#offline")));
      await context.setOffline(true);
      await server.stop();
      await page.reload();
      await opened(page);
      const second = gray(40, 60);
      await drop(page, { "a.png": first, "b.png": second });
      await done(page);
      assert.deepEqual(await states(page), ["done", "done"]);
      await page.click("#cards li:last-child button");
      const other = await download(page);
      assert.equal(other.name, "b_tiny.png");
      assert.ok(await differs(model, second, other.bytes) <= 1);
      assert.deepEqual(foreign, []);
      assert.deepEqual(errors, []);
      await context.close();
    },
  },
  {
    claim: "what is no picture is said in words; work can be cancelled and begun again",
    async run({ browser, folder }) {
      const server = staticServer(folder);
      const { page, context, errors } = await open(browser, server.url);
      await opened(page);
      const words = (line: string) => new TextEncoder().encode(line);
      await drop(page, { "note.txt": words("hello"), "wrong.png": words("hello") });
      await done(page);
      assert.match(await text(page, "#banner"), /note\.txt is no picture and was left out/);
      assert.deepEqual(await states(page), ["failed"]);
      assert.match(await text(page, "#words"), /no picture that this browser can read/);
      assert.ok(await page.isHidden("#stage"));

      await drop(page, { "large.png": plain(2400, 1600) });
      await page.click("#cards li:last-child button");
      await until(async () => (await states(page))[1] === "running");
      await page.click("#cancel");
      assert.deepEqual(await states(page), ["failed", "cancelled"]);
      // The next one is not kept waiting, and a narrow one can still be compared.
      await drop(page, { "small.png": picture(2, 90) });
      await until(async () => (await states(page))[2] === "done");
      await page.click("#cards li:last-child button");
      assert.ok((await page.locator("#border").boundingBox())!.width > 40);
      assert.equal((await states(page))[1], "cancelled");
      assert.deepEqual(errors, []);
      await context.close();

      const lacking = await browser.newContext({ serviceWorkers: "block" });
      await lacking.route("**/model.json", (route) => route.abort());
      const other = await lacking.newPage();
      await other.goto(server.url);
      await until(async () => /No model/.test(await text(other, "#engine")));
      await drop(other, { "small.png": picture(9, 9) });
      assert.match(await text(other, "#words"), /The model cannot be loaded/);
      await lacking.unroute("**/model.json");
      await other.click("#again");
      await done(other);
      assert.deepEqual(await states(other), ["done"]);
      // Opened as a file it says what to do.
      await other.goto(`file://${folder}/index.html`);
      await other.evaluate("document.getAnimations().forEach((one) => one.finish())");
      assert.match(await other.innerText("#asleep"), /python3 -m http\.server/);
      assert.ok(await other.isVisible("#asleep"));
      await lacking.close();
      await server.stop();
    },
  },
  {
    claim:
      "it fits a phone, follows the colours, and everything can be reached by keys and has a name",
    async run({ browser, folder }) {
      const server = staticServer(folder);
      const { page, context, errors } = await open(browser, server.url, 360, 740);
      await opened(page);
      const overflow = "document.documentElement.scrollWidth - innerWidth";
      const colour = "getComputedStyle(document.body).backgroundColor";
      const light = await page.evaluate(colour);
      await page.emulateMedia({ colorScheme: "dark" });
      assert.notEqual(await page.evaluate(colour), light);
      await drop(page, { [`${"long".repeat(30)}.png`]: picture(30, 20), "b.png": picture(9, 9) });
      await done(page);
      assert.equal(await page.evaluate(overflow), 0);
      const reached = new Set<string>();
      await page.evaluate("document.activeElement.blur()");
      for (let i = 0; i < 14; i++) {
        await page.keyboard.press("Tab");
        reached.add(
          await page.evaluate("document.activeElement.id || document.activeElement.tagName"),
        );
      }
      for (const id of ["pick", "actual", "download", "border", "BUTTON"]) {
        assert.ok(reached.has(id), `${id} is not reached: ${[...reached].join(", ")}`);
      }
      const nameless = await page.$$eval(
        "button, a, input:not([hidden])",
        (all) =>
          all.filter((one) => !(one.textContent || one.getAttribute("aria-label"))?.trim())
            .map((one) => one.outerHTML),
      );
      assert.deepEqual(nameless, []);
      assert.deepEqual(errors, []);
      await context.close();
      await server.stop();
    },
  },
];

Deno.test({
  name: MISSING === undefined ? "page" : `page (skipped: ${MISSING})`,
  ignore: MISSING !== undefined,
  // The driver keeps what it keeps until its process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    const folder = await Deno.makeTempDir();
    const engine = await testEngine();
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      const model = `${folder}/tiny.safetensors`;
      await writeTinyModel(model);
      const { results } = await exportModel(model, {
        targets: ["web"],
        precision: "fp32",
        folder,
      });
      assert.equal(results[0]!.error, undefined);
      assert.match(results[0]!.verification!.runtime, /in Chromium$/);
      for (const { claim, run } of cases) {
        await test.step({
          name: claim,
          sanitizeOps: false,
          sanitizeResources: false,
          fn: () => run({ browser, folder: results[0]!.folder, model }),
        });
      }
    } finally {
      await browser.close();
      await engine.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
