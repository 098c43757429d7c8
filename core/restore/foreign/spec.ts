/**
 * How models of other programs are named: by their kind, and where they are. Without the kind they are never loaded.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";

/** Kinds of models that are run as they are, by the program that they are for. */
export const FOREIGN_KINDS = ["savedmodel", "frozen", "onnx", "tfjs", "tflite"] as const;

/** One of {@linkcode FOREIGN_KINDS}. */
export type ForeignKind = typeof FOREIGN_KINDS[number];

/** Numbers of samples: from 0 to 1, from 0 to 255, or from -1 to 1. */
export type ValueRange = "0-1" | "0-255" | "-1-1";

const RANGES: readonly ValueRange[] = ["0-1", "0-255", "-1-1"];

/** A model of another program. */
export interface ForeignSpec {
  /** What it is. */
  readonly kind: ForeignKind;
  /** File or folder. */
  readonly path: string;
  /** Numbers of samples, if they were given; else found out. */
  readonly range?: ValueRange;
}

/**
 * Reads `onnx:FILE`, `savedmodel:FOLDER` and so on, with `#0-255` behind it where the range of samples is not found out;
 * undefined if `model` has no such beginning.
 *
 * @throws {UserError} USAGE, if there is nothing behind it, or a range that is none.
 */
export function parseForeign(model: string): ForeignSpec | undefined {
  const kind = FOREIGN_KINDS.find((one) => model.startsWith(`${one}:`));
  if (kind === undefined) return undefined;
  const [, path = "", range] = /^(.*?)(?:#([^#\\/]*))?$/s.exec(model.slice(kind.length + 1))!;
  if (path === "") {
    throw new UserError(`${model}: a path is missing behind "${kind}:"`, ExitCode.USAGE);
  }
  if (range !== undefined && !RANGES.includes(range as ValueRange)) {
    throw new UserError(
      `${model}: the range of samples behind # must be ${RANGES.join(", ")}, received ${range}`,
      ExitCode.USAGE,
    );
  }
  return { kind, path, range: range as ValueRange | undefined };
}

/** What has to be read of a model: SavedModels, and models of TensorFlow.js, are folders. */
export function modelPath(kind: ForeignKind, path: string): string {
  const isInside = kind === "tfjs" && /\.json$/i.test(path) ||
    kind === "savedmodel" && basename(path) === "saved_model.pb";
  return isInside ? dirname(path) : path;
}

/** Files that change where a model does: the path itself, and what may be in it. */
export function filesOf({ kind, path }: ForeignSpec): string[] {
  const inside: Partial<Record<ForeignKind, readonly string[]>> = {
    savedmodel: ["saved_model.pb", "variables/variables.index"],
    tfjs: ["model.json"],
  };
  return [path, ...(inside[kind] ?? []).map((name) => join(path, name))];
}

/** What the file or folder seems to be, by its name and what it holds; undefined if it is no model of another program. */
export function foreignKindOf(path: string): ForeignKind | undefined {
  const name = basename(path).toLowerCase();
  if (name.endsWith(".onnx")) return "onnx";
  if (name.endsWith(".tflite")) return "tflite";
  if (name === "saved_model.pb") return "savedmodel";
  if (name.endsWith(".pb")) return "frozen";
  const names = namesIn(path);
  if (names.includes("saved_model.pb")) return "savedmodel";
  const versions = names.filter((one) => /^\d+$/.test(one));
  const isVersion = (one: string) => namesIn(`${path}/${one}`).includes("saved_model.pb");
  return versions.some(isVersion) ? "savedmodel" : undefined;
}

/**
 * Refuses what seems to be a model of another program and was not asked for by its kind.
 *
 * @throws {UserError} USAGE, with what to write in its place.
 */
export function refuseForeign(path: string): void {
  const kind = foreignKindOf(path);
  if (kind === undefined) return;
  throw new UserError(
    `${path}: this is a model of another program, which is run as it is if you ask for it by its kind: ` +
      `${kind}:${path}`,
    ExitCode.USAGE,
  );
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return []; // no folder, or one that may not be read: who opens it says so
  }
}
