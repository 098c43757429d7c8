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
import { print } from "../log/terminal.ts";
import { fromJsonNumber, MetricTable } from "../metrics/collect.ts";
import type { RunOptions } from "../options/types.ts";
import { writeAtomic } from "../storage/atomic.ts";
import { buildModel, openDataset } from "./assemble.ts";
import { openResultFolders, timestamp } from "./experiment.ts";
import { addTo, resultTable, ValidationResults } from "./results.ts";
import type { StopSignal } from "./stop.ts";
import { buildMetrics, type FailedImage, type Restored, Validator } from "./validate.ts";
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
  const notes: string[] = [];
  stack.use(await openResultFolders(opt, (line) => notes.push(line)));
  const logFile = join(opt.path.results_root, `test_${opt.name}_${timestamp()}.log`);
  const logger = stack.use(new Logger({ file: logFile }));
  const engine = stack.adopt(await startEngine((line) => logger.warn(line)), (e) => e.dispose());
  logger.info(environmentText(engine.description));
  logger.info(dict2str(opt));
  for (const note of notes) logger.info(note);
  const model = stack.adopt(await buildModel(opt, (line) => logger.info(line)), (m) => m.dispose());
  logger.info(model.describe());
  const metrics = buildMetrics(opt);
  const validator = new Validator(model, metrics, opt.scale);
  const table = new MetricTable();
  const failed: FailedImage[] = [];
  const pictures = opt.path.visualization;
  let restored = 0;
  let seconds = 0;

  const phases = Object.values(opt.datasets).map((d) => d.phase);
  const wanted = phases.includes("test") ? "test" : "val";
  for (const [key, options] of Object.entries(opt.datasets)) {
    if (options.phase !== wanted || stop.requested) continue;
    const dataset = await openDataset(options, engine);
    logger.info(`Number of test images in ${options.name}: ${dataset.length}`);
    logger.info(`Testing ${options.name}...`);
    using progress = new Progress({ label: options.name, total: dataset.length, unit: "img" });
    const names = new Set<string>();
    for await (const image of validator.run({ key, options, dataset }, (f) => failed.push(f))) {
      const named = unique(image, names);
      addTo(table, metrics, named);
      if (opt.val?.save_img) {
        const folder = join(pictures, options.name);
        await Deno.mkdir(folder, { recursive: true });
        const suffix = opt.val.suffix ? opt.val.suffix : opt.name;
        await writeAtomic(
          join(folder, `${named.name}_${suffix}.png`),
          await engine.codec.encodePng(image.result),
        );
      }
      restored++;
      seconds += image.seconds;
      progress.advance(1, named.name);
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (stop.requested) break;
    }
    progress.finish();
    const report = table.toJSON()[options.name] ?? {};
    const lines = Object.entries(report).map(([metric, { mean, recipe }]) =>
      `\t # ${metric}: ${fromJsonNumber(mean).toFixed(4)}  (${recipe})`
    );
    if (lines.length > 0) logger.info([`Validation ${options.name}`, ...lines].join("\n"));
  }

  const results = new ValidationResults();
  results.add(0, table.toJSON());
  const numbers = join(opt.path.results_root, "metrics.json");
  await results.write(numbers);
  for (const { dataset, what } of failed) logger.error(`${dataset}: ${what}`);
  print(
    [
      "",
      `Test ${opt.name}: ${restored} image${restored === 1 ? "" : "s"} restored` +
      (restored > 0 ? `, ${(seconds / restored).toFixed(2)} s each` : "") +
      (failed.length > 0 ? `, ${failed.length} failed` : "") +
      (stop.requested ? ", stopped" : ""),
      "",
      resultTable(table.toJSON()),
      "",
      ...(opt.val?.save_img
        ? [`  pictures  ${pictures}`]
        : ["  pictures  not saved (val.save_img)"]),
      `  numbers   ${numbers}`,
      `  log       ${logFile}`,
    ].join("\n"),
  );
  if (stop.requested) return stop.exitCode;
  return failed.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
}

/** Files `a.png` and `a.jpg` would have one name: the later one gets a number. */
function unique(image: Restored, names: Set<string>): Restored {
  let name = image.name;
  for (let n = 2; names.has(name); n++) name = `${image.name}_${n}`;
  names.add(name);
  return name === image.name ? image : { ...image, name };
}
