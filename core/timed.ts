/**
 * `@timed`: how often a method was called and how long it took, sync or async.
 *
 * A standard (TC39) decorator. Two clock readings and a few additions a call.
 *
 * @example
 * ```ts
 * import { formatTimings, timed } from "./timed.ts";
 * class Loader {
 *   @timed
 *   decode(): number {
 *     return 1;
 *   }
 *   @timed("wait for data")
 *   async next(): Promise<number> {
 *     return await Promise.resolve(2);
 *   }
 * }
 * const loader = new Loader();
 * loader.decode();
 * await loader.next();
 * console.log(formatTimings());
 * ```
 *
 * @module
 */
import { table } from "./text.ts";

/** What was measured under one label. */
export interface Timing {
  /** `Class.method`, or the label given. */
  readonly label: string;
  /** Calls that were begun. */
  readonly calls: number;
  /**
   * Seconds during which at least one call was under way: recursive and overlapping calls are not counted twice.
   * Calls that are still under way count from their beginning.
   */
  readonly seconds: number;
  /** `seconds / calls`. */
  readonly mean: number;
}

interface Entry {
  calls: number;
  milliseconds: number;
  depth: number;
  since: number;
}

const entries = new Map<string, Entry>();

function entryOf(label: string): Entry {
  let entry = entries.get(label);
  if (!entry) entries.set(label, entry = { calls: 0, milliseconds: 0, depth: 0, since: 0 });
  return entry;
}

function enter(entry: Entry): void {
  entry.calls++;
  if (entry.depth++ === 0) entry.since = performance.now();
}

function leave(entry: Entry): void {
  if (--entry.depth === 0) entry.milliseconds += performance.now() - entry.since;
}

/** A method that {@linkcode timed} can decorate. */
export type TimedMethod<This, Args extends unknown[], Result> = (
  this: This,
  ...args: Args
) => Result;

/** What `@timed("label")` evaluates to. */
export type TimedDecorator = <This, Args extends unknown[], Result>(
  method: TimedMethod<This, Args, Result>,
  context: ClassMethodDecoratorContext<This, TimedMethod<This, Args, Result>>,
) => TimedMethod<This, Args, Result>;

/** Whose method it is: the class of an instance, or the class itself for a static method. */
function className(self: unknown): string {
  if (typeof self === "function") return self.name;
  return (self as { constructor?: { name?: string } } | undefined)?.constructor?.name ?? "";
}

function wrap<This, Args extends unknown[], Result>(
  method: TimedMethod<This, Args, Result>,
  context: ClassMethodDecoratorContext<This, TimedMethod<This, Args, Result>>,
  label: string | undefined,
): TimedMethod<This, Args, Result> {
  // A method that subclasses inherit is listed under each of them.
  const byClass = new Map<string, Entry>();
  const find = (self: This): Entry => {
    const name = label === undefined ? className(self) : "";
    let entry = byClass.get(name);
    if (!entry) {
      entry = entryOf(label ?? `${name}.${String(context.name)}`);
      byClass.set(name, entry);
    }
    return entry;
  };
  return function (this: This, ...args: Args): Result {
    const entry = find(this);
    enter(entry);
    let result: Result;
    try {
      result = method.apply(this, args);
    } catch (error) {
      leave(entry);
      throw error;
    }
    if (!(result instanceof Promise)) {
      leave(entry);
      return result;
    }
    // `finally` would make a second promise whose rejection nobody handles; both ways are told apart here.
    result.then(() => leave(entry), () => leave(entry));
    return result;
  };
}

/** Measures the method under `Class.method`. */
export function timed<This, Args extends unknown[], Result>(
  method: TimedMethod<This, Args, Result>,
  context: ClassMethodDecoratorContext<This, TimedMethod<This, Args, Result>>,
): TimedMethod<This, Args, Result>;
/** Measures the method under `label`; methods may share a label. */
export function timed(label: string): TimedDecorator;
export function timed<This, Args extends unknown[], Result>(
  methodOrLabel: TimedMethod<This, Args, Result> | string,
  context?: ClassMethodDecoratorContext<This, TimedMethod<This, Args, Result>>,
): TimedMethod<This, Args, Result> | TimedDecorator {
  if (typeof methodOrLabel === "string") {
    const decorator: TimedDecorator = (method, context) => wrap(method, context, methodOrLabel);
    return decorator;
  }
  return wrap(methodOrLabel, context!, undefined);
}

/** Everything measured so far, the longest first. */
export function timings(): Timing[] {
  const now = performance.now();
  return [...entries]
    .filter(([, { calls }]) => calls > 0)
    .map(([label, { calls, milliseconds, depth, since }]) => {
      const seconds = (milliseconds + (depth > 0 ? now - since : 0)) / 1000;
      return { label, calls, seconds, mean: seconds / calls };
    })
    .sort((a, b) => b.seconds - a.seconds || (a.label < b.label ? -1 : 1));
}

/** Forgets what was measured; calls under way count from now on. */
export function resetTimings(): void {
  for (const entry of entries.values()) {
    entry.calls = entry.depth;
    entry.milliseconds = 0;
    entry.since = performance.now();
  }
}

/** {@linkcode timings} as an aligned table, one line a label; empty text if nothing was measured. */
export function formatTimings(): string {
  const rows = timings().map(({ label, calls, seconds, mean }) => [
    label,
    String(calls),
    `${seconds.toFixed(3)} s`,
    `${(mean * 1000).toFixed(3)} ms`,
  ]);
  return rows.length === 0 ? "" : table([["timed", "calls", "total", "mean"], ...rows]);
}
