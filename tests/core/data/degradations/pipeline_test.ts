import assert from "node:assert/strict";
import { toFloat, toRaw8 } from "../../../../core/data/convert.ts";
import { addJpgCompression } from "../../../../core/data/degradations/jpeg.ts";
import { degrade, parseDegradations } from "../../../../core/data/degradations/pipeline.ts";
import { resizeTo } from "../../../../core/data/degradations/resize.ts";
import { filter2D, usmSharp } from "../../../../core/data/degradations/filter.ts";
import { bivariateGaussian } from "../../../../core/data/degradations/kernels.ts";
import type { FloatImage } from "../../../../core/data/image.ts";
import { imresize } from "../../../../core/data/resize.ts";
import { Rng } from "../../../../core/random.ts";

const gt: FloatImage = {
  width: 48,
  height: 40,
  channels: 3,
  data: Float32Array.from({ length: 48 * 40 * 3 }, (_, i) => {
    const p = Math.floor(i / 3), x = p % 48, y = Math.floor(p / 48);
    return 0.5 + 0.4 * Math.sin(x * 0.7 + i % 3) * Math.cos(y * 0.4);
  }),
};

function run(steps: unknown, seed = 1, scale = 4): Uint8Array | Uint16Array {
  const { width, height, channels, data } = degrade(
    gt,
    parseDegradations(steps),
    scale,
    new Rng(seed, "sample"),
  );
  assert.deepEqual([width, height, channels], [48 / scale, 40 / scale, 3]);
  return data;
}

/** 8-bit samples of an image that was brought to a quarter. */
function finished(image: FloatImage): Uint8Array {
  return toRaw8(image).data;
}

const toLq = { type: "resize", resize_base: "lq", resize_prob: [0, 0, 1], resize_mode: ["area"] };
const jpeg = { type: "jpeg", jpeg_range: [30, 30] };

Deno.test("steps are made in the order in which they are written", () => {
  const small = resizeTo(gt, 12, 10, "area");
  assert.deepEqual(run([toLq, jpeg]), finished(addJpgCompression(small, 30)));
  const first = resizeTo(addJpgCompression(gt, 30), 12, 10, "area");
  assert.deepEqual(run([jpeg, toLq]), finished(first));
});

Deno.test("without a resize the result is brought to LQ's size by MATLAB's bicubic", () => {
  const blur = { type: "blur", kernel_list: ["iso"], kernel_prob: [1], sinc_prob: 0 };
  const one = { blur_kernel_size: 7, blur_sigma: [1, 1] };
  const blurred = filter2D(gt, bivariateGaussian({ size: 7, sigmaX: 1 }));
  assert.deepEqual(run([{ ...blur, ...one }]), finished(imresize(blurred, 1 / 4)));
  assert.deepEqual(run([{ type: "usm" }]), finished(imresize(usmSharp(gt), 1 / 4)));
});

Deno.test("a step is made with its prob, a group's steps with theirs", () => {
  const plain = finished(imresize(gt, 1 / 4));
  assert.deepEqual(run([{ ...jpeg, prob: 0 }, { type: "one_of", prob: 0, steps: [jpeg] }]), plain);
  let made = 0;
  for (let seed = 0; seed < 60; seed++) {
    if (run([{ ...jpeg, prob: 0.3 }], seed).some((v, i) => v !== plain[i])) made++;
  }
  assert.ok(made > 8 && made < 30, `${made} of 60`);
});

Deno.test("one_of makes one step, by step_prob; shuffle makes all, in either order", () => {
  const small = resizeTo(gt, 12, 10, "area");
  const a = finished(small).join(), b = finished(addJpgCompression(small, 30)).join();
  const c = run([jpeg, toLq]).join();
  const results = (group: unknown) =>
    new Set(Array.from({ length: 12 }, (_, seed) => run([group], seed).join()));
  const pair = { type: "sequence", steps: [toLq, jpeg] };
  assert.deepEqual(results({ type: "one_of", steps: [toLq, pair] }), new Set([a, b]));
  assert.deepEqual(results({ type: "one_of", step_prob: [0, 2], steps: [toLq, pair] }).size, 1);
  assert.deepEqual(results({ type: "shuffle", steps: [toLq, jpeg] }), new Set([b, c]));
});

/** Real-ESRGAN's two rounds; what is left out has its defaults. */
const realEsrgan = [
  { type: "usm" },
  { type: "blur" },
  { type: "resize" },
  { type: "noise" },
  { type: "jpeg" },
  { type: "blur", prob: 0.8, blur_sigma: [0.2, 1.5] },
  { type: "resize", resize_base: "lq", resize_prob: [0.3, 0.4, 0.3], resize_range: [0.3, 1.2] },
  { type: "noise", noise_range: [1, 25], poisson_scale_range: [0.05, 2.5] },
  {
    type: "shuffle",
    steps: [
      {
        type: "sequence",
        steps: [
          { type: "resize", resize_base: "lq", resize_prob: [0, 0, 1] },
          { type: "sinc", prob: 0.8 },
        ],
      },
      { type: "jpeg" },
    ],
  },
];

Deno.test("the same key gives the same pixels, another key others", () => {
  const first = run(realEsrgan, 1);
  assert.deepEqual(run(realEsrgan, 1), first);
  for (const seed of [2, 3, 4]) assert.notDeepEqual(run(realEsrgan, seed), first);
  assert.ok(new Set(first).size > 20, "the result is not flat");
});

Deno.test("resize draws how, how much and which way; sizes follow the range", () => {
  const up = {
    type: "resize",
    resize_prob: [1, 0, 0],
    resize_range: [1, 1],
    resize_mode: ["area"],
  };
  assert.deepEqual(run([up]), finished(imresize(gt, 1 / 4)));
  const down = { type: "resize", resize_prob: [0, 1, 0], resize_mode: ["nearest"] };
  const results = new Set(
    Array.from({ length: 8 }, (_, seed) => run([{ ...down, resize_range: [0.2, 1] }], seed).join()),
  );
  assert.ok(results.size > 4);
});

Deno.test("mistakes are told with the key", () => {
  const message = (steps: unknown): string => {
    try {
      parseDegradations(steps);
    } catch (error) {
      assert.ok(error instanceof TypeError);
      return error.message;
    }
    return "";
  };
  assert.equal(
    message([{ type: "blurr" }]),
    "degradations[0].type must be one of blur, resize, noise, jpeg, sinc, usm, sequence, shuffle, one_of, " +
      'received "blurr"',
  );
  assert.equal(
    message([{ type: "jpeg", jpeg_range: [95, 30] }]),
    "degradations[0].jpeg_range must be [low, high], from 1 to 100, low not above high, received [95,30]",
  );
  assert.equal(
    message([{ type: "shuffle", steps: [{ type: "blur", kernel_prob: [1] }] }]),
    "degradations[0].steps[0].kernel_prob must hold as many numbers as kernel_list, which has 6, " +
      "received 1",
  );
  assert.match(message([{ type: "noise", sigma: 3 }]), /degradations\[0\] .*"sigma"/);
  assert.match(
    message([{ type: "blur", blur_kernel_size: 8 }]),
    /must be an odd number, received 8/,
  );
  assert.match(
    message([{ type: "blur", betag_range: [2, 4] }]),
    /betag_range must be \[low, high\], low above 0 and .*\[2,4\]$/,
  );
  assert.match(message([{ type: "shuffle", step_prob: [1], steps: [jpeg] }]), /belongs to one_of/);
  assert.match(
    message([{ type: "one_of", step_prob: [1, 2], steps: [jpeg] }]),
    /step_prob must hold a number for each of the 1 steps/,
  );
  assert.notEqual(message([]), "");
  assert.notEqual(message({ type: "blur" }), "");
});

Deno.test("GT that is no multiple of scale is refused", () => {
  assert.throws(() => degrade(gt, [], 3, new Rng(1)), {
    name: "RangeError",
    message: "degrade: sides must be multiples of scale 3, received 48x40",
  });
  assert.deepEqual(toFloat(degrade(gt, [], 1, new Rng(1))).data.length, gt.data.length);
});
