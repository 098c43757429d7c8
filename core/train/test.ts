/**
 * Testing: evaluates weights on the named test sets, as BasicSR's `test_pipeline`.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { ExitCode, type ExitCodeValue } from "../errors.ts";
import { dict2str } from "../log/dict2str.ts";
import { environmentText } from "../log/env.ts";
import { Logger } from "../log/logger.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { fromJsonNumber, MetricTable } from "../metrics/collect.ts";
import type { RunOptions } from "../options/types.ts";
import { makeFolder, writeAtomic } from "../storage/atomic.ts";
import { VERSION } from "../version.ts";
import { buildModel, openDataset } from "./assemble.ts";
import { assertFree, openResultFolders, timestamp } from "./experiment.ts";
import { addTo, resultTable, ValidationResults } from "./results.ts";
import type { StopSignal } from "./stop.ts";
import {
  buildMetrics,
  disposeMetrics,
  type FailedImage,
  prepareMetrics,
  type ValidationSet,
  Validator,
} from "./validate.ts";
import { join } from "node:path";

/** What a test run is given. */
export interface TestInput {
  /** Checked options. */
  readonly opt: RunOptions;
  /** Starts the engine once the log is open. */
  readonly startEngine: (say: (line: string) => void) => Promise<Engine>;
  /** Whether somebody asked for a stop. */
  readonly stop: StopSignal;
}

/**
 * Restores and measures all test sets (those of phase `test`; of a training file those of phase `val`).
 *
 * @returns OK, SOME_FAILED if images could not be read, or the code of a stop.
 */
export async function test({ opt, startEngine, stop }: TestInput): Promise<ExitCodeValue> {
  await using stack = new AsyncDisposableStack();
  // As in training: an older result is put aside only once everything has been looked at.
  await assertFree(opt.path.results_root);
  const logger = stack.use(new Logger());
  const engine = stack.adopt(await startEngine((line) => logger.warn(line)), (e) => e.dispose());
  logger.detail(environmentText(engine.description));
  logger.detail(dict2str(opt));
  logger.info(`DenoSR ${VERSION} on ${engine.description}`);
  const phases = Object.values(opt.datasets).map((d) => d.phase);
  const wanted = phases.includes("test") ? "test" : "val";
  const sets: ValidationSet[] = [];
  for (const [key, options] of Object.entries(opt.datasets)) {
    if (options.phase !== wanted) continue;
    sets.push({ key, options, dataset: await openDataset(key, options, engine) });
  }
  const model = stack.adopt(await buildModel(opt, (line) => logger.info(line)), (m) => m.dispose());
  const metrics = stack.adopt(buildMetrics(opt), disposeMetrics);
  await prepareMetrics(metrics);
  // A signal that came while the thread was busy is heard now.
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (stop.requested) {
    logger.info("Stopped before the test began: nothing was written.");
    return stop.exitCode;
  }
  stack.use(await openResultFolders(opt, (line) => logger.info(line)));
  const logFile = join(opt.path.results_root, `test_${opt.name}_${timestamp()}.log`);
  logger.open(logFile);
  logger.info(model.describe());
  for (const { label } of model.networks()) {
    const key = `pretrain_network_${label.replace(/^net_/, "")}`;
    if (!opt.path[key]) {
      logger.warn(`path.${key} names no weights: ${label} is tested with random initial values`);
    }
  }
  const validator = new Validator(model, metrics, opt.scale);
  const table = new MetricTable();
  const failed: FailedImage[] = [];
  const pictures = opt.path.visualization;
  let restored = 0;
  let seconds = 0;

  for (const set of sets) {
    if (stop.requested) break;
    const { options, dataset } = set;
    logger.info(`Number of test images in ${options.name}: ${dataset.length}`);
    logger.info(`Testing ${options.name}...`);
    using progress = new Progress({ label: options.name, total: dataset.length, unit: "img" });
    const onFailure = (image: FailedImage) => {
      failed.push(image);
      progress.advance(1);
    };
    for await (const image of validator.run(set, onFailure)) {
      addTo(table, metrics, image);
      if (opt.val?.save_img) {
        const folder = join(pictures, options.name);
        await makeFolder(folder);
        const suffix = opt.val.suffix ? opt.val.suffix : opt.name;
        await writeAtomic(
          join(folder, `${image.name}_${suffix}.png`),
          await engine.codec.encodePng(image.result),
        );
      }
      restored++;
      seconds += image.seconds;
      progress.advance(1, image.name);
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (stop.requested) break;
    }
    progress.finish();
    const report = table.toJSON()[options.name] ?? {};
    const lines = Object.entries(report).map(([metric, { mean, recipe }]) =>
      `\t # ${metric}: ${fromJsonNumber(mean).toFixed(4)}  (${recipe})`
    );
    if (lines.length === 0 && metrics.size > 0 && restored > 0) {
      logger.info(`No metrics for ${options.name}: its images come without ground truth`);
    }
    if (lines.length > 0) logger.info([`Validation ${options.name}`, ...lines].join("\n"));
  }

  const results = new ValidationResults();
  results.add(0, table.toJSON());
  const numbers = join(opt.path.results_root, "metrics.json");
  await results.write(numbers);
  for (const { dataset, what } of failed) logger.error(`${dataset}: ${what}`);
  await stderrTerminal.settled();
  print(
    [
      "",
      `Test ${opt.name}: ${restored} image${restored === 1 ? "" : "s"} restored` +
      (restored > 0 ? `, ${(seconds / restored).toFixed(2)} s each` : "") +
      (failed.length > 0 ? `, ${failed.length} failed` : "") +
      (stop.requested ? ", stopped" : ""),
      "",
      ...(table.datasets().length > 0 ? [resultTable(table.toJSON()), ""] : []),
      ...(opt.val?.save_img
        ? [`  pictures  ${pictures}`]
        : ["  pictures  not saved (val.save_img)"]),
      ...(table.datasets().length > 0 ? [`  numbers   ${numbers}`] : []),
      `  log       ${logFile}`,
    ].join("\n"),
  );
  if (stop.requested) return stop.exitCode;
  return failed.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
}
