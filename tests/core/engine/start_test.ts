/** Tests of choosing and starting engines. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { findLibrary } from "../../../core/engine/native/mod.ts";
import { preloadEngine, startEngine } from "../../../core/engine/start.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { isSoftwareAdapter } from "../../../core/engine/webgpu.ts";
import { forEachEngine } from "./_engines.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

await forEachEngine(
  "starts, says what it is, computes, and starts again after dispose()",
  async (engine) => {
    const { name } = engine;
    assert.match(engine.description, new RegExp(`^${name}: .*float32$`));
    assert.ok(engine.devices.length > 0);
    assert.equal(engine.codecSpec.kind, name === "native" ? "native" : "imagescript");
    for (let again = engine, round = 0; round < 3; round++) {
      const before = tf.memory().numTensors;
      const x = tf.tensor([1, 2, 3]);
      const y = tf.mul(x, 2);
      await again.sync();
      assert.deepEqual([...await y.data()], [2, 4, 6]);
      tf.dispose([x, y]);
      assert.equal(tf.memory().numTensors, before);
      tf.variable(tf.scalar(1), true, "same name in each round");
      await again.dispose();
      await again.dispose();
      if (round < 2) again = await startEngine({ engine: name });
    }
  },
);

await forEachEngine("a training loop keeps the number of tensors", async () => {
  const weights = tf.variable(tf.randomNormal([3, 3, 3, 3], 0, 0.1, "float32", 3));
  const x = tf.randomUniform([2, 8, 8, 3], 0, 1, "float32", 4) as Tensor4D;
  const optimizer = tf.train.adam(0.01);
  const losses: number[] = [];
  const counts: number[] = [];
  for (let step = 0; step < 6; step++) {
    const loss = optimizer.minimize(
      () => tf.losses.meanSquaredError(x, tf.conv2d(x, weights as never, 1, "same")) as Scalar,
      true,
    )!;
    losses.push((await loss.data())[0]!);
    loss.dispose();
    counts.push(tf.memory().numTensors);
  }
  assert.ok(losses.at(-1)! < losses[0]!, `losses ${losses}`);
  assert.equal(new Set(counts.slice(1)).size, 1, `tensors after each step: ${counts}`);
  optimizer.dispose();
  tf.dispose([weights, x]);
});

await forEachEngine(
  "random numbers have their range and moments, and repeat with their seed",
  async () => {
    const size = [20000];
    const kinds = {
      uniform: (seed: number) => tf.randomUniform(size, -1, 3, "float32", seed),
      normal: (seed: number) => tf.randomNormal(size, 1, 2, "float32", seed),
      truncated: (seed: number) => tf.truncatedNormal(size, 0, 1, "float32", seed),
    };
    const moments = { uniform: [1, 4 / Math.sqrt(12)], normal: [1, 2], truncated: [0, 0.88] };
    const ranges = { uniform: [-1, 3], normal: [-12, 14], truncated: [-2, 2] };
    for (const kind of ["uniform", "normal", "truncated"] as const) {
      const values = await take(kinds[kind](5));
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
      assert.ok(Math.abs(mean - moments[kind][0]!) < 0.05, `${kind}: mean ${mean}`);
      assert.ok(Math.abs(std - moments[kind][1]!) < 0.05, `${kind}: standard deviation ${std}`);
      assert.ok(values.every((v) => v >= ranges[kind][0]! && v <= ranges[kind][1]!), kind);
      assert.deepEqual(await take(kinds[kind](5)), values);
      assert.notDeepEqual(await take(kinds[kind](6)), values);
    }
  },
);

const library = await findLibrary();

Deno.test("startEngine() refuses a second engine while one runs", async () => {
  const engine = await startEngine({ engine: "cpu" });
  try {
    await assert.rejects(startEngine({ engine: "wasm" }), /the cpu engine is running: dispose it/);
  } finally {
    await engine.dispose();
  }
});

Deno.test("startEngine() ends with ENVIRONMENT when the named library is not there, for native and auto", async () => {
  for (const engine of ["native", "auto"] as const) {
    const lines: string[] = [];
    await assert.rejects(
      startEngine({
        engine,
        library: "/nowhere/libtensorflow.so",
        say: (line) => lines.push(line),
      }),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
        assert.match(error.message, /\/nowhere\/libtensorflow\.so/);
        return true;
      },
    );
    assert.deepEqual(lines, [], "what a user named is not replaced");
  }
});

Deno.test("startEngine() falls back to wasm aloud, with leave to read the project alone", async () => {
  const { code, output } = await program(`
    const engine = await startEngine({ say: (line) => console.log("said:", line) });
    console.log("started:", engine.description);
    const image = { width: 1, height: 1, channels: 1, data: new Uint8Array([7]) };
    console.log("codec:", (await engine.codec.decode(await engine.codec.encodePng(image), "x")).data[0]);
    await engine.dispose();`);
  assert.equal(code, 0, output);
  assert.match(output, /said: native: libtensorflow was found nowhere: run `deno task setup`/);
  assert.match(output, /said: webgpu: /);
  assert.match(output, /said: using wasm instead of native/);
  assert.match(output, /started: wasm: TensorFlow\.js on WebAssembly/);
  assert.match(output, /codec: 7/);
});

Deno.test("preloadEngine() never rejects, loads nothing for engines without a library, and leaves native as it is", async () => {
  await (await preloadEngine("wasm")).done;
  const preloading = await preloadEngine("auto");
  if (await findLibrary() !== undefined) {
    // Begun while the library loads, on another thread.
    const engine = await startEngine({ engine: "native" });
    assert.equal(engine.name, "native");
    await engine.dispose();
  }
  await preloading.done;
});

Deno.test("startEngine() never replaces an engine that was named: native without a library ends with advice", async () => {
  const { code, output } = await program(`
    try { await startEngine({ engine: "native" }); }
    catch (error) { console.log(error.exitCode, error.message); Deno.exit(9); }`);
  assert.equal(code, 9, output);
  assert.match(output, /^3 the native engine cannot start: .*deno task setup.*--engine wasm/m);
});

Deno.test("startEngine() refuses to load libtensorflow after WebGPU's drivers, which would crash", {
  ignore: Deno.build.os !== "linux" || library === undefined,
}, async () => {
  const { code, output } = await program(`
    const { findAdapter } = await import(${JSON.stringify(`${root}core/engine/webgpu.ts`)});
    await findAdapter();
    try { await startEngine({ engine: "native" }); }
    catch (error) { console.log(error.exitCode, error.message); Deno.exit(9); }`);
  assert.equal(code, 9, output);
  assert.match(output, /^3 .*WebGPU was used in this process before/m);
});

Deno.test("isSoftwareAdapter() knows the adapters that compute on the CPU", () => {
  const info = { vendor: "", architecture: "", device: "", description: "" };
  for (
    const description of [
      "llvmpipe (LLVM 15.0.6, 256 bits)",
      "SwiftShader Device (LLVM 10.0.0)",
      "Microsoft Basic Render Driver",
    ]
  ) assert.ok(isSoftwareAdapter({ ...info, description }), description);
  assert.ok(isSoftwareAdapter({ ...info, isFallbackAdapter: true }));
  for (const description of ["NVIDIA H200", "AMD Radeon RX 7900 XTX (RADV NAVI31)", "Apple M3"]) {
    assert.ok(!isSoftwareAdapter({ ...info, description, isFallbackAdapter: false }), description);
  }
});

async function take(
  tensor: { data(): Promise<ArrayLike<number>>; dispose(): void },
): Promise<number[]> {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

/** Runs code that may read the project and ask for environment variables, and nothing else: no library, no FFI. */
async function program(code: string): Promise<{ code: number; output: string }> {
  const start = JSON.stringify(`${root}core/engine/start.ts`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-prompt",
      "--no-check",
      "--quiet",
      "--allow-env",
      `--allow-read=${root}`,
      "-",
    ],
    cwd: root,
    env: { DENOSR_LIBTENSORFLOW: "", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(`const { startEngine } = await import(${start});\n${code}`),
  );
  await writer.close();
  const { code: status, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code: status, output: text.decode(stdout) + text.decode(stderr) };
}
