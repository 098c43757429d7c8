/**
 * Options files: reading, merging, checking.
 *
 * ```ts
 * import { checkOptions, readOptions, requireOptions } from "./mod.ts";
 * import { loadPlugins } from "../plugins.ts";
 * const raw = await readOptions("options/train_demo_x2.yml", { isTrain: true });
 * await loadPlugins(raw.plugins);
 * const opt = requireOptions(await checkOptions(raw));
 * console.assert(opt.name === "train_demo_x2");
 * ```
 *
 * @module
 */
export {
  type CheckedOptions,
  checkOptions,
  optionsError,
  problemLines,
  requireOptions,
} from "./check.ts";
export { type JsonSchema, jsonSchema } from "./json_schema.ts";
export { type Complaint, complaints } from "./_messages.ts";
export {
  COMMAND_LINE,
  formatProblem,
  type KeyPath,
  type OptionsProblem,
  type Position,
} from "./problems.ts";
export { type RawOptions, readOptions, type ReadSettings } from "./read.ts";
export type {
  AnySchema,
  OptionsSchema,
  OptionsShape,
  SchemaError,
  TextSchema,
} from "./schema_types.ts";
export { type OptionSources } from "./sources.ts";
export type {
  DatasetOptions,
  LoggerOptions,
  PathOptions,
  Precision,
  RunOptions,
  TrainOptions,
  TypedOptions,
  ValOptions,
} from "./types.ts";
export { networkOptions, PRECISIONS } from "./types.ts";
export { createLocator, locate, type Locator, parseYaml } from "./yaml.ts";
