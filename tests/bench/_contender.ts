/**
 * Those who take turns.
 *
 * @module
 */
import { BenchWorker, type WorkerCommand } from "./_worker.ts";

/**
 * Whose turn it is; PyTorch takes part twice, and the better of its two counts. In some rows `ncnn`, or a model that was exported,
 * stands in for it.
 */
export type Side = "ours" | "eager" | "compiled" | "ncnn" | "exported";

/** Names of the sides, for people. */
export const SIDE_NAMES: Readonly<Record<Side, string>> = {
  ours: "ours",
  eager: "PyTorch",
  compiled: "torch.compile",
  ncnn: "ncnn",
  exported: "the exported model",
};

/** Somebody who can do the work again and again. */
export interface Contender {
  /** Who it is. */
  readonly side: Side;
  /** Images that a turn gives, where it reads data. */
  readonly images?: number | undefined;
  /** Gets ready. */
  open(): Promise<void>;
  /** Does the work once: seconds. */
  turn(): Promise<number>;
  /** The most memory that it had in use so far, in bytes. */
  peakMemory(): Promise<number | undefined>;
  /** Ends. */
  close(): Promise<void>;
}

/** One process that stays and measures each turn itself. */
export class StepContender implements Contender {
  /** See {@linkcode Contender.side}. */
  readonly side: Side;
  readonly #command: WorkerCommand;
  #worker: BenchWorker | undefined;
  #images: number | undefined;

  /** Starts nothing yet. */
  constructor(side: Side, command: WorkerCommand) {
    this.side = side;
    this.#command = command;
  }

  /** See {@linkcode Contender.images}. */
  get images(): number | undefined {
    return this.#images;
  }

  /** See {@linkcode Contender.open}. */
  async open(): Promise<void> {
    this.#worker = new BenchWorker(this.#command);
    this.#images = (await this.#worker.ready()).images;
  }

  /** See {@linkcode Contender.turn}. */
  async turn(): Promise<number> {
    await this.#worker!.request();
    return (await this.#worker!.turn()).seconds;
  }

  /** See {@linkcode Contender.peakMemory}. */
  async peakMemory(): Promise<number | undefined> {
    // ncnn computes in a Python that the worker starts; PyTorch's own helpers only compile.
    return await this.#worker?.peakMemory(this.side === "exported");
  }

  /** See {@linkcode Contender.close}. */
  async close(): Promise<void> {
    await this.#worker?.close();
  }
}

/** A fresh process for each turn, measured from outside: from its start until its first turn is done. */
export class StartContender implements Contender {
  /** See {@linkcode Contender.side}. */
  readonly side: Side;
  readonly #command: WorkerCommand;
  #peak: number | undefined;

  /** Starts nothing yet. */
  constructor(side: Side, command: WorkerCommand) {
    this.side = side;
    this.#command = command;
  }

  /** See {@linkcode Contender.open}. */
  async open(): Promise<void> {}

  /** See {@linkcode Contender.turn}. */
  async turn(): Promise<number> {
    const start = performance.now();
    const worker = new BenchWorker(this.#command);
    try {
      // It finds the request when it is ready.
      await worker.request();
      await worker.ready();
      await worker.turn();
      const seconds = (performance.now() - start) / 1000;
      this.#peak = await worker.peakMemory();
      return seconds;
    } finally {
      await worker.close();
    }
  }

  /** See {@linkcode Contender.peakMemory}. */
  peakMemory(): Promise<number | undefined> {
    return Promise.resolve(this.#peak);
  }

  /** See {@linkcode Contender.close}. */
  async close(): Promise<void> {}
}
