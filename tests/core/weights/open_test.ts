import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, type ExitCodeValue, UserError } from "../../../core/errors.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { openWeights } from "../../../core/weights/open.ts";
import { selectParams } from "../../../core/weights/select.ts";
import { bytesOf, fixture, fixturePath, raw } from "./_build.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  Deno.writeFileSync(path, bytes);
  return path;
}

async function fails(path: string, code: ExitCodeValue, message: RegExp): Promise<void> {
  await assert.rejects(
    openWeights(path),
    (error) => error instanceof UserError && error.exitCode === code && message.test(error.message),
  );
}

function manifest(paths: readonly string[], count: number): Uint8Array {
  return bytesOf(JSON.stringify({
    format: "layers-model",
    weightsManifest: [{
      paths,
      weights: [{ name: "conv/bias", shape: [count], dtype: "float32" }],
    }],
  }));
}

Deno.test("openWeights() says the kind of each file and which files it has", async () => {
  const kinds = async (path: string) => {
    const { kind, files } = await openWeights(path);
    return [kind, files.length];
  };
  assert.deepEqual(await kinds(fixturePath("zip.pth")), ["pth", 1]);
  assert.deepEqual(await kinds(fixturePath("legacy_bare.pth")), ["legacy pth", 1]);
  assert.deepEqual(await kinds(fixturePath("zip.safetensors")), ["safetensors", 1]);
  assert.deepEqual(await kinds(fixturePath("ncnn/compact.ncnn.param")), ["ncnn", 2]);
  put("shard", raw(Float32Array.of(1, 2)));
  assert.deepEqual(await kinds(put("model.json", manifest(["shard"], 2))), ["tfjs layers", 2]);
});

Deno.test("openWeights() finds an ncnn model by either of its files", async () => {
  const [param, bin] = [fixturePath("ncnn/rrdb2.ncnn.param"), fixturePath("ncnn/rrdb2.ncnn.bin")];
  const weights = async (path: string) => selectParams((await openWeights(path)).root, null);
  assert.deepEqual(await weights(bin), await weights(param));
  const { files, byteLength, named } = await openWeights(bin);
  assert.deepEqual([files, byteLength, named], [[bin, param], 8168 + 5161, true]);
});

Deno.test("openWeights() says what an ncnn model lacks", async () => {
  const text = fixture("ncnn/compact.ncnn.param");
  await fails(put("lone.param", text), ExitCode.DATA, /lone\.bin: no such file/);
  await fails(put("lone.txt", text), ExitCode.STORAGE, /under another name/);
  await fails(put("lone.bin2", fixture("ncnn/compact.ncnn.bin")), ExitCode.STORAGE, /unknown kind/);
  put("cut.bin", fixture("ncnn/compact.ncnn.bin").subarray(0, 500));
  await fails(
    put("cut.param", text),
    ExitCode.STORAGE,
    /cut\.param: .* damaged: the \.bin file ends/,
  );
});

Deno.test("loadWeights() names the tensors of other ncnn models after the network, and says so", async () => {
  const path = fixturePath("ncnn/msr.ncnn.param");
  const truth = await loadWeights(fixturePath("ncnn/msr.pth"));
  const shapes = new Map([...truth].map(([name, { shape }]) => [name, shape]));
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  // "params" is what options files ask for; a kind with a single set has no keys.
  const named = await loadWeights(path, { shapes, paramKey: "params", say });
  assert.deepEqual([...named.keys()], [...truth.keys()]);
  assert.deepEqual(said, [
    `${path}: its 18 tensors have no names, taken for those of the network in order`,
  ]);
  assert.equal([...(await loadWeights(path, { say })).keys()][0], "convrelu_0.weight");
  const other = new Map([["w", [1]]]);
  await assert.rejects(loadWeights(path, { shapes: other, say }), /"w" should be \[1\]/);
});

Deno.test("openWeights() joins the shards of a layers model", async () => {
  put("one", raw(Float32Array.of(1)));
  put("two", raw(Float32Array.of(2, 3)));
  const path = put("shards.json", manifest(["one", "two"], 3));
  const weights = await loadWeights(path, { say: () => {} });
  assert.deepEqual([...weights.get("conv.bias")!.data], [1, 2, 3]);
});

Deno.test("openWeights() refuses shards that are missing, too short, links or elsewhere", async () => {
  await fails(put("a.json", manifest(["gone"], 1)), ExitCode.STORAGE, /gone is missing/);
  put("short", new Uint8Array(3));
  await fails(put("b.json", manifest(["short"], 1)), ExitCode.STORAGE, /wants 4 bytes .* have 3/);
  await fails(put("c.json", manifest(["../x"], 1)), ExitCode.DATA, /refused to load/);
  const inner = join(folder, "inner");
  await Deno.mkdir(inner);
  put("secret", raw(Float32Array.of(1)));
  await Deno.symlink(join(folder, "secret"), join(inner, "link"));
  const path = put("inner/model.json", manifest(["link"], 1));
  await fails(path, ExitCode.DATA, /is a link out of its folder/);
});

Deno.test("openWeights() names a SavedModel by its folder and refuses it", async () => {
  await Deno.mkdir(join(folder, "saved"));
  put("saved/saved_model.pb", bytesOf(8, 1));
  await fails(
    join(folder, "saved"),
    ExitCode.DATA,
    /is a TensorFlow SavedModel, which is a program/,
  );
  await fails(
    put("net.onnx", fixture("ncnn/compact.pnnx.onnx")),
    ExitCode.STORAGE,
    /it is an ONNX model, which is a program to run, not weights/,
  );
});
