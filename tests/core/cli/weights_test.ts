import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { runWeights } from "../../../core/cli/weights.ts";
import { yamlBlock } from "../../../core/cli/weights_report.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { parseYaml } from "../../../core/options/yaml.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { writePth } from "../../../core/weights/pth_writer.ts";
import { float32Tensor, type StateDict } from "../../../core/weights/state_dict.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const command = COMMANDS.find((c) => c.name === "weights")!;
const ncnn = (name: string) =>
  fileURLToPath(new URL(`../../data/weights/ncnn/${name}`, import.meta.url));

const folder = await Deno.makeTempDir({ prefix: "denosr-weights-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs `weights` and gives its exit code and what it printed. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { error } = console;
  const write = Deno.stdout.writeSync;
  let out = "", err = "";
  console.error = (line: string) => void (err += line + "\n");
  Deno.stdout.writeSync = (bytes) => {
    out += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    const code = await runWeights(await parseFor(command, args));
    return { code, out, err };
  } finally {
    console.error = error;
    Deno.stdout.writeSync = write;
  }
}

async function refusal(code: number, ...args: string[]): Promise<string> {
  let message = "";
  await assert.rejects(run(...args), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, code, error.message);
    message = error.message;
    return true;
  });
  return message;
}

function put(name: string, content: StateDict | Record<string, StateDict>): string {
  const path = join(folder, name);
  Deno.writeFileSync(path, writePth(content));
  return path;
}

const odd: StateDict = new Map([["strange\u001b[31m", float32Tensor([1], Float32Array.of(1))]]);

Deno.test("weights inspect says kind, tensors, network and a block for options files", async () => {
  const file = ncnn("compact_leaky.ncnn.param");
  const { code, out } = await run("inspect", file);
  assert.equal(code, ExitCode.OK);
  assert.match(out, /kind +ncnn model, 2\.6 kB/);
  assert.match(out, /tensors +8 \(F16 4, F32 4\)/);
  assert.match(out, /elements +852, parameters 852/);
  assert.match(out, /network +SRVGGNetCompact, super-resolution, scale 2, 3 to 3 channels/);
  assert.match(out, /body\.0\.weight {2}F16 \[4, 3, 3, 3\]/);
  // The slope is in the graph, and in no tensor.
  assert.match(out, /\nnetwork_g:\n {2}type: SRVGGNetCompact\n[^]* {2}act_type: leakyrelu\n/);
});

Deno.test("weights inspect shows eight names, with --keys all of them", async () => {
  const file = ncnn("rrdb2.pth");
  assert.match((await run("inspect", file)).out, /… and 34 more \(--keys shows all\)/);
  const { out } = await run("inspect", file, "--keys");
  assert.match(out, /conv_last\.bias {2}F32 \[3\]\n\nnetwork_g:/);
});

Deno.test("weights inspect --json is JSON, one object for one file and a list for several", async () => {
  const { out } = await run("inspect", "--json", ncnn("rrdb2.pth"));
  const report = JSON.parse(out);
  assert.deepEqual(report.sets, [{ key: "params", tensors: 42 }]);
  assert.deepEqual(report.network.network_g.type, "RRDBNet");
  assert.deepEqual([report.network.scale, report.network.parameters], [2, 3983]);
  assert.deepEqual(report.tensors[0], {
    name: "conv_first.weight",
    dtype: "F32",
    shape: [4, 12, 3, 3],
  });
  const list = JSON.parse((await run("inspect", "--json", ncnn("msr.pth"), ncnn("msr.pth"))).out);
  assert.equal(list.length, 2);
});

Deno.test("weights inspect of an unknown network lists names, without the terminal's commands", async () => {
  const { code, out } = await run("inspect", put("odd.pth", odd));
  assert.equal(code, ExitCode.OK);
  assert.match(out, /strange\?\[31m {2}F32 \[1\]/);
  assert.match(out, /network unknown: no known network/);
  assert.ok(!out.includes("\u001b"));
});

Deno.test("weights inspect goes on after a file that it cannot read, and ends with 1", async () => {
  const { code, out, err } = await run("inspect", join(folder, "gone.pth"), ncnn("compact.pth"));
  assert.equal(code, ExitCode.SOME_FAILED);
  assert.match(err, /gone\.pth: no such file/);
  assert.match(out, /SRVGGNetCompact/);
  assert.match(await refusal(ExitCode.DATA, "inspect", join(folder, "gone.pth")), /no such file/);
});

Deno.test("weights convert goes round through every kind without a change", async () => {
  const [param, pth, safe] = ["a.param", "a.pth", "a.safetensors"].map((name) =>
    join(folder, name)
  );
  const { out } = await run("convert", ncnn("rrdb2.pth"), "-o", param!);
  assert.ok(
    out.includes(`wrote ${join(folder, "a.bin")} and ${param}: RRDBNet, 42 tensors with 3,983`),
  );
  await run("convert", param!, "--output", safe!);
  await run("convert", safe!, "-o", pth!);
  const silent = { say: () => {} };
  assert.deepEqual(await loadWeights(pth!, silent), await loadWeights(ncnn("rrdb2.pth"), silent));
  // With --half as pnnx wrote it: half of the bytes, but for biases.
  await run("convert", pth!, "-o", param!, "--half", "--overwrite");
  assert.equal(
    (await Deno.stat(join(folder, "a.bin"))).size,
    (await Deno.stat(ncnn("rrdb2.ncnn.bin"))).size,
  );
});

Deno.test("weights convert keeps params and params_ema; an ncnn model takes the average", async () => {
  const params = await loadWeights(ncnn("compact.pth"));
  const params_ema: StateDict = new Map(
    [...params].map(([name, { shape, data }]) => [
      name,
      float32Tensor(shape, (data as Float32Array).map((x) => x + 1)),
    ]),
  );
  const file = put("both.pth", { params, params_ema });
  const [safe, param] = [join(folder, "both.safetensors"), join(folder, "both.param")];
  const said = await run("convert", file, "-o", safe);
  assert.match(said.out, /in each of params and params_ema/);
  const silent = { say: () => {} };
  assert.deepEqual(await loadWeights(safe, { paramKey: "params_ema", ...silent }), params_ema);
  const { err } = await run("convert", file, "-o", param);
  assert.match(err, /holds one set, using "params_ema"/);
  assert.deepEqual(await loadWeights(param, silent), params_ema);
  await run("convert", file, "-o", param, "--param_key", "params", "--overwrite");
  assert.deepEqual(await loadWeights(param, silent), params);
});

Deno.test("weights convert does not overwrite, unless --overwrite is given", async () => {
  const file = ncnn("compact.pth");
  const bin = join(folder, "there.bin"), param = join(folder, "there.param");
  await Deno.writeTextFile(bin, "mine");
  assert.match(
    await refusal(ExitCode.USAGE, "convert", file, "-o", param),
    /there\.bin exists already/,
  );
  assert.equal(await Deno.readTextFile(bin), "mine");
  await assert.rejects(Deno.stat(param), Deno.errors.NotFound);
  await run("convert", file, "-o", param, "--overwrite");
  assert.equal((await Deno.stat(param)).isFile, true);
});

Deno.test("weights convert says what no tensor shows", async () => {
  const leaky = await run("convert", ncnn("compact_leaky.ncnn.param"), "-o", join(folder, "l.pth"));
  assert.match(leaky.err, /no tensor shows act_type: leakyrelu; name it in network_g/);
  const relu = await run("convert", join(folder, "l.pth"), "-o", join(folder, "l.param"));
  assert.match(relu.err, /whether the activation is relu or leakyrelu; written as relu/);
});

Deno.test("weights convert of an unknown network keeps names, but makes no ncnn model", async () => {
  const file = put("unknown.pth", odd);
  const { err } = await run("convert", file, "-o", join(folder, "unknown.safetensors"));
  assert.match(err, /network is not known, so that tensors keep their names/);
  assert.match(
    await refusal(ExitCode.DATA, "convert", file, "-o", join(folder, "unknown.param")),
    /unknown\.pth: no known network/,
  );
  assert.match(
    await refusal(ExitCode.DATA, "convert", ncnn("msr.pth"), "-o", join(folder, "msr.param")),
    /MSRResNet cannot be written as an ncnn model/,
  );
});

Deno.test("weights refuses command lines that make no sense", async () => {
  for (
    const words of [[], ["inspect"], ["convert", "a"], ["convert", "a", "b", "-o", "c.pth"], [
      "show",
      "a",
    ]]
  ) {
    assert.match(await refusal(ExitCode.USAGE, ...words), /weights needs `inspect FILE…`, or/);
  }
  assert.match(
    await refusal(ExitCode.USAGE, "convert", "a", "-o", "b.onnx"),
    /must be \.safetensors/,
  );
});

Deno.test("yamlBlock() is YAML that reads back as the same options", async () => {
  const options = {
    text: "plain",
    yes: "yes",
    odd: "a: b # c",
    empty: "",
    number: 1e-7,
    list: [6, 6.5, [1, "x"]],
    nothing: null,
    flag: false,
    map: { a: 1, "b c": [2] },
  };
  const parsed = await parseYaml(yamlBlock("network_g", "Net", options), "block.yml");
  assert.deepEqual(parsed, { network_g: { type: "Net", ...options } });
});

Deno.test("deno task weights runs with the permissions of its task: no engine, no network, no library", async () => {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  ) as { tasks: Record<string, { command: string }> };
  const words = config.tasks["weights"]!.command.split(" ");
  assert.deepEqual(words.slice(0, 2), ["deno", "run"]);
  for (const word of words) assert.doesNotMatch(word, /-A$|allow-(all|ffi|net|run|sys)/);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words.slice(1), "inspect", "--json", ncnn("compact.pth")],
    cwd: fileURLToPath(new URL("../../../", import.meta.url)),
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(JSON.parse(new TextDecoder().decode(stdout)).network.network_g.num_feat, 4);
});
