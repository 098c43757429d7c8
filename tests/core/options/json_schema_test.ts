import assert from "node:assert/strict";
import { type JsonSchema, jsonSchema } from "../../../core/options/json_schema.ts";
import "./_fakes.ts";

const schema = jsonSchema();
const defs = schema["$defs"] as { [kind: string]: { oneOf: JsonSchema[] } };

function properties(block: unknown): { [key: string]: JsonSchema } {
  return (block as { properties: { [key: string]: JsonSchema } }).properties;
}

function section(name: string): { [key: string]: JsonSchema } {
  return properties((properties(schema)[name]!["anyOf"] as JsonSchema[])[0]);
}

Deno.test("the JSON Schema has one alternative for each registered type, with its own keys only", () => {
  const edsr = defs["arch"]!.oneOf.find((block) => properties(block)["type"]!["const"] === "EDSR")!;
  assert.deepEqual(Object.keys(properties(edsr)), [
    "type",
    "num_in_ch",
    "num_feat",
    "num_block",
    "upscale",
    "res_scale",
    "_delete_",
  ]);
  assert.equal(edsr["additionalProperties"], false);
  assert.deepEqual(edsr["required"], ["type"]);
  const free = defs["arch"]!.oneOf.find((block) =>
    properties(block)["type"]!["const"] === "FreeNet"
  )!;
  assert.notEqual(free["additionalProperties"], false);
});

Deno.test("data sets have the loader's keys and their own", () => {
  const [paired] = defs["dataset"]!.oneOf;
  const keys = Object.keys(properties(paired));
  for (const key of ["name", "batch_size_per_gpu", "io_backend", "dataroot_gt", "gt_size"]) {
    assert.ok(keys.includes(key), key);
  }
  assert.deepEqual(paired!["required"], ["type", "name", "dataroot_gt", "dataroot_lq"]);
});

Deno.test("sections hold the core's keys and those of every model, and refuse others", () => {
  const train = section("train");
  for (const key of ["total_iter", "optim_g", "pixel_opt", "optim_d", "net_d_iters"]) {
    assert.ok(Object.hasOwn(train, key), key);
  }
  assert.deepEqual(train["optim_g"]!["anyOf"], [{ $ref: "#/$defs/optimizer" }, { type: "null" }]);
  for (const key of ["precision", "grad_accum", "clip_grad_norm", "checkpoint_blocks", "xla"]) {
    assert.equal(typeof train[key]!["description"], "string", key);
  }
  assert.deepEqual(section("val")["precision"]!["enum"], ["fp32", "bf16", "fp16"]);
  assert.ok(Object.hasOwn(section("path"), "pretrain_network_d"));
  assert.deepEqual(properties(schema)["model_type"]!["enum"], ["PairModel", "SRModel"]);
  assert.equal(schema["additionalProperties"], false);
});

Deno.test("a file with a base needs nothing else; one without needs name, model_type", () => {
  assert.deepEqual(schema["anyOf"], [{ required: ["_base_"] }, {
    required: ["name", "model_type"],
  }]);
});

Deno.test("every reference leads somewhere, and the schema is plain data", () => {
  const text = JSON.stringify(schema);
  for (const [, kind] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) {
    assert.ok(Object.hasOwn(defs, kind!), kind);
  }
  assert.deepEqual(JSON.parse(text), schema);
  assert.deepEqual(jsonSchema(), schema);
});
