import assert from "node:assert/strict";
import fc from "fast-check";
import type { FloatImage } from "../../../core/data/image.ts";
import { BandAssembler } from "../../../core/restore/band_assembler.ts";
import { TileCutter } from "../../../core/restore/tile_cutter.ts";
import { inputRows, planTiles, type Tile, type TilePlan } from "../../../core/restore/tiles.ts";

/** One channel with a value of its own for each pixel. */
function picture(width: number, height: number): FloatImage {
  const data = Float32Array.from({ length: width * height }, (_, i) => (i * 7919 % 1009) / 1009);
  return { width, height, channels: 1, data };
}

/** A network without learning: sums over (2·radius + 1)² pixels, zeros outside, enlarged by repetition. */
function sums(
  data: Float32Array,
  width: number,
  height: number,
  radius: number,
  scale: number,
): Float32Array {
  const out = new Float32Array(width * scale * height * scale);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
          sum += data[v * width + u]! * (1 + (u - x) / 10);
        }
      }
      for (let i = 0; i < scale * scale; i++) {
        const [row, column] = [y * scale + Math.floor(i / scale), x * scale + i % scale];
        out[row * width * scale + column] = sum + i;
      }
    }
  }
  return out;
}

/** The picture through tiles, in bands of `rows`. */
function tiled(
  image: FloatImage,
  plan: TilePlan,
  net: (window: Float32Array, tile: Tile) => Float32Array,
  rows = 3,
): Float32Array {
  const cutter = new TileCutter(plan, image.channels);
  const assembler = new BandAssembler(plan, image.channels);
  const out: number[] = [];
  const { width, height, channels, data } = image;
  let row = 0;
  for (let from = 0; from < height; from += rows) {
    const count = Math.min(rows, height - from);
    const stride = width * channels;
    cutter.push({
      ...image,
      height: count,
      data: data.slice(from * stride, (from + count) * stride),
    });
    for (; row < plan.rows.spans.length && cutter.ready(row); row++) {
      for (const tile of plan.tiles.filter((tile) => tile.row === row)) {
        assembler.add(tile, net(cutter.cut(tile), tile));
      }
      cutter.release(row);
      for (let band; (band = assembler.take(5));) out.push(...band.data);
    }
  }
  assert(assembler.done, "a row is missing");
  return Float32Array.from(out);
}

/** What the network gets if the whole picture is padded. */
function padded(image: FloatImage, plan: TilePlan): Float32Array {
  const whole = planTiles({ ...plan, tile: 0, multiple: 1 });
  const { columns: { padded: width }, rows: { padded: height } } = plan;
  const window = { ...whole.tiles[0]!, window: { x: 0, y: 0, width, height } };
  const cutter = new TileCutter({ ...plan, window: window.window }, image.channels);
  cutter.push(image);
  return cutter.cut(window);
}

const plans = fc.record(
  {
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 50 }),
    scale: fc.constantFrom(1, 2, 3),
    tile: fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
    ),
    context: fc.integer({ min: 0, max: 9 }),
    blend: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    multiple: fc.constantFrom(1, 2, 4, 7, 8),
    padding: fc.constantFrom("reflect", "mirror", "zeros", "inside"),
  } as const,
);

Deno.test("tiles give what the whole picture gives if the context covers what the network looks at", () => {
  fc.assert(
    fc.property(plans, fc.integer({ min: 1, max: 60 }), (options, rows) => {
      const image = picture(options.width, options.height);
      const plan = planTiles(options);
      const { context: radius, scale } = options;
      const { width, height } = plan.window;
      const got = tiled(image, plan, (window) => sums(window, width, height, radius, scale), rows);
      const [w, h] = [plan.columns.padded, plan.rows.padded];
      const want = sums(padded(image, plan), w, h, radius, scale);
      for (let y = 0; y < options.height * scale; y++) {
        for (let x = 0; x < options.width * scale; x++) {
          const [a, b] = [got[y * options.width * scale + x]!, want[y * w * scale + x]!];
          assert(Math.abs(a - b) <= 1e-4, `${x},${y}: ${a} for ${b}`);
        }
      }
    }),
    { numRuns: 150, seed: 1 },
  );
});

Deno.test("windows are equal, begin on the grid, and lie in the padded picture; cores cover the output once", () => {
  fc.assert(
    fc.property(plans, (options) => {
      const plan = planTiles(options);
      const { multiple, padding, scale, width, height } = options;
      const whole = padding === "inside" ? 1 : multiple;
      assert.equal(plan.columns.padded, Math.ceil(width / whole) * whole);
      const covered = new Uint8Array(width * scale * height * scale);
      for (const { window, core, output, row } of plan.tiles) {
        assert.deepEqual([window.width, window.height], [plan.window.width, plan.window.height]);
        assert(window.x % multiple === 0 && window.y % multiple === 0);
        assert(window.x >= 0 && window.x + window.width <= plan.columns.padded);
        assert(window.y >= 0 && window.y + window.height <= plan.rows.padded);
        assert(core.x >= output.x && core.y + core.height <= output.y + output.height);
        for (let y = core.y; y < core.y + core.height; y++) {
          for (let x = core.x; x < core.x + core.width; x++) covered[y * width * scale + x]!++;
        }
        const [from, to] = inputRows(plan, row);
        assert(from >= 0 && from < to && to <= height);
      }
      assert(covered.every((times) => times === 1));
    }),
    { numRuns: 100, seed: 2 },
  );
});

Deno.test("weights are positive up to the picture's border and fade from one tile to the next", () => {
  const plan = planTiles({ width: 32, height: 1, scale: 1, tile: 16, context: 2, blend: 4 });
  // Each tile gives its own number, so that the output shows the weights of the second.
  const got = tiled(picture(32, 1), plan, (window, tile) => window.map(() => tile.column));
  assert.deepEqual(got.slice(0, 12), new Float32Array(12));
  assert.deepEqual(got.slice(20), new Float32Array(12).fill(1));
  const fade = [...got.slice(12, 20)];
  assert(fade.every((value, i) => value > (fade[i - 1] ?? 0) && value < 1));
  // t²(3 - 2t) at t = 1/16, 3/16, …, and its mirror image.
  assert(Math.abs(fade[0]! - (3 - 2 / 16) / 16 ** 2) < 1e-7);
  fade.forEach((value, i) => assert(Math.abs(value + fade[7 - i]! - 1) < 1e-7));
});

Deno.test("what is added below and on the right is mirrored, repeated where there is too little, or zero", () => {
  const at = (width: number, padding: "reflect" | "mirror" | "zeros") => {
    const plan = planTiles({
      width,
      height: 1,
      scale: 1,
      tile: 0,
      context: 0,
      multiple: 4,
      padding,
    });
    const cutter = new TileCutter(plan, 1);
    cutter.push({
      width,
      height: 1,
      channels: 1,
      data: Float32Array.of(1, 2, 3, 4, 5, 6).slice(0, width),
    });
    return [...cutter.cut(plan.tiles[0]!).slice(0, plan.window.width)];
  };
  assert.deepEqual(at(6, "reflect"), [1, 2, 3, 4, 5, 6, 5, 4]);
  assert.deepEqual(at(6, "mirror"), [1, 2, 3, 4, 5, 6, 6, 5]);
  assert.deepEqual(at(6, "zeros"), [1, 2, 3, 4, 5, 6, 0, 0]);
  assert.deepEqual(at(2, "reflect"), [1, 2, 2, 2]);
  assert.deepEqual(at(2, "mirror"), [1, 2, 2, 1]);
  assert.deepEqual(at(1, "reflect"), [1, 1, 1, 1]);
});

Deno.test("memory is one row of tiles: rows come as soon as the next row of tiles adds nothing", () => {
  const plan = planTiles({ width: 8, height: 400, scale: 1, tile: 8, context: 1, blend: 2 });
  const assembler = new BandAssembler(plan, 1);
  const size = plan.window.width * plan.window.height;
  let rows = 0;
  for (const tile of plan.tiles) {
    assembler.add(tile, new Float32Array(size));
    const band = assembler.take()!;
    rows += band.height;
    const next = plan.tiles[tile.index + 1];
    assert.equal(rows, next ? next.output.y : 400);
  }
  assert(assembler.done);
});

Deno.test("a tile may come out of order, but only once and in its size", () => {
  const image = picture(20, 20);
  const plan = planTiles({ width: 20, height: 20, scale: 1, tile: 8, context: 0 });
  const assembler = new BandAssembler(plan, 1);
  const cutter = new TileCutter(plan, 1);
  cutter.push(image);
  for (const tile of plan.tiles.toReversed()) assembler.add(tile, cutter.cut(tile));
  const got = assembler.take()!;
  assert(got.data.every((value, i) => Math.abs(value - image.data[i]!) < 1e-6));
  const [first] = plan.tiles as [Tile];
  assert.throws(() => assembler.add(first, cutter.cut(first)), /was added before/);
  assert.throws(
    () => new BandAssembler(plan, 3).add(first, cutter.cut(first)),
    /must give \d+ numbers, received/,
  );
});

Deno.test("TileCutter keeps no row that is not needed, and refuses rows that do not fit", () => {
  const plan = planTiles({ width: 4, height: 40, scale: 1, tile: 8, context: 0, blend: 0 });
  const cutter = new TileCutter(plan, 1);
  cutter.push(picture(4, 8));
  assert(cutter.ready(0) && !cutter.ready(1));
  cutter.release(0);
  assert.throws(() => cutter.cut(plan.tiles[0]!), /row 0 is not there/);
  assert.throws(() => cutter.push(picture(5, 8)), /rows of 4 pixels and 1 channels are due/);
  assert.throws(() => cutter.push(picture(4, 33)), /has 40 rows, received 41/);
});

Deno.test("planTiles() refuses what is no size", () => {
  const options = { width: 10, height: 10, scale: 1, tile: 8, context: 0 };
  assert.throws(() => planTiles({ ...options, width: 0 }), /width must be a positive whole number/);
  assert.throws(() => planTiles({ ...options, scale: 1.5 }), /scale must be a positive/);
  assert.throws(() => planTiles({ ...options, context: -1 }), /context must be a whole number/);
});

Deno.test("windows of a given size are just that, lie in the picture, and hold core and context", () => {
  const side = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 0, max: 6 }), (width, height, context) => {
      const windowSize = [40, 24] as const;
      const blend = 2;
      const tile = [
        windowSize[0] - 2 * (context + blend),
        windowSize[1] - 2 * (context + blend),
      ] as const;
      const plan = planTiles({ width, height, scale: 2, tile, context, blend, windowSize });
      assert.deepEqual(plan.window, {
        width: Math.min(40, width),
        height: Math.min(24, height),
      });
      for (const { window: one, core } of plan.tiles) {
        assert.ok(one.x >= 0 && one.x + one.width <= width);
        const left = Math.max(0, core.x / 2 - context);
        const right = Math.min(width, (core.x + core.width) / 2 + context);
        assert.ok(one.x <= left && one.x + one.width >= right);
        const top = Math.max(0, core.y / 2 - context);
        const bottom = Math.min(height, (core.y + core.height) / 2 + context);
        assert.ok(one.y <= top && one.y + one.height >= bottom && one.y + one.height <= height);
      }
    }),
    { numRuns: 200, seed: 1 },
  );
  assert.throws(
    () =>
      planTiles({ width: 90, height: 90, scale: 1, tile: 30, context: 9, windowSize: [40, 40] }),
    /windows of \d+ pixels do not fit into 40/,
  );
});
