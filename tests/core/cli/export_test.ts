import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { exportNeeds } from "../../../core/cli/export_needs.ts";
import { exportRequest } from "../../../core/cli/export_request.ts";
import { ended, ENGINE } from "./_runs.ts";

const EXPORT = COMMANDS.find(({ name }) => name === "export")!;
const MODEL = fileURLToPath(
  new URL("../../../experiments/pretrained_models/RCAN_small_x2.safetensors", import.meta.url),
);

const flags = async (...args: string[]) => (await parseFor(EXPORT, args)).flags;

Deno.test("flags become a request", async () => {
  const request = exportRequest(
    await flags(
      ..."--model a.pth -opt o.yml --to onnx,tfjs -o out --name n --shard_mb 0.5 --noise 25".split(
        " ",
      ),
      ..."--model_version 3 --layout nhwc --quantize uint8 --overwrite --no-verify".split(" "),
    ),
  );
  assert.deepEqual(request, {
    source: "a.pth",
    targets: ["onnx", "tfjs"],
    folder: "out",
    name: "n",
    optionsFile: "o.yml",
    paramKey: undefined,
    noise: 25,
    plugins: [],
    precision: undefined,
    layout: "nhwc",
    quantize: "uint8",
    shardBytes: 2 ** 19,
    version: 3,
    calibrate: [],
    verify: false,
    overwrite: true,
  });
  const plain = exportRequest(await flags("--to", "web", "-o", "out"));
  assert.deepEqual([plain.source, plain.verify, plain.overwrite], [undefined, true, false]);
});

Deno.test("values that are none are refused with what there is", async () => {
  const refused = async (args: string, message: RegExp) =>
    await assert.rejects(
      async () => exportRequest(await flags(...`-o out ${args}`.split(" "))),
      message,
    );
  await refused("--to onxx", /"onxx" is no target of exports, did you mean onnx\?/);
  await refused(
    "--to onnx --shard_mb x",
    /--shard_mb must be a number from 0\.00098 to 1024, received "x"/,
  );
  await refused("--to onnx --model_version 1.5", /--model_version must be a whole number from 1/);
  await refused("--to onnx --noise 256", /--noise must be a number from 0 to 255/);
  await refused("--to onnx --precision bf16", /--precision must be one of fp32, fp16, int8/);
  await refused("--to onnx --verfy", /unknown flag --verfy/);
  await refused("", /--to LIST is missing/);
});

Deno.test("a process is granted the weights, the folder, and what the targets stand on", async () => {
  const needs = await exportNeeds(
    await flags(
      "--model",
      "w/net.pth",
      "--to",
      "web",
      "-o",
      "out",
      "--no-verify",
      "--calibrate",
      "p",
    ),
  );
  const here = (path: string) => join(Deno.cwd(), path);
  assert.deepEqual(needs.write, [here("out"), here("out")]);
  for (const path of ["w/net.pth", "out", "p"]) assert.ok(needs.read.includes(here(path)), path);
  assert.deepEqual([needs.ffi, needs.run, needs.net, needs.missing], [[], [], [], []]);
  assert.equal(needs.anyLibrary, false);
  const named = await exportNeeds(
    await flags("--model", "zoo:some", "--to", "frozen", "-o", "out"),
  );
  assert.deepEqual(named.models, ["zoo:some"]);
});

Deno.test({
  name: "export under its task's permissions writes, verifies, prints, and refuses what is there",
  ignore: ENGINE !== "native",
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "denosr-export-" });
    const run = async (...args: string[]) => {
      const launch = fileURLToPath(new URL("../../../core/cli/launch.ts", import.meta.url));
      return await ended(
        new Deno.Command(Deno.execPath(), {
          args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env"]
            .concat("--allow-sys=hostname", `--allow-run=${Deno.execPath()}`, launch, "export")
            .concat("--model", MODEL, "--to", "frozen", "-o", "out", args),
          cwd: root,
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn(),
      );
    };
    try {
      const { code, stdout, stderr } = await run("--json");
      assert.equal(code, 0, stderr);
      const { arch, scale, targets: [target] } = JSON.parse(stdout);
      assert.deepEqual([arch, scale, target.ok], ["RCAN", 2, true]);
      assert.equal(target.verification.checks.length, 2);
      assert.deepEqual(target.files.map(({ path }: { path: string }) => path), [
        "RCAN_small_x2.pb",
        "README.md",
      ]);
      assert.ok(Deno.statSync(join(root, "out/frozen/RCAN_small_x2.pb")).isFile);
      const again = await run();
      assert.equal(again.code, 2);
      assert.match(again.stderr, /error: out\/frozen is there already: .*--overwrite/);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
