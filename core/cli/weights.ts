/**
 * `weights`: says what a file of weights holds, and writes it as a file of another kind. No engine is started, and nothing
 * in the file is run.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { print } from "../log/terminal.ts";
import { loadPlugins } from "../plugins.ts";
import { filesOf, writableKind, writeWeights } from "../weights/convert.ts";
import { type DetectedNetwork, detectNetwork } from "../weights/detect.ts";
import { type OpenedWeights, openWeights } from "../weights/open.ts";
import { listSets, selectParams } from "../weights/select.ts";
import { elementCount, type StateDict } from "../weights/state_dict.ts";
import type { Parsed } from "./commands.ts";
import { report } from "./main.ts";
import { describeFile, inspection } from "./weights_report.ts";

/**
 * Runs `weights inspect FILE…` or `weights convert FILE -o OUT`: 0, or 1 if some of several files could not be read.
 *
 * @throws {UserError} USAGE for a wrong command line; else what reading or writing the file throws.
 */
export async function runWeights({ flags, words }: Parsed): Promise<number> {
  const [action, ...files] = words;
  const key = flags["param_key"] as string | undefined;
  const plugins = flags["plugins"] as readonly string[];
  if (action === "inspect" && files.length > 0) {
    await load(plugins);
    return await inspect(files, key, flags["json"] === true, flags["keys"] === true);
  }
  const output = flags["output"] as string | undefined;
  if (action === "convert" && files.length === 1 && output !== undefined) {
    writableKind(output);
    await load(plugins);
    return await convert(
      files[0]!,
      output,
      key,
      flags["half"] === true,
      flags["overwrite"] === true,
    );
  }
  throw new UserError(
    "weights needs `inspect FILE…`, or `convert FILE -o OUT` with one file and OUT ending in .safetensors, .pth " +
      "or .param; see weights --help",
    ExitCode.USAGE,
  );
}

/** Plugins that cannot be imported are missed only by files of theirs. */
async function load(folders: readonly string[]): Promise<void> {
  const { broken } = await loadPlugins(folders);
  for (const { file, error } of broken) {
    console.error(`warning: plugin ${file} was left out: ${error.message.split("\n")[0]}`);
  }
}

async function inspect(
  files: readonly string[],
  key: string | undefined,
  json: boolean,
  keys: boolean,
): Promise<number> {
  const found: Record<string, unknown>[] = [];
  let failed: number | undefined;
  for (const [index, file] of files.entries()) {
    try {
      const one = await look(file, key);
      if (json) found.push(inspection(file, one));
      else print((index > 0 ? "\n" : "") + describeFile(file, one, keys));
    } catch (error) {
      if (files.length === 1 || !(error instanceof UserError)) throw error;
      failed ??= report(error, false);
    }
  }
  if (json) print(JSON.stringify(files.length === 1 ? found[0] : found, null, 2));
  return failed === undefined ? ExitCode.OK : ExitCode.SOME_FAILED;
}

/** What is known of a file. */
export interface Looked {
  /** The file. */
  readonly opened: OpenedWeights;
  /** The set of parameters that was looked at. */
  readonly weights: StateDict;
  /** The network that they belong to, or why it is not known. */
  readonly network: DetectedNetwork | UserError;
  /** What was decided on the way. */
  readonly said: readonly string[];
}

async function look(file: string, key: string | undefined): Promise<Looked> {
  const opened = await openWeights(file, key);
  const said = [...opened.notes];
  const weights = select(file, opened, key, (line) => said.push(line));
  return { opened, weights, network: detect(opened, weights), said };
}

function select(
  file: string,
  { root }: OpenedWeights,
  key: string | undefined,
  say: (line: string) => void,
): StateDict {
  try {
    return selectParams(root, key, { say });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${error.message}`, error.exitCode, { cause: error });
  }
}

function detect({ options }: OpenedWeights, weights: StateDict): DetectedNetwork | UserError {
  try {
    const found = detectNetwork(weights);
    return { ...found, options: { ...found.options, ...options } };
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Sets that are converted together where none is asked for: those of BasicSR. */
const BOTH = ["params", "params_ema"] as const;

async function convert(
  file: string,
  output: string,
  key: string | undefined,
  half: boolean,
  overwrite: boolean,
): Promise<number> {
  if (!overwrite) await refuseExisting(filesOf(output));
  const kind = writableKind(output);
  const opened = await openWeights(file, key);
  const say = (line: string) => console.error(`note: ${line}`);
  opened.notes.forEach(say);
  const there = listSets(opened.root).map((set) => set.key);
  const both = key === undefined && BOTH.every((name) => there.includes(name));
  // The average is what is used of a trained network.
  const wanted = !both ? [key] : kind === "ncnn" ? ["params_ema"] : BOTH;
  if (both && kind === "ncnn") say('an ncnn model holds one set, using "params_ema"');
  const sets = new Map<string, StateDict>();
  let network: DetectedNetwork | UserError | undefined;
  for (const name of wanted) {
    const weights = select(file, opened, name, say);
    const detected = detect(opened, weights);
    network ??= detected;
    const known = !(detected instanceof UserError);
    if (known && detected.weights !== weights) say(`names were put into those of ${detected.type}`);
    sets.set(both ? name! : "", known ? detected.weights : weights);
  }
  const known = network instanceof UserError ? undefined : network;
  if (network instanceof UserError) {
    if (kind === "ncnn") {
      throw new UserError(`${file}: ${network.message}`, network.exitCode, { cause: network });
    }
    say(`the network is not known, so that tensors keep their names: ${firstLine(network)}`);
  }
  for (const [option, value] of Object.entries(opened.options)) {
    if (kind !== "ncnn") say(`no tensor shows ${option}: ${value}; name it in network_g`);
  }
  const activation = known?.options["act_type"];
  if (kind === "ncnn" && activation === "relu" && opened.kind !== "ncnn") {
    say("no tensor shows whether the activation is relu or leakyrelu; written as relu");
  }
  const { checksum: _, ...metadata } = opened.metadata;
  await writeWeights(output, { sets, network: known, metadata }, { half });
  const first = [...sets.values()][0]!;
  const elements = first.values().reduce((sum, { shape }) => sum + elementCount(shape), 0);
  print(
    `wrote ${filesOf(output).join(" and ")}: ${known ? known.type : "tensors"}, ` +
      `${first.size} tensors with ${elements.toLocaleString("en")} elements${
        sets.size > 1 ? ` in each of ${[...sets.keys()].join(" and ")}` : ""
      }${half ? ", float16" : ""}`,
  );
  return ExitCode.OK;
}

async function refuseExisting(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const there = await Deno.lstat(file).then(() => true, (error) => {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    });
    if (there) {
      throw new UserError(
        `${file} exists already: give --overwrite, or another name`,
        ExitCode.USAGE,
      );
    }
  }
}

function firstLine(error: Error): string {
  return error.message.split("\n", 1)[0]!;
}
