import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { runSchema } from "../../../core/cli/schema.ts";
import { ExitCode } from "../../../core/errors.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const command = COMMANDS.find((c) => c.name === "schema")!;

async function run(...args: string[]): Promise<number> {
  const { error } = console;
  console.error = () => {};
  try {
    return await runSchema(await parseFor(command, args));
  } finally {
    console.error = error;
  }
}

Deno.test("schema writes one JSON Schema with the plugins that are found", async () => {
  const folder = await Deno.makeTempDir({ prefix: "denosr-schema-" });
  try {
    const registry = import.meta.resolve("../../../core/registry.ts");
    await Deno.mkdir(join(folder, "plugins"));
    await Deno.writeTextFile(
      join(folder, "plugins", "schema_test_hook.ts"),
      `import { HOOK_REGISTRY } from ${JSON.stringify(registry)};\n` +
        `@HOOK_REGISTRY.register()\nexport class SchemaTestHook {}\n`,
    );
    const out = join(folder, "deep", "schema.json");
    assert.equal(await run("--out", out, "--plugins", join(folder, "plugins")), ExitCode.OK);
    const text = await Deno.readTextFile(out);
    for (const name of ["EDSR", "PairedImageDataset", "L1Loss", "SchemaTestHook"]) {
      assert.ok(text.includes(`"${name}"`), name);
    }
    assert.match(JSON.parse(text).$schema, /^https:\/\/json-schema\.org\//);
    await Deno.writeTextFile(join(folder, "plugins", "broken_hook.ts"), "export {");
    assert.equal(
      await run("--out", out, "--plugins", join(folder, "plugins")),
      ExitCode.SOME_FAILED,
    );
    assert.equal(await Deno.readTextFile(out), text, "the others are in it");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
