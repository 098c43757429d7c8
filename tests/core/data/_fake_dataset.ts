/**
 * A dataset that needs no files, and that misbehaves on request. Imported by loader workers as a plugin file.
 *
 * @module
 */
import type { Dataset, DatasetContext, Sample } from "../../../core/data/dataset.ts";
import type { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";

/** What happens at sample `bad`. */
export interface FakeOptions {
  readonly length: number;
  readonly bad?: number;
  readonly how?: "throw" | "loop" | "close" | "crash" | "wait";
  /** A file: if it exists all is well, otherwise it is made before misbehaving. Without it, every time. */
  readonly marker?: string;
  /** Throws on opening in workers, that is where there is no `Deno.test` run. */
  readonly refuse?: string;
}

@DATASET_REGISTRY.register()
export class FakeDataset implements Dataset {
  readonly length: number;
  readonly #options: FakeOptions;
  readonly #context: DatasetContext;

  constructor(options: FakeOptions, context: DatasetContext) {
    this.length = options.length;
    this.#options = options;
    this.#context = context;
  }

  open(): Promise<void> {
    const { refuse } = this.#options;
    const inWorker = typeof (globalThis as { document?: unknown; WorkerGlobalScope?: unknown })
      .WorkerGlobalScope === "function";
    return refuse !== undefined && inWorker ? Promise.reject(new Error(refuse)) : Promise.resolve();
  }

  source(index: number): string {
    return `sample_${index}.png`;
  }

  async read(index: number, rng: Rng): Promise<Sample> {
    if (index === this.#options.bad && !this.#spared()) await this.#misbehave();
    const data = Float32Array.of(index, rng.float(), rng.float(), this.#context.scale);
    return { lq: { width: 2, height: 2, channels: 1, data }, lq_path: this.source(index) };
  }

  #spared(): boolean {
    const { marker } = this.#options;
    if (marker === undefined) return false;
    try {
      Deno.writeTextFileSync(marker, "", { createNew: true });
      return false;
    } catch {
      return true;
    }
  }

  async #misbehave(): Promise<void> {
    switch (this.#options.how) {
      case "throw":
        throw new TypeError("out of luck");
      case "loop":
        for (;;);
      case "close":
        (self as unknown as { close(): void }).close();
        break;
      case "crash":
        queueMicrotask(() => {
          throw new Error("crashed on purpose");
        });
    }
    await new Promise(() => {});
  }
}
