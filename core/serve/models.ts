/**
 * The models that a server offers: what they are for in words, and loaded when they are wanted.
 *
 * @module
 */
import { networkCosts } from "../nn/costs.ts";
import type { EngineChoice, Precision } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import { ForeignNetwork } from "../restore/foreign/network.ts";
import { parseForeign } from "../restore/foreign/spec.ts";
import { loadModel } from "../restore/model.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { findNetwork } from "../restore/source.ts";
import type { RestoreModel } from "../restore/types.ts";
import { readCatalogue } from "../zoo/catalogue.ts";
import type { ZooEntry } from "../zoo/schema.ts";
import { isHere, placeOf } from "../zoo/store.ts";
import { Problem } from "./problem.ts";
import { basename } from "node:path";

/** A model as clients see it. */
export interface Offer {
  /** What `model` of a request names it by. */
  readonly id: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Output pixels for each input pixel, along a side. */
  readonly scale: number;
  /** Name of the network. */
  readonly arch: string;
  /** Number of parameters. */
  readonly parameters: number;
  /** Multiply-accumulate operations for each pixel of the input; null where they cannot be counted. */
  readonly macs_per_pixel: number | null;
  /** In words, by the number of operations. */
  readonly speed: "fast" | "medium" | "slow" | "unknown";
  /** License of the weights, where it is known. */
  readonly license?: string;
  /** Where it comes from, where that is known. */
  readonly source?: string;
  /** Seconds for each million pixels of the input as measured here lately; null before the first picture. */
  readonly seconds_per_megapixel: number | null;
}

/** Where the weights of a model are. */
export interface ModelEntry {
  /** Id for clients; never a path. */
  readonly id: string;
  /** What `loadModel` is given. */
  readonly source: string;
  /** Its entry in the zoo, if it is from there. */
  readonly zoo?: ZooEntry;
}

/** How models are loaded. */
export interface ModelOptions {
  /** What computes. */
  readonly engine?: EngineChoice;
  /** Arithmetic. */
  readonly precision?: Precision;
  /** Further plugin folders. */
  readonly plugins?: readonly string[];
  /** Receives what is worth knowing. */
  readonly say?: (line: string) => void;
}

/** The model that comes first where it is there. */
const FIRST = "realesr-animevideov3";

/** Models that are kept loaded at a time; a third takes the place of the one that was wanted least lately. */
const LOADED = 2;

/**
 * What to offer: the models that are named, else those that come with the program, and those that were fetched and make
 * pictures of one picture.
 *
 * @throws {UserError} USAGE if two of them have the same name.
 */
export async function modelEntries(
  named: readonly string[],
  plugins: readonly string[] = [],
): Promise<ModelEntry[]> {
  const { entries } = await readCatalogue(plugins);
  const zooOf = (name: string) => entries.find((e) => e.name.toLowerCase() === name.toLowerCase());
  if (named.length === 0) {
    const found: ModelEntry[] = [];
    for (const zoo of entries) {
      if (zoo.network_g === undefined || zoo.scale === undefined || !await isHere(zoo)) continue;
      found.push({ id: zoo.name, source: placeOf(zoo), zoo });
    }
    return found.sort((a, b) => Number(b.id === FIRST) - Number(a.id === FIRST));
  }
  const found = named.map((source): ModelEntry => {
    const zoo = zooOf(source.replace(/^zoo:/, ""));
    if (zoo !== undefined) return { id: zoo.name, source: `zoo:${zoo.name}`, zoo };
    const path = parseForeign(source)?.path ?? source;
    return {
      id: basename(path).replace(/\.(?:safetensors|pth|pt|param|bin|json|onnx|tflite|pb)$/i, ""),
      source,
    };
  });
  for (const [i, { id }] of found.entries()) {
    if (found.findIndex((other) => other.id === id) === i) continue;
    throw new UserError(
      `serve: two models are named ${id}: rename one of the files`,
      ExitCode.USAGE,
    );
  }
  return found;
}

interface Offered {
  readonly entry: ModelEntry;
  readonly offer: Omit<Offer, "seconds_per_megapixel">;
  seconds: number | undefined;
}

/** The models of a server. */
export class Models implements AsyncDisposable {
  readonly #offered: readonly Offered[];
  readonly #loaded = new Map<string, Promise<RestoreModel>>();

  private constructor(offered: readonly Offered[], readonly options: ModelOptions) {
    this.#offered = offered;
  }

  /**
   * Looks at the weights of all `entries`. The plugins must have been loaded.
   *
   * @throws {UserError} If one cannot be used, or there is none. One that was not asked for by name is left out in that
   * case, and said.
   */
  static async open(
    entries: readonly ModelEntry[],
    asked: boolean,
    options: ModelOptions,
  ): Promise<Models> {
    const offered: Offered[] = [];
    for (const entry of entries) {
      try {
        offered.push({ entry, offer: await describe(entry, options), seconds: undefined });
      } catch (error) {
        if (asked || !(error instanceof UserError)) throw error;
        options.say?.(`${entry.id} is not offered: ${error.message.split("\n", 1)[0]}`);
      }
    }
    if (offered.length === 0) {
      throw new UserError(
        "serve: there is no model to offer: name one with --model",
        ExitCode.DATA,
      );
    }
    return new Models(offered, options);
  }

  /** What clients see. */
  list(): Offer[] {
    return this.#offered.map(({ offer, seconds }) => ({
      ...offer,
      seconds_per_megapixel: seconds === undefined ? null : Number(seconds.toPrecision(3)),
    }));
  }

  /**
   * The id of a model: the first if none is named.
   *
   * @throws {Problem} 422, if there is no such model.
   */
  idOf(wanted: string | undefined): string {
    const found = wanted === undefined
      ? this.#offered[0]
      : this.#offered.find(({ offer }) => offer.id.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined) return found.offer.id;
    throw new Problem(
      "bad_option",
      `there is no model "${wanted!.slice(0, 60).toWellFormed()}"; models: ${
        this.#offered.map(({ offer }) => offer.id).join(", ")
      }`,
    );
  }

  /**
   * Largest tile for a model, in pixels of its input: small enough that somebody who watches sees something happen, and
   * that who leaves is soon obeyed.
   */
  largestTile(id: string): number {
    const { speed } = this.#byId(id).offer;
    return speed === "fast" ? 256 : 192;
  }

  /** Loads a model, if that has not been done. It stays the property of this collection. */
  async load(id: string): Promise<RestoreModel> {
    const known = this.#loaded.get(id);
    this.#loaded.delete(id);
    const { engine, precision, plugins, say } = this.options;
    const loading = known ??
      loadModel(this.#byId(id).entry.source, {
        ...(engine === undefined ? {} : { engine }),
        ...(precision === undefined ? {} : { precision }),
        ...(plugins === undefined ? {} : { plugins }),
        say: say ?? (() => {}),
      });
    this.#loaded.set(id, loading); // now the last one, which is kept longest
    let model: RestoreModel;
    try {
      model = await loading;
    } catch (error) {
      this.#loaded.delete(id);
      throw error;
    }
    for (const [other, old] of [...this.#loaded]) {
      if (this.#loaded.size <= LOADED) break;
      this.#loaded.delete(other);
      await (await old).dispose();
    }
    return model;
  }

  /** Remembers how long a picture took. */
  measured(id: string, pixels: number, seconds: number): void {
    // Small pictures measure what surrounds the network.
    if (pixels < 65536) return;
    const offered = this.#byId(id);
    const now = seconds / (pixels / 1e6);
    offered.seconds = offered.seconds === undefined ? now : offered.seconds * 0.5 + now * 0.5;
  }

  /** Releases all models. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const model of this.#loaded.values()) await (await model).dispose();
    this.#loaded.clear();
  }

  #byId(id: string): Offered {
    return this.#offered.find(({ offer }) => offer.id === id)!;
  }
}

/** Pixels of a side for counting operations: a multiple of every network's size multiple. */
const SIDE = 64;

function purposeOf(scale: number): string {
  return scale > 1 ? `Your own model, ${scale} times as large` : "Your own model, same size";
}

async function describe(
  entry: ModelEntry,
  { plugins, say }: ModelOptions,
): Promise<Omit<Offer, "seconds_per_megapixel">> {
  const spec = parseForeign(entry.source);
  if (spec !== undefined) {
    using network = await ForeignNetwork.open(spec, { say });
    const { scale, arch, parameters } = network.stage;
    return {
      id: entry.id,
      purpose: purposeOf(scale),
      scale,
      arch,
      parameters,
      macs_per_pixel: null,
      speed: "unknown",
    };
  }
  const found = await findNetwork(entry.source, {
    ...(plugins === undefined ? {} : { plugins }),
    say: say ?? (() => {}),
  });
  const { type, options, scale, inputChannels, parameters } = found;
  const perPixel = await operations(type, options, inputChannels);
  const purpose = entry.zoo?.purpose ?? purposeOf(scale);
  return {
    id: entry.id,
    purpose,
    scale,
    arch: type,
    parameters,
    macs_per_pixel: perPixel,
    speed: perPixel === null
      ? "unknown"
      : perPixel < 1.5e6
      ? "fast"
      : perPixel < 6e6
      ? "medium"
      : "slow",
    ...(entry.zoo === undefined ? {} : { license: entry.zoo.license, source: entry.zoo.source }),
  };
}

/** Multiply-accumulate operations for each pixel of the input; null where the network's code cannot be counted. */
async function operations(
  type: string,
  options: Record<string, unknown>,
  channels: number,
): Promise<number | null> {
  const Arch = ARCH_REGISTRY.get(type).value;
  try {
    const { macs } = await networkCosts(() => new Arch(options), [1, SIDE, SIDE, channels]);
    return Math.round(macs / SIDE ** 2);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}
