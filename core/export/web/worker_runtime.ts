/**
 * The page's worker under Deno: the very file that browsers get, on WebAssembly.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitCode, UserError } from "../../errors.ts";
import type { ImageTensor, Runtime, RuntimeModel } from "../../runtimes/types.ts";
import type { Program } from "./program.ts";
import type { Answer, Request } from "./worker/messages.ts";

/** Runs the page's worker in a thread of this program. */
export const workerRuntime: Runtime = {
  title: "the page's own worker on WebAssembly, in Deno",
  version: Deno.version.deno,
  async open(path: string): Promise<RuntimeModel> {
    const folder = dirname(path);
    const program = JSON.parse(
      await Deno.readTextFile(join(folder, "model", "model.json")),
    ) as Program;
    const page = new PageWorker(join(folder, "worker.js"));
    try {
      await page.ask({ kind: "open", backend: "wasm" }, "opened");
    } catch (error) {
      page.stop();
      throw new UserError(`${folder}: ${(error as Error).message}`, ExitCode.DATA, {
        cause: error,
      });
    }
    return {
      inputChannels: program.inputChannels,
      outputChannels: program.outputChannels,
      async run(image: ImageTensor): Promise<ImageTensor> {
        const answer = await page.ask({ kind: "infer", id: 1, image }, "inferred");
        return answer.image;
      },
      [Symbol.asyncDispose](): Promise<void> {
        page.stop();
        return Promise.resolve();
      },
    };
  },
};

/** Asks one thing after the other. */
class PageWorker {
  readonly #worker: Worker;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#worker = new Worker(pathToFileURL(path), { type: "module" });
  }

  ask<K extends Answer["kind"]>(
    request: Request,
    kind: K,
  ): Promise<Extract<Answer, { readonly kind: K }>> {
    const next = this.#turn.then(() => this.#ask(request, kind));
    this.#turn = next.catch(() => {});
    return next;
  }

  stop(): void {
    this.#worker.terminate();
  }

  #ask<K extends Answer["kind"]>(
    request: Request,
    kind: K,
  ): Promise<Extract<Answer, { readonly kind: K }>> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data.kind === kind) resolve(data as Extract<Answer, { readonly kind: K }>);
        else if (data.kind === "failed") reject(new Error(data.why));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(request);
    });
  }
}
