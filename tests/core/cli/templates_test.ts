import { templateFiles } from "../../../core/cli/new.ts";
import { TEMPLATES } from "../../../core/cli/templates.ts";
import { parseYaml } from "../../../core/options/mod.ts";
import { PLUGIN_KINDS } from "../../../core/registry.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Runs Deno on `text` or arguments; gives exit code and output. */
async function deno(args: string[], input?: string): Promise<{ code: number; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("templates are formatted as the project is, for short and for longer names", async () => {
  const texts = ["X", "MyNet", "MyLongPluginName"].flatMap((name) =>
    PLUGIN_KINDS.flatMap((kind) => templateFiles(kind, name, "plugins"))
  );
  const checks = texts.map(async ({ path, text }) => {
    const args = ["fmt", "--check", "--config", CONFIG, "--ext", "ts", "-"];
    const { code, output } = await deno(args, text);
    assert.equal(code, 0, `${path}\n${output}`);
  });
  await Promise.all(checks);
});

Deno.test("templates of all kinds pass check, lint and their own tests", async () => {
  const folder = await Deno.makeTempDir({ prefix: "denosr-templates-" });
  try {
    const tests: string[] = [];
    for (const kind of PLUGIN_KINDS) {
      for (const { path, text } of templateFiles(kind, "MyThing", folder)) {
        await Deno.writeTextFile(path, text);
        if (path.endsWith("_test.ts")) tests.push(path);
      }
    }
    assert.equal(tests.length, PLUGIN_KINDS.length);
    const lint = await deno(["lint", "--config", CONFIG, folder]);
    assert.equal(lint.code, 0, lint.output);
    const flags = ["--no-lock", "--config", CONFIG, "--sanitize-ops", "--sanitize-resources"];
    const run = await deno(["test", "-A", ...flags, ...tests]);
    assert.equal(run.code, 0, run.output);
    assert.match(run.output, /ok \| 14 passed \| 0 failed/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the lines for the options file are YAML that names the plugin", async () => {
  for (const kind of PLUGIN_KINDS) {
    const data = await parseYaml(TEMPLATES[kind].yaml("MyThing"), "options.yml");
    assert.match(JSON.stringify(data), /"(type|model_type)":"MyThing"/, kind);
  }
});
