import { ExitCode, UserError } from "../../core/errors.ts";
import { z } from "../../core/options/zod.ts";
import { PLUGIN_KINDS, REGISTRIES, Registry, shortPath } from "../../core/registry.ts";
import type { Hook } from "../../core/train/hook.ts";
import assert from "node:assert/strict";

type HookLike = new () => Hook;

function fresh(): Registry<HookLike> {
  return new Registry<HookLike>("hook");
}

function usage(act: () => unknown): string {
  let message = "";
  assert.throws(act, (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("register() works as a decorator and as a call, with the class name as the name", () => {
  const registry = fresh();
  @registry.register()
  class First implements Hook {}
  class Second implements Hook {}
  registry.register()(Second);
  assert.equal(registry.get("First").value, First);
  assert.equal(registry.get("Second").value, Second);
  assert.deepEqual(registry.names(), ["First", "Second"]);
});

Deno.test("register() takes another name and the schema of the options", () => {
  const registry = fresh();
  const options = z.strictObject({ every: z.int() });
  @registry.register({ name: "calculate_it", options })
  class Metric implements Hook {}
  const entry = registry.get("calculate_it");
  assert.equal(entry.value, Metric);
  assert.equal(entry.options, options);
  assert.equal(registry.find("Metric"), undefined);
});

Deno.test("an entry knows the file that registered it", () => {
  const registry = fresh();
  registry.register()(class Here implements Hook {});
  assert.equal(registry.get("Here").file, import.meta.url);
});

Deno.test("a name that is taken is refused, and both files are named", async () => {
  const file = `data:text/javascript,${
    encodeURIComponent(`export const put = (registry, value) => registry.register()(value);`)
  }`;
  const { put } = await import(file);
  const registry = fresh();
  const first = class Twice implements Hook {};
  put(registry, first);
  const message = usage(() => registry.register()(class Twice implements Hook {}));
  assert.match(message, /hook "Twice" is registered twice/);
  assert.ok(message.includes("by data:text/javascript,"), message);
  assert.ok(message.includes(`by ${shortPath(import.meta.url)}`), message);
  assert.equal(registry.get("Twice").value, first, "the first one stays");
});

Deno.test("a class without a name is refused", () => {
  const message = usage(() => fresh().register()(class implements Hook {}));
  assert.match(message, /registers a hook without a name.*register\(\{ name/);
});

Deno.test("an unknown name is explained: near matches, all names, scanned and broken files", () => {
  const registry = fresh();
  registry.register({ name: "CheckShapesHook" })(class implements Hook {});
  registry.register({ name: "Other" })(class implements Hook {});
  registry.noteScan({
    files: [
      `file://${Deno.cwd()}/plugins/hooks/check_shapes_hook.ts`,
      `file://${Deno.cwd()}/plugins/archs/edsr_arch.ts`,
    ],
    broken: [{
      file: "file:///elsewhere/my_hook.ts",
      error: new SyntaxError("Unexpected token\nat line 3"),
    }],
  });
  assert.equal(
    usage(() => registry.get("checkShapeHook", "hooks[0].type")),
    [
      'hooks[0].type "checkShapeHook" is unknown, did you mean "CheckShapesHook"?',
      "  these plugin files failed to import, so what they hold is missing:",
      "    /elsewhere/my_hook.ts: Unexpected token",
      "  known: CheckShapesHook, Other",
      "  scanned: plugins/hooks/check_shapes_hook.ts",
    ].join("\n"),
  );
});

Deno.test("an unknown name is explained where nothing was found", () => {
  assert.equal(
    usage(() => fresh().get("Anything")),
    [
      'hook type "Anything" is unknown',
      "  known: none",
      "  no file named *_hook.ts was found in the plugin folders",
    ].join("\n"),
  );
});

Deno.test("there is a registry for each kind", () => {
  assert.deepEqual(Object.keys(REGISTRIES), [...PLUGIN_KINDS]);
  for (const kind of PLUGIN_KINDS) assert.equal(REGISTRIES[kind].kind, kind);
});

Deno.test("shortPath() shortens what lies in the working directory and leaves the rest", () => {
  assert.equal(shortPath(`file://${Deno.cwd()}/plugins/a%20b_arch.ts`), "plugins/a b_arch.ts");
  assert.equal(shortPath("/elsewhere/c_arch.ts"), "/elsewhere/c_arch.ts");
  assert.equal(shortPath("data:text/javascript,1"), "data:text/javascript,1");
});
