import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { Conv2d, type Image, Module, relu } from "../../../core/nn/mod.ts";
import { at, profileNetwork } from "../../../core/nn/profile.ts";
import { NAFNet } from "../../../plugins/archs/nafnet_arch.ts";
import { RRDBNet } from "../../../plugins/archs/rrdbnet_arch.ts";
import { SwinIR } from "../../../plugins/archs/swinir_arch.ts";

/** Three convolutions of 8 channels, and a picture that is added at the end. */
class Chain extends Module<Image> {
  readonly a = new Conv2d(3, 8, 3);
  readonly b = new Conv2d(8, 8, 3);
  readonly c = new Conv2d(8, 3, 3);
  override forward(x: Image): Image {
    return tf.add(this.c.forward(relu(this.b.forward(relu(this.a.forward(x))))), x);
  }
}

Deno.test("profileNetwork() of three convolutions, as counted by hand", async () => {
  const profile = await profileNetwork(() => new Chain(), 3);
  assert.equal(profile.parameters, 9 * (3 * 8 + 8 * 8 + 8 * 3) + 8 + 8 + 3);
  assert.equal(profile.radius, 3);
  assert.deepEqual(profile.macs, { base: 0, perPixel: 9 * (24 + 64 + 24) });
  // The picture, what goes into the second convolution and what comes out; bias and ReLU write over that.
  assert.deepEqual(profile.bytes, { base: 0, perPixel: 4 * (3 + 8 + 8) });
  // Everything until the end: the picture, three results for each of the first two, two and the sum at the end.
  assert.deepEqual(profile.eagerBytes, { base: 0, perPixel: 4 * (3 + 3 * 8 + 3 * 8 + 2 * 3 + 3) });
});

Deno.test("profileNetwork() of an arch: radius, multiple, padding, and what does not grow", async () => {
  const naf = await profileNetwork(
    () => new NAFNet({ width: 4, enc_blk_nums: [1], dec_blk_nums: [1] }),
    3,
  );
  assert.deepEqual([naf.radius, naf.multiple, naf.padding], [Infinity, 2, "zeros"]);
  assert(naf.macs!.base > 0, "channel attention works on means");
  const swin = await profileNetwork(
    () => new SwinIR({ img_size: 8, embed_dim: 8, depths: [2], num_heads: [2], window_size: 4 }),
    3,
  );
  assert.equal(swin.radius, 9);
  assert(
    swin.bytes!.perPixel > 0 && swin.macs!.perPixel > 0,
    "a stated radius is no reason to count nothing",
  );
});

Deno.test("memory of a compiled RRDBNet is that of its last layers, whatever its length", async () => {
  const options = { num_in_ch: 3, num_out_ch: 3, num_feat: 16, num_grow_ch: 8 };
  const [short, long] = [
    await profileNetwork(() => new RRDBNet({ ...options, num_block: 1 }), 3),
    await profileNetwork(() => new RRDBNet({ ...options, num_block: 4 }), 3),
  ];
  // Two maps of all features at four times the size; the picture is not needed any more, but is the caller's.
  assert(
    Math.abs(short.bytes!.perPixel / (4 * (2 * 16 * 16)) - 1) < 0.1,
    `${short.bytes!.perPixel}`,
  );
  assert.equal(long.bytes!.perPixel, short.bytes!.perPixel);
  assert(long.macs!.perPixel > short.macs!.perPixel);
  assert.equal(at(long.bytes!, 100), 100 * long.bytes!.perPixel);
});

/** Looks at numbers. */
class Peeking extends Module<Image> {
  override forward(x: Image): Image {
    return tf.mul(x, x.dataSync()[0]!) as Tensor4D;
  }
}

Deno.test("a network that cannot be followed has a profile all the same", async () => {
  const profile = await profileNetwork(() => new Peeking(), 3);
  assert.equal(profile.radius, Infinity);
  assert.deepEqual([profile.macs, profile.bytes, profile.eagerBytes], [
    undefined,
    undefined,
    undefined,
  ]);
});
