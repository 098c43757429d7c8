/**
 * Worker processes: each line on their standard input asks for one turn, each line on their standard output is an answer
 * in JSON.
 *
 * @module
 */
import { z } from "../../core/options/zod.ts";
import { linesOf } from "./_lines.ts";
import { parsePeakMemory, readProc } from "./_machine.ts";

/** How a worker is started. */
export interface WorkerCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Environment variables besides ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory. */
  readonly cwd: string;
}

/** What a worker says once it can take turns. */
export interface Ready {
  /** Images that a turn gives, where it reads data. */
  readonly images?: number | undefined;
  /** Versions, for the job `about`. */
  readonly about?: Readonly<Record<string, string>> | undefined;
}

/** One turn. */
export interface Turn {
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** A number that was computed: the loss, the mean of the image. */
  readonly value: number;
}

/** A worker ended, or did not answer. */
export class WorkerError extends Error {
  /** Class name, as in stack traces. */
  override readonly name: string = "WorkerError";
}

const readySchema: z.ZodType<Ready> = z.strictObject({
  ready: z.literal(true),
  images: z.number().optional(),
  about: z.record(z.string(), z.string()).optional(),
});
const turnSchema: z.ZodType<Turn> = z.strictObject({
  seconds: z.number().positive(),
  value: z.number(),
});

/** An answer may take so long, in milliseconds: `torch.compile` of RCAN takes minutes on two cores. */
const PATIENCE_MS = 30 * 60_000;
/** A worker may take so long to leave by itself, in milliseconds. */
const FAREWELL_MS = 3000;
/** So many of the last lines on standard error are told. */
export const TAIL_LINES = 12;

/** What runs and can be ended. */
export const running: Set<{ kill(): void }> = new Set();

/** Ends all workers at once. */
export function killWorkers(): void {
  for (const worker of running) worker.kill();
}

/** A running worker. */
export class BenchWorker {
  /** Process number. */
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<string>;
  readonly #tail: string[] = [];
  readonly #toldAll: Promise<void>;

  /** Starts it. */
  constructor({ command, env, cwd }: WorkerCommand) {
    const [program, ...args] = command;
    this.#child = new Deno.Command(program!, {
      args,
      env,
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = linesOf(this.#child.stdout);
    this.#toldAll = this.#listen();
    running.add(this);
  }

  /** Asks for a turn; the answer is read with {@linkcode turn}, in the order of asking. */
  async request(): Promise<void> {
    try {
      await this.#requests.write(new TextEncoder().encode("turn\n"));
    } catch { /* it has ended, which the missing answer tells */ }
  }

  /**
   * Waits until it can take turns.
   *
   * @throws {WorkerError} If it ended instead.
   */
  async ready(): Promise<Ready> {
    return await this.#answer(readySchema);
  }

  /**
   * Waits for a turn that was requested.
   *
   * @throws {WorkerError} If it ended, did not answer, or computed something that is no number.
   */
  async turn(): Promise<Turn> {
    return await this.#answer(turnSchema);
  }

  /**
   * The most memory that it ever had in use, in bytes; undefined where the system does not tell.
   *
   * @param withChildren Adds that of the processes that it has started.
   */
  async peakMemory(withChildren = false): Promise<number | undefined> {
    const own = parsePeakMemory(await readProc(`${this.pid}/status`));
    if (!withChildren || own === undefined) return own;
    let all = own;
    const tasks = (await readProc(`${this.pid}/task/${this.pid}/children`)).split(" ");
    for (const child of tasks.filter((pid) => pid.trim() !== "")) {
      all += parsePeakMemory(await readProc(`${child.trim()}/status`)) ?? 0;
    }
    return all;
  }

  /** Ends it now. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has ended */ }
  }

  /** Lets it end, and sees to it that it does. */
  async close(): Promise<void> {
    await this.#requests.close().catch(() => {}); // it may have ended before
    const timer = setTimeout(() => this.kill(), FAREWELL_MS);
    await this.#child.status;
    clearTimeout(timer);
    running.delete(this);
    // Processes that it started may hold its output open for some time.
    this.#answers.return(undefined).catch(() => {});
  }

  async #answer<T>(schema: z.ZodType<T>): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, PATIENCE_MS);
    const { done, value } = await this.#answers.next();
    clearTimeout(timer);
    if (!done) return parsed(value, schema);
    const { code, signal } = await this.#child.status;
    await this.#toldAll;
    const how = isLate
      ? `gave no answer for ${PATIENCE_MS / 60_000} minutes`
      : signal === null
      ? `ended with code ${code}`
      : `was ended by ${signal}`;
    throw new WorkerError([how, ...this.#tail].join("\n"));
  }

  async #listen(): Promise<void> {
    for await (const line of linesOf(this.#child.stderr)) {
      if (line.trim() === "") continue;
      this.#tail.push(line);
      this.#tail.splice(0, this.#tail.length - TAIL_LINES);
    }
  }
}

function parsed<T>(line: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    // A loss that is no number is no JSON either.
    throw new WorkerError(`answered ${line}`, { cause });
  }
}
