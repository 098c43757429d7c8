/**
 * `train` and `test` as processes: what they write for unusual but valid input, and that a run outlives nobody.
 *
 * @module
 */
import { ExitCode } from "../../../core/errors.ts";
import { encodePng } from "../../../core/data/png.ts";
import { findCheckpoints } from "../../../core/storage/checkpoint.ts";
import { verifyCheckpoint } from "../../../core/train/checkpoint.ts";
import { inPlace, picture, type Place, trainOptions, type Yaml } from "./_runs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LAUNCH = fileURLToPath(new URL("../../../core/cli/launch.ts", import.meta.url));
const SECOND_SET = ["my pic.v1 é画.png", "val_0.png", "gray.png", "gray.PNG"];

function gray(side: number): Uint8Array {
  const data = Uint8Array.from({ length: side * side }, (_, i) => i & 255);
  return encodePng({ width: side, height: side, channels: 1, data });
}

/** A second validation set whose names are a trial. */
async function addSecondSet(place: Place): Promise<Yaml> {
  for (const name of SECOND_SET) {
    for (const [kind, side] of [["gt", 48], ["lq", 24]] as const) {
      const image = name.startsWith("gray") ? gray(side) : picture(side, side, side);
      await place.put(`second/${kind}/${name}`, image);
    }
  }
  const all = trainOptions({ train: { total_iter: 4 } });
  const { train, val } = all["datasets"] as Record<string, Yaml>;
  return {
    ...all,
    name: "my run 1.0 é",
    datasets: {
      train,
      val_1: val,
      val_2: { ...val, name: "second set", dataroot_gt: "second/gt", dataroot_lq: "second/lq" },
    },
    val: { ...all["val"] as Yaml, save_img: true },
  };
}

Deno.test("several validation sets, names with spaces and unicode, and equal names keep apart", () =>
  inPlace(async (place) => {
    await place.options(await addSecondSet(place));
    const trained = await place.run(["train", "-opt", "opt.yml"]);
    assert.equal(trained.code, 0, trained.stderr);
    const experiment = "experiments/my run 1.0 é";
    const pictures = ["gray", "gray_2", "my pic.v1 é画", "val_0", "val_0_second set", "val_1"];
    assert.deepEqual(await place.names(`${experiment}/visualization`), pictures);
    for (const name of pictures) {
      assert.deepEqual(await place.names(`${experiment}/visualization/${name}`), [`${name}_4.png`]);
    }
    const told = /Test these weights: {2}deno task evaluate -opt '(.*)'/.exec(trained.stdout)?.[1];
    assert.equal(told, `${experiment}/test_my run 1.0 é.yml`);

    const tested = await place.run(["test", "-opt", told]);
    assert.equal(tested.code, 0, tested.stderr);
    const results = "experiments/results/my run 1.0 é";
    assert.deepEqual(await place.names(`${results}/visualization/second set`), [
      "gray_2_my run 1.0 é.png",
      "gray_my run 1.0 é.png",
      "my pic.v1 é画_my run 1.0 é.png",
      "val_0_my run 1.0 é.png",
    ]);
    const latest = async (folder: string): Promise<unknown> =>
      JSON.parse(await Deno.readTextFile(join(place.root, folder, "metrics.json"))).latest;
    assert.deepEqual(
      await latest(results),
      await latest(experiment),
      "the generated options repeat the last validation",
    );
  }));

Deno.test("images without ground truth are restored with the suffix, and nothing is measured", () =>
  inPlace(async (place) => {
    const { train: _train, val, ...rest } = trainOptions();
    await place.options({
      ...rest,
      datasets: { test: { name: "alone", type: "SingleImageDataset", dataroot_lq: "val/lq" } },
      val: { ...val as Yaml, val_freq: undefined, save_img: true, suffix: "x2" },
    });
    const { code, stdout, stderr } = await place.run(["test", "-opt", "opt.yml"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      await place.names("experiments/results/tiny/visualization/alone"),
      ["val_0_x2.png", "val_1_x2.png"],
    );
    assert.match(stderr, /No metrics for alone: its images come without ground truth/);
    assert.match(stderr, /names no weights: net_g is tested with random initial values/);
    assert.doesNotMatch(stdout, /NaN|psnr/);
  }));

Deno.test("training without a validation set ends with weights and no table", () =>
  inPlace(async (place) => {
    const { datasets, val: _val, ...rest } = trainOptions({ train: { total_iter: 2 } });
    const { train } = datasets as Record<string, Yaml>;
    await place.options({ ...rest, datasets: { train } });
    const { code, stdout, stderr } = await place.run(["train", "-opt", "opt.yml"]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /Validation|Test these weights|numbers/);
    assert.ok((await place.names("experiments/tiny/models")).includes("net_g_latest.safetensors"));
  }));

Deno.test("train.grad_accum and a num_gpu that is not there are told, and too large a product is refused", () =>
  inPlace(async (place) => {
    const options = (grad_accum: number) =>
      trainOptions({
        train: { total_iter: 1, grad_accum },
        top: { num_gpu: 2, engine: "wasm", val: undefined },
      });
    await place.options(options(2));
    const { code, stderr } = await place.run(["train", "-opt", "opt.yml"]);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /Batch size per gpu: 2\s+Gradient accumulation: 2 batches, 4 samples an iteration\s+Require iter number per epoch: 1\n/,
    );
    assert.match(stderr, /num_gpu is 2, the wasm engine uses no GPU here: computing on the CPU\n/);
    await place.options(options(4));
    const refused = await place.run(["train", "-opt", "opt.yml"]);
    assert.equal(refused.code, ExitCode.DATA, refused.stderr);
    assert.match(
      refused.stderr,
      /error: datasets\.train: 4 samples do not fill one batch of 8: .*; a batch is batch_size_per_gpu x train\.grad_accum, 2 x 4\n/,
    );
  }));

for (const command of ["train", "test"] as const) {
  Deno.test(`${command} of a network with another scale than the data ends with code 2`, () =>
    inPlace(async (place) => {
      const all = trainOptions();
      const { train, val } = all["datasets"] as Record<string, Yaml>;
      await place.options({
        ...all,
        network_g: { ...all["network_g"] as Yaml, upscale: 4 },
        datasets: command === "train" ? { train, val } : { test: val },
        ...(command === "train" ? {} : { train: undefined }),
      });
      const { code, stderr } = await place.run([command, "-opt", "opt.yml"]);
      assert.equal(code, ExitCode.USAGE, stderr);
      assert.match(stderr, /check scale and the options of network_g/);
    }));
}

Deno.test({
  name: "Ctrl-C before the first iteration puts nothing aside and writes nothing",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inPlace(async (place) => {
      await place.put("experiments/tiny/models/old", "kept");
      const registry = new URL("../../../core/registry.ts", import.meta.url).href;
      // A plugin is imported before anything else happens.
      await place.put(
        "own/stop_hook.ts",
        `import { HOOK_REGISTRY } from ${JSON.stringify(registry)};
class StopHook {
  constructor() {
    Deno.kill(Deno.pid, "SIGINT");
    // The signal arrives before the run goes on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}
HOOK_REGISTRY.register()(StopHook);
`,
      );
      await place.options({ ...trainOptions(), plugins: ["own"], hooks: [{ type: "StopHook" }] });
      const { code, stderr } = await place.run(["train", "-opt", "opt.yml"]);
      assert.equal(code, ExitCode.INTERRUPTED, stderr);
      assert.match(stderr, /Stopped before the training began: nothing was written/);
      assert.deepEqual(await place.names("experiments"), ["tiny"]);
      assert.deepEqual(await place.names("experiments/tiny/models"), ["old"]);
    }),
});

Deno.test({
  name: "a run whose supervisor is killed saves and leaves by itself",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inPlace(async (place) => {
      await place.options(trainOptions({ train: { total_iter: 1_000_000 } }));
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-lock", "--quiet", LAUNCH, "train", "-opt", "opt.yml"],
        cwd: place.root,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let seen = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        seen += text;
        if (/iter: +5,/.test(seen)) break;
      }
      child.kill("SIGKILL");
      await child.status;
      const latest = "experiments/tiny/models";
      for (let n = 0; !(await place.names(latest)).includes("net_g_latest.safetensors"); n++) {
        assert.ok(n < 300, `the run did not save and end:\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const [newest] = await findCheckpoints(join(place.root, "experiments/tiny/training_states"));
      assert.ok(newest !== undefined && newest.iter >= 5);
      assert.deepEqual(await verifyCheckpoint(newest), { valid: true });
      // The folder is removed next: the run must have left it.
      const lock = join(place.root, "experiments/tiny/.lock");
      for (let n = 0; (await Deno.readTextFile(lock)) !== ""; n++) {
        assert.ok(n < 300, "the run did not end");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }),
});
