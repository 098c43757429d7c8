/**
 * Contenders whose turn is a whole process, from its start to its end.
 *
 * @module
 */
import type { Contender, Side } from "./_contender.ts";
import { linesOf } from "./_lines.ts";
import { parsePeakMemory, readProc } from "./_machine.ts";
import { running, TAIL_LINES, type WorkerCommand, WorkerError } from "./_worker.ts";

/** How often the memory of a process is looked at, in milliseconds. */
const LOOK_MS = 250;

/** A process for each turn, which writes files into a folder that is empty before. */
export class ProcessContender implements Contender {
  /** See {@linkcode Contender.side}. */
  readonly side: Side;
  readonly #command: WorkerCommand;
  readonly #output: string;
  readonly #files: number;
  #peak: number | undefined;

  /**
   * Starts nothing yet.
   *
   * @param output Folder that the process writes to.
   * @param files How many files have to be there afterwards.
   */
  constructor(side: Side, command: WorkerCommand, output: string, files: number) {
    this.side = side;
    this.#command = command;
    this.#output = output;
    this.#files = files;
  }

  /** See {@linkcode Contender.open}. */
  async open(): Promise<void> {}

  /** See {@linkcode Contender.turn}. */
  async turn(): Promise<number> {
    await this.#clear();
    const { command: [program, ...args], env, cwd } = this.#command;
    const start = performance.now();
    const child = new Deno.Command(program!, {
      args,
      env,
      cwd,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const kill = {
      kill: () => {
        try {
          child.kill("SIGKILL");
        } catch { /* it has ended */ }
      },
    };
    running.add(kill);
    const told = tailOf(child.stderr);
    const looking = setInterval(() => void this.#look(child.pid), LOOK_MS);
    const { code, signal } = await child.status;
    const seconds = (performance.now() - start) / 1000;
    clearInterval(looking);
    running.delete(kill);
    const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
    if (code !== 0) throw new WorkerError([how, ...await told].join("\n"));
    await told;
    const found = countFiles(this.#output);
    if (found !== this.#files) {
      throw new WorkerError(`wrote ${found} files, ${this.#files} were asked for`);
    }
    return seconds;
  }

  /** See {@linkcode Contender.peakMemory}: the most that one process of it held. */
  peakMemory(): Promise<number | undefined> {
    return Promise.resolve(this.#peak);
  }

  /** See {@linkcode Contender.close}. */
  async close(): Promise<void> {}

  /** A supervisor and the process that it started count as one. */
  async #look(pid: number): Promise<void> {
    const children = (await readProc(`${pid}/task/${pid}/children`)).split(" ").filter(Boolean);
    for (const one of [pid, ...children]) {
      const peak = parsePeakMemory(await readProc(`${one}/status`));
      if (peak !== undefined) this.#peak = Math.max(this.#peak ?? 0, peak);
    }
  }

  async #clear(): Promise<void> {
    try {
      await Deno.remove(this.#output, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The last lines of a stream. */
async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(stream)) {
    if (line.trim() === "") continue;
    lines.push(line);
    lines.splice(0, lines.length - TAIL_LINES);
  }
  return lines;
}

/** Files in a folder that hold something; none if there is no folder. */
function countFiles(folder: string): number {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
      .filter((path) => Deno.statSync(path).size > 0).length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
