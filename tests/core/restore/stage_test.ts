import assert from "node:assert/strict";
import fc from "fast-check";
import { toGray } from "../../../core/restore/colours.ts";
import { TileLimit } from "../../../core/restore/memory_split.ts";
import type { TileNetwork } from "../../../core/restore/network.ts";
import { stage, type StageOptions } from "../../../core/restore/stage.ts";
import { planTiles, type Tile } from "../../../core/restore/tiles.ts";
import type { FloatImage } from "../../../core/data/image.ts";
import { banded, collect, distance, fakeNetwork, picture, RADIUS } from "./_fakes.ts";

type Given = Partial<StageOptions> & {
  readonly tile?: number;
  readonly context?: number;
  readonly bands?: number[];
};

/** `image` through the stage. */
function run(image: FloatImage, network: TileNetwork, given: Given = {}): Promise<FloatImage> {
  return collect(rowsOf(image, network, given));
}

function rowsOf(image: FloatImage, network: TileNetwork, given: Given) {
  const { tile = 0, context = 4, bands = [image.height], ...options } = given;
  const { width, height } = image;
  const plan = planTiles({ width, height, scale: 2, tile, context, blend: Math.min(2, tile) });
  const limit = new TileLimit(1, "reflect");
  return stage(banded(image, ...bands), network, { plan, limit, ...options });
}

Deno.test("stage() gives in tiles what the whole gives, whatever channels, sizes and bands", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 40 }),
        height: fc.integer({ min: 1, max: 40 }),
        channels: fc.constantFrom(1, 2, 3, 4),
        net: fc.constantFrom<1 | 3>(1, 3),
        tile: fc.integer({ min: 1, max: 20 }),
        context: fc.integer({ min: RADIUS, max: 9 }),
        alpha: fc.constantFrom<"model" | "bicubic">("model", "bicubic"),
        bands: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      }),
      async ({ width, height, channels, net, tile, context, alpha, bands }) => {
        const image = picture(width, height, channels);
        const whole = await run(image, fakeNetwork({ channels: net }), { alpha });
        // Transparency is looked at as far as it may have to stay constant.
        const reach = channels % 2 === 0 ? Math.max(4, context) : context;
        const tiled = await run(image, fakeNetwork({ channels: net }), {
          alpha,
          tile,
          context: reach,
          bands,
        });
        assert.ok(distance(whole, tiled) < 1e-5);
      },
    ),
    { numRuns: 30, seed: 3 },
  );
});

Deno.test("stage() sends gray through a network of three channels as three, and gives BT.601's gray", async () => {
  const gray = picture(9, 7, 1);
  const rgb = new Float32Array(gray.data.length * 3);
  gray.data.forEach((v, i) => rgb.fill(v, i * 3, i * 3 + 3));
  const made = await run(gray, fakeNetwork());
  const colours = await run({ ...gray, channels: 3, data: rgb }, fakeNetwork());
  assert.equal(distance(made, toGray(colours)), 0);
  const of = { width: 1, height: 1, channels: 3, data: Float32Array.of(1, 0.5, 0.25) };
  assert.ok(Math.abs(toGray(of).data[0]! - (0.299 + 0.587 / 2 + 0.114 / 4)) < 1e-7);
  // What overshoots in one colour is not seen, and is no part of the gray either.
  const beyond = { ...of, data: Float32Array.of(1.5, 0.5, -0.5) };
  assert.ok(Math.abs(toGray(beyond).data[0]! - (0.299 + 0.587 / 2)) < 1e-7);
});

Deno.test("stage() sends colours through a network of one channel one after the other", async () => {
  const network = fakeNetwork({ channels: 1 });
  const image = picture(6, 5, 3);
  const made = await run(image, network);
  assert.equal(network.inputs.length, 3);
  for (let c = 0; c < 3; c++) {
    const plane = image.data.filter((_, i) => i % 3 === c);
    const alone = await run({ ...image, channels: 1, data: plane }, fakeNetwork({ channels: 1 }));
    assert.deepEqual(made.data.filter((_, i) => i % 3 === c), alone.data);
  }
});

Deno.test("stage() fills a map of noise levels with noise / 255, and with 0 for alpha", async () => {
  const network = fakeNetwork({ noiseMap: true });
  await run(picture(3, 2, 4), network, { noise: 51 });
  const maps = network.inputs.map(({ data }) => new Set(data.filter((_, i) => i % 4 === 3)));
  assert.deepEqual(maps, [new Set([Math.fround(0.2)]), new Set([0])]);
});

Deno.test("stage() gives opaque pictures what they give without alpha, in one pass", async () => {
  const rgb = picture(20, 10, 3);
  const data = new Float32Array(200 * 4).fill(1);
  for (let i = 0; i < 200; i++) data.set(rgb.data.subarray(i * 3, i * 3 + 3), i * 4);
  const network = fakeNetwork();
  const made = await run({ ...rgb, channels: 4, data }, network, { tile: 6 });
  const plain = await run(rgb, fakeNetwork(), { tile: 6 });
  assert.deepEqual(made.data.filter((_, i) => i % 4 < 3), plain.data);
  assert.ok(made.data.every((v, i) => i % 4 < 3 || v === 1));
  assert.ok(network.inputs.length < 20);
});

Deno.test("stage() keeps alpha in [0, 1], and exactly 0 and 1 where nothing else is near", async () => {
  const [width, height] = [40, 12];
  const data = new Float32Array(width * height * 2).fill(0.5);
  for (let i = 0; i < width * height; i++) data[i * 2 + 1] = i % width < 20 ? 0 : 1;
  const image = { width, height, channels: 2, data };
  for (const alpha of ["model", "bicubic"] as const) {
    const made = await run(image, fakeNetwork(), { alpha, tile: 8 });
    for (let i = 0; i < made.data.length / 2; i++) {
      const x = (i % (width * 2)) >> 1, value = made.data[i * 2 + 1]!;
      assert.ok(value >= 0 && value <= 1);
      if (x < 16) assert.equal(value, 0);
      if (x >= 24) assert.equal(value, 1);
    }
  }
});

Deno.test("stage() averages the eight flips and turns, tile by tile", async () => {
  const image = picture(11, 7, 3);
  const network = fakeNetwork();
  const made = await run(image, network, { tta: true });
  const shapes = network.inputs.map(({ width, height }) => `${width}x${height}`);
  assert.deepEqual(shapes, [...Array(4).fill("11x7"), ...Array(4).fill("7x11")]);
  // Worked out anew: pixel by pixel, with the maps written down.
  const sum = new Float64Array(made.data.length);
  for (const turn of [false, true]) {
    for (const fx of [false, true]) {
      for (const fy of [false, true]) {
        const [w, h] = turn ? [7, 11] : [11, 7];
        const place = (x: number, y: number, W: number, H: number): [number, number] => {
          const u = fx ? W - 1 - x : x, v = fy ? H - 1 - y : y;
          return turn ? [v, u] : [u, v];
        };
        const sent = new Float32Array(image.data.length);
        for (let y = 0; y < 7; y++) {
          for (let x = 0; x < 11; x++) {
            const [u, v] = place(x, y, 11, 7);
            sent.set(image.data.subarray((y * 11 + x) * 3, (y * 11 + x) * 3 + 3), (v * w + u) * 3);
          }
        }
        const out = await fakeNetwork().run({ width: w, height: h, data: sent });
        for (let y = 0; y < 14; y++) {
          for (let x = 0; x < 22; x++) {
            const [u, v] = place(x, y, 22, 14);
            for (let c = 0; c < 3; c++) sum[(y * 22 + x) * 3 + c]! += out[(v * 2 * w + u) * 3 + c]!;
          }
        }
      }
    }
  }
  made.data.forEach((value, i) => assert.ok(Math.abs(value - sum[i]! / 8) < 1e-6));
});

Deno.test("stage() fails as a whole when a tile fails: what was given before is right, and nothing comes after", async () => {
  const image = picture(30, 30, 3);
  const right = await run(image, fakeNetwork());
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 15 }), async (failing) => {
      let calls = 0;
      const network = fakeNetwork({
        before: () => {
          if (calls++ === failing) throw new Error(`tile ${failing} is broken`);
        },
      });
      const given: number[] = [];
      await assert.rejects(async () => {
        for await (const band of rowsOf(image, network, { tile: 8, bands: [4] })) {
          given.push(...band.data);
        }
      }, new RegExp(`tile ${failing} is broken`));
      assert.ok(given.length < right.data.length);
      given.forEach((value, i) => assert.ok(Math.abs(value - right.data[i]!) < 1e-5));
    }),
    { numRuns: 16, seed: 4 },
  );
});

Deno.test("stage() tells every tile once, in order, and stops at the next tile when it is told to", async () => {
  const image = picture(30, 40, 3);
  const tiles: Tile[] = [];
  await run(image, fakeNetwork(), { tile: 10, onTile: (tile) => tiles.push(tile) });
  assert.deepEqual(tiles.map(({ index }) => index), [...Array(12).keys()]);
  const stop = new AbortController();
  let calls = 0;
  const network = fakeNetwork({
    before: (_, { signal }) => {
      signal?.throwIfAborted();
      if (++calls === 2) stop.abort(new Error("enough"));
    },
  });
  const rows = run(image, network, { tile: 10, signal: stop.signal });
  await assert.rejects(rows, /enough/);
  assert.ok(calls <= 3, `${calls} tiles were computed`);
});

Deno.test("stage() reads no farther than the next row of tiles needs, and closes its source when it is left", async () => {
  const image = picture(8, 400, 3);
  let read = 0;
  const source = banded(image, 1);
  const counted = {
    ...source,
    async *[Symbol.asyncIterator]() {
      for await (const band of source) {
        read += band.height;
        yield band;
      }
    },
  };
  const plan = planTiles({ width: 8, height: 400, scale: 2, tile: 16, context: 4 });
  const limit = new TileLimit(1, "reflect");
  for await (const _ of stage(counted, fakeNetwork(), { plan, limit })) break;
  assert.ok(read < 80, `${read} rows were read`);
  assert.ok(source.closed);
});
