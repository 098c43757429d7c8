import assert from "node:assert/strict";
import {
  conv2dBiasLayout,
  conv2dLayout,
  conv2dTransposeLayout,
  depthwiseLayout,
  linearLayout,
  plain,
  toDevice,
  toTorch,
} from "../../../core/nn/layout.ts";

const LAYOUTS = {
  plain: plain([2, 3]),
  conv2d: conv2dLayout([8, 3, 2, 5]),
  "conv2d before a shuffle": conv2dLayout([18, 2, 3, 3], 3),
  "bias before a shuffle": conv2dBiasLayout([12], 2),
  conv2dTranspose: conv2dTransposeLayout([2, 3, 4, 4]),
  depthwise: depthwiseLayout([6, 1, 3, 3], 3),
  linear: linearLayout([4, 7]),
};

for (const [name, layout] of Object.entries(LAYOUTS)) {
  Deno.test(`layout ${name}: toTorch undoes toDevice`, () => {
    const size = layout.view.reduce((n, k) => n * k, 1);
    assert.equal(layout.shape.reduce((n, k) => n * k, 1), size);
    const data = Float32Array.from({ length: size }, (_, i) => i);
    const moved = toDevice(data, layout);
    assert.deepEqual(toTorch(moved, layout), data);
    assert.deepEqual([...moved].sort((a, b) => a - b), [...data], "a permutation");
  });
}

Deno.test("conv2dLayout moves (o, i, y, x) to [y, x, i, o]", () => {
  const layout = LAYOUTS.conv2d;
  assert.deepEqual(layout.shape, [2, 5, 3, 8]);
  const data = Float32Array.from({ length: 240 }, (_, i) => i);
  const o = 6, i = 1, y = 1, x = 3;
  assert.equal(
    toDevice(data, layout)[((y * 5 + x) * 3 + i) * 8 + o],
    ((o * 3 + i) * 2 + y) * 5 + x,
  );
});

Deno.test("conv2dBiasLayout takes channel c·s² + k to k·C + c", () => {
  const moved = toDevice(Float32Array.from({ length: 12 }, (_, i) => i), conv2dBiasLayout([12], 2));
  assert.deepEqual([...moved], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
});
