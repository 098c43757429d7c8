/**
 * The shipped `options/schema.json` is what `deno task schema` writes today.
 *
 * @module
 */
import assert from "node:assert/strict";
import { jsonSchema } from "../../../core/options/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";

Deno.test("options/schema.json is up to date: run `deno task schema` after adding a plugin", async () => {
  await loadPlugins();
  const shipped = JSON.parse(
    await Deno.readTextFile(new URL("../../../options/schema.json", import.meta.url)),
  );
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(jsonSchema())));
});
