/**
 * `train` and `test`: from a parsed command line to a finished run.
 *
 * @module
 */
import type { Engine, EngineChoice } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import type { RunOptions } from "../options/types.ts";
import { loadPlugins } from "../plugins.ts";
import { shortPath } from "../registry.ts";
import { shellWord } from "../text.ts";
import { StopSignal } from "../train/stop.ts";
import type { Parsed } from "./commands.ts";
import { gpuNote } from "./num_gpu.ts";
import { obtainLibrary } from "./obtain_library.ts";

/** Runs `train`. */
export async function runTrain(parsed: Parsed): Promise<number> {
  const prepared = await prepare(parsed, true);
  if (prepared === undefined) return ExitCode.OK;
  const { opt, engine } = prepared;
  using stop = listen();
  const { train } = await import("../train/train.ts");
  return await train({
    opt,
    startEngine: engine,
    stop,
    commandLine: Deno.args.map(shellWord).join(" "),
  });
}

/** Runs `test`. */
export async function runTest(parsed: Parsed): Promise<number> {
  const prepared = await prepare(parsed, false);
  if (prepared === undefined) return ExitCode.OK;
  const { opt, engine } = prepared;
  using stop = listen();
  const { test } = await import("../train/test.ts");
  return await test({ opt, startEngine: engine, stop });
}

interface Prepared {
  readonly opt: RunOptions;
  readonly engine: (say: (line: string) => void) => Promise<Engine>;
}

/** Reads and checks the options; for a dry run says so and gives `undefined`. */
async function prepare({ flags }: Parsed, isTrain: boolean): Promise<Prepared | undefined> {
  if (flags["launcher"] !== undefined && flags["launcher"] !== "none") {
    throw new UserError(
      `--launcher ${flags["launcher"]} is not available in this version: a run uses one process`,
      ExitCode.USAGE,
    );
  }
  const { checkOptions, problemLines, readOptions, requireOptions } = await import(
    "../options/mod.ts"
  );
  const raw = await readOptions(flags["opt"] as string, {
    isTrain,
    debug: flags["debug"] === true,
    autoResume: flags["auto_resume"] === true,
    forceYml: flags["force_yml"] as readonly string[],
    plugins: flags["plugins"] as readonly string[],
    ...(flags["engine"] === undefined ? {} : { engine: flags["engine"] as EngineChoice }),
    ...(flags["precision"] === undefined ? {} : { precision: flags["precision"] as string }),
  });
  const scan = await loadPlugins(raw.plugins);
  const checked = await checkOptions(raw);
  const dryRun = flags["dry-run"] === true;
  const opt = requireOptions(checked, dryRun);
  for (const { file, error } of scan.broken) {
    console.error(
      `warning: plugin ${shortPath(file)} was left out: ${error.message.split("\n")[0]}`,
    );
  }
  if (dryRun) {
    for (const missing of problemLines(checked.missing)) console.error(`warning: ${missing}`);
    const { networkSummary } = await import("./network_summary.ts");
    const networks = await networkSummary(opt);
    print(dryRunText(opt, flags["opt"] as string, checked.missing.length, networks));
    return undefined;
  }
  return {
    opt,
    engine: async (say) => {
      await obtainLibrary(opt.engine);
      return await startFor(opt, say);
    },
  };
}

/** Starts the engine that the options ask for, and says how it takes `num_gpu`. */
async function startFor(opt: RunOptions, say: (line: string) => void): Promise<Engine> {
  const { startEngine } = await import("../engine/start.ts");
  const { num_gpu: numGpu } = opt;
  const engine = await startEngine({ engine: opt.engine, numGpu, say });
  const note = gpuNote(numGpu, engine.name, engine.isGpu ? engine.devices.length : 0);
  if (note !== undefined) say(note);
  return engine;
}

function dryRunText(
  opt: RunOptions,
  file: string,
  missing: number,
  networks: readonly string[],
): string {
  const sets = Object.entries(opt.datasets).map(([key, d]) => `${key}: ${d.name} (${d.type})`);
  return [
    `${file}: the options are fine${missing ? `, but ${missing} path(s) are missing here` : ""}.`,
    `  ${opt.is_train ? "train" : "test"} ${opt.name}: ${opt.model_type}, scale ${opt.scale}`,
    ...networks.map((line) => `  ${line}`),
    `  data ${sets.join(", ")}`,
    ...(opt.train ? [`  ${opt.train.total_iter.toLocaleString("en-US")} iterations`] : []),
    `  would write to ${opt.is_train ? opt.path.experiments_root : opt.path.results_root}`,
    "Nothing was run (--dry-run).",
  ].join("\n");
}

/** Listens to signals, and under a supervisor to its end. */
function listen(): StopSignal {
  const env = Deno.permissions.querySync({ name: "env", variable: "DENOSR_SUPERVISED" });
  const supervised = env.state === "granted" && Deno.env.get("DENOSR_SUPERVISED") === "1";
  const stop = new StopSignal().listen(
    (line) => stderrTerminal.line(line),
    (code) => {
      stderrTerminal.clear();
      Deno.exit(code);
    },
    !supervised,
  );
  if (supervised) void watchParent(stop);
  return stop;
}

/** The supervisor holds standard input open while it lives. */
async function watchParent(stop: StopSignal): Promise<void> {
  const buffer = new Uint8Array(64);
  try {
    while (await Deno.stdin.read(buffer) !== null);
  } catch { /* the pipe broke, which means the same */ }
  if (stop.requested) return;
  stderrTerminal.line("the process that started this run is gone: saving, then leaving");
  stop.request("SIGTERM");
}
