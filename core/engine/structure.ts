/**
 * Arguments and results of compiled functions: tensors in arrays and records.
 *
 * @module
 */
import { type Tensor, tf } from "./tf.ts";

/** What is at the ends of a structure. */
export type Leaf = Tensor | number;

/** A structure taken apart. */
export interface Flat {
  /** Leaves in order. */
  readonly leaves: readonly Leaf[];
  /** Where each leaf is, for example `argument 2.lr`. */
  readonly paths: readonly string[];
  /** The form without the leaves; the same for structures of the same form. */
  readonly form: string;
}

/**
 * Takes `value` apart.
 *
 * @throws {TypeError} If there is something else than tensors, numbers, arrays, plain objects and absent values in it.
 */
export function flatten(value: unknown, name: string): Flat {
  const leaves: Leaf[] = [], paths: string[] = [];
  const form = walk(value, name, (leaf, path) => {
    leaves.push(leaf);
    paths.push(path);
    return typeof leaf === "number" ? "#" : "T";
  });
  return { leaves, paths, form };
}

/** Builds a structure like `value`, with `leaves` in place of its own. */
export function rebuild<T>(value: T, leaves: readonly Tensor[]): T {
  let next = 0;
  const build = (part: unknown): unknown => {
    if (part === undefined || part === null) return part;
    if (isLeaf(part)) return leaves[next++];
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([key, child]) => [key, build(child)]));
  };
  return build(value) as T;
}

function walk(value: unknown, path: string, leaf: (leaf: Leaf, path: string) => string): string {
  if (value === undefined || value === null) return "-";
  if (isLeaf(value)) return leaf(value, path);
  if (Array.isArray(value)) {
    return `[${value.map((part, i) => walk(part, `${path}[${i}]`, leaf)).join()}]`;
  }
  if (typeof value === "object" && isPlain(value)) {
    const parts = Object.entries(value).map(([key, part]) =>
      `${JSON.stringify(key)}:${walk(part, `${path}.${key}`, leaf)}`
    );
    return `{${parts.join()}}`;
  }
  const what = typeof value === "object" ? value.constructor.name : `a ${typeof value}`;
  throw new TypeError(
    `${path} is ${what}: a compiled function takes and gives tensors, numbers, and arrays and records of them; ` +
      "plain data goes through the option `static` or the closure",
  );
}

function isLeaf(value: unknown): value is Leaf {
  return typeof value === "number" || value instanceof tf.Tensor;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
