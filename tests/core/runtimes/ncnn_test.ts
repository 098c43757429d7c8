/** Tests of the process that ncnn runs in, with Pythons that are none, and with ncnn where it is there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { ncnn } from "../../../core/runtimes/ncnn.ts";
import { Machine } from "../engine/native/_fakes.ts";
import { HAS_NCNN, MISSING, ncnnRuntime } from "./_ncnn.ts";

const ignore = Deno.build.os !== "linux";

/** What `ncnn()` says with a Python that does `script`. */
async function problemWith(script: string): Promise<UserError> {
  await using machine = await Machine.create();
  await machine.program("python", script);
  const python = join(machine.root, "bin", "python");
  const env = (name: string) => name === "DENOSR_PYTHON" ? python : undefined;
  const error = await ncnn({ env }).then(() => undefined, (error) => error);
  assert.ok(error instanceof UserError);
  return error;
}

Deno.test({
  name: "a Python without the package is named, and what to do",
  ignore,
  async fn() {
    const error = await problemWith(`echo '{"missing": "No module named ncnn"}'`);
    assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
    assert.match(
      error.message,
      /python lacks a package \(No module named ncnn\): run \S+ -m pip install ncnn==\S+, or .*DENOSR_PYTHON/,
    );
  },
});

Deno.test({
  name: "a Python that breaks off is said with its last lines",
  ignore,
  async fn() {
    const error = await problemWith("echo 'no good' >&2; exit 3");
    assert.match(error.message, /^ncnn's process ended with code 3:\nno good$/);
  },
});

Deno.test("a Python that is not there is named", async () => {
  const env = (name: string) => name === "DENOSR_PYTHON" ? "/nowhere/python" : undefined;
  await assert.rejects(ncnn({ env }), (error: UserError) => {
    assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
    assert.match(error.message, /^\/nowhere\/python does not start: name a Python with ncnn==/);
    return true;
  });
});

Deno.test("without a Python, and without leave to fetch one, the error says how to get it", async () => {
  const env = (name: string) => name === "DENOSR_CACHE" ? "/nowhere" : undefined;
  await assert.rejects(ncnn({ env, fetch: false }), /DENOSR_PYTHON/);
});

Deno.test({
  name: "files that are no models of images are refused by name" + MISSING,
  ignore: !HAS_NCNN,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "x.param");
      await assert.rejects(ncnnRuntime().open(path), /x\.param: ncnn does not read it$/);
      await Deno.writeTextFile(path, "7767517\n2 2\nInput in 0 1 in\nReLU r 1 1 in out\n");
      await Deno.writeFile(join(folder, "x.bin"), new Uint8Array());
      await assert.rejects(ncnnRuntime().open(path), (error: UserError) => {
        assert.equal(error.exitCode, ExitCode.DATA);
        assert.match(error.message, /it takes no blob data, or gives none named output/);
        return true;
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "several images are computed one after the other, and calls wait for each other" + MISSING,
  ignore: !HAS_NCNN,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "x.param");
      const lines = ["Input data 0 1 data", "BinaryOp twice 1 1 data output 0=2 1=1 2=2.0e+0"];
      await Deno.writeTextFile(path, `7767517\n2 2\n${lines.join("\n")}\n`);
      await Deno.writeFile(join(folder, "x.bin"), new Uint8Array());
      await using model = await ncnnRuntime().open(path);
      const data = Float32Array.from({ length: 2 * 3 * 5 * 3 }, (_, i) => i);
      const made = await Promise.all([
        model.run({ shape: [2, 3, 5, 3], data }),
        model.run({ shape: [1, 1, 1, 2], data: data.subarray(0, 2) }),
      ]);
      assert.deepEqual(made[0], { shape: [2, 3, 5, 3], data: data.map((value) => 2 * value) });
      assert.deepEqual(made[1], { shape: [1, 1, 1, 2], data: Float32Array.of(0, 2) });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
