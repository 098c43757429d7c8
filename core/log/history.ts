/**
 * The numbers of a run over its iterations, kept in `experiments/<name>/history.jsonl`, so that the report of a resumed
 * run shows the whole curve.
 *
 * One JSON object a line: `{"iter":100,"values":{"losses/l_pix":0.012}}`. The file is only ever appended to: a resume
 * adds `{"resumed_at":100}`, which voids what came later. Lines that a crash or a full disk tore are skipped.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

/** One point of a curve. */
export interface Point {
  /** Iteration, from 1 (0 for what was measured before training). */
  readonly iter: number;
  /** Value; may be NaN or infinite. */
  readonly value: number;
}

/** Curves by tag, for example `losses/l_pix`, `lr`, `metrics/Set5/psnr`. */
export type Curves = ReadonlyMap<string, readonly Point[]>;

const encoder = new TextEncoder();

/** Collects points and writes them through. */
export class RunHistory implements Disposable {
  readonly #curves: Map<string, Point[]>;
  readonly #path: string;
  readonly #warn: (line: string) => void;
  #file: Deno.FsFile | undefined;
  #torn = false;
  #warned = false;

  private constructor(path: string, curves: Map<string, Point[]>, warn: (line: string) => void) {
    this.#path = path;
    this.#curves = curves;
    this.#warn = warn;
  }

  /**
   * Opens or makes the file of a run that starts after iteration `iter` (0 for a new run). Points of later iterations,
   * written before the run was interrupted, are dropped.
   *
   * @param warn Told once if the file cannot be written later on (the run goes on).
   * @throws {UserError} If the file cannot be opened (exit code 6).
   */
  static open(path: string, iter: number, warn: (line: string) => void): RunHistory {
    const text = readIfThere(path);
    const curves = parse(text);
    dropAfter(curves, iter);
    const history = new RunHistory(path, curves, warn);
    try {
      history.#file = Deno.openSync(path, { append: true, create: true });
    } catch (cause) {
      throw unusable(path, cause);
    }
    history.#torn = text !== "" && !text.endsWith("\n");
    if (text !== "") history.#write({ resumed_at: iter });
    return history;
  }

  /**
   * The curves in a file, for a report without a run; empty if there is no file.
   *
   * @throws {UserError} If the file cannot be read (exit code 6).
   */
  static read(path: string): Curves {
    return parse(readIfThere(path));
  }

  /** Adds the values of iteration `iter`. */
  add(iter: number, values: Readonly<Record<string, number>>): void {
    insert(this.#curves, iter, Object.entries(values));
    // JSON knows neither NaN nor infinity.
    const plain = Object.entries(values).map(([k, v]) => [k, Number.isFinite(v) ? v : String(v)]);
    this.#write({ iter, values: Object.fromEntries(plain) });
  }

  /** All curves so far; live views. */
  get curves(): Curves {
    return this.#curves;
  }

  /** The curves whose tag begins with `prefix`, by the rest of the tag. */
  under(prefix: string): Map<string, readonly Point[]> {
    return new Map(
      [...this.#curves].filter(([tag]) => tag.startsWith(prefix))
        .map(([tag, points]) => [tag.slice(prefix.length), points]),
    );
  }

  /** Closes the file; safe to call twice. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #write(line: unknown): void {
    if (!this.#file) return;
    try {
      let bytes = encoder.encode(`${this.#torn ? "\n" : ""}${JSON.stringify(line)}\n`);
      while (bytes.length > 0) {
        const written = this.#file.writeSync(bytes);
        this.#torn = true;
        bytes = bytes.subarray(written);
      }
      this.#torn = false;
    } catch (error) {
      if (!this.#warned) {
        const why = error instanceof Error ? error.message : String(error);
        this.#warn(`${this.#path}: the run's numbers cannot be written (${why}), the run goes on`);
      }
      this.#warned = true;
    }
  }
}

function unusable(path: string, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    `${path}: the run's numbers cannot be read or written (${why}), make file and folder accessible`,
    ExitCode.STORAGE,
    { cause },
  );
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw unusable(path, error);
  }
}

function insert(
  curves: Map<string, Point[]>,
  iter: number,
  values: Iterable<readonly [string, number]>,
): void {
  for (const [tag, value] of values) {
    const points = curves.get(tag);
    if (points) points.push({ iter, value });
    else curves.set(tag, [{ iter, value }]);
  }
}

function dropAfter(curves: Map<string, Point[]>, iter: number): void {
  for (const [tag, points] of curves) {
    const kept = points.filter((point) => point.iter <= iter);
    if (kept.length > 0) curves.set(tag, kept);
    else curves.delete(tag);
  }
}

function parse(text: string): Map<string, Point[]> {
  const curves = new Map<string, Point[]>();
  for (const line of text.split("\n")) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if ("resumedAt" in entry) dropAfter(curves, entry.resumedAt);
    else insert(curves, entry.iter, entry.values);
  }
  return curves;
}

type Line = { resumedAt: number } | { iter: number; values: [string, number][] };

/** `undefined` for a line that is torn or not ours. */
function parseLine(line: string): Line | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined; // torn by a crash: the points of that iteration are missing, nothing else
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { resumed_at: resumedAt, iter, values } = json as Record<string, unknown>;
  if (typeof resumedAt === "number") return { resumedAt };
  if (typeof iter !== "number" || typeof values !== "object" || values === null) return undefined;
  const numbers: [string, number][] = [];
  for (const [tag, value] of Object.entries(values)) {
    if (typeof value === "number") numbers.push([tag, value]);
    else if (value === "NaN" || value === "Infinity" || value === "-Infinity") {
      numbers.push([tag, Number(value)]);
    }
  }
  return { iter, values: numbers };
}
