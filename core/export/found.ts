/**
 * Which network is exported: that of a file of weights, or of an options file, which knows archs that no file shows.
 *
 * @module
 */
import { withShapes } from "../engine/shape_backend.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { constant, withInitSeed } from "../nn/init.ts";
import type { Module } from "../nn/module.ts";
import { type RawOptions, readOptions } from "../options/mod.ts";
import { expandHome } from "../places.ts";
import { ARCH_REGISTRY, shortPath } from "../registry.ts";
import {
  findNetwork,
  type FoundNetwork,
  resolveModel,
  type SourceOptions,
} from "../restore/source.ts";
import type { ModelSource } from "../restore/types.ts";
import { describeMismatch, keysMatch } from "../weights/compare.ts";
import { openWeights } from "../weights/open.ts";
import { listSets, selectParams } from "../weights/select.ts";
import type { NetworkTraits } from "../weights/signature.ts";
import type { StateDict } from "../weights/state_dict.ts";
import { basename, join, resolve } from "node:path";

/** What an options file says about a network. */
export interface NetworkBlock {
  /** The options file, for messages. */
  readonly file: string;
  /** Name of the run, or of the file. */
  readonly name: string;
  /** `network_g`, with `type`. */
  readonly network: Readonly<Record<string, unknown>>;
  /** Files of weights that may be meant, the best first. */
  readonly weights: readonly string[];
  /** `path.param_key_g`. */
  readonly paramKey?: string;
  /** Plugin folders of file and command line. */
  readonly plugins: readonly string[];
  /** The options file and its bases. */
  readonly files: readonly string[];
}

/**
 * Reads of an options file what concerns its generator. Of a training the weights are those that it made last, else those that it
 * starts from.
 *
 * @throws {UserError} USAGE, if the file cannot be read or has no `network_g`.
 */
export async function readNetworkBlock(
  path: string,
  plugins: readonly string[] = [],
): Promise<NetworkBlock> {
  const raw = await readOptions(path, { isTrain: false, plugins });
  const network = raw.data["network_g"];
  const file = shortPath(raw.path);
  if (!isBlock(network) || typeof network["type"] !== "string") {
    throw new UserError(`${file}: network_g.type is missing: it names the arch`, ExitCode.USAGE);
  }
  const block = isBlock(raw.data["path"]) ? raw.data["path"] : {};
  const key = block["param_key_g"];
  const name = raw.data["name"];
  return {
    file,
    name: typeof name === "string" ? name : basename(raw.path).replace(/\.ya?ml$/i, ""),
    network,
    weights: weightsOf(raw, block),
    ...(typeof key === "string" ? { paramKey: key } : {}),
    plugins: raw.plugins,
    files: raw.files,
  };
}

function weightsOf(
  { data }: RawOptions,
  path: Readonly<Record<string, unknown>>,
): string[] {
  const pretrained = path["pretrain_network_g"];
  const given = typeof pretrained === "string" ? [expandHome(pretrained)] : [];
  if (!isBlock(data["train"]) || typeof data["name"] !== "string") return given;
  const root = path["experiments_root"];
  const folder = typeof root === "string" ? expandHome(root) : "experiments";
  return [join(folder, data["name"], "models", "net_g_latest.safetensors"), ...given];
}

/**
 * The network to export. The plugins must have been loaded.
 *
 * @param source Weights; undefined for those that the options file names.
 * @throws {UserError} As `findNetwork` does; DATA too if the weights do not fit the options, or there are none.
 */
export async function findForExport(
  source: ModelSource | undefined,
  block: NetworkBlock | undefined,
  options: SourceOptions = {},
): Promise<FoundNetwork> {
  if (block === undefined) return await findNetwork(source!, options);
  if (source !== undefined && typeof source !== "string" && !(source instanceof URL)) {
    throw new UserError("weights between two files go without an options file", ExitCode.USAGE);
  }
  const named = source ?? await firstThere(block);
  const path = await resolveModel(named, options);
  const { root } = await openWeights(path, options.paramKey ?? block.paramKey);
  const say = (line: string) => (options.say ?? console.warn)(`${path}: ${line}`);
  const keys = listSets(root).map(({ key }) => key);
  const wanted = [options.paramKey ?? block.paramKey, "params_ema", "params-ema", "params"];
  const key = wanted.find((one) => one !== undefined && keys.includes(one)) ??
    (keys.includes(null) ? null : undefined);
  return await described(block, selectParams(root, key, { say }), String(named), path);
}

async function firstThere({ file, weights }: NetworkBlock): Promise<string> {
  for (const path of weights) {
    if (path.startsWith("zoo:") || await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new UserError(
    weights.length === 0
      ? `${file}: path.pretrain_network_g names no weights: name them there, or with --model`
      : `${file}: there is no ${
        weights.map(shortPath).join(" and no ")
      }: name weights with --model`,
    ExitCode.DATA,
  );
}

async function described(
  { file, network }: NetworkBlock,
  dict: StateDict,
  source: string,
  path: string,
): Promise<FoundNetwork> {
  const { type, ...given } = network as { readonly type: string };
  const { value: Arch, options: schema, weights: signature } = ARCH_REGISTRY.get(
    type,
    `${file}: network_g.type`,
  );
  const weights = signature?.normalize?.(dict) ?? dict;
  try {
    const options = (schema?.parse(given) ?? given) as Record<string, unknown>;
    const net = withInitSeed(0, () => new Arch(options)) as Module<Tensor4D>;
    const comparison = net.compareWith(weights);
    if (!keysMatch(comparison)) {
      throw new UserError(
        `${path} does not fit network_g of ${file}, a ${type}:\n${describeMismatch(comparison)}`,
        ExitCode.DATA,
      );
    }
    const traits = signature?.traits(options) ?? await measuredTraits(Arch, options, file, type);
    return { type, options, weights, parameters: net.numParameters(), ...traits, source };
  } catch (error) {
    if (error instanceof RangeError || error instanceof Error && error.name === "ZodError") {
      throw new UserError(`${file}: network_g: ${error.message}`, ExitCode.USAGE, { cause: error });
    }
    throw error;
  }
}

/** Sides of a picture that is followed through the network, as multiples of what it wants. */
const SIDE = 32;

/** Scale and channels of an arch that registers no signature: a picture without numbers is sent through it. */
async function measuredTraits(
  Arch: new (options: Record<string, unknown>) => Module,
  options: Record<string, unknown>,
  file: string,
  type: string,
): Promise<NetworkTraits> {
  const net = withInitSeed(0, () => new Arch(options)) as Module<Tensor4D>;
  for (const parameter of net.parameters()) parameter.initialize(constant(0));
  const given = options["num_in_ch"] ?? options["in_channels"];
  const inputChannels = typeof given === "number" ? given : 3;
  const side = Math.ceil(SIDE / net.sizeMultiple) * net.sizeMultiple;
  try {
    return await withShapes(({ measure }) => {
      let shape: readonly number[] = [];
      measure(() => {
        net.eval();
        shape = net.forward(tf.zeros([1, side, side, inputChannels]) as Tensor4D).shape;
      });
      const [, h, w, outputChannels] = shape as readonly [number, number, number, number];
      const scale = h / side;
      if (shape.length !== 4 || h !== w || !Number.isInteger(scale) || scale < 1) {
        throw new UserError(
          `${file}: ${type} makes [${
            shape.join(", ")
          }] of [1, ${side}, ${side}, ${inputChannels}]: ` +
            "exported are networks that make images of a whole multiple of the size",
          ExitCode.DATA,
        );
      }
      return { scale, inputChannels, outputChannels };
    });
  } catch (error) {
    // It reads numbers, or uses a kernel that is not known.
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${file}: ${type} cannot be exported: ${error.message}`, ExitCode.DATA, {
      cause: error,
    });
  } finally {
    net.dispose();
  }
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Files and folders that reading the network takes, and names of the zoo among the weights. */
export function blockNeeds(
  { files, plugins, weights }: NetworkBlock,
): { readonly read: readonly string[]; readonly models: readonly string[] } {
  const isModel = (word: string) => word.startsWith("zoo:");
  return {
    read: [
      ...files,
      ...plugins.map((folder) => resolve(expandHome(folder))),
      ...weights.filter((word) => !isModel(word)).map((path) => resolve(path)),
    ],
    models: weights.filter(isModel),
  };
}
