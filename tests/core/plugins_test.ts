import { ExitCode, UserError } from "../../core/errors.ts";
import { loadPlugins } from "../../core/plugins.ts";
import { HOOK_REGISTRY, LOSS_REGISTRY } from "../../core/registry.ts";
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const REGISTRY = import.meta.resolve("../../core/registry.ts");

/** A plugin file that registers a hook of this name. */
function hookFile(name: string): string {
  return `import { HOOK_REGISTRY } from ${JSON.stringify(REGISTRY)};\n` +
    `@HOOK_REGISTRY.register()\nexport class ${name} {}\n`;
}

/** Names differ from test to test: what a module registers stays for the life of the process. */
async function withFiles(
  files: Record<string, string>,
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "denosr plugins #1 (é) " });
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(folder: string): Promise<string> {
  let message = "";
  await assert.rejects(loadPlugins([folder]), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("the scan finds what ships, without a list anywhere", async () => {
  const { files, broken } = await loadPlugins();
  assert.deepEqual(broken, []);
  assert.ok(files.some((f) => f.endsWith("plugins/losses/pixel_loss.ts")));
  assert.ok(LOSS_REGISTRY.find("L1Loss"));
  assert.ok(HOOK_REGISTRY.find("CheckShapesHook"));
});

Deno.test("a second scan, and a file imported before it, count as registered", async () => {
  await withFiles({ "early_hook.ts": hookFile("EarlyHook") }, async (folder) => {
    await import(pathToFileURL(join(folder, "early_hook.ts")).href);
    assert.deepEqual((await loadPlugins([folder])).broken, []);
    assert.deepEqual((await loadPlugins([folder])).broken, []);
  });
});

Deno.test("the scan goes into deeper folders, and by name suffix alone", async () => {
  await withFiles({
    "deep/er/nested_hook.ts": hookFile("NestedHook"),
    "b/zz_hook.ts": hookFile("ZzHook"),
    "deep/helper.ts": "throw new Error('must not be imported');",
    "deep/_private.ts": "throw new Error('must not be imported');",
    "deep/nested_hook_test.ts": "throw new Error('must not be imported');",
    ".hidden/hidden_hook.ts": hookFile("HiddenHook"),
    "node_modules/pkg/module_hook.ts": hookFile("ModuleHook"),
  }, async (folder) => {
    const { files, broken } = await loadPlugins([folder]);
    assert.deepEqual(broken, []);
    const ours = files.slice(-2).map((f) => f.split("/").at(-1));
    assert.deepEqual(ours, ["zz_hook.ts", "nested_hook.ts"]);
    assert.ok(HOOK_REGISTRY.find("NestedHook"));
    assert.ok(HOOK_REGISTRY.find("ZzHook"));
    assert.equal(HOOK_REGISTRY.find("HiddenHook"), undefined);
    assert.equal(HOOK_REGISTRY.find("ModuleHook"), undefined);
    assert.equal(
      HOOK_REGISTRY.get("NestedHook").file,
      pathToFileURL(join(folder, "deep/er/nested_hook.ts")).href,
    );
  });
});

Deno.test("folders are taken relative to the working directory, and twice named count once", async () => {
  await withFiles({ "relative_hook.ts": hookFile("RelativeHook") }, async (folder) => {
    const path = relative(Deno.cwd(), folder);
    const { files, broken } = await loadPlugins([path, folder, `${folder}/`]);
    assert.deepEqual(broken, []);
    assert.equal(files.filter((f) => f.endsWith("relative_hook.ts")).length, 1);
    assert.ok(HOOK_REGISTRY.find("RelativeHook"));
  });
});

Deno.test("a broken file is reported and the others are still imported", async () => {
  await withFiles({
    "a_broken_hook.ts": "export class {",
    "b_throwing_hook.ts": "throw new RangeError('not today');",
    "c_missing_hook.ts": "import './nowhere.ts';",
    "d_good_hook.ts": hookFile("GoodHook"),
    "e_silent_hook.ts": "export class SilentHook {}",
  }, async (folder) => {
    const { broken } = await loadPlugins([folder]);
    assert.deepEqual(broken.map(({ file }) => file.split("/").at(-1)), [
      "a_broken_hook.ts",
      "b_throwing_hook.ts",
      "c_missing_hook.ts",
      "e_silent_hook.ts",
    ]);
    assert.equal(broken[1]!.error.message, "not today");
    assert.equal(
      broken[3]!.error.message,
      "registered no hook, decorate its class with @HOOK_REGISTRY.register()",
    );
    assert.ok(HOOK_REGISTRY.find("GoodHook"));
    const text = HOOK_REGISTRY.explain("SilentHok");
    assert.ok(text.includes("e_silent_hook.ts: registered no hook"), text);
    assert.ok(text.includes("b_throwing_hook.ts: not today"), text);
    // Asked a second time, a broken file is still broken.
    assert.equal((await loadPlugins([folder])).broken.length, 4);
  });
});

Deno.test("two plugins of one name end the scan, and both files are named", async () => {
  await withFiles({
    "one_hook.ts": hookFile("SameHook"),
    "two_hook.ts": hookFile("SameHook"),
  }, async (folder) => {
    const message = await refusal(folder);
    assert.ok(message.includes('hook "SameHook" is registered twice'), message);
    assert.ok(message.includes(join(folder, "one_hook.ts")), message);
    assert.ok(message.includes(join(folder, "two_hook.ts")), message);
  });
});

Deno.test("a folder that is missing, a file, or without plugins is refused by name", async () => {
  await withFiles({ "notes.txt": "" }, async (folder) => {
    assert.match(await refusal(join(folder, "gone")), /plugin folder ".*gone" does not exist/);
    assert.match(await refusal(join(folder, "notes.txt")), /notes\.txt" does not exist/);
    assert.match(await refusal(folder), /holds no file named \*_<arch\|model\|dataset\|loss/);
  });
});
