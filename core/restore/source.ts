/**
 * From what names a model to its weights and the network that they belong to.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../errors.ts";
import { type DetectedNetwork, detectNetwork } from "../weights/detect.ts";
import { openWeights } from "../weights/open.ts";
import { listSets, selectParams } from "../weights/select.ts";
import { readCatalogue } from "../zoo/catalogue.ts";
import { resolveWeights } from "../zoo/resolve.ts";
import { checkedShare, interpolateWeights } from "./dni.ts";
import { parseForeign, refuseForeign } from "./foreign/spec.ts";
import type { ModelSource } from "./types.ts";

/** How weights are looked for and read. */
export interface SourceOptions {
  /** Set of parameters in the file. */
  readonly paramKey?: string;
  /** Further plugin folders, whose zoos count as well. */
  readonly plugins?: readonly string[];
  /** Receives what is worth knowing; default `console.warn`. */
  readonly say?: (line: string) => void;
}

/** A network that pictures can be sent through, and its weights. */
export interface FoundNetwork extends DetectedNetwork {
  /** Path or name, for messages. */
  readonly source: string;
}

/** A word for messages. */
export function sourceName(source: ModelSource): string {
  if (source instanceof URL) {
    return source.protocol === "file:" ? fileURLToPath(source) : source.href;
  }
  if (typeof source === "string") return source;
  const { first, second, share } = source;
  return `${first}:${second}:${share}`;
}

/**
 * Path of the weights that `spec` names: a path, `zoo:NAME`, or the name of a model of the zoo if there is no such file.
 *
 * @throws {UserError} As `resolveWeights` does; DATA if there is neither such a file nor such a model.
 */
export async function resolveModel(
  spec: string | URL,
  { plugins, say }: SourceOptions = {},
): Promise<string> {
  if (spec instanceof URL) {
    if (spec.protocol === "file:") return fileURLToPath(spec);
    throw new UserError(
      `${spec.href}: weights are read from files: fetch it, then give its path`,
      ExitCode.USAGE,
    );
  }
  if (spec === "") throw new UserError("the model has no name", ExitCode.USAGE);
  if (parseForeign(spec) !== undefined) {
    throw new UserError(
      `${spec}: a model of another program is run as it is by restore and serve; it has no weights for anything else`,
      ExitCode.USAGE,
    );
  }
  if (spec.startsWith("zoo:")) return await resolveWeights(spec, { plugins, say });
  refuseForeign(spec);
  if (await isThere(spec)) return spec;
  const { entries } = await readCatalogue(plugins);
  if (entries.some(({ name }) => name.toLowerCase() === spec.toLowerCase())) {
    return await resolveWeights(`zoo:${spec}`, { plugins, say });
  }
  if (/[\\/]|\.\w+$/.test(spec)) return spec; // what is said of missing files is said by who opens it
  throw new UserError(
    `there is neither a file nor a model of the zoo named "${spec}": deno task zoo lists the models`,
    ExitCode.DATA,
  );
}

/** False too where looking is not permitted, as for names of the zoo under `deno task`. */
async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Reads the weights, and finds the network that they belong to. The plugins must have been loaded.
 *
 * @throws {UserError} If the file cannot be read, its network is not known, or it is none that makes pictures.
 */
export async function findNetwork(
  source: ModelSource,
  options: SourceOptions = {},
): Promise<FoundNetwork> {
  if (typeof source === "string" || source instanceof URL) {
    return await readNetwork(source, options);
  }
  const { first, second, share } = checkedShare(source);
  const a = await readNetwork(first, options);
  const b = await readNetwork(second, options);
  if (a.type !== b.type) {
    throw new UserError(
      `${first} and ${second} cannot be interpolated: one is of ${a.type}, the other of ${b.type}`,
      ExitCode.DATA,
    );
  }
  const weights = interpolateWeights(a.weights, b.weights, share, [first, second]);
  return { ...a, weights, source: sourceName(source) };
}

/** Sets of parameters, the best first: the moving average is what training is for. */
const SETS = ["params_ema", "params-ema", "params"] as const;

async function readNetwork(
  source: string | URL,
  options: SourceOptions,
): Promise<FoundNetwork> {
  const path = await resolveModel(source, options);
  const say = (line: string) => (options.say ?? console.warn)(`${path}: ${line}`);
  const opened = await openWeights(path, options.paramKey);
  for (const note of opened.notes) say(note);
  try {
    const keys = listSets(opened.root).map(({ key }) => key);
    // A set that is there is taken in silence; what else is taken is said.
    const key = options.paramKey ?? SETS.find((name) => keys.includes(name)) ??
      (keys.includes(null) ? null : undefined);
    const found = detectNetwork(selectParams(opened.root, key, { say }));
    requirePictures(found);
    const merged = { ...found.options, ...opened.options };
    return { ...found, options: merged, source: sourceName(source) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`, error.exitCode, { cause: error });
  }
}

/** Refuses what makes no pictures. */
function requirePictures(found: DetectedNetwork): void {
  const { type, purpose, inputChannels, outputChannels, noiseMap = false } = found;
  const refuse = (why: string) => {
    throw new UserError(`it holds weights of ${type}, ${why}`, ExitCode.DATA);
  };
  if (purpose === "discriminator") {
    refuse("a discriminator, which judges pictures and makes none: give the generator's weights");
  }
  if (purpose === "features") {
    refuse("a network for losses and metrics, which makes no pictures: give a generator's weights");
  }
  const colours = inputChannels - (noiseMap ? 1 : 0);
  if (![1, 3].includes(colours) || ![1, 3].includes(outputChannels)) {
    refuse(
      `which takes ${colours} and gives ${outputChannels} channels; pictures have 1 (gray) or 3 (RGB)`,
    );
  }
}
