/**
 * What an options file may hold, put together for one model: the core's sections and what the model adds to them, and
 * where the schema of each typed block comes from.
 *
 * @module
 */
import type { OptionsSchema, OptionsShape } from "./schema_types.ts";
import { type PluginEntry, type PluginMeta, REGISTRIES } from "../registry.ts";
import type { NamedKind } from "./basicsr_names.ts";
import { OPTIMIZER_SCHEMAS, SCHEDULER_SCHEMAS } from "./optim_schema.ts";
import { loaderShape } from "./sections/dataset.ts";
import { loggerShape } from "./sections/logger.ts";
import { pathShape } from "./sections/path.ts";
import { topShape } from "./sections/top.ts";
import { trainShape } from "./sections/train.ts";
import { valShape } from "./sections/val.ts";
import { z } from "./zod.ts";

/** Kinds of block that are named by `type`. */
export type BlockKind = Exclude<NamedKind, "model" | "io_backend">;

/** Shapes of all sections. */
export interface SectionShapes {
  /** The file's top level. */
  readonly top: OptionsShape;
  /** `path`. */
  readonly path: OptionsShape;
  /** `train`. */
  readonly train: OptionsShape;
  /** `val`. */
  readonly val: OptionsShape;
  /** `logger`. */
  readonly logger: OptionsShape;
}

/** A block of one kind with its type, whatever else it holds; for models' `sections`. The core checks the rest. */
export const typedBlock: OptionsSchema = z.looseObject({ type: z.string() });

/**
 * The sections of an options file for a model.
 *
 * @param sections What the model adds.
 * @param isTrain When testing, what a model adds for training is not required.
 * @param networks Further networks that `path` may name, besides those that the model adds.
 */
export function sectionShapes(
  sections: PluginMeta["sections"] = {},
  isTrain: boolean,
  networks: readonly string[] = [],
): SectionShapes {
  const extra = (shape: OptionsShape | undefined): OptionsShape =>
    isTrain ? shape ?? {} : z.object(shape ?? {}).partial().shape;
  const top = { ...topShape, ...extra(sections.top) };
  const letters = Object.keys(top).filter((key) => key.startsWith("network_")).map((key) =>
    key.slice(8)
  );
  return {
    top,
    path: { ...pathShape([...new Set([...letters, ...networks])]), ...extra(sections.path) },
    train: { ...trainShape, ...extra(sections.train) },
    val: { ...valShape, ...extra(sections.val) },
    logger: loggerShape,
  };
}

/** The kind of the block under a key, if that is a typed block: `network_d`, `train.optim_g`, `train.gan_opt`. */
export function blockKind(section: "top" | "train", key: string): BlockKind | undefined {
  if (section === "top") return key.startsWith("network_") ? "arch" : undefined;
  if (key.startsWith("optim_")) return "optimizer";
  if (key === "scheduler") return "scheduler";
  return key.endsWith("_opt") ? "loss" : undefined;
}

/** What is known about a type. */
export interface KnownType {
  /** Its options without `type`; anything goes without a schema. */
  readonly options?: OptionsSchema;
}

/** Looks up a type; `undefined` if there is none. */
export function findType(kind: BlockKind, name: string): KnownType | undefined {
  if (kind === "optimizer" || kind === "scheduler") {
    const table = kind === "optimizer" ? OPTIMIZER_SCHEMAS : SCHEDULER_SCHEMAS;
    return Object.hasOwn(table, name) ? { options: table[name] } : undefined;
  }
  const entry: PluginEntry<unknown> | undefined = REGISTRIES[kind].find(name);
  return entry;
}

/** Names of the types of one kind. */
export function typeNames(kind: BlockKind): string[] {
  if (kind === "optimizer") return Object.keys(OPTIMIZER_SCHEMAS);
  if (kind === "scheduler") return Object.keys(SCHEDULER_SCHEMAS);
  return REGISTRIES[kind].names();
}

/** What the core adds to the blocks of a kind: the loader's keys of data sets, `better` of metrics. */
export function coreKeys(kind: BlockKind): OptionsShape {
  if (kind === "dataset") return loaderShape;
  if (kind === "metric") {
    return { better: z.enum(["higher", "lower"]).optional().describe("Which values are better") };
  }
  return {};
}

/** A schema that refuses keys it does not know, unless it was made to take any. */
export function strict(schema: OptionsSchema): OptionsSchema {
  return schema.def.catchall === undefined ? schema.strict() : schema;
}

/** Where a key that is not known in one place would be known, for example `val`; best guess first. */
export function homesOf(key: string, shapes: SectionShapes): string[] {
  const homes: string[] = [];
  const note = (shape: OptionsShape, home: string) => {
    if (Object.hasOwn(shape, key)) homes.push(home);
  };
  note(shapes.train, "train");
  note(shapes.val, "val");
  note(shapes.logger, "logger");
  note(shapes.path, "path");
  note(loaderShape, "datasets.<phase>");
  note(shapes.top, "the top level");
  for (
    const [kind, home] of [["metric", "val.metrics.<name>"], [
      "dataset",
      "datasets.<phase>",
    ]] as const
  ) {
    for (const { options } of REGISTRIES[kind].entries()) note(options?.shape ?? {}, home);
  }
  return [...new Set(homes)];
}
