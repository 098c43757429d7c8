/**
 * Every registered arch against the numbers of BasicSR and spandrel. A new case needs its folder, and its row in
 * `tests/data/parity/arch/index.json` or `tests/data/parity/extra/index.json`; nothing else.
 */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork, type Module, padToMultiple } from "../../../core/nn/mod.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { loadWeights, type StateDict } from "../../../core/weights/mod.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import {
  assertNear,
  channelsFirst,
  channelsLast,
  detectCases,
  type Detected,
  extraCases,
  hasParityFile,
  type ParityCase,
  parityCases,
  parityPath,
  parityTensor,
  parityTensors,
  parityWeights,
} from "../../core/nn/_parity.ts";

await loadPlugins();

/** Names of spandrel's classes that are ours under another one. */
const NAMES: { readonly [name: string]: string } = {
  ESRGAN: "RRDBNet",
  Compact: "SRVGGNetCompact",
};

/** The option block of a case as ours, or undefined if there is no such arch. */
function optionsOf({ config, config_basicsr }: ParityCase): TypedOptions | undefined {
  const block = config_basicsr ?? config;
  const type = NAMES[block.type] ?? block.type;
  return ARCH_REGISTRY.find(type) && { ...block, type };
}

// The tolerances are those of the fixtures: ten times PyTorch's own float32 error, measured against float64.
const cases = parityCases("arch").filter((c) => optionsOf(c));
const extra = extraCases().filter((c) => ARCH_REGISTRY.find(optionsOf(c)?.type ?? "")?.weights);

Deno.test("there are parity cases for EDSR, RCAN, MSRResNet and RRDBNet", () => {
  const types = new Set(cases.map(({ config }) => config.type));
  for (const type of ["EDSR", "RCAN", "MSRResNet", "RRDBNet"]) assert(types.has(type), type);
});

Deno.test("archs give BasicSR's outputs and gradients, compiled and eager", async (test) => {
  const engine = await testEngine();
  try {
    const seen = new Set<string>();
    for (const c of cases) {
      await test.step(c.name, async () => {
        const net = buildNetwork<Tensor>(optionsOf(c)!, 0);
        // One case of each arch runs as it stands too; where nothing can be compiled both are the same.
        const eager = engine.name === "native" && !seen.has(c.config.type)
          ? [false, true]
          : [false];
        seen.add(c.config.type);
        const dict = parityWeights(c);
        for (const mode of eager) await checkCase(c, net, dict, mode);
        await checkState(c, net, dict);
        net.dispose();
      });
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("networks of spandrel are detected with their options and give its outputs", async (test) => {
  const engine = await testEngine();
  try {
    for (const c of extra) {
      await test.step(c.name, async () => {
        const dict = parityWeights(c);
        const { pth, only_in_pth } = c.weights;
        let options = optionsOf(c)!;
        let weights = dict;
        // Some options are told by tensors that only the `.pth` has.
        if (only_in_pth === undefined) {
          const found = detectNetwork(dict);
          checkDetected(found, c.detected!, options);
          options = { ...found.options, type: found.type };
          ({ weights } = found);
        }
        const net = buildNetwork<Tensor>(options, 0);
        await checkCase(c, net, weights, false);
        if (pth !== undefined && hasParityFile(pth.file)) {
          const file = await loadWeights(parityPath(pth.file), { paramKey: pth.param_key });
          const found = detectNetwork(file);
          checkDetected(found, c.detected!, optionsOf(c)!);
          checkDerived(await net.stateDict(), found.weights);
        }
        net.dispose();
      });
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("spandrel's findings in other files are ours", async (test) => {
  for (const { name, inputs, outputs: { detected } } of detectCases()) {
    const { architecture, loads = true } = detected as Detected & { architecture: string };
    const type = NAMES[architecture] ?? architecture;
    if (!loads || !ARCH_REGISTRY.find(type)?.weights) continue;
    await test.step(name, async () => {
      const file = await loadWeights(parityPath(inputs.file), { say: () => {} });
      checkDetected(detectNetwork(file), detected, { type });
    });
  }
});

/** Outputs in both modes, what training changes, and gradients. */
async function checkCase(
  { name, inputs, outputs, tolerance }: ParityCase,
  net: Module<Tensor>,
  dict: StateDict,
  eager: boolean,
): Promise<void> {
  const images = Object.values(inputs).filter(({ used_for }) => used_for === undefined)
    .map((ref) => channelsLast(parityTensor(ref)));
  for (const [key, mode] of [["output", "eval"], ["output_train", "train"]] as const) {
    const want = outputs[key];
    if (want === undefined) continue;
    net.loadStateDict(dict);
    net.train(mode === "train");
    const forward = compile((...xs: Tensor[]) => fed(net, xs), { eager });
    const y = await forward(...images);
    forward.dispose();
    assertNear(await channelsFirst(y), parityTensor(want), tolerance[key]!, `${name} ${key}`);
    y.dispose();
  }
  const { after_train_forward: after, loss, grads } = outputs;
  if (after !== undefined) {
    const state = await net.stateDict();
    const stored = parityTensors(after.file);
    for (const key of after.names!) {
      const want = stored.get(after.prefix! + key)!;
      assertNear(state.get(key)!, want, tolerance["after_train_forward"]!, key);
    }
  }
  if (grads !== undefined) {
    net.loadStateDict(dict);
    net.train(grads.mode === "train");
    const target = channelsLast(parityTensor(inputs["target"]!));
    const parameters = net.namedParameters();
    const gradients = compile((target: Tensor, ...xs: Tensor[]) =>
      tf.variableGrads(
        () => tf.mean(tf.abs(tf.sub(net.forward(...xs), target))) as Scalar,
        [...parameters.values()].map((parameter) => parameter.value),
      ), { eager });
    const { value, grads: computed } = await gradients(target, ...images);
    const got = { shape: [], dtype: "F32", data: await value.data() as Float32Array } as const;
    const wanted = { ...got, data: Float32Array.of(loss!.value) };
    assertNear(got, wanted, tolerance["loss"]!, "loss");
    const stored = parityTensors(grads.file);
    for (const [key, parameter] of parameters) {
      // Writing the gradient into the parameter and reading it back undoes the device's layout.
      parameter.value.assign(computed[parameter.value.name]! as typeof parameter.value);
      assertNear(await parameter.read(), stored.get(key)!, tolerance["grads"]!, key);
    }
    tf.dispose([target, value, computed]);
    gradients.dispose();
  }
  tf.dispose(images);
}

/**
 * `net.forward`; images whose sizes it does not take are padded as `sizePadding` says, as spandrel's networks do by
 * themselves, and the output is cropped.
 */
function fed(net: Module<Tensor>, xs: Tensor[]): Tensor {
  const multiple = net.sizeMultiple;
  const [n, h, w] = xs[0]!.shape as [number, number, number];
  const padding = net.sizePadding;
  const fits = xs[0]!.rank !== 4 || (h % multiple === 0 && w % multiple === 0);
  if (fits || padding === "inside") return net.forward(...xs);
  const padded = padToMultiple(xs[0] as Tensor4D, multiple, padding);
  const y = net.forward(padded) as Tensor4D;
  const scale = y.shape[1] / padded.shape[1];
  return tf.slice(y, [0, 0, 0, 0], [n, h * scale, w * scale, y.shape[3]]);
}

/** Weights survive the round trip; with the `.pth` of the whole set, names, their order and derived tensors are PyTorch's. */
async function checkState(c: ParityCase, net: Module<Tensor>, dict: StateDict): Promise<void> {
  net.loadStateDict(dict);
  const state = await net.stateDict();
  for (const [key, { shape, data }] of dict) {
    const got = state.get(key);
    assert(got, key);
    assert.deepEqual([...got.shape], [...shape], key);
    assert.deepEqual(Array.from(got.data, Number), Array.from(data, Number), key);
  }
  const { pth } = c.weights;
  if (pth === undefined || !hasParityFile(pth.file)) return;
  const file = await loadWeights(parityPath(pth.file), { paramKey: pth.param_key });
  assert.deepEqual([...state.keys()], [...file.keys()]);
  for (const [key, { shape, dtype, data }] of file) {
    const got = state.get(key)!;
    assert.deepEqual([[...got.shape], got.dtype], [[...shape], dtype], key);
    // Counters are not in the fixture's own weights.
    if (key.endsWith("num_batches_tracked")) continue;
    assert.deepEqual(got.data, data, key);
  }
}

/** Names come in PyTorch's order, and tensors that a network derives, which loading leaves alone, are PyTorch's. */
function checkDerived(state: StateDict, file: StateDict): void {
  const shared = [...file.keys()].filter((key) => state.has(key));
  assert.deepEqual([...state.keys()].filter((key) => file.has(key)), shared);
  for (const key of shared.filter((key) => /index|mask|coords|biases$/.test(key))) {
    const [got, want] = [state.get(key)!, file.get(key)!];
    assert.deepEqual([...got.shape], [...want.shape], key);
    assert.equal(got.dtype === "I64", want.dtype === "I64", key);
    assert(got.data.every((v, i) => Math.abs(Number(v) - Number(want.data[i])) < 1e-3), key);
  }
}

/** Options that the arch has must be those of spandrel, and those that the case was made with. */
function checkDetected(
  found: ReturnType<typeof detectNetwork>,
  want: Detected,
  made: TypedOptions,
): void {
  assert.equal(found.type, made.type);
  assert.equal(found.scale, want.scale, "scale");
  // spandrel does not count the map of the noise level.
  const image = found.inputChannels - (found.noiseMap ? 1 : 0);
  assert.equal(image, want.input_channels, "input channels");
  assert.equal(found.outputChannels, want.output_channels, "output channels");
  const { type: _, ...block } = made;
  for (const [key, value] of Object.entries({ ...want.hyperparameters, ...block })) {
    if (!(key in found.options) || value === null) continue;
    assert.deepEqual(found.options[key], value, key);
  }
}
