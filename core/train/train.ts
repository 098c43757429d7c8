/**
 * Training from options to summary: the order of things is that of BasicSR's `train_pipeline`.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { dict2str } from "../log/dict2str.ts";
import { environmentText } from "../log/env.ts";
import { RunHistory } from "../log/history.ts";
import { Logger } from "../log/logger.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import type { RunOptions } from "../options/types.ts";
import { removeStaleTemporaries } from "../storage/atomic.ts";
import { duration, shellWord } from "../text.ts";
import { formatTimings } from "../timed.ts";
import { VERSION } from "../version.ts";
import { buildModel, buildUserHooks, openDatasets, openLoader } from "./assemble.ts";
import {
  findCheckpoint,
  loadCheckpoint,
  type LoadedCheckpoint,
  restoreModel,
} from "./checkpoint.ts";
import { assertFree, exists, openTrainingFolders, timestamp } from "./experiment.ts";
import { CheckpointHook } from "./hooks/checkpoint_hook.ts";
import { EmaHook } from "./hooks/ema_hook.ts";
import { LearningRateHook } from "./hooks/lr_hook.ts";
import { LogHook } from "./hooks/log_hook.ts";
import { ReportHook } from "./hooks/report_hook.ts";
import { TensorboardHook } from "./hooks/tensorboard_hook.ts";
import { ValidationHook } from "./hooks/validation_hook.ts";
import { resultTable } from "./results.ts";
import { Runner } from "./runner.ts";
import type { StopSignal } from "./stop.ts";
import { copyOptions, writeTestOptions } from "./options_copy.ts";
import { buildMetrics, disposeMetrics, prepareMetrics, Validator } from "./validate.ts";
import { basename, dirname, join } from "node:path";

/** What a training run is given. */
export interface TrainInput {
  /** Checked options. */
  readonly opt: RunOptions;
  /** Starts the engine; called after the folders are open, so that its words are in the log. */
  readonly startEngine: (say: (line: string) => void) => Promise<Engine>;
  /** Whether somebody asked for a stop. */
  readonly stop: StopSignal;
  /** The command line after the program's name, for the copy of the options file and for going on. */
  readonly commandLine: string;
}

/**
 * Trains as the options say.
 *
 * @returns OK when the run is finished, INTERRUPTED or TERMINATED when it was stopped and saved.
 * @throws {UserError} For everything that the user can mend.
 */
export async function train(input: TrainInput): Promise<ExitCodeValue> {
  await using stack = new AsyncDisposableStack();
  const started = performance.now();
  // Nothing is written, and no older run of this name put aside, before everything that can be wrong has been looked at.
  await assertFree(input.opt.path.experiments_root);
  const logger = stack.use(new Logger());
  const resume = await findResume(input.opt);
  const opt: RunOptions = resume?.loaded
    ? { ...input.opt, manual_seed: resume.loaded.state.seed }
    : input.opt;
  const engine = stack.adopt(
    await input.startEngine((line) => logger.warn(line)),
    (e) => e.dispose(),
  );
  logger.detail(environmentText(engine.description));
  logger.detail(dict2str(opt));
  logger.info(`DenoSR ${VERSION} on ${engine.description}`);
  for (const note of resume?.notes ?? []) logger.info(note);
  if (resume?.loaded && input.opt.manual_seed !== opt.manual_seed) {
    logger.info(`manual_seed ${opt.manual_seed} is taken from the checkpoint.`);
  }

  const sets = await openDatasets(opt, ["train", "val"], engine);
  const trainSet = sets.find((s) => s.options.phase === "train");
  if (trainSet === undefined) {
    throw new UserError("datasets.train is missing, training needs it", ExitCode.USAGE);
  }
  const loader = stack.adopt(await openLoader(opt, trainSet.options, engine), (l) => l.dispose());
  const model = stack.adopt(await buildModel(opt, (line) => logger.info(line)), (m) => m.dispose());
  if (resume?.loaded) await restoreModel(model, resume.loaded);
  const metrics = stack.adopt(buildMetrics(opt), disposeMetrics);
  await prepareMetrics(metrics);
  const validator = new Validator(model, metrics, opt.scale);
  const userHooks = buildUserHooks(opt);
  // A signal that came while the thread was busy is heard now.
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (input.stop.requested) {
    logger.info("Stopped before the training began: nothing was written.");
    return input.stop.exitCode;
  }

  stack.use(
    await openTrainingFolders(opt, resume?.loaded !== undefined, (line) => logger.info(line)),
  );
  for (const dir of [opt.path.models, opt.path.training_states, opt.path.experiments_root]) {
    await removeStaleTemporaries(dir);
  }
  const logFile = join(opt.path.log, `train_${opt.name}_${timestamp()}.log`);
  logger.open(logFile);
  await copyOptions(opt, input.commandLine);
  logger.info(model.describe());
  const { batch_size_per_gpu: batchSize = 1 } = trainSet.options;
  const accumulated = opt.train!.grad_accum ?? 1;
  logger.info(
    `Training statistics:\n\tNumber of train images: ${trainSet.dataset.length}` +
      `\n\tDataset enlarge ratio: ${trainSet.options.dataset_enlarge_ratio ?? 1}` +
      `\n\tBatch size per gpu: ${batchSize}` +
      (accumulated > 1
        ? `\n\tGradient accumulation: ${accumulated} batches, ${
          accumulated * batchSize
        } samples an iteration`
        : "") +
      `\n\tRequire iter number per epoch: ${loader.batchesPerEpoch}` +
      `\n\tTotal epochs: ${Math.ceil(opt.train!.total_iter / loader.batchesPerEpoch)}; iters: ${
        opt.train!.total_iter
      }.`,
  );
  const runner = new Runner({
    opt,
    engine,
    model,
    loader,
    logger,
    stop: input.stop,
    datasets: sets,
  });
  if (resume?.loaded) {
    runner.resumeAt(resume.loaded.state.iter, resume.loaded.state.epoch);
    warnOfChanges(resume.loaded, trainSet.dataset.length, logger);
  }

  const history = stack.use(
    RunHistory.open(
      join(opt.path.experiments_root, "history.jsonl"),
      runner.iter,
      (line) => logger.warn(line),
    ),
  );
  const validation = new ValidationHook(
    validator,
    sets.filter((s) => s.options.phase === "val"),
    engine.codec,
    join(opt.path.experiments_root, "metrics.json"),
  );
  const checkpoints = new CheckpointHook(trainSet.dataset.length);
  const report = join(opt.path.experiments_root, "report.html");
  const log = new LogHook(history);
  stack.use(log);
  for (const hook of [new LearningRateHook(), new EmaHook(), log, validation, checkpoints]) {
    await runner.register(hook);
  }
  if (opt.logger.use_tb_logger) {
    const tensorboard = new TensorboardHook(opt.path.tb_logger, validation, engine.codec);
    stack.use(tensorboard);
    await runner.register(tensorboard);
  }
  if (opt["report"] !== false) {
    await runner.register(new ReportHook(report, history, validation, engine.codec));
  }
  for (const hook of userHooks) await runner.register(hook);
  if (resume?.loaded) {
    for (const hook of runner.hooks) {
      await hook.afterLoadCheckpoint?.(runner, resume.loaded.state.extra);
    }
  }

  logger.info(
    runner.iter < runner.totalIter
      ? `Start training from epoch: ${runner.epoch}, iter: ${runner.iter}`
      : `The run is finished already, with iteration ${runner.iter}: a larger train.total_iter goes on.`,
  );
  const end = await running(runner, checkpoints);
  const testFile = await writeTestOptions(opt, validation.sets.map((s) => s.options));
  logger.info(
    end === "finished"
      ? `End of training. Time consumed: ${duration((performance.now() - started) / 1000)}`
      : `Stopped and saved at iteration ${runner.iter} of ${runner.totalIter}.`,
  );
  const goOn = `deno task ${input.commandLine.replace(/ --auto_resume\b/, "")} --auto_resume`;
  await stderrTerminal.settled();
  print(summary(runner, validation, { end, report, logFile, testFile, goOn }));
  return end === "finished" ? ExitCode.OK : input.stop.exitCode;
}

/** Runs the loop; after an error that is not the network's, saves what has been learnt. */
async function running(
  runner: Runner,
  checkpoints: CheckpointHook,
): Promise<"finished" | "stopped"> {
  const { logger } = runner;
  try {
    return await runner.run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    logger.failure(message);
    if (error instanceof UserError && error.exitCode === ExitCode.DIVERGED) {
      const last = checkpoints.savedAt >= 0
        ? `the last good checkpoint is that of iteration ${checkpoints.savedAt}`
        : "no checkpoint had been saved before";
      throw new UserError(`${message}\n  ${last}`, error.exitCode, { cause: error });
    }
    if (error instanceof UserError && error.exitCode === ExitCode.STORAGE) {
      // Saving would only bring the same error again.
      const goOn = checkpoints.savedAt >= 0
        ? `\n  the checkpoint of iteration ${checkpoints.savedAt} is intact, --auto_resume goes on from it`
        : "";
      throw new UserError(message + goOn, error.exitCode, { cause: error });
    }
    if (runner.iter > checkpoints.savedAt && runner.iter > runner.startIter) {
      await saveAfterError(runner, checkpoints);
    }
    throw error;
  }
}

async function saveAfterError(runner: Runner, checkpoints: CheckpointHook): Promise<void> {
  try {
    await checkpoints.save(runner);
    runner.logger.error(
      `An error ends the run; iteration ${runner.iter} was saved before leaving.`,
    );
  } catch (second) {
    runner.logger.error(`Nothing could be saved either: ${(second as Error).message}`);
  }
}

interface Resume {
  readonly loaded: LoadedCheckpoint | undefined;
  readonly notes: readonly string[];
}

/** Finds what `--auto_resume` or `path.resume_state` asks for. */
async function findResume(opt: RunOptions): Promise<Resume | undefined> {
  const named = opt.path.resume_state ?? undefined;
  if (named === undefined && !opt.auto_resume) return undefined;
  const folder = named === undefined || opt.auto_resume ? opt.path.training_states : dirname(named);
  let upTo = Infinity;
  if (named !== undefined && !opt.auto_resume) {
    upTo = Number(/^(\d+)\.state$/.exec(basename(named))?.[1] ?? NaN);
    if (Number.isNaN(upTo) || !(await exists(named))) {
      throw new UserError(
        `path.resume_state: ${named} is no training state, name a file such as ` +
          `${join(opt.path.training_states, "1000.state")}`,
        ExitCode.USAGE,
      );
    }
  }
  const { checkpoint, skipped } = await findCheckpoint(folder, upTo);
  const notes = skipped.filter((s) => s.iter <= upTo).map((s) =>
    `${s.path} does not hold and is passed over: ${s.reason}`
  );
  if (checkpoint === undefined) {
    if (skipped.length > 0 || named !== undefined) {
      throw new UserError(
        `no intact checkpoint in ${folder}:\n` + notes.map((n) => `  ${n}`).join("\n") +
          `\n  without --auto_resume and path.resume_state the run starts anew (the folder is then archived)`,
        ExitCode.STORAGE,
      );
    }
    return { loaded: undefined, notes: [`Nothing to resume in ${folder}, the run starts anew.`] };
  }
  const loaded = await loadCheckpoint(checkpoint);
  notes.push(
    `Resuming training from epoch: ${loaded.state.epoch}, iter: ${loaded.state.iter} (${checkpoint.path}).`,
  );
  return { loaded, notes };
}

function warnOfChanges(loaded: LoadedCheckpoint, length: number, logger: Logger): void {
  const before = loaded.state.sampler.length;
  if (before !== length) {
    logger.warn(
      `The training set has ${length} samples now, ${before} when the checkpoint was saved: ` +
        `the run goes on, but not exactly as the unbroken one would have.`,
    );
  }
}

function summary(
  runner: Runner,
  validation: ValidationHook,
  done: {
    readonly end: string;
    readonly report: string;
    readonly logFile: string;
    readonly testFile: string | undefined;
    readonly goOn: string;
  },
): string {
  const { opt } = runner;
  const lines = [
    "",
    `Run ${opt.name}: ${done.end} at iteration ${runner.iter} of ${
      Math.max(runner.iter, runner.totalIter)
    }`,
  ];
  const latest = validation.results.latest ?? {};
  const measured = Object.keys(latest).length > 0;
  if (measured) {
    const at = validation.validatedAt >= 0 ? validation.validatedAt : runner.iter;
    lines.push(
      "",
      `Validation at iteration ${at}, bicubic interpolation beside:`,
      resultTable(latest),
    );
  }
  const models = join(opt.path.models, "net_g_latest.safetensors");
  lines.push(
    "",
    `  weights     ${models}`,
    `  resume      ${join(opt.path.training_states, `${runner.iter}.state`)}`,
    `  log         ${done.logFile}`,
    ...(opt["report"] === false ? [] : [`  report      ${done.report}`]),
    ...(opt.val?.save_img ? [`  pictures    ${opt.path.visualization}`] : []),
    ...(measured ? [`  numbers     ${validation.metricsPath}`] : []),
    ...(opt.logger.use_tb_logger ? [`  tensorboard ${opt.path.tb_logger}`] : []),
  );
  const times = formatTimings();
  if (times) lines.push("", "Time spent in:", times);
  lines.push(
    "",
    ...(done.testFile
      ? [`Test these weights:  deno task evaluate -opt ${shellWord(done.testFile)}`]
      : []),
    ...(done.end === "stopped" ? [`Go on:  ${done.goOn}`] : []),
  );
  return lines.join("\n");
}
