/** Tests of TensorFlow.js on the native engine, and of how it starts and ends. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import { ffiGrants, startNative } from "../../../../core/engine/native/mod.ts";
import { type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { nativeTest } from "./_native.ts";

const read = (tensor: Tensor) => [...tensor.dataSync()];
const start = (path: string) => startNative({ library: path, numGpu: 0 });

nativeTest("startNative() describes library, device and precision", async (library) => {
  const engine = await start(library.path);
  try {
    assert.equal(engine.name, "native");
    assert.match(
      engine.description,
      /^native: libtensorflow 2\.\d+\.\d+, CPU \(\d+ threads\), float32$/,
    );
    assert.deepEqual(engine.devices, ["CPU:0"]);
    assert.equal(engine.isGpu, false);
    assert.deepEqual(engine.codecSpec, { kind: "native", library: library.path });
    assert.equal(tf.getBackend(), "tensorflow");
    await engine.sync();
  } finally {
    await engine.dispose();
  }
});

nativeTest(
  "a second engine is refused while one runs, and starts after dispose()",
  async (library) => {
    const engine = await start(library.path);
    await assert.rejects(start(library.path), /a native engine is running already/);
    assert.deepEqual(read(tf.add([1], [2])), [3]);
    await engine.dispose();
    await engine.dispose();
    const again = await start(library.path);
    assert.deepEqual(read(tf.add([1], [2])), [3]);
    await again.dispose();
  },
);

nativeTest("kernels of tfjs-node compute what their names say", async (library) => {
  const engine = await start(library.path);
  try {
    tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
      const box = tf.ones([3, 3, 1, 1]) as Tensor4D;
      assert.deepEqual(read(tf.conv2d(x, box, 1, "same")), [12, 21, 16, 27, 45, 33, 24, 39, 28]);
      assert.deepEqual(read(tf.sum(x, [1, 2])), [45]);
      assert.deepEqual(read(tf.concat([tf.tensor1d([1]), tf.tensor1d([2, 3])])), [1, 2, 3]);
      assert.deepEqual(read(tf.greater(tf.tensor1d([1, 3]), 2)), [0, 1]);
      assert.deepEqual(read(tf.cast(tf.tensor1d([1.7, -1.7]), "int32")), [1, -1]);
      assert.deepEqual(read(tf.gather(tf.tensor1d([5, 6, 7]), tf.tensor1d([2, 0], "int32"))), [
        7,
        5,
      ]);
      assert.deepEqual(read(tf.real(tf.spectral.fft(tf.complex([1, 1], [0, 0])))), [2, 0]);
      assert.deepEqual(tf.split(tf.range(0, 6), 3).map(read), [[0, 1], [2, 3], [4, 5]]);
      assert.deepEqual(read(tf.pad(tf.tensor1d([1, 2]), [[1, 1]])), [0, 1, 2, 0]);
      assert.deepEqual(tf.tensor(["a", "bc"]).dataSync() as unknown, ["a", "bc"]);
      assert.deepEqual(read(tf.topk(tf.tensor1d([3, 9, 5]), 2).values), [9, 5]);
    });
    assert.equal(tf.memory().numTensors, 0);
    assert.equal(engine.binding.getNumOfTensors(), 0);
  } finally {
    await engine.dispose();
  }
});

nativeTest(
  "training steps leave no tensor behind, and data() agrees with dataSync()",
  async (library) => {
    const engine = await start(library.path);
    try {
      const x = tf.randomNormal([2, 8, 8, 3], 0, 1, "float32", 1) as Tensor4D;
      const w = tf.variable(tf.randomNormal([3, 3, 3, 12], 0, 0.1, "float32", 2)) as Tensor4D;
      const loss = () =>
        tf.mean(tf.square(tf.depthToSpace(tf.conv2d(x, w as never, 1, "same"), 2))).asScalar();
      const step = () =>
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(loss);
          for (const [name, grad] of Object.entries(grads)) {
            const variable = tf.engine().registeredVariables[name]!;
            variable.assign(tf.sub(variable, tf.mul(grad, 0.5)));
          }
          return tf.keep(value);
        });
      const first = step();
      const before = tf.memory().numTensors, handles = engine.binding.getNumOfTensors();
      for (let i = 0; i < 10; i++) step().dispose();
      const last = step();
      assert.equal(tf.memory().numTensors, before + 1);
      assert.equal(engine.binding.getNumOfTensors(), handles + 1);
      assert.deepEqual(await last.data(), last.dataSync());
      assert.ok(last.dataSync()[0]! < first.dataSync()[0]!);
    } finally {
      await engine.dispose();
    }
  },
);

nativeTest("startNative() refuses a path that holds no library", async () => {
  await assert.rejects(startNative({ library: "/nowhere/libtensorflow_cc.so.2" }), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
    assert.match(
      error.message,
      /library names \/nowhere\/libtensorflow_cc\.so\.2, but .*not exist/,
    );
    return true;
  });
});

/** Runs the program that computes on the engine with the given permissions; returns its output. */
async function runProgram(library: string, permissions: readonly string[]) {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--no-prompt",
      "--no-check",
      `--config=${root}deno.json`,
      ...permissions,
      fileURLToPath(new URL("_program.ts", import.meta.url)),
      library,
    ],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

nativeTest(
  "--allow-ffi=<folder of the library> alone is enough to train and to decode",
  async (library) => {
    const { code, stdout, stderr } = await runProgram(library.path, [
      `--allow-ffi=${dirname(library.path)}`,
    ]);
    assert.equal(stdout, "4 6 png 255\n", stderr);
    assert.equal(code, 0, stderr);
  },
);

nativeTest(
  "a start prints nothing with the permissions that ffiGrants() names",
  async (library) => {
    const grants = ffiGrants(library.path).join(",");
    assert.deepEqual(await runProgram(library.path, [`--allow-ffi=${grants}`]), {
      code: 0,
      stdout: "4 6 png 255\n",
      stderr: "",
    });
  },
);

nativeTest("a start prints nothing with all permissions", async (library) => {
  const { code, stderr } = await runProgram(library.path, ["--allow-all"]);
  assert.deepEqual([code, stderr], [0, ""]);
});
