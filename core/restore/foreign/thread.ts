/**
 * A model of another program in a thread that may do nothing but run it.
 *
 * @module
 */
import { resolve } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import type { ImageTensor, RuntimeModel, RuntimeOptions } from "../../runtimes/types.ts";
import type { ForeignAnswer, ForeignFacts, ForeignRequest } from "./messages.ts";
import { FOREIGN } from "./runtimes.ts";
import { permissionsFor, requireScopes } from "./scope.ts";
import type { ForeignSpec } from "./spec.ts";

/** Opens the model in a thread of its own. */
export async function openForeign(
  { kind, path: given }: ForeignSpec,
  options: RuntimeOptions = {},
): Promise<ForeignThread> {
  await requireScopes();
  const path = resolve(given);
  const program = FOREIGN[kind];
  // Under `deno task` what is missing has been fetched before, and here nothing may be started.
  const { state } = await Deno.permissions.query({ name: "run" });
  const library = await program.library({
    ...options,
    fetch: options.fetch ?? state === "granted",
  });
  if (library === undefined && program.tensorflow) {
    throw new UserError(
      `${given} is run by libtensorflow, which was found nowhere: deno task setup fetches it`,
      ExitCode.ENVIRONMENT,
    );
  }
  const { anyLibrary = false } = await program.needs();
  const permissions = permissionsFor(kind, path, library, anyLibrary);
  let worker: Worker;
  try {
    worker = new Worker(
      new URL("./worker.ts", import.meta.url),
      { type: "module", deno: { permissions } } as WorkerOptions,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new UserError(
      `${given}: ${error.message}: reading the model and opening ${library ?? "no library"}${
        anyLibrary ? " (--allow-ffi for all libraries)" : ""
      } must be allowed`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  const thread = new ForeignThread(worker, given);
  try {
    await thread.open({ kind: "open", model: kind, path, library });
    return thread;
  } catch (error) {
    await thread[Symbol.asyncDispose]();
    throw error;
  }
}

/** The thread. */
export class ForeignThread implements RuntimeModel {
  readonly #worker: Worker;
  readonly #path: string;
  #facts: ForeignFacts = { title: "" };
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;
  #reject: (error: Error) => void = () => {};

  /** Takes the worker over. */
  constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
  }

  /** Name of the program that runs it. */
  get title(): string {
    return this.#facts.title;
  }

  /** See `RuntimeModel`. */
  get inputChannels(): number | undefined {
    return this.#facts.inputChannels;
  }

  /** See `RuntimeModel`. */
  get outputChannels(): number | undefined {
    return this.#facts.outputChannels;
  }

  /** See `RuntimeModel`. */
  get fixedSize(): readonly [number, number] | undefined {
    return this.#facts.fixedSize;
  }

  /** See `RuntimeModel`. */
  get maxBatch(): number | undefined {
    return this.#facts.maxBatch;
  }

  /** Loads the model; once. */
  async open(request: ForeignRequest): Promise<void> {
    const answer = await this.#ask(request);
    if (answer.kind === "opened") this.#facts = answer;
  }

  /** See `RuntimeModel`. */
  async run(images: ImageTensor): Promise<ImageTensor> {
    const answer = await this.#ask({ kind: "run", images });
    if (answer.kind !== "done") throw new TypeError(`the thread answered ${answer.kind}`);
    return answer.images;
  }

  /** Ends the thread after the call that is under way; safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.end();
  }

  /** Ends the thread at once. */
  end(): void {
    this.#ended = true;
    this.#worker.terminate();
    this.#reject(new Error(`${this.#path}: the model was closed`));
  }

  /** One question after the other. */
  #ask(request: ForeignRequest): Promise<ForeignAnswer> {
    const next = this.#last.then(() => this.#askNow(request));
    this.#last = next.catch(() => {});
    return next;
  }

  #askNow(request: ForeignRequest): Promise<ForeignAnswer> {
    if (this.#ended) throw new Error(`${this.#path}: the model was closed`);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#worker.onmessage = ({ data }: MessageEvent<ForeignAnswer>) => {
        if (data.kind !== "failed") return resolve(data);
        const { message, exitCode } = data;
        reject(exitCode === undefined ? new Error(message) : new UserError(message, exitCode));
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`${this.#path}: ${event.message}`));
      };
      this.#worker.postMessage(request);
    });
  }
}
