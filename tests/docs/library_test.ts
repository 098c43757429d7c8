import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runningEngine } from "../../core/engine/start.ts";
// Opens the native library before the tests: it stays open, and would count as left over.
import "../core/engine/_engines.ts";

const ROOT = new URL("../../", import.meta.url);

/** The examples, with the heading that each stands under. */
async function examples(): Promise<{ readonly name: string; readonly code: string }[]> {
  const text = await Deno.readTextFile(new URL("docs/library.md", ROOT));
  return text.split(/^## /m).slice(1).flatMap((section) => {
    const title = section.split("\n", 1)[0]!;
    return [...section.matchAll(/^```ts.*\n([\s\S]*?)^```$/gm)].map(([, code], i) => ({
      name: `${title}, example ${i + 1}`,
      code: code!,
    }));
  });
}

const found = await examples();

Deno.test("docs/library.md has examples for each of its first four sections", () => {
  assert.ok(new Set(found.map(({ name }) => name.split(",", 1)[0])).size >= 4);
});

for (const [i, { name, code }] of found.entries()) {
  Deno.test(`docs/library.md: ${name} does what it says`, async () => {
    const folder = await Deno.makeTempDir(), before = Deno.cwd();
    const { assert: consoleAssert, log } = console;
    try {
      await Deno.copyFile(
        new URL("tests/data/restore/coffee_40x33.png", ROOT),
        join(folder, "photo.png"),
      );
      await Deno.symlink(new URL("experiments", ROOT), join(folder, "experiments"));
      const file = join(folder, `example_${i}.ts`);
      await Deno.writeTextFile(file, code.replaceAll('"./mod.ts"', `"${new URL("mod.ts", ROOT)}"`));
      Deno.chdir(folder);
      console.assert = (claim, ...rest) => assert.ok(claim, rest.join(" "));
      console.log = () => {};
      await import(pathToFileURL(file).href);
      assert.equal(runningEngine(), undefined);
    } finally {
      Object.assign(console, { assert: consoleAssert, log });
      Deno.chdir(before);
      await Deno.remove(folder, { recursive: true });
    }
  });
}
