import assert from "node:assert/strict";
import type { Tensor4D } from "../../../core/engine/tf.ts";
import {
  avgPool2d,
  interpolate,
  interpolateBy,
  pixelShuffle,
  pixelUnshuffle,
  Upsample,
} from "../../../core/nn/mod.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { forEachEngine } from "../engine/_engines.ts";
import { assertNear, nchw, nhwc, type ParityCase, parityCases, parityTensor } from "./_parity.ts";

type Op = (x: Tensor4D, config: ParityCase["config"]) => Tensor4D;

const OPS: { readonly [fn: string]: Op } = {
  pixel_shuffle: (x, { scale }) => pixelShuffle(x, scale),
  pixel_unshuffle: (x, { scale }) => pixelUnshuffle(x, scale),
  avg_pool2d: (x, { kernel_size }) => avgPool2d(x, kernel_size),
  interpolate: (x, { size, scale_factor, mode, align_corners }) => {
    const options = { mode, alignCorners: align_corners };
    return size ? interpolate(x, size, options) : interpolateBy(x, scale_factor!, options);
  },
};

await forEachEngine("building blocks give the numbers of PyTorch", async (_engine, test) => {
  let count = 0;
  for (const { name, config, inputs, outputs, tolerance } of parityCases("op")) {
    const op = OPS[config.fn];
    if (!op) continue;
    count++;
    await test.step(name, async () => {
      const x = nhwc(parityTensor(inputs.x!));
      const y = op(x, config);
      assertNear(await nchw(y), parityTensor(outputs.output!), tolerance.output!, name);
      x.dispose();
      y.dispose();
    });
  }
  assert(count >= 12);
});

await forEachEngine("Upsample gives the numbers of BasicSR", async (_engine, test) => {
  const cases = parityCases("op").filter(({ config }) => config.fn === "Upsample");
  assert(cases.length >= 2);
  for (const { name, config, inputs, outputs, tolerance } of cases) {
    await test.step(name, async () => {
      const net = new Upsample(config.scale, config.num_feat);
      const weights: StateDict = new Map();
      for (const [key, ref] of Object.entries(inputs)) {
        const parts = /^(weight|bias)(\d)$/.exec(key);
        if (parts) weights.set(`${parts[2]}.${parts[1]}`, parityTensor(ref));
      }
      net.loadStateDict(weights);
      const x = nhwc(parityTensor(inputs.x!));
      const y = net.forward(x);
      assertNear(await nchw(y), parityTensor(outputs.output!), tolerance.output!, name);
    });
  }
});
