/**
 * The JSON Schema of options files, for completion and checking in editors.
 *
 * It is made from the same schemas that check the options, so it knows the plugins that are loaded when it is made.
 * What depends on the model is taken together: keys of every registered model are accepted.
 *
 * @module
 */
import type { OptionsShape } from "./schema_types.ts";
import { type PluginMeta, REGISTRIES } from "../registry.ts";
import {
  type BlockKind,
  blockKind,
  coreKeys,
  findType,
  sectionShapes,
  strict,
  typeNames,
} from "./schema.ts";
import { DATASET_KEY, ioBackend } from "./sections/dataset.ts";
import { z } from "./zod.ts";

/** A JSON Schema, as plain data. */
export type JsonSchema = { [key: string]: unknown };

/** Makes the schema of a whole options file. Load the plugins first. */
export function jsonSchema(): JsonSchema {
  const shapes = sectionShapes(allSections(), false);
  const top = objectSchema(shapes.top);
  const properties = top["properties"] as { [key: string]: JsonSchema };
  for (const key of Object.keys(shapes.top)) {
    if (blockKind("top", key) === "arch") replace(properties, key, nullable(reference("arch")));
  }
  replace(properties, "path", nullable(objectSchema(shapes.path)));
  replace(properties, "logger", nullable(objectSchema(shapes.logger)));
  replace(properties, "hooks", nullable({ type: "array", items: reference("hook") }));
  replace(properties, "datasets", {
    type: "object",
    patternProperties: { [DATASET_KEY.source]: reference("dataset") },
    additionalProperties: false,
  });
  const train = objectSchema(shapes.train);
  const inTrain = train["properties"] as { [key: string]: JsonSchema };
  for (const key of Object.keys(shapes.train)) {
    const kind = blockKind("train", key);
    if (kind !== undefined) replace(inTrain, key, nullable(reference(kind)));
  }
  replace(properties, "train", nullable(train));
  const val = objectSchema(shapes.val);
  replace(
    val["properties"] as { [key: string]: JsonSchema },
    "metrics",
    nullable({ type: "object", additionalProperties: reference("metric") }),
  );
  replace(properties, "val", nullable(val));
  replace(properties, "model_type", { type: "string", enum: REGISTRIES.model.names() });
  properties["_base_"] = {
    description: "Options file or files that this one builds on, relative to it",
    anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
  };
  // A file that builds on others needs to hold nothing else.
  const { required, ...rest } = top;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "DenoSR options",
    ...rest,
    anyOf: [{ required: ["_base_"] }, { required }],
    $defs: Object.fromEntries(KINDS.map((kind) => [kind, blockSchema(kind)])),
  };
}

const KINDS: readonly BlockKind[] = [
  "arch",
  "dataset",
  "loss",
  "metric",
  "hook",
  "optimizer",
  "scheduler",
];

/** What the registered models add, taken together. */
function allSections(): NonNullable<PluginMeta["sections"]> {
  const all = REGISTRIES.model.entries().map((entry) => entry.sections ?? {});
  const join = (section: "top" | "train" | "val" | "path") =>
    Object.assign({}, ...all.map((sections) => sections[section] ?? {})) as OptionsShape;
  return { top: join("top"), train: join("train"), val: join("val"), path: join("path") };
}

/** A block with a `type`: one alternative for each. `_delete_` may stand in any block. */
function blockSchema(kind: BlockKind): JsonSchema {
  const alternatives = typeNames(kind).map((name): JsonSchema => {
    const options = findType(kind, name)?.options;
    const core: OptionsShape = {
      ...coreKeys(kind),
      ...(kind === "dataset" ? { io_backend: ioBackend.optional() } : {}),
    };
    const merged = z.object({ ...core, ...options?.shape });
    const catchall = options === undefined ? z.unknown() : strict(options).def.catchall;
    const result = toJson(catchall === undefined ? merged : merged.catchall(catchall as z.ZodType));
    return {
      ...result,
      properties: {
        type: { const: name },
        ...result["properties"] as JsonSchema,
        _delete_: { type: "boolean" },
      },
      required: ["type", ...(result["required"] as string[] | undefined) ?? []],
    };
  });
  return alternatives.length === 0 ? { type: "object" } : { oneOf: alternatives };
}

function objectSchema(shape: OptionsShape): JsonSchema {
  const schema = toJson(z.strictObject(shape));
  return {
    ...schema,
    properties: { ...schema["properties"] as JsonSchema, _delete_: { type: "boolean" } },
  };
}

function toJson(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // The limits of exact integers say nothing to a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  }) as JsonSchema;
  return rest;
}

function reference(kind: BlockKind): JsonSchema {
  return { $ref: `#/$defs/${kind}` };
}

function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

/** Puts a schema in the place of another and keeps its description. */
function replace(properties: { [key: string]: JsonSchema }, key: string, schema: JsonSchema): void {
  const description = properties[key]?.["description"];
  properties[key] = description === undefined ? schema : { description, ...schema };
}
