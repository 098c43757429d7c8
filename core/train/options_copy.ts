/**
 * The options files that a run leaves behind: the one it was started with, and one that tests its weights.
 *
 * @module
 */
import { writeAtomicText } from "../storage/atomic.ts";
import type { DatasetOptions, RunOptions } from "../options/types.ts";
import { shellWord } from "../text.ts";
import { basename, dirname, join } from "node:path";

/** Copies the options file into the experiment folder, with BasicSR's header of time and command line. */
export async function copyOptions(opt: RunOptions, commandLine: string): Promise<void> {
  const text = await Deno.readTextFile(opt.opt_path);
  const target = join(opt.path.experiments_root, basename(opt.opt_path));
  await writeAtomicText(
    target,
    `# GENERATE TIME: ${new Date().toString()}\n# CMD:\n# ${commandLine}\n\n${text}`,
  );
}

/**
 * Writes `test_<name>.yml` beside it: the validation sets of the run as test sets, and the newest weights.
 *
 * @returns Its path; `undefined` if the run has no validation set.
 */
export async function writeTestOptions(
  opt: RunOptions,
  sets: readonly DatasetOptions[],
): Promise<string | undefined> {
  if (sets.length === 0) return undefined;
  const datasets: Record<string, unknown> = {};
  sets.forEach((set, i) => {
    const { phase: _phase, scale: _scale, ...rest } = set;
    datasets[`test_${i + 1}`] = rest;
  });
  const networks: Record<string, unknown> = { network_g: opt["network_g"] };
  const path: Record<string, unknown> = {
    pretrain_network_g: join(opt.path.models, "net_g_latest.safetensors"),
    // The moving average, if there is one, is what was validated.
    param_key_g: (opt.train?.ema_decay ?? 0) > 0 ? "params_ema" : "params",
    strict_load_g: true,
    // As in BasicSR the option names the folder that holds the run's own.
    results_root: dirname(opt.path.results_root),
  };
  const document = {
    name: opt.name,
    model_type: opt.model_type,
    scale: opt.scale,
    num_gpu: opt.num_gpu,
    manual_seed: opt.manual_seed,
    engine: opt.engine,
    ...(opt.plugins.length > 0 ? { plugins: opt.plugins } : {}),
    datasets,
    ...networks,
    path,
    val: {
      save_img: true,
      suffix: null,
      precision: opt.val?.precision ?? "fp32",
      metrics: opt.val?.metrics ?? {},
    },
  };
  const file = join(opt.path.experiments_root, `test_${opt.name}.yml`);
  // JSON is YAML: nothing has to be quoted by rules of our own.
  const body = Object.entries(document)
    .map(([key, value]) => `${key}: ${JSON.stringify(value, null, 2)}`).join("\n");
  await writeAtomicText(
    file,
    `# Tests the newest weights of ${JSON.stringify(opt.name)}: deno task evaluate -opt ${
      shellWord(file)
    }\n${body}\n`,
  );
  return file;
}
