import { COMMANDS } from "../../../core/cli/commands.ts";
import { parseFor } from "../../../core/cli/args.ts";
import { runNew, templateFiles } from "../../../core/cli/new.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const command = COMMANDS.find((c) => c.name === "new")!;

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "denosr-new-" });
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `new` and gives what it printed. */
async function run(...args: string[]): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    assert.equal(await runNew(await parseFor(command, args)), ExitCode.OK);
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

async function refusal(...args: string[]): Promise<string> {
  let message = "";
  await assert.rejects(run(...args), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("new writes plugin and test, and says what to put into the options file", () =>
  inFolder(async (dir) => {
    const said = await run("loss", "MyLoss", "--dir", dir);
    const plugin = join(dir, "my_loss.ts"), test = join(dir, "my_loss_test.ts");
    assert.match(await Deno.readTextFile(plugin), /export class MyLoss implements Loss/);
    assert.match(await Deno.readTextFile(test), /from "\.\/my_loss\.ts"/);
    assert.ok(said.includes(`wrote ${plugin}\nwrote ${test}\n`), said);
    assert.ok(said.includes(`plugins: [${JSON.stringify(dir)}]`), said);
    assert.match(said, /pixel_opt:\n {6}type: MyLoss/);
    assert.ok(said.includes(`deno test -A ${test}`), said);
  }));

Deno.test("new does not overwrite, unless --force is given", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "my_hook_test.ts"), "mine");
    assert.match(await refusal("hook", "MyHook", "--dir", dir), /my_hook_test\.ts exists already/);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(dir))).map((e) => e.name), [
      "my_hook_test.ts",
    ]);
    await run("hook", "MyHook", "--dir", dir, "--force");
    assert.match(await Deno.readTextFile(join(dir, "my_hook_test.ts")), /^import/);
  }));

Deno.test("new refuses wrong kinds and names before it writes anything", () =>
  inFolder(async (dir) => {
    const to = ["--dir", dir];
    assert.match(await refusal("arc", "MyNet", ...to), /"arc" is no kind.*did you mean arch\?/);
    assert.match(await refusal("arch", "my_net", ...to), /"my_net" is no class name.*MyNet/);
    assert.match(await refusal("arch", "../Net", ...to), /is no class name/);
    assert.match(await refusal("arch", "Module", ...to), /Module means something else/);
    assert.match(await refusal("loss", "Loss", ...to), /Loss means something else/);
    assert.match(await refusal("hook", "Promise", ...to), /Promise means something else/);
    assert.match(await refusal("arch", ...to), /needs a kind and a name/);
    assert.match(await refusal("arch", "A", "B", ...to), /needs a kind and a name/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(dir)), []);
  }));

Deno.test("in the project's own folder files lie by kind, their tests under tests/", () => {
  const paths = (kind: Parameters<typeof templateFiles>[0], name: string) =>
    templateFiles(kind, name, "plugins").map(({ path }) => path);
  assert.deepEqual(paths("arch", "MyNet"), [
    "plugins/archs/my_net_arch.ts",
    "tests/plugins/archs/my_net_arch_test.ts",
  ]);
  assert.deepEqual(paths("loss", "MyLoss"), [
    "plugins/losses/my_loss.ts",
    "tests/plugins/losses/my_loss_test.ts",
  ]);
  assert.equal(paths("arch", "RRDBNet2x")[0], "plugins/archs/rrdb_net2x_arch.ts");
  assert.equal(paths("metric", "LPIPS")[0], "plugins/metrics/lpips_metric.ts");
  assert.equal(paths("hook", "SaveBestHook")[0], "plugins/hooks/save_best_hook.ts");
});

Deno.test("imports of a template point at the core from wherever it is written", () => {
  const [own, ownTest] = templateFiles("arch", "MyNet", "plugins");
  assert.ok(own!.text.includes('from "../../core/registry.ts"'));
  assert.ok(ownTest!.text.includes('import "../../../plugins/archs/my_net_arch.ts"'));
  const [deep] = templateFiles("arch", "MyNet", "mine/deep");
  assert.ok(deep!.text.includes('from "../../core/registry.ts"'));
});
