import assert from "node:assert/strict";
import { runningEngine, startEngine } from "../../../core/engine/start.ts";
import { tf } from "../../../core/engine/tf.ts";
import { ExitCode, type UserError } from "../../../core/errors.ts";
import { decodePng } from "../../../core/data/png.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { pixelsOf, rowsOf } from "../../../core/data/rows.ts";
import { loadModel, restore } from "../../../core/restore/model.ts";
import type { RestoreProgress } from "../../../core/restore/types.ts";
import { availableEngines } from "../engine/_engines.ts";
import { collect, picture } from "./_fakes.ts";

const engine = (await availableEngines())[0]!.missing === undefined ? "native" : "wasm";
const DATA = "tests/data/restore";
const ANIME = "experiments/pretrained_models/realesr-animevideov3.safetensors";
const RCAN = "experiments/pretrained_models/RCAN_small_x2.safetensors";
const silent = { engine, say: () => {} } as const;

async function png(name: string): Promise<RawImage> {
  return await decodePng(await Deno.readFile(`${DATA}/${name}`), name);
}

function apart(a: RawImage, b: RawImage): number {
  assert.deepEqual([a.width, a.height, a.channels], [b.width, b.height, b.channels]);
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}

/** 8-bit pixels, the first `channels` of which are those of RGBA. */
function pixels(width: number, height: number, channels: 1 | 2 | 3 | 4): RawImage {
  const { data } = picture(width, height, channels);
  return { width, height, channels, data: Uint8Array.from(data, (v) => Math.round(v * 255)) };
}

Deno.test("restore() gives PyTorch's pixels within one level, whole and in tiles", async () => {
  await using model = await loadModel(ANIME, silent);
  const expected = await png("animevideov3_x4.png");
  const whole = await model.restore(`${DATA}/coffee_40x33.png`, { tile: 0 });
  assert.ok(apart(whole, expected) <= 1);
  const progress: RestoreProgress[] = [];
  const image = pixels(120, 33, 3);
  const options = { tile: 40, onProgress: (p: RestoreProgress) => progress.push(p) };
  const tiled = await model.restore(image, options);
  assert.ok(apart(tiled, await model.restore(image, { tile: 0 })) <= 1);
  const { tiles } = model.plan(image, options);
  assert.deepEqual(progress.map(({ done }) => done), [...Array(tiles).keys()].map((i) => i + 1));
  const area = progress.reduce((sum, { rect }) => sum + rect.width * rect.height, 0);
  assert.equal(area, 480 * 132);
  assert.ok(tiles > 1 && progress.every(({ total, stage }) => total === tiles && stage === 0));
});

Deno.test("loadModel() frees everything: tensors, and the engine that it started", async () => {
  assert.equal(runningEngine(), undefined);
  const first = await loadModel(ANIME, silent);
  const second = await loadModel(RCAN, silent);
  assert.equal(first.engine, second.engine);
  assert.ok(tf.memory().numTensors > 0);
  await first.restore(pixels(9, 8, 3));
  await first.dispose();
  await first.dispose();
  assert.ok(runningEngine() !== undefined, "the other model still needs it");
  await assert.rejects(first.restore(pixels(9, 8, 3)), /has been disposed/);
  await second.restore(pixels(9, 8, 4));
  await second[Symbol.asyncDispose]();
  assert.equal(runningEngine(), undefined);
  const own = await startEngine({ engine });
  const before = tf.memory().numTensors;
  {
    using model = await loadModel(ANIME, silent);
    await model.restore(pixels(5, 5, 3), { tta: true });
  }
  assert.equal(tf.memory().numTensors, before);
  assert.equal(runningEngine(), own);
  await own.dispose();
});

Deno.test("loadModel() takes names of the zoo, URLs, and several files as a chain", async () => {
  await using bare = await loadModel("realesr-animevideov3", silent);
  await using zoo = await loadModel("zoo:RCAN_small_x2", silent);
  assert.equal(bare.scale, 4);
  assert.deepEqual([zoo.stages[0]!.arch, zoo.scale], ["RCAN", 2]);
  await using chain = await loadModel(
    [new URL(`../../../${RCAN}`, import.meta.url), ANIME],
    silent,
  );
  assert.equal(chain.scale, 8);
  assert.equal(chain.name, "RCAN_small_x2 + realesr-animevideov3");
  const image = pixels(7, 6, 3);
  const stages = new Set<number>();
  const made = await chain.restore(image, { onProgress: ({ stage }) => stages.add(stage) });
  assert.deepEqual([made.width, made.height, [...stages]], [56, 48, [0, 1]]);
  // What passes between the two is neither clipped nor rounded.
  const between = await collect(zoo.restoreRows(rowsOf(image)));
  assert.equal(apart(made, await pixelsOf(bare.restoreRows(rowsOf(between)), 8)), 0);
});

Deno.test("restore() keeps channels and depth, and makes gray, sizes and ImageData", async () => {
  await using model = await loadModel(ANIME, silent);
  for (const channels of [1, 2, 3, 4] as const) {
    const made = await model.restore(pixels(6, 5, channels), { scale: 1.5 });
    assert.deepEqual([made.width, made.height, made.channels], [9, 8, channels]);
    assert.ok(made.data instanceof Uint8Array);
  }
  const deep = { ...pixels(6, 5, 4), data: Uint16Array.from(pixels(6, 5, 4).data, (v) => v * 257) };
  const made = await model.restore(deep, { gray: true });
  assert.deepEqual([made.channels, made.data.constructor], [2, Uint16Array]);
  assert.deepEqual((await model.restore(deep, { alpha: "ignore", width: 5 })).channels, 3);
  const canvas = { width: 4, height: 3, data: Uint8ClampedArray.from(pixels(4, 3, 4).data) };
  const image = (await model.restore(canvas)).toImageData();
  assert.deepEqual([image.width, image.height, image.data.length], [16, 12, 16 * 12 * 4]);
  await assert.rejects(model.restore({ width: 2, height: 2 } as never), /must be a path/);
  for (
    const [options, message] of [
      [{ scale: 2, width: 3 }, /give one of both/],
      [{ tile: -1 }, /tile must be a whole number of pixels, received -1/],
      [{ tilePad: 0.5 }, /tilePad must be/],
      [{ noise: 300 }, /noise must lie between 0 and 255/],
      [{ alpha: "none" as never }, /alpha must be model, bicubic, ignore, received none/],
    ] as const
  ) await assert.rejects(model.restore(pixels(4, 4, 3), options), message);
});

Deno.test("restore() encodes what formats hold, and refuses what they do not", async () => {
  await using model = await loadModel(ANIME, silent);
  const made = await model.restore(pixels(6, 5, 4));
  const back = await decodePng(await made.encode(), "made.png");
  assert.equal(apart(back, made), 0);
  await assert.rejects(made.encode("jpeg"), /JPEG holds no transparency/);
  const jpeg = await made.encode("jpeg", { narrow: true, quality: 90 });
  assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
});

Deno.test("restore() stops when it is told to", async () => {
  await using model = await loadModel(ANIME, silent);
  await assert.rejects(
    model.restore(pixels(6, 5, 3), { signal: AbortSignal.abort(new Error("no")) }),
    /^Error: no$/,
  );
  const stop = new AbortController();
  let done = 0;
  const work = model.restore(pixels(60, 60, 3), {
    tile: 8,
    tilePad: 2,
    signal: stop.signal,
    onProgress: () => {
      if (++done === 2) stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(work, /^Error: enough$/);
  assert.equal(done, 2);
});

Deno.test("dispose() ends pictures that are being restored, and waits for them", async () => {
  const model = await loadModel(ANIME, silent);
  const work = [1, 2].map(() => model.restore(`${DATA}/coffee_40x33.png`, { tile: 8, tilePad: 2 }));
  const ends = work.map((one) => assert.rejects(one, /has been disposed/));
  await model.dispose();
  await Promise.all(ends);
  assert.equal(runningEngine(), undefined);
});

Deno.test("loadModel() refuses what makes no pictures, and what is not there, by name; says how gray networks see colours", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { writeSafetensors } = await import("../../../core/weights/safetensors.ts");
    const { buildNetwork } = await import("../../../core/nn/build.ts");
    const { loadPlugins } = await import("../../../core/plugins.ts");
    await loadPlugins();
    const own = await startEngine({ engine });
    const save = async (name: string, options: { type: string; [key: string]: unknown }) => {
      const net = buildNetwork(options, 1);
      await Deno.writeFile(`${folder}/${name}`, writeSafetensors(await net.stateDict()));
      net.dispose();
      return `${folder}/${name}`;
    };
    const judge = await save("d.safetensors", {
      type: "UNetDiscriminatorSN",
      num_in_ch: 3,
      num_feat: 8,
    });
    await assert.rejects(loadModel(judge, silent), (error: UserError) => {
      assert.equal(error.exitCode, ExitCode.DATA);
      assert.match(
        error.message,
        /d\.safetensors: it holds weights of UNetDiscriminatorSN, a discriminator/,
      );
      return true;
    });
    const four = await save("four.safetensors", {
      type: "SRVGGNetCompact",
      num_in_ch: 4,
      num_out_ch: 4,
      num_feat: 8,
      num_conv: 1,
      upscale: 2,
    });
    await assert.rejects(loadModel(four, silent), /takes 4 and gives 4 channels/);
    await assert.rejects(loadModel(`${folder}/no.pth`, silent), /no\.pth/);
    const gray = await save("gray.safetensors", {
      type: "SRVGGNetCompact",
      num_in_ch: 1,
      num_out_ch: 1,
      num_feat: 8,
      num_conv: 1,
      upscale: 2,
    });
    await using model = await loadModel(gray, silent);
    const said: string[] = [];
    const made = await model.restore(pixels(5, 4, 3), { noise: 9, say: (line) => said.push(line) });
    assert.equal(made.channels, 3);
    assert.deepEqual(said, [
      "SRVGGNetCompact takes gray pictures: red, green and blue are restored one after the other",
      "gray takes no level of noise: that of 9 has no effect",
    ]);
    await assert.rejects(loadModel("nothing-of-that-name", silent), /neither a file nor a model/);
    await assert.rejects(
      loadModel(new URL("https://example.org/a.pth"), silent),
      /read from files/,
    );
    await assert.rejects(loadModel([], silent), /one network at least/);
    await own.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadModel() interpolates between two files, and refuses two networks", async () => {
  await using plain = await loadModel(ANIME, silent);
  await using same = await loadModel({ first: ANIME, second: ANIME, share: 0.5 }, silent);
  assert.match(same.name, /:0\.5$/);
  const image = pixels(6, 5, 3);
  assert.ok(apart(await same.restore(image), await plain.restore(image)) <= 1);
  const mixed = loadModel({ first: ANIME, second: RCAN, share: 0.5 }, silent);
  await assert.rejects(mixed, /one is of SRVGGNetCompact, the other of RCAN/);
});

Deno.test("restore() by itself loads the shipped model and frees it", async () => {
  const made = await restore(pixels(3, 4, 1), silent);
  assert.deepEqual([made.width, made.height, made.channels], [12, 16, 1]);
  assert.equal(runningEngine(), undefined);
  assert.deepEqual([...(await made.encode("jpeg")).subarray(0, 2)], [0xff, 0xd8]);
});
