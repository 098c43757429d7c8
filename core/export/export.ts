/**
 * Exports a network: found, recorded once, written for each target, computed there, and only then put in its place.
 *
 * @module
 */
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { runningEngine, startEngine } from "../engine/start.ts";
import { ExitCode, UserError } from "../errors.ts";
import { loadPlugins } from "../plugins.ts";
import type { ModelSource } from "../restore/types.ts";
import type { ImageTensor, Runtime, RuntimeOptions } from "../runtimes/types.ts";
import { makeFolder } from "../storage/atomic.ts";
import { storageError } from "../storage/mod.ts";
import { readCalibration } from "./calibration.ts";
import { findForExport, type NetworkBlock, readNetworkBlock } from "./found.ts";
import type { ExportGraph } from "./graph.ts";
import { exportName } from "./naming.ts";
import { type RecordedNetwork, recordNetwork } from "./record.ts";
import { loadTarget } from "./registry.ts";
import { type ExportForm, planTargets, type TargetPlan } from "./request.ts";
import { clearAbandoned, refuseExisting, Stage } from "./stage.ts";
import { type TargetName, TARGETS } from "./target.ts";
import { type Verification, verificationText, verify } from "./verify.ts";

/** How a network is exported. */
export interface ExportOptions extends ExportForm, RuntimeOptions {
  /** Formats, in the order in which they are written. */
  readonly targets: readonly TargetName[];
  /** Where they go: a folder for each target in it. */
  readonly folder: string;
  /** A word for files; default the name of the weights. */
  readonly name?: string;
  /** An options file of a training or test, whose `network_g` says what no file shows. */
  readonly optionsFile?: string;
  /** Set of parameters in the file. */
  readonly paramKey?: string;
  /** Noise level (sigma, 0-255) that is built in, for networks that take a map of it; default 15. */
  readonly noise?: number;
  /** Files and folders with pictures, for int8: what the network will get. */
  readonly calibrate?: readonly string[];
  /** Further plugin folders. */
  readonly plugins?: readonly string[];
  /** Whether each model is computed in its own runtime and compared; default true. */
  readonly verify?: boolean;
  /** Whether folders that are there are replaced; default false. */
  readonly overwrite?: boolean;
  /** Stops; what is not finished is removed. */
  readonly signal?: AbortSignal;
  /** Told as soon as a target is through. */
  readonly onResult?: (result: ExportResult) => void;
}

/** One file. */
export interface ExportedFile {
  /** Relative to the folder of the target. */
  readonly path: string;
  /** Bytes. */
  readonly bytes: number;
}

/** What became of one target. */
export interface ExportResult {
  /** Its name. */
  readonly target: TargetName;
  /** For people. */
  readonly title: string;
  /** How numbers are kept. */
  readonly precision: TargetPlan["precision"];
  /** Its folder, which is there unless `error` is. */
  readonly folder: string;
  /** Its files, the model first. */
  readonly files: readonly ExportedFile[];
  /** What people should know. */
  readonly notes: readonly string[];
  /** What comparing it with our own engine gave; absent if that was not wanted, or it was never written. */
  readonly verification?: Verification;
  /** Why there is nothing. */
  readonly error?: UserError;
}

/** What an export made. */
export interface ExportReport {
  /** The word for files. */
  readonly name: string;
  /** What was exported. */
  readonly graph: ExportGraph;
  /** One for each target, in their order. */
  readonly results: readonly ExportResult[];
}

/** What differs in tests. */
export interface ExportParts {
  /** Default {@linkcode loadTarget}. */
  readonly load?: typeof loadTarget;
}

/**
 * Exports a network to the formats of other programs.
 *
 * Each target gets a folder of its own, which appears when its model has been computed by the program that it is for and was
 * found to be the same. A target that fails leaves nothing, and does not keep the others from being written.
 *
 * @param source Weights of any kind that is read, or a model of the zoo; undefined for those that `optionsFile` names.
 * @throws {UserError} USAGE for what does not go together or is there already, ENVIRONMENT without the native engine or a runtime
 * to verify with, DATA for weights of no known network. Refusals of single targets are in the report.
 *
 * @example
 * ```ts ignore
 * import { exportModel } from "./mod.ts";
 * const { results } = await exportModel("net_g.pth", { targets: ["onnx"], folder: "exported" });
 * console.log(results[0].folder, results[0].error ?? results[0].verification);
 * ```
 */
export async function exportModel(
  source: ModelSource | undefined,
  options: ExportOptions,
  { load = loadTarget }: ExportParts = {},
): Promise<ExportReport> {
  const { folder, signal, plugins = [], say = () => {}, verify: verifies = true } = options;
  const plans = await plan(options, load);
  const block = options.optionsFile === undefined
    ? undefined
    : await readNetworkBlock(options.optionsFile, plugins);
  if (source === undefined && block === undefined) {
    throw new UserError("nothing to export: name weights or an options file", ExitCode.USAGE);
  }
  const name = exportName(options.name, sourceWord(source, block));
  if (!options.overwrite) {
    await refuseExisting(plans.map(({ target }) => join(folder, target.name)), "--overwrite");
  }
  const runtimes = verifies ? await openRuntimes(plans, options) : undefined;
  await loadPlugins(block?.plugins ?? plugins, ["arch"]);
  const found = await findForExport(source, block, {
    paramKey: options.paramKey,
    plugins: block?.plugins ?? plugins,
    say,
  });
  signal?.throwIfAborted();
  await using owned = new AsyncDisposableStack();
  const engine = await nativeEngine(say, owned);
  const recorded = owned.use(await recordNetwork(found, { name, noise: options.noise }));
  say(networkText(recorded.graph));
  if (block === undefined) sayUnseen(recorded.graph, say);
  if (options.noise !== undefined && recorded.graph.noise === undefined) {
    say(`${recorded.graph.arch} takes no level of noise: that of ${options.noise} has no effect`);
  }
  const calibration = options.calibrate && plans.some(({ precision }) => precision === "int8")
    ? await readCalibration(options.calibrate, recorded.graph.inputChannels, engine.codec, signal)
    : undefined;
  owned.use(await preparedFolder(folder));
  const results: ExportResult[] = [];
  for (const [i, one] of plans.entries()) {
    signal?.throwIfAborted();
    const result = await exportTarget(one, recorded, runtimes?.[i], calibration, options);
    results.push(result);
    options.onResult?.(result);
  }
  return { name, graph: recorded.graph, results };
}

/** Loads the targets, and checks what they are asked for. */
async function plan(
  { targets, ...options }: ExportOptions,
  load: typeof loadTarget,
): Promise<TargetPlan[]> {
  if (targets.length === 0) throw new UserError("no target to export to", ExitCode.USAGE);
  const { precision, layout, version, shardBytes, quantize } = options;
  const form: ExportForm = { precision, layout, version, shardBytes, quantize };
  const loaded = await Promise.all(targets.map(load));
  const plans = (() => {
    try {
      return planTargets(loaded, form);
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  })();
  // Who else could have done it is only looked up where it is to be said.
  if (plans instanceof UserError) {
    return planTargets(loaded, form, await Promise.all(TARGETS.map(load)));
  }
  const int8 = plans.some(({ precision }) => precision === "int8");
  if (int8 && !options.calibrate?.length) {
    throw new UserError(
      "int8 needs pictures like those that the network will get, to find its ranges: name a folder with --calibrate",
      ExitCode.USAGE,
    );
  }
  if (!int8 && options.calibrate?.length) {
    throw new UserError("--calibrate is for int8: add --precision int8", ExitCode.USAGE);
  }
  return plans;
}

/** Before anything is written: without its runtime a target cannot be verified, and is not exported. */
async function openRuntimes(
  plans: readonly TargetPlan[],
  { fetch, say }: ExportOptions,
): Promise<Runtime[]> {
  const runtimes: Runtime[] = [];
  for (const { target } of plans) {
    try {
      runtimes.push(await target.runtime({ fetch, say }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `${target.name} cannot be verified: ${error.message}\n` +
          "  --no-verify writes it without being checked",
        error.exitCode,
        { cause: error },
      );
    }
  }
  return runtimes;
}

/** The native engine, on the processor: graphics cards round in ways of their own, and what is exported shall be the same everywhere. */
async function nativeEngine(
  say: (line: string) => void,
  owned: AsyncDisposableStack,
): Promise<Engine> {
  const running = runningEngine();
  if (running !== undefined) return running;
  const engine = await startEngine({ engine: "native", numGpu: 0, say });
  owned.defer(() => engine.dispose());
  return engine;
}

/** The folder of the exports; if it was not there, and nothing comes into it, it goes again. */
async function preparedFolder(folder: string): Promise<AsyncDisposable> {
  const wasThere = await Deno.stat(folder).then(() => true, () => false);
  await makeFolder(folder);
  await clearAbandoned(folder);
  return {
    [Symbol.asyncDispose]: async () => {
      if (!wasThere) await Deno.remove(folder).catch(() => {}); // only if it is empty
    },
  };
}

async function exportTarget(
  plan: TargetPlan,
  { graph, forward }: RecordedNetwork,
  runtime: Runtime | undefined,
  calibration: readonly ImageTensor[] | undefined,
  { folder, say, signal }: ExportOptions,
): Promise<ExportResult> {
  const { target, precision } = plan;
  const goal = join(folder, target.name);
  const result = { target: target.name, title: target.title, precision, folder: goal };
  try {
    await using stage = await Stage.open(goal, target.name);
    const written = await target.write(graph, stage.folder, {
      ...plan.options,
      ...(precision === "int8" ? { calibration } : {}),
      say,
    });
    signal?.throwIfAborted();
    if (runtime !== undefined) say?.(`${target.name}: written, now computed by ${runtime.title}`);
    const verification = runtime && await verify({
      graph,
      forward,
      runtime,
      folder: stage.folder,
      model: written.model,
      precision,
      tolerance: written.tolerance,
      pictures: precision === "int8" ? calibration : undefined,
      signal,
    });
    if (verification?.problem !== undefined) {
      const error = new UserError(verificationText(verification), ExitCode.SOME_FAILED);
      return { ...result, files: [], notes: [], verification, error };
    }
    const further = verification && await target.further?.({
      graph,
      forward,
      folder: stage.folder,
      model: written.model,
      precision,
    });
    if (further?.problem !== undefined) {
      const error = new UserError(further.problem, ExitCode.SOME_FAILED);
      return { ...result, files: [], notes: [], verification, error };
    }
    const more = further?.lines ?? [];
    await noteInReadme(stage.folder, verification, more);
    const files = await Promise.all(
      written.files.map(async (path) => ({
        path,
        bytes: (await Deno.stat(join(stage.folder, path))).size,
      })),
    );
    signal?.throwIfAborted();
    await stage.finish();
    return { ...result, files, notes: [...more, ...plan.notes, ...written.notes], verification };
  } catch (thrown) {
    // Ctrl-C reaches the program that computes, too: that it ended is no fault of the target.
    signal?.throwIfAborted();
    const error = storageError(goal, "cannot be written", thrown);
    if (!(error instanceof UserError)) throw error;
    return { ...result, files: [], notes: [], error };
  }
}

/** `x2.pth: RCAN, x2, 1,517,571 parameters`. */
function networkText({ source, arch, scale, parameters, noise }: ExportGraph): string {
  const told = noise === undefined ? "" : `, for noise of sigma ${noise}`;
  return `${source}: ${arch}, x${scale}, ${parameters.toLocaleString("en-US")} parameters${told}`;
}

/** Options that change what a network computes and not its weights, so that files of weights do not tell them. */
const UNSEEN = ["res_scale", "conv_scale", "img_range", "rgb_mean", "rgb_std"];

/** Says what is taken for granted of the network. */
function sayUnseen({ options }: ExportGraph, say: (line: string) => void): void {
  const taken = UNSEEN.filter((key) => options[key] !== undefined)
    .map((key) => `${key} ${[options[key]].flat().join(" ")}`);
  if (taken.length === 0) return;
  say(`weights do not show, and taken as usual: ${taken.join(", ")}; -opt FILE says otherwise`);
}

/** Says in the README for whom the model was checked. */
async function noteInReadme(
  folder: string,
  verification: Verification | undefined,
  more: readonly string[],
): Promise<void> {
  const text = verification === undefined
    ? "Not verified: this model was not run in any other program than the one that wrote it (--no-verify)."
    : `${
      verificationText(verification).replace(/^v/, "V")
    }. The reference is the network in the program that wrote it.`;
  await Deno.writeTextFile(
    join(folder, "README.md"),
    `\n## Verification\n\n${[text, ...more.map(sentence)].join("\n")}\n`,
    {
      append: true,
    },
  );
}

const sentence = (line: string) => `${line[0]!.toUpperCase()}${line.slice(1)}.`;

function sourceWord(source: ModelSource | undefined, block: NetworkBlock | undefined): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.pathname;
  if (source !== undefined) return `${source.first}_${source.second}`;
  return block!.name;
}
