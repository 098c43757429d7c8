import assert from "node:assert/strict";
import { toFloat, toRaw8 } from "../../../core/data/convert.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { compile } from "../../../core/engine/compile.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { testEngine } from "../../core/engine/_engines.ts";

const restored = new URL("../../data/restored/", import.meta.url);
const weights = new URL("../../../experiments/pretrained_models/", import.meta.url);

await loadPlugins();
const engine = await testEngine();

async function picture(name: string): Promise<RawImage> {
  return await engine.codec.decode(await Deno.readFile(new URL(name, restored)), name);
}

for (
  const [name, type, parameters] of [
    ["realesr-animevideov3", "SRVGGNetCompact", 621_424],
    ["realesrgan-x4plus-anime", "RRDBNet", 4_467_779],
  ] as const
) {
  Deno.test(`${name}: the shipped file tells its network, and restores a picture as PyTorch does, within one level`, async () => {
    const file = new URL(`${name}.safetensors`, weights).pathname;
    const found = detectNetwork(await loadWeights(file, { say: () => {} }));
    assert.equal(found.type, type);
    assert.equal(found.parameters, parameters);
    assert.equal(found.scale, 4);

    const net = buildNetwork({ type, ...found.options }, 0).eval();
    net.loadStateDict(found.weights);
    const { width, height, data } = toFloat(await picture("lq.png"));
    const x = tf.tensor4d(data, [1, height, width, 3]);
    const forward = compile((x: Tensor4D) => net.forward(x));
    const y = await forward(x);
    const [, h, w] = y.shape;
    const got = toRaw8({
      width: w,
      height: h,
      channels: 3,
      data: await y.data() as Float32Array,
    });
    const want = await picture(`${name}.png`);
    assert.deepEqual([got.width, got.height], [want.width, want.height]);
    const furthest = got.data.reduce(
      (most, level, i) => Math.max(most, Math.abs(level - want.data[i]!)),
      0,
    );
    assert(furthest <= 1, `a pixel is ${furthest} levels away`);
    tf.dispose([x, y]);
    forward.dispose();
    net.dispose();
  });
}
