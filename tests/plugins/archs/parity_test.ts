import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { forEachEngine } from "../../core/engine/_engines.ts";
import {
  assertNear,
  nchw,
  nhwc,
  type ParityCase,
  parityCases,
  parityTensor,
  parityTensors,
} from "../../core/nn/_parity.ts";

await loadPlugins();

// The tolerances are those of the fixtures: ten times PyTorch's own float32 error, measured against float64.
const cases = parityCases("arch").filter(({ config, weights }) =>
  ARCH_REGISTRY.find(config.type) && weights.views === undefined
);

Deno.test("there are parity cases for EDSR, RCAN, MSRResNet and RRDBNet", () => {
  const types = new Set(cases.map(({ config }) => config.type));
  for (const type of ["EDSR", "RCAN", "MSRResNet", "RRDBNet"]) assert(types.has(type), type);
});

await forEachEngine(
  "archs give BasicSR's outputs and gradients, compiled and eager",
  async (engine, test) => {
    // Where nothing can be compiled both are the same.
    for (const eager of engine.name === "native" ? [false, true] : [true]) {
      for (const parityCase of cases) {
        await test.step(`${parityCase.name}, ${eager ? "eager" : "compiled"}`, () =>
          check(parityCase, eager));
      }
    }
  },
);

async function check(
  { name, config, inputs, outputs, tolerance, weights }: ParityCase,
  eager: boolean,
): Promise<void> {
  const net = buildNetwork(config, 0).eval();
  const dict = parityTensors(weights.safetensors);
  net.loadStateDict(dict);
  const x = nhwc(parityTensor(inputs.input!));
  const forward = compile((x: Tensor4D) => net.forward(x) as Tensor4D, { eager });
  assertNear(await nchw(await forward(x)), parityTensor(outputs.output!), tolerance.output!, name);
  assert.deepEqual(await net.stateDict(), dict, "weights survive the round trip");
  forward.dispose();
  if (outputs.grads === undefined) return;

  const target = nhwc(parityTensor(inputs.target!));
  const parameters = net.namedParameters();
  const gradients = compile((x: Tensor4D, target: Tensor4D) =>
    tf.variableGrads(
      () => tf.mean(tf.abs(tf.sub(net.forward(x) as Tensor4D, target))) as Scalar,
      [...parameters.values()].map((parameter) => parameter.value),
    ), { eager });
  const { value, grads } = await gradients(x, target);
  const loss = { shape: [], dtype: "F32", data: await value.data() as Float32Array } as const;
  const wanted = { ...loss, data: Float32Array.of(outputs.loss!.value) };
  assertNear(loss, wanted, tolerance.loss!, "loss");
  const files = parityTensors(outputs.grads.file);
  for (const [key, parameter] of parameters) {
    // Writing the gradient into the parameter and reading it back undoes the device's layout.
    parameter.value.assign(grads[parameter.value.name]! as typeof parameter.value);
    assertNear(await parameter.read(), files.get(key)!, tolerance.grads!, key);
  }
  gradients.dispose();
}
