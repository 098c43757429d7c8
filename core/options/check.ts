/**
 * Checking of options: everything that is wrong with them, at once, before the first tensor exists.
 *
 * Plugins have to be loaded (`core/plugins.ts`), since the blocks that name one by `type` are checked by the plugin's
 * own schema.
 *
 * @module
 */
import { ExitCode, type UserError } from "../errors.ts";
import { MODEL_REGISTRY } from "../registry.ts";
import { Checker } from "./_checker.ts";
import { expandHome } from "../places.ts";
import { zooName } from "../zoo/spec.ts";
import { absence, runFolders } from "./_paths.ts";
import { BASICSR_MODEL_KEYS } from "./basicsr_names.ts";
import { formatProblem, type KeyPath, type OptionsProblem, problemsError } from "./problems.ts";
import type { RawOptions } from "./read.ts";
import { blockKind, type SectionShapes, sectionShapes } from "./schema.ts";
import { DATASET_KEY } from "./sections/dataset.ts";
import { type Block, isBlock } from "./sources.ts";
import type { RunOptions } from "./types.ts";

/** What {@linkcode checkOptions} found. */
export interface CheckedOptions {
  /** The options with defaults filled in, frozen; there unless there are problems. Missing paths do not count. */
  readonly options?: RunOptions;
  /** What has to be mended, by file and line. */
  readonly problems: readonly OptionsProblem[];
  /** Files and folders that are to be read and are not there. */
  readonly missing: readonly OptionsProblem[];
  /** Lines that help with the problems: which types are known and which plugin files were looked at. */
  readonly notes: readonly string[];
}

/** Checks merged options against the core's schema and those of the plugins that they name. */
export async function checkOptions(raw: RawOptions): Promise<CheckedOptions> {
  const checker = new Checker(raw.sources);
  const isTrain = raw.settings.isTrain;
  const data = structuredClone(raw.data) as Block;
  const model = findModel(checker, data["model_type"]);
  const given = Object.keys(data).filter((key) => key.startsWith("network_")).map((key) =>
    key.slice(8)
  );
  const shapes = sectionShapes(model?.sections, isTrain, model === undefined ? given : []);
  checker.shapes = shapes;

  const top =
    checker.section([], data, shapes.top, model === undefined ? isForeign("top") : undefined) ?? {};
  if (model !== undefined && (data["network_g"] ?? undefined) === undefined) {
    checker.add(["network_g"], `is missing, ${String(data["model_type"])} needs a network`);
  }
  for (const key of Object.keys(data)) {
    if (blockKind("top", key) !== "arch") continue;
    if (model === undefined || Object.hasOwn(shapes.top, key)) {
      const checked = checker.block("arch", [key], data[key]);
      if (checked === undefined) delete top[key];
      else top[key] = checked;
    }
  }
  const path = checker.section(["path"], data["path"] ?? {}, shapes.path) ?? {};
  const logger = checker.section(["logger"], data["logger"] ?? {}, shapes.logger) ?? {};
  const train = checkTrain(checker, data["train"], shapes, isTrain, model === undefined);
  const val = checkVal(
    checker,
    data["val"] ?? (isTrain ? undefined : {}),
    shapes,
    isTrain,
    model === undefined,
  );
  for (const key of ["save_img", "suffix"]) {
    const older = top[key] ?? undefined;
    if (older !== undefined && val !== undefined && !Object.hasOwn(asBlock(data["val"]), key)) {
      val[key] = older;
    }
    delete top[key];
  }
  delete top["crop_border"];
  const datasets = checkDatasets(checker, data["datasets"], isTrain);
  const hooks = checkHooks(checker, data["hooks"]);

  const name = runName(String(top["name"] ?? ""), raw.settings.debug ?? false);
  if (isTrain && name.includes("debug")) {
    if (val !== undefined) val["val_freq"] = 8;
    Object.assign(logger, {
      print_freq: 1,
      save_checkpoint_freq: 8,
      use_tb_logger: false,
      wandb: null,
    });
  }
  const scale = typeof top["scale"] === "number" ? top["scale"] : 1;
  for (const [key, block] of Object.entries(datasets)) {
    Object.assign(block, { phase: key.split("_")[0], scale });
    for (const [inner, value] of Object.entries(block)) {
      if (isDataPath(inner)) block[inner] = mapText(value, expandHome);
    }
  }
  for (const [key, value] of Object.entries(path)) {
    if (isWeightsPath(key) && typeof value === "string") path[key] = expandHome(value);
  }
  const resumes = raw.settings.autoResume === true || typeof path["resume_state"] === "string";
  await Promise.all([
    ...Object.entries(datasets).map(([key, block]) => checkDataPaths(checker, key, block, isTrain)),
    ...Object.entries(path).map(async ([key, value]) => {
      if (!isWeightsPath(key) || typeof value !== "string") return;
      // A run that is resumed takes its weights from its own checkpoint.
      if (resumes && key !== "resume_state") return;
      // A model of the zoo is looked up, and fetched, when it is loaded.
      if (zooName(value) !== undefined) return;
      const what = await absence(value, key === "resume_state" ? "any" : "file");
      if (what !== undefined) checker.addMissing(["path", key], what);
    }),
  ]);

  const { problems, missing, notes } = await checker.report();
  if (problems.length > 0) return { problems, missing, notes };
  const options = {
    ...top,
    name,
    scale,
    manual_seed: (top["manual_seed"] as number | null | undefined) ?? randomSeed(),
    plugins: raw.plugins,
    datasets,
    path: { ...path, ...runFolders(name, path, isTrain) },
    ...(train === undefined ? {} : { train }),
    ...(val === undefined ? {} : { val }),
    logger,
    hooks,
    is_train: isTrain,
    auto_resume: raw.settings.autoResume ?? false,
    opt_path: raw.path,
  };
  return { options: freeze(options) as unknown as RunOptions, problems, missing, notes };
}

/**
 * The options, or the error that says why there are none.
 *
 * @param allowMissing True if paths that are not there are no reason to stop (`--dry-run`).
 * @throws {UserError} With exit code USAGE, or DATA if paths that are not there are all that is wrong.
 */
export function requireOptions(checked: CheckedOptions, allowMissing = false): RunOptions {
  if (checked.options !== undefined && (allowMissing || checked.missing.length === 0)) {
    return checked.options;
  }
  throw optionsError(allowMissing ? { ...checked, missing: [] } : checked);
}

/** All that is wrong with options, as one error. */
export function optionsError(checked: CheckedOptions): UserError {
  const all = [...checked.problems, ...checked.missing];
  const error = problemsError(all, checked.problems.length > 0 ? ExitCode.USAGE : ExitCode.DATA);
  if (checked.notes.length > 0) error.message += `\n${checked.notes.join("\n")}`;
  return error;
}

/** The lines of {@linkcode optionsError} for some problems; for warnings. */
export function problemLines(problems: readonly OptionsProblem[]): string[] {
  return problems.map(formatProblem);
}

/** A section as written; one that is absent or no block has no keys. */
function asBlock(value: unknown): Block {
  return value !== null && typeof value === "object" ? value as Block : {};
}

/** The model's registration, or `undefined` with a complaint. */
function findModel(
  checker: Checker,
  type: unknown,
):
  | { readonly sections?: NonNullable<ReturnType<typeof MODEL_REGISTRY.find>>["sections"] }
  | undefined {
  if (typeof type !== "string") return undefined; // the top level's schema complains
  const entry = MODEL_REGISTRY.find(type);
  if (entry === undefined) checker.unknownType("model", ["model_type"], type);
  return entry;
}

/** Keys of BasicSR's models that pass where the model is not there to tell which ones it takes. */
function isForeign(section: "top" | "train" | "val"): (key: string) => boolean {
  return (key) =>
    BASICSR_MODEL_KEYS[section].includes(key) || (section === "top" && key.startsWith("network_"));
}

function checkTrain(
  checker: Checker,
  value: unknown,
  shapes: SectionShapes,
  isTrain: boolean,
  foreign: boolean,
): Block | undefined {
  if (value === undefined || value === null) {
    if (isTrain) {
      checker.add(["train"], "is missing, training needs total_iter, optim_g and a loss");
    }
    return undefined;
  }
  const train = checker.section(
    ["train"],
    value,
    shapes.train,
    foreign ? isForeign("train") : undefined,
  );
  if (!isBlock(value)) return undefined;
  if (["clip_grad_norm", "clip_grad_value"].every((key) => typeof value[key] === "number")) {
    checker.add(
      ["train", "clip_grad_value"],
      "cannot be given along with clip_grad_norm: remove one of them",
    );
  }
  const result = train ?? {};
  for (const [key, block] of Object.entries(value)) {
    const kind = blockKind("train", key);
    const takes = Object.hasOwn(shapes.train, key) || (foreign && isForeign("train")(key));
    if (kind === undefined || !takes) continue;
    const checked = checker.block(kind, ["train", key], block);
    if (checked === undefined) delete result[key];
    else result[key] = checked;
  }
  if (isTrain && !foreign) {
    if (!isBlock(value["optim_g"])) {
      checker.add(["train", "optim_g"], "is missing, add an optimizer such as Adam");
    }
    const losses = Object.keys(value).filter((key) =>
      blockKind("train", key) === "loss" && isBlock(value[key])
    );
    if (losses.length === 0) checker.add(["train"], "names no loss, add pixel_opt");
  }
  return result;
}

function checkVal(
  checker: Checker,
  value: unknown,
  shapes: SectionShapes,
  isTrain: boolean,
  foreign: boolean,
): Block | undefined {
  if (value === undefined || value === null) return undefined;
  const val = checker.section(["val"], value, shapes.val, foreign ? isForeign("val") : undefined);
  if (!isBlock(value)) return undefined;
  if (isTrain && value["val_freq"] === undefined) {
    checker.add(["val", "val_freq"], "is missing, say after how many iterations to validate");
  }
  const result = val ?? {};
  const metrics = value["metrics"];
  delete result["metrics"];
  if (metrics !== undefined && metrics !== null) {
    if (!isBlock(metrics)) {
      checker.add(["val", "metrics"], "must be a block of metrics by name", "value");
    } else {
      result["metrics"] = Object.fromEntries(
        Object.entries(metrics).map(([name, block]) => {
          const path = ["val", "metrics", name];
          if (!isBlock(block)) {
            checker.add(path, "must be a block with a type, as in type: calculate_psnr", "value");
          }
          return [name, isBlock(block) ? checker.block("metric", path, block) : undefined];
        }),
      );
    }
  }
  return result;
}

function checkDatasets(
  checker: Checker,
  value: unknown,
  isTrain: boolean,
): { [key: string]: Block } {
  if (!isBlock(value)) {
    checker.add(
      ["datasets"],
      "is missing, it must be a block of data sets such as train: and val:",
    );
    return {};
  }
  const result: { [key: string]: Block } = {};
  for (const [key, block] of Object.entries(value)) {
    const path = ["datasets", key];
    if (!DATASET_KEY.test(key)) {
      checker.unknownKey(path, ["train", "val", "test", "val_2", "test_1"]);
      continue;
    }
    if (!isBlock(block)) {
      checker.add(path, "must be a block with name: and type:", "value");
      continue;
    }
    const checked = checker.block("dataset", path, block);
    if (key === "train" && isTrain && block["batch_size_per_gpu"] === undefined) {
      checker.add([...path, "batch_size_per_gpu"], "is missing, say how many samples a step takes");
    }
    if (checked !== undefined) result[key] = checked;
  }
  if (isTrain && !isBlock(value["train"])) checker.add(["datasets", "train"], "is missing");
  if (Object.keys(value).length === 0) checker.add(["datasets"], "names no data set", "value");
  const names = new Map<unknown, string>();
  for (const [key, block] of Object.entries(value)) {
    // Results and pictures are filed by name: two sets of one phase must not share it.
    const id = isBlock(block) ? `${key.split("_")[0]}/${block["name"]}` : undefined;
    if (id === undefined || !isBlock(block) || typeof block["name"] !== "string") continue;
    const other = names.get(id);
    if (other !== undefined) {
      checker.add(
        ["datasets", key, "name"],
        `"${block["name"]}" is the name of datasets.${other} as well; rename one`,
        "value",
      );
    }
    names.set(id, key);
  }
  return result;
}

function checkHooks(checker: Checker, value: unknown): Block[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    checker.add(["hooks"], "must be a list of blocks, as in - type: MyHook", "value");
    return [];
  }
  return value.flatMap((block: unknown, i): Block[] => {
    if (!isBlock(block)) {
      checker.add(["hooks", i], "must be a block with a type, as in - type: MyHook", "value");
      return [];
    }
    const checked = checker.block("hook", ["hooks", i], block);
    return checked === undefined ? [] : [checked];
  });
}

/** Looks for what a data set reads. */
async function checkDataPaths(
  checker: Checker,
  key: string,
  block: Block,
  isTrain: boolean,
): Promise<void> {
  // Nothing is read of test sets when training, nor of the training set when testing.
  if (block["phase"] === (isTrain ? "test" : "train")) return;
  for (const [inner, value] of Object.entries(block)) {
    if (!isDataPath(inner)) continue;
    for (const [i, path] of (Array.isArray(value) ? value : [value]).entries()) {
      if (typeof path !== "string" || path === "") continue;
      const what = await absence(path, inner.startsWith("dataroot") ? "folder" : "file");
      const at: KeyPath = ["datasets", key, inner, ...(Array.isArray(value) ? [i] : [])];
      if (what !== undefined) checker.addMissing(at, what);
    }
  }
}

function isDataPath(key: string): boolean {
  return /^(?:dataroot(?:_.+)?|meta_info(?:_file)?)$/.test(key);
}

function isWeightsPath(key: string): boolean {
  return key.startsWith("pretrain_network_") || key === "resume_state";
}

function mapText(value: unknown, change: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((inner) => mapText(inner, change));
  return typeof value === "string" ? change(value) : value;
}

/** The name with `debug_` before it if that is asked for and not there. */
function runName(name: string, debug: boolean): string {
  return debug && !name.startsWith("debug") ? `debug_${name}` : name;
}

/** From 1 to 10000, as in BasicSR. */
function randomSeed(): number {
  return 1 + crypto.getRandomValues(new Uint32Array(1))[0]! % 10000;
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.values(Object.freeze(value)).forEach(freeze);
  }
  return value;
}
