/**
 * A loaded model: networks on the device, and what is done with pictures.
 *
 * @module
 */
import type { Channels } from "../data/image.ts";
import { pixelsOf, type Rows } from "../data/rows.ts";
import type { Engine, Precision } from "../engine/engine.ts";
import { checkOptions } from "./check_options.ts";
import type { SharedEngine } from "./engine_share.ts";
import { parseForeign } from "./foreign/spec.ts";
import { openInput } from "./input.ts";
import { outputChannels, pipeline } from "./pipeline.ts";
import { Restored } from "./restored_image.ts";
import { rowsFrom } from "./rows.ts";
import { outputSize, type Size } from "./size.ts";
import type { CutStage, TiledNetwork } from "./tiling.ts";
import type {
  ImageInput,
  ModelStage,
  RestoredImage,
  RestoreModel,
  RestoreOptions,
  RestorePlan,
} from "./types.ts";

/** See {@linkcode RestoreModel}. */
export class LoadedModel implements RestoreModel {
  /** See {@linkcode RestoreModel}. */
  readonly name: string;
  /** See {@linkcode RestoreModel}. */
  readonly scale: number;
  /** See {@linkcode RestoreModel}. */
  readonly stages: readonly ModelStage[];
  readonly #networks: readonly TiledNetwork[];
  readonly #shared: SharedEngine;
  readonly #stop = new AbortController();
  /** Pictures that are being restored. */
  readonly #running = new Set<Promise<void>>();
  #released: Promise<void> | undefined;

  /** Takes over networks and engine. */
  constructor(
    networks: readonly TiledNetwork[],
    shared: SharedEngine,
    /** See {@linkcode RestoreModel}. */
    readonly precision: Precision,
  ) {
    this.#networks = networks;
    this.#shared = shared;
    this.stages = networks.map(({ network }) => network.stage);
    this.name = this.stages.map(({ source }) => shortName(source)).join(" + ");
    this.scale = this.stages.reduce((product, { scale }) => product * scale, 1);
  }

  /** See {@linkcode RestoreModel}. */
  get engine(): Engine {
    return this.#shared.engine;
  }

  /** See {@linkcode RestoreModel}. */
  async restore(input: ImageInput, options: RestoreOptions = {}): Promise<RestoredImage> {
    this.#check();
    const result = this.#restore(input, { ...options, signal: this.#signal(options) });
    // The engine's codec must not go while it decodes.
    const settled = result.then(() => {}, () => {}).then(() => void this.#running.delete(settled));
    this.#running.add(settled);
    return await result;
  }

  async #restore(input: ImageInput, options: RestoreOptions): Promise<RestoredImage> {
    const { signal, say } = options;
    signal?.throwIfAborted();
    const { codec, codecSpec } = this.engine;
    await using opened = await openInput(input, codec, signal);
    for (const note of opened.notes) say?.(note);
    const pixels = await pixelsOf(this.restoreRows(opened.rows, options), opened.depth);
    return new Restored(pixels, opened.metadata, codecSpec);
  }

  /** See {@linkcode RestoreModel}. */
  restoreRows(rows: Rows, options: RestoreOptions = {}): Rows {
    this.#check();
    checkOptions(options);
    const size = outputSize(rows, this.scale, options);
    const channels = outputChannels(rows.channels, options);
    const signal = this.#signal(options);
    return rowsFrom({ ...size, channels }, () => {
      this.#check();
      const stages = this.#plan(rows, options);
      const notes = stages.flatMap(({ notes }) => notes);
      notes.push(...this.#grayNotes(rows), ...this.#noiseNotes(options));
      for (const note of notes) options.say?.(note);
      return pipeline(rows, stages, size, { ...options, signal });
    });
  }

  /** See {@linkcode RestoreModel}. */
  plan(
    picture: { readonly width: number; readonly height: number; readonly channels: Channels },
    options: RestoreOptions = {},
  ): RestorePlan {
    this.#check();
    checkOptions(options);
    const stages = this.#plan(picture, options);
    const { plan } = stages[0]!;
    const { columns, rows } = plan;
    const side = (of: typeof rows) => Math.max(...of.spans.map((s) => s.coreEnd - s.core));
    return {
      ...outputSize(picture, this.scale, options),
      channels: outputChannels(picture.channels, options),
      tiles: stages.reduce((sum, { plan }) => sum + plan.tiles.length, 0),
      tile: plan.tiles.length === 1 ? 0 : Math.max(side(columns), side(rows)),
      tilePad: plan.context,
      bytes: Math.max(...stages.map(({ bytes }) => bytes)),
    };
  }

  /** See {@linkcode RestoreModel}. */
  dispose(): Promise<void> {
    this.#stop.abort(new Error(`the model ${this.name} has been disposed`));
    return this.#released ??= this.#release();
  }

  /** As {@linkcode LoadedModel.dispose}; the engine stops a moment later. */
  [Symbol.dispose](): void {
    void this.dispose();
  }

  /** As {@linkcode LoadedModel.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #release(): Promise<void> {
    // Without a pause where nothing is under way, so that `using` frees at once.
    while (this.#running.size > 0) await Promise.all(this.#running);
    for (const { network } of this.#networks) if (network.busy) await network.idle();
    for (const { network } of this.#networks) network[Symbol.dispose]();
    await this.#shared.release();
  }

  #grayNotes({ channels }: Rows): string[] {
    const gray = this.stages.filter(({ outputChannels }) => outputChannels === 1);
    return gray.length === 0 || channels < 3 ? [] : [
      `${gray[0]!.arch} takes gray pictures: red, green and blue are restored one after the other`,
    ];
  }

  #noiseNotes({ noise }: RestoreOptions): string[] {
    const unused = noise !== undefined && !this.#networks.some(({ network }) => network.noiseMap);
    return unused ? [`${this.name} takes no level of noise: that of ${noise} has no effect`] : [];
  }

  /** Aborts with the caller's signal, and when the model is disposed. */
  #signal({ signal }: RestoreOptions): AbortSignal {
    return AbortSignal.any([this.#stop.signal, ...(signal === undefined ? [] : [signal])]);
  }

  #check(): void {
    this.#stop.signal.throwIfAborted();
  }

  #plan(picture: Size & { readonly channels: number }, options: RestoreOptions): CutStage[] {
    const { channels } = picture;
    let size: Size = picture;
    return this.#networks.map((one) => {
      const planned = one.cut({ ...size, channels }, options);
      size = { width: size.width * planned.plan.scale, height: size.height * planned.plan.scale };
      return planned;
    });
  }
}

/** A word for people: the name of a file without folder and extension. */
function shortName(source: string): string {
  const foreign = parseForeign(source);
  return (foreign?.path ?? source).replace(/^zoo:/, "").replace(/[\\/]+$/, "")
    .replace(/^.*[\\/](?=[^\\/]+$)/, "")
    .replace(/\.(?:safetensors|pth|pt|ckpt|param|bin|json|onnx|tflite|pb)$/i, "");
}
