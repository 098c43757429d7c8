/**
 * The shipped `options/schema.json` is what `deno task schema` writes today.
 *
 * @module
 */
import assert from "node:assert/strict";
import { jsonSchema } from "../../../core/options/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { REGISTRIES } from "../../../core/registry.ts";

Deno.test("options/schema.json is up to date: run `deno task schema` after adding a plugin", async () => {
  await loadPlugins();
  const shipped = JSON.parse(
    await Deno.readTextFile(new URL("../../../options/schema.json", import.meta.url)),
  );
  const text = JSON.stringify(shipped);
  const own = Object.values(REGISTRIES).flatMap((registry) => registry.names())
    .filter((name) => !text.includes(JSON.stringify(name)));
  if (own.length > 0) {
    // Plugins that were dropped in are none of the shipped file's business.
    console.log(`not in options/schema.json: ${own.join(", ")}; \`deno task schema\` adds them`);
    return;
  }
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(jsonSchema())));
});
