import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { filesOf, writableKind, writeWeights } from "../../../core/weights/convert.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { openWeights } from "../../../core/weights/open.ts";
import { float32Tensor, type StateDict } from "../../../core/weights/state_dict.ts";
import { fixturePath } from "./_build.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const say = () => {};

function one(value: number): StateDict {
  return new Map([["w", float32Tensor([1], Float32Array.of(value))]]);
}

async function value(path: string, paramKey?: string | null): Promise<unknown> {
  return (await loadWeights(path, { paramKey, say })).get("w")!.data[0];
}

async function fails(code: number, message: RegExp, act: () => unknown): Promise<void> {
  await assert.rejects(
    async () => await act(),
    (error) => error instanceof UserError && error.exitCode === code && message.test(error.message),
  );
}

Deno.test("writableKind() goes by the extension, and says which there are", async () => {
  assert.equal(writableKind("a.PTH"), "pth");
  assert.equal(writableKind("a.b.safetensors"), "safetensors");
  assert.deepEqual(filesOf("x/a.param"), ["x/a.bin", "x/a.param"]);
  for (const path of ["a.onnx", "a", "pth"]) {
    await fails(
      ExitCode.USAGE,
      /must be \.safetensors, \.pth or \.param/,
      () => writableKind(path),
    );
  }
});

Deno.test("writeWeights() writes one set bare or under params, several by key", async () => {
  for (const extension of ["pth", "safetensors"]) {
    const path = join(folder, `one.${extension}`);
    await writeWeights(path, { sets: new Map([["", one(1)]]) });
    assert.equal(await value(path, extension === "pth" ? "params" : null), 1);
    const both = join(folder, `both.${extension}`);
    await writeWeights(both, { sets: new Map([["params", one(1)], ["params_ema", one(2)]]) });
    assert.equal(await value(both, "params"), 1);
    assert.equal(await value(both, "params_ema"), 2);
  }
});

Deno.test("writeWeights() keeps metadata and adds format and checksum", async () => {
  const path = join(folder, "meta.safetensors");
  await writeWeights(path, { sets: new Map([["", one(1)]]), metadata: { license: "MIT" } });
  const { metadata } = await openWeights(path);
  assert.deepEqual(Object.keys(metadata), ["checksum", "format", "license"]);
  assert.equal(metadata["format"], "pt");
});

Deno.test("writeWeights() with half stores float16, and refuses what that cannot hold", async () => {
  const path = join(folder, "half.pth");
  await writeWeights(path, { sets: new Map([["", one(1 + 2 ** -20)]]) }, { half: true });
  assert.equal(await value(path), 1);
  await fails(
    ExitCode.DATA,
    /"w" holds values beyond 65504/,
    () => writeWeights(path, { sets: new Map([["", one(70000)]]) }, { half: true }),
  );
  assert.equal(await value(path), 1, "the old file is untouched");
});

Deno.test("writeWeights() writes ncnn models of networks that it knows, both files or none", async () => {
  const weights = await loadWeights(fixturePath("ncnn/compact.pth"));
  const options = { upscale: 2, act_type: "prelu" };
  const path = join(folder, "net.param");
  const sets = new Map([["", weights]]);
  await writeWeights(path, { sets, network: { type: "SRVGGNetCompact", options, weights } });
  const back = await loadWeights(path, { say });
  assert.deepEqual(back.get("body.6.weight")!.data, weights.get("body.6.weight")!.data);
  const other = join(folder, "other.param");
  await fails(
    ExitCode.DATA,
    /EDSR cannot be written/,
    () => writeWeights(other, { sets, network: { type: "EDSR", options, weights } }),
  );
  await fails(ExitCode.DATA, /needs the network/, () => writeWeights(other, { sets }));
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => /^other|tmp$/.test(name)), []);
});

Deno.test("writeWeights() into a folder that is not there is a STORAGE error", async () => {
  await fails(
    ExitCode.STORAGE,
    /cannot be written/,
    () => writeWeights(join(folder, "gone", "a.pth"), { sets: new Map([["", one(1)]]) }),
  );
});
