/**
 * The driver of `deno task bench`: the same work by this project and by PyTorch with BasicSR, in alternation.
 *
 * Results go to standard output, progress to standard error. The supervisor in `launch.ts` starts it with the
 * permissions that it needs: to start this Deno, one Python and `cat`, and to write the JSON.
 *
 * @module
 */
import { report } from "../../core/cli/main.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { processEnvironment } from "../../core/places.ts";
import { makeFolder, writeAtomicText } from "../../core/storage/atomic.ts";
import { shellWord } from "../../core/text.ts";
import { timestamp } from "../../core/train/experiment.ts";
import { type BenchOptions, DEFAULT_FOLDER, parseBench } from "./_args.ts";
import { type Machinery, oursCommand, peerCommand } from "./_commands.ts";
import { SIDE_NAMES } from "./_contender.ts";
import { hasBfloat16, type Load, loadDuring, MOST_DISTURBED, processor } from "./_machine.ts";
import { measure, QUICK_TURNS } from "./_measure.ts";
import { peerPython, WAYS_ON } from "./_peer_env.ts";
import {
  type BenchReport,
  failuresOf,
  loadText,
  percent,
  reason,
  reportJson,
  reportText,
} from "./_report.ts";
import type { Row } from "./_table.ts";
import { BenchWorker, killWorkers, type WorkerCommand, WorkerError } from "./_worker.ts";
import { dirname, join, resolve } from "node:path";

/** The machine is watched for so long before anything starts, in milliseconds. */
const WATCH_MS = 2000;

/** Measures as the command line says and resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await bench(await parseBench(args), args);
  } catch (error) {
    return report(error, false);
  }
}

async function bench(options: BenchOptions, args: readonly string[]): Promise<number> {
  const say = (line: string) => console.error(line);
  const date = new Date();
  const { load: before } = await loadDuring(() => new Promise((r) => setTimeout(r, WATCH_MS)));
  const isBusy = before !== undefined && before.others + before.stolen > MOST_DISTURBED;
  if (isBusy) {
    if (!options.force) throw busy(before);
    say(`warning: ${busyText(before)}`);
  }
  const cpu = await processor();
  const machinery: Machinery = {
    library: libraryPath(),
    threads: cpu.cores,
    ...(options.oursOnly ? {} : { python: peerPython(options.python) }),
  };
  const versions = await versionsOf(machinery);
  const file = options.out ?? join(DEFAULT_FOLDER, `${timestamp(date)}.json`);
  const folder = resolve(dirname(file), "files");
  const setting = { options, machinery, folder, bfloat16: hasBfloat16(cpu), say };
  const { result: rows, load: during } = await loadDuring(async () => {
    const rows: Row[] = [];
    for (const work of options.works) rows.push(...await measure(work, setting));
    return rows;
  });

  const result: BenchReport = {
    date: date.toISOString(),
    commandLine: ["deno task bench", ...args.map(shellWord)].join(" "),
    processor: cpu,
    memory: Deno.systemMemoryInfo().total,
    versions,
    before,
    during,
    forced: isBusy,
    notes: options.quick
      ? [`Left out by --quick: torch.compile, turns that count (${QUICK_TURNS} at most)`]
      : [],
    rows,
  };
  await makeFolder(dirname(file));
  await writeAtomicText(file, reportJson(result));
  console.log(reportText(result));
  say(`\nEvery single measurement: ${file}`);
  const failures = failuresOf(rows).filter(({ side }) => side !== "compiled");
  for (const { row, side, what } of failures) {
    say(`\nerror: ${row}: ${SIDE_NAMES[side]} ${what.replaceAll("\n", "\n  ")}`);
  }
  return failures.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
}

function busyText(load: Load): string {
  return `the machine is busy: in ${WATCH_MS / 1000} s ${loadText(load)}, ` +
    `and ${percent(MOST_DISTURBED)} together is the limit`;
}

function busy(load: Load): UserError {
  return new UserError(
    `${busyText(load)}; wait for it to be idle, or measure nevertheless with --force`,
    ExitCode.SOME_FAILED,
  );
}

function libraryPath(): string {
  const path = processEnvironment("DENOSR_LIBTENSORFLOW");
  if (path !== undefined) return path;
  throw new UserError(
    "the native engine's library is not known: start the comparison by deno task bench",
    ExitCode.ENVIRONMENT,
  );
}

/** Asks both sides what they are, and finds out whether they start. */
async function versionsOf(machinery: Machinery): Promise<BenchReport["versions"]> {
  const job = { kind: "about" } as const;
  const ours = await aboutWorker(oursCommand(job, machinery), "this project does not start");
  if (machinery.python === undefined) return { ours };
  const peer = await aboutWorker(
    peerCommand(job, "eager", machinery),
    `${machinery.python} does not run PyTorch and BasicSR`,
    WAYS_ON,
  );
  return { ours, peer };
}

async function aboutWorker(
  command: WorkerCommand,
  mistake: string,
  advice?: string,
): Promise<Readonly<Record<string, string>>> {
  const worker = new BenchWorker(command);
  try {
    return (await worker.ready()).about ?? {};
  } catch (cause) {
    if (!(cause instanceof WorkerError)) throw cause;
    const what = [`${mistake}, it ${reason(cause.message)}`, advice].filter(Boolean).join("; ");
    throw new UserError(what, ExitCode.ENVIRONMENT, { cause });
  } finally {
    await worker.close();
  }
}

if (import.meta.main) {
  const stopped = (code: number) => () => {
    killWorkers();
    Deno.exit(code);
  };
  Deno.addSignalListener("SIGINT", stopped(ExitCode.INTERRUPTED));
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", stopped(ExitCode.TERMINATED));
    Deno.addSignalListener("SIGHUP", stopped(ExitCode.TERMINATED));
  }
  const code = await main(Deno.args);
  Deno.exit(code);
}
