/**
 * Models that restore pictures: any weights file, in one call.
 *
 * @module
 */
import type { TensorContainer } from "../engine/tf.ts";
import { precisionProblem } from "../engine/precision.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Module } from "../nn/module.ts";
import { profileNetwork } from "../nn/profile.ts";
import { loadPlugins } from "../plugins.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { shareEngine } from "./engine_share.ts";
import { ForeignNetwork } from "./foreign/network.ts";
import { type ForeignSpec, parseForeign } from "./foreign/spec.ts";
import { LoadedModel } from "./loaded_model.ts";
import { Network, type RestoreNetwork } from "./network.ts";
import { findNetwork, type FoundNetwork } from "./source.ts";
import { TiledNetwork } from "./tiling.ts";
import type {
  ImageInput,
  LoadModelOptions,
  ModelSource,
  RestoredImage,
  RestoreModel,
  RestoreOptions,
} from "./types.ts";

/** The model that is taken if none is named: comes with the program, enlarges four times, and is fast. */
export const DEFAULT_MODEL: URL = new URL(
  "../../experiments/pretrained_models/realesr-animevideov3.safetensors",
  import.meta.url,
);

/**
 * Loads a model from a weights file of any kind that is known, or several of which each restores what the one before made.
 * Arch, options and scale are found in the file. `onnx:FILE`, `savedmodel:FOLDER`, `frozen:FILE`, `tfjs:FOLDER` and `tflite:FILE` are
 * models of other programs: they are run as they are, in a thread that may do nothing else; scale and channels are found by trying. If no engine runs, one is started, and stopped again when the last model
 * that computes on it is disposed; models share it.
 *
 * @throws {UserError} DATA or STORAGE, if a file is missing, damaged, of an unknown network, or of one that makes no
 * pictures; ENVIRONMENT, if the engine or the precision is not to be had here.
 *
 * @example
 * ```ts ignore
 * import { loadModel } from "./mod.ts";
 * await using model = await loadModel("zoo:realesr-animevideov3");
 * const { width, height } = await model.restore({
 *   width: 2,
 *   height: 2,
 *   channels: 1,
 *   data: Uint8Array.of(0, 255, 255, 0),
 * });
 * console.assert(width === 8 && height === 8);
 * ```
 */
export async function loadModel(
  source: ModelSource | readonly ModelSource[],
  options: LoadModelOptions = {},
): Promise<RestoreModel> {
  const sources = Array.isArray(source)
    ? source as readonly ModelSource[]
    : [source as ModelSource];
  if (sources.length === 0) throw new RangeError("a model consists of one network at least");
  const { precision = "fp32" } = options;
  // While the engine's library is read, so are plugins and weights.
  const starting = shareEngine(options);
  starting.catch(() => {}); // heard of below
  const found = await findAll(sources, options).catch(async (error) => {
    await starting.then((shared) => shared.release(), () => {});
    throw error;
  });
  const shared = await starting;
  const networks: RestoreNetwork[] = [];
  try {
    const problem = precisionProblem(precision);
    if (problem !== undefined) throw new UserError(problem, ExitCode.ENVIRONMENT);
    const tiled: TiledNetwork[] = [];
    for (const one of found) {
      if ("kind" in one) {
        const foreign = await ForeignNetwork.open(one, {
          fetch: options.fetchRuntimes,
          say: options.say,
        });
        networks.push(foreign);
        const note = precision === "fp32" ? "" : `; ${precision} has no effect on it`;
        (options.say ?? console.warn)(`${foreign.stage.source}: ${foreign.description}${note}`);
        tiled.push(new TiledNetwork(foreign, foreign.profile, shared.engine));
        continue;
      }
      const network = new Network(one, precision);
      networks.push(network);
      const { value: Arch } = ARCH_REGISTRY.get(one.type, "type");
      const build = () => new Arch(one.options) as Module<TensorContainer>;
      const profile = await profileNetwork(build, one.inputChannels);
      tiled.push(new TiledNetwork(network, profile, shared.engine));
    }
    return new LoadedModel(tiled, shared, precision);
  } catch (error) {
    for (const network of networks) network[Symbol.dispose]();
    await shared.release();
    throw error;
  }
}

async function findAll(
  sources: readonly ModelSource[],
  options: LoadModelOptions,
): Promise<(FoundNetwork | ForeignSpec)[]> {
  await loadPlugins(options.plugins, ["arch"]);
  const found: (FoundNetwork | ForeignSpec)[] = [];
  for (const source of sources) {
    const foreign = typeof source === "string" ? parseForeign(source) : undefined;
    found.push(foreign ?? await findNetwork(source, options));
  }
  return found;
}

/** What {@linkcode restore} takes. */
export interface RestoreOnceOptions extends RestoreOptions, LoadModelOptions {
  /** The model, or several in a chain; default {@linkcode DEFAULT_MODEL}. */
  readonly model?: ModelSource | readonly ModelSource[];
}

/**
 * Restores one picture: loads the model, restores, and frees everything. For several pictures, {@linkcode loadModel} once is
 * much faster.
 *
 * @throws {UserError} As {@linkcode loadModel} and its `restore` do.
 *
 * @example
 * ```ts ignore
 * import { restore } from "./mod.ts";
 * const picture = { width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 255, 255, 0) } as const;
 * const { width } = await restore(picture, { scale: 2 });
 * console.assert(width === 4);
 * ```
 */
export async function restore(
  input: ImageInput,
  options: RestoreOnceOptions = {},
): Promise<RestoredImage> {
  await using model = await loadModel(options.model ?? DEFAULT_MODEL, options);
  return await model.restore(input, options);
}
