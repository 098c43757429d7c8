/**
 * The page's worker in a Chromium without windows: it is served as a static server would, and asked through a page beside it, whose
 * requests carry the numbers.
 *
 * No driver is needed, and nothing but 127.0.0.1 is reached.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import type { ImageTensor, Runtime, RuntimeModel } from "../../runtimes/types.ts";
import { findChromium, profileFolder } from "./chromium.ts";
import { checkPage, checkScript } from "./check_page.ts";
import type { Program } from "./program.ts";

/** Longest time that a browser may take to start, in milliseconds. */
const PATIENCE = 30_000;

/** No verification takes longer, in milliseconds. */
const DAY = 24 * 3600 * 1000;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  wasm: "application/wasm",
};

/** Chromium, if there is one that starts; `say` hears why not. */
export async function browserRuntime(say: (line: string) => void): Promise<Runtime | undefined> {
  const path = findChromium();
  if (path === undefined) return undefined;
  let version: string;
  try {
    const { success, stdout } = await new Deno.Command(path, {
      args: ["--version"],
      stdin: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    version = /\d+(?:\.\d+)*/.exec(new TextDecoder().decode(stdout))?.[0] ?? "";
  } catch (error) {
    say(`web: ${path} cannot be started: ${(error as Error).message}`);
    return undefined;
  }
  return {
    title: "the page's worker in Chromium",
    version,
    open: async (model, signal) => await openPage(path, dirname(model), signal),
  };
}

async function openPage(
  chromium: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<RuntimeModel> {
  const program = JSON.parse(
    await Deno.readTextFile(join(folder, "model", "model.json")),
  ) as Program;
  const page = await Page.open(chromium, folder, signal);
  return {
    inputChannels: program.inputChannels,
    outputChannels: program.outputChannels,
    run: (images) => page.run(images),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

interface Job {
  readonly image: ImageTensor;
  readonly done: PromiseWithResolvers<ImageTensor>;
}

/** A browser with the page. */
class Page {
  readonly #folder: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Part of the addresses, so that no other program is listened to. */
  readonly #secret = crypto.randomUUID();
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = new AbortController();
  readonly #profile: string;
  #process: Deno.ChildProcess | undefined;
  #jobs: Job[] = [];
  #job: Job | undefined;
  #asked = Promise.withResolvers<void>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#profile = join(profileFolder(), `${Deno.pid}-${this.#secret}`);
    this.#opened.promise.catch(() => {}); // whoever opens hears of it
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  static async open(
    chromium: string,
    folder: string,
    signal: AbortSignal | undefined,
  ): Promise<Page> {
    const page = new Page(folder);
    const stop = () => page.#opened.reject(signal?.reason);
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", stop);
      await page.#start(chromium);
      return page;
    } catch (error) {
      await page.close();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  run(image: ImageTensor): Promise<ImageTensor> {
    const done = Promise.withResolvers<ImageTensor>();
    this.#jobs.push({ image, done });
    this.#asked.resolve();
    return done.promise;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#asked.resolve();
    try {
      this.#process?.kill("SIGKILL");
    } catch { /* has ended by itself */ }
    await this.#process?.status;
    await this.#server.shutdown();
    // Its children may write for a moment after it.
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await Deno.remove(this.#profile, { recursive: true });
        return;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #start(chromium: string): Promise<void> {
    await clearOld(dirname(this.#profile));
    await Deno.mkdir(this.#profile, { recursive: true });
    const { port } = this.#server.addr;
    this.#process = new Deno.Command(chromium, {
      args: [
        "--headless=new",
        // It sees nothing but our own page, and as root or in containers there is no sandbox to be had.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--no-default-browser-check",
        "--password-store=basic",
        // Ends it as soon as the page is loaded, which is when this process is gone, however that came.
        "--dump-dom",
        `--user-data-dir=${this.#profile}`,
        `http://127.0.0.1:${port}/${this.#secret}.html`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const ended = this.#process.status.then(({ code }) => {
      const error = new UserError(`Chromium ended with code ${code}`, ExitCode.ENVIRONMENT);
      this.#fail(error);
      throw error;
    });
    ended.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new UserError(
            `${chromium} has not opened the page within ${
              PATIENCE / 1000
            } s; CHROME may name another browser`,
            ExitCode.ENVIRONMENT,
          ),
        );
      }, PATIENCE);
    });
    try {
      await Promise.race([this.#opened.promise, ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(error: unknown): void {
    this.#opened.reject(error);
    for (const { done } of [...this.#jobs, ...this.#job ? [this.#job] : []]) done.reject(error);
    this.#jobs = [];
    this.#job = undefined;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, first, action] = pathname.split("/");
    if (first === `${this.#secret}.html`) return file("html", checkPage(this.#secret));
    if (first === `${this.#secret}.js`) return file("js", checkScript(this.#secret));
    if (first === this.#secret) return await this.#talk(request, action ?? "");
    // Names are those that the page asks for: letters, digits, points and lines.
    if (!/^\/(?:model\/)?\w[\w.-]*$/.test(pathname)) return new Response(null, { status: 404 });
    try {
      return file(
        pathname.split(".").at(-1)!,
        await Deno.readFile(join(this.#folder, ...pathname.split("/"))),
      );
    } catch {
      return new Response(null, { status: 404 });
    }
  }

  async #talk(request: Request, action: string): Promise<Response> {
    const empty = () => new Response(null, { status: 204 });
    switch (action) {
      case "opened":
        this.#opened.resolve();
        return empty();
      case "alive": {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#closed.signal.addEventListener("abort", () => resolve());
        if (!this.#closed.signal.aborted) await promise;
        return empty();
      }
      case "next": {
        while (this.#jobs.length === 0 && !this.#closed.signal.aborted) {
          await this.#asked.promise;
          this.#asked = Promise.withResolvers();
        }
        this.#job = this.#jobs.shift();
        if (this.#job === undefined) return empty();
        const { shape, data } = this.#job.image;
        return new Response(Float32Array.from(data), { headers: { "x-shape": shape.join() } });
      }
      case "done": {
        const shape = request.headers.get("x-shape")!.split(",").map(Number);
        const data = new Float32Array(await request.arrayBuffer());
        this.#job?.done.resolve({ shape: shape as unknown as ImageTensor["shape"], data });
        return empty();
      }
      default:
        this.#fail(new UserError(`${this.#folder}: ${await request.text()}`, ExitCode.DATA));
        return empty();
    }
  }
}

/** Removes profiles that a process which was killed has left. */
async function clearOld(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const path = join(folder, name);
      const { mtime } = await Deno.stat(path);
      if (mtime !== null && Date.now() - mtime.getTime() < DAY) continue;
      await Deno.remove(path, { recursive: true });
    }
  } catch { /* the folder is not there, or somebody else clears it */ }
}

function file(kind: string, body: BodyInit): Response {
  return new Response(body, {
    headers: { "content-type": TYPES[kind] ?? "application/octet-stream" },
  });
}
