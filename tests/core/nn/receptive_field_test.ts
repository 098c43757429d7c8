import assert from "node:assert/strict";
import fc from "fast-check";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork, type Image, Module, windowedRadius } from "../../../core/nn/mod.ts";
import { receptiveField } from "../../../core/nn/receptive_field.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { BandAssembler } from "../../../core/restore/band_assembler.ts";
import { TileCutter } from "../../../core/restore/tile_cutter.ts";
import { planTiles } from "../../../core/restore/tiles.ts";
import { randomize, smallOptions } from "../../plugins/archs/_nets.ts";
import { testEngine } from "../engine/_engines.ts";
import * as reference from "./_reference.ts";

await loadPlugins();
await testEngine();

/** What a small network of an arch is, and what is known of it. */
interface Row {
  /** Pixels; Infinity where channels or the whole picture are looked at. */
  readonly radius: number;
  /** Least that a change of one pixel must reach; default the radius less 2. */
  readonly reached?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of the weights, default 1. */
  readonly seed?: number;
}

/** All archs that make a picture of a picture. Radii of convolutions by hand: the sum of (kernel - 1) / 2, by scale. */
const ROWS: { readonly [type: string]: Row } = {
  ATD: { radius: Infinity },
  DAT: { radius: Infinity },
  DRUNet: { radius: 53, reached: 40, options: { nc: [4, 4, 8, 8], nb: 1 } },
  DnCNN: { radius: 3 },
  ECBSR: { radius: 3 },
  EDSR: { radius: 6 },
  FFDNet: { radius: 7 },
  HAT: { radius: Infinity },
  MSRResNet: { radius: 5 },
  NAFNet: { radius: Infinity },
  OmniSR: { radius: Infinity },
  RCAN: { radius: Infinity },
  // Other numbers leave the only channel of the attention dead, or its gate full.
  RIDNet: {
    radius: Infinity,
    options: { mid_channels: 16, in_channels: 3, out_channels: 3, img_range: 1 },
    seed: 2,
  },
  // At half the resolution: 1 + 15 + 1 + … of 2 pixels.
  RRDBNet: { radius: 38, reached: 30 },
  RealPLKSR: {
    radius: 12,
    options: { dim: 8, n_blocks: 2, upscaling_factor: 2, kernel_size: 5, layer_norm: true },
  },
  Restormer: { radius: Infinity },
  SPAN: { radius: 21 },
  SRVGGNetCompact: { radius: 4 },
  SwinIR: { radius: 11, reached: 7 },
  Swin2SR: { radius: 13, reached: 7 },
};

/** Archs that make no picture. */
const OTHERS = [
  "InceptionV3",
  "UNetDiscriminatorSN",
  "VGGFeatureExtractor",
  "VGGStyleDiscriminator",
];

function block(type: string) {
  return { ...smallOptions(type), ...ROWS[type]?.options };
}

function channelsOf(type: string): number {
  const { options: schema, weights } = ARCH_REGISTRY.get(type);
  const { type: _, ...rest } = block(type);
  return weights!.traits(schema!.parse(rest) as Record<string, unknown>).inputChannels;
}

function fieldOf(type: string): Promise<{ radius: number; multiple: number }> {
  return receptiveField(() => buildNetwork(block(type), 1), channelsOf(type));
}

/** A network with random weights, small enough that activations neither die nor explode. */
function build(type: string): Module<Tensor4D> {
  const net = buildNetwork(block(type), 1) as Module<Tensor4D>;
  randomize(net, ROWS[type]?.seed);
  return net.eval();
}

function image(height: number, width: number, channels: number): Float32Array {
  return reference.random([height, width, channels], 7).data.map((v) => (v + 1) / 2);
}

async function run(
  net: Module<Tensor4D>,
  data: Float32Array,
  shape: [number, number, number, number],
): Promise<Float32Array> {
  const y = tf.tidy(() => net.forward(tf.tensor4d(data, shape)));
  const result = await y.data() as Float32Array;
  y.dispose();
  return result;
}

Deno.test("every arch has a row", () => {
  const names = ARCH_REGISTRY.entries().map(({ name }) => name).filter((n) => !OTHERS.includes(n));
  assert.deepEqual(names.toSorted(), Object.keys(ROWS).toSorted());
});

for (const [type, { radius, reached = radius - 2 }] of Object.entries(ROWS)) {
  Deno.test(`${type}: one pixel changes the output within ${radius} pixels, and up to about there`, async () => {
    const field = await fieldOf(type);
    assert.equal(field.radius, radius);
    const net = build(type), channels = channelsOf(type);
    const m = field.multiple;
    const far = Number.isFinite(radius) ? radius + 5 : 20;
    const size = Math.ceil((2 * far + 1) / m) * m;
    const shape: [number, number, number, number] = [1, size, size, channels];
    const data = image(size, size, channels);
    const before = await run(net, data, shape);
    let most = 0;
    // Not all places of a grid reach equally far.
    for (const offset of [0, Math.floor(m / 2)]) {
      const at = far + offset < size ? far + offset : far;
      const changed = data.slice();
      for (let c = 0; c < channels; c++) changed[(at * size + at) * channels + c]! += 0.7;
      const after = await run(net, changed, shape);
      const side = sideOf(before.length, size);
      const per = before.length / side ** 2;
      after.forEach((value, i) => {
        if (value === before[i]) return;
        const [y, x] = [Math.floor(i / per / side), Math.floor(i / per) % side];
        const s = side / size;
        most = Math.max(most, Math.abs(Math.floor(y / s) - at), Math.abs(Math.floor(x / s) - at));
      });
    }
    if (Number.isFinite(radius)) {
      assert(most <= radius, `reached ${most}`);
      assert(most >= reached, `reached ${most} only`);
    } else assert(most >= 15, `reached ${most} only`);
    net.dispose();
  });
}

/** Height of a square output, whose channels are as few as fit. */
function sideOf(elements: number, size: number): number {
  for (const scale of [2, 1]) {
    if ([1, 3].some((channels) => elements === (size * scale) ** 2 * channels)) return size * scale;
  }
  throw new Error(`${elements} elements of a picture of ${size}`);
}

const EXACT = Object.keys(ROWS).filter((type) => ROWS[type]!.radius <= 21);

Deno.test("tiled == whole within 1e-4 of the largest value for every arch with a finite radius", async () => {
  const nets = new Map(EXACT.map((type) => [type, build(type)]));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...EXACT),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 8, max: 30 }),
      async (type, width, height, tile) => {
        const net = nets.get(type)!, channels = channelsOf(type);
        const { sizeMultiple: multiple, sizePadding: padding } = net;
        const context = ROWS[type]!.radius;
        const data = image(height, width, channels);
        const restored = async (tile: number) => {
          const scale = SCALES[type] ?? 2;
          const plan = planTiles({ width, height, scale, tile, context, multiple, padding });
          const cutter = new TileCutter(plan, channels);
          cutter.push({ width, height, channels, data });
          let assembler: BandAssembler | undefined;
          for (const part of plan.tiles) {
            const { width: w, height: h } = plan.window;
            const y = await run(net, cutter.cut(part), [1, h, w, channels]);
            assembler ??= new BandAssembler(plan, y.length / (w * h * scale ** 2));
            assembler.add(part, y);
          }
          return assembler!.take()!.data;
        };
        const [got, want] = [await restored(tile), await restored(0)];
        const largest = want.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
        got.forEach((value, i) => {
          const far = Math.abs(value - want[i]!) / largest;
          assert(far <= 1e-4, `${type}: ${far} at ${i}`);
        });
      },
    ),
    { numRuns: 40, seed: 3, examples: EXACT.map((type) => [type, 61, 47, 17]) },
  );
  for (const net of nets.values()) net.dispose();
});

/** Scales of the small networks, where they are not 2. */
const SCALES: { readonly [type: string]: number } = { DnCNN: 1, FFDNet: 1 };

class Custom extends Module<Image> {
  constructor(readonly run: (x: Image) => Image) {
    super();
  }
  override forward(x: Image): Image {
    return this.run(x);
  }
}

const radiusOf = async (run: (x: Image) => Image): Promise<number> =>
  (await receptiveField(() => new Custom(run), 4)).radius;

Deno.test("what mixes places in other ways looks at everything", async () => {
  assert.equal(await radiusOf((x) => tf.reverse(x, [1])), Infinity);
  assert.equal(await radiusOf((x) => tf.transpose(x, [0, 2, 1, 3])), Infinity);
  assert.equal(await radiusOf((x) => tf.sub(x, tf.max(x, [1], true))), Infinity);
  assert.equal(await radiusOf((x) => tf.cumsum(x, 1)), Infinity);
  assert.equal(await radiusOf((x) => tf.image.resizeBilinear(x, [50, 50])), Infinity);
  // A picture that reads numbers cannot be followed at all.
  assert.equal(await radiusOf((x) => tf.mul(x, x.dataSync()[0]!)), Infinity);
});

Deno.test("what stays at its place, or moves a little, is followed", async () => {
  assert.equal(await radiusOf((x) => tf.softmax(tf.mul(x, 3))), 0);
  assert.equal(await radiusOf((x) => tf.reshape(tf.reshape(x, [-1, 4]), x.shape)), 0);
  const shifted = (x: Image): Image =>
    tf.slice(tf.pad(x, [[0, 0], [3, 0], [0, 0], [0, 0]]), [0, 0, 0, 0], x.shape);
  assert.equal(await radiusOf(shifted), 3);
  assert.equal(await radiusOf((x) => tf.add(shifted(x), tf.maxPool(x, 3, 1, "same"))), 3);
  assert.equal(await radiusOf((x) => tf.image.resizeNearestNeighbor(x, [128, 128])), 0);
  assert.equal(await radiusOf((x) => tf.onesLike(x)), 0);
});

Deno.test("windowedRadius() of two windows of 4 pixels, the second shifted, and of convolutions", () => {
  assert.equal(windowedRadius(4, ["window"]), 3);
  // A place of a shifted window sees two windows, of which it lies at the end of one.
  assert.equal(windowedRadius(4, ["window", "shifted"]), 5);
  assert.equal(windowedRadius(4, [1, 2]), 3);
  assert.equal(windowedRadius(4, ["window", 1]), 4);
});
