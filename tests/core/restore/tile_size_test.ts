import assert from "node:assert/strict";
import type { NetworkProfile } from "../../../core/nn/profile.ts";
import { planTiles } from "../../../core/restore/tiles.ts";
import {
  batchSize,
  chooseTile,
  CONTEXT_LIMIT,
  tileContext,
  type TileNeeds,
  windowBytes,
} from "../../../core/restore/tile_size.ts";

const PROFILE: NetworkProfile = {
  parameters: 1,
  radius: 18,
  multiple: 1,
  padding: "reflect",
  macs: { base: 0, perPixel: 1000 },
  bytes: { base: 0, perPixel: 1000 },
  eagerBytes: { base: 0, perPixel: 3000 },
};

function needs(changes: Partial<TileNeeds> = {}): TileNeeds {
  return {
    width: 1920,
    height: 1080,
    scale: 4,
    channels: [3, 3],
    profile: PROFILE,
    context: 18,
    engine: "native",
    free: 16 * 2 ** 30,
    ...changes,
  };
}

Deno.test("chooseTile() takes the whole picture if that needs little memory", () => {
  const { tile, bytes, fits } = chooseTile(needs({ width: 1280, height: 720 }));
  assert.deepEqual(tile, [0, 0]);
  assert(fits && bytes > windowBytes(needs(), 1280 * 720));
});

Deno.test("chooseTile() saves memory where that costs little time, and takes it where it saves much", () => {
  const modest = 2 * 2 ** 30;
  const little = chooseTile(needs());
  assert(little.bytes <= modest && little.tile.some((side) => side > 0), `${little.tile}`);
  const heavy = { ...PROFILE, bytes: { base: 0, perPixel: 8000 } };
  const much = chooseTile(needs({ profile: heavy, context: 96, free: 40 * 2 ** 30 }));
  assert(much.bytes > modest && much.fits);
});

Deno.test("chooseTile() takes smaller tiles where transparency goes along", () => {
  const large = { width: 10_000, height: 10_000, scale: 1 };
  const light = { ...PROFILE, bytes: { base: 0, perPixel: 50 } };
  const opaque = chooseTile(needs({ ...large, profile: light }));
  const clear = chooseTile(needs({ ...large, profile: light, alpha: true }));
  assert(clear.tile[0] * clear.tile[1] < opaque.tile[0] * opaque.tile[1]);
  assert(clear.bytes <= 2 * 2 ** 30, "so that 100 megapixels pass in 3 GB");
  const pixels = 256 * 256;
  assert(windowBytes(needs({ alpha: true }), pixels) > windowBytes(needs(), pixels));
});

Deno.test("chooseTile() takes smaller tiles the less memory there is, and three fifths of what is free suffice", () => {
  let last = Infinity;
  for (const free of [3, 2, 1, 0.5, 0.25].map((gib) => gib * 2 ** 30)) {
    const { tile, bytes, fits } = chooseTile(needs({ free }));
    assert(fits && bytes <= 0.6 * free);
    const { window } = planTiles({ width: 1920, height: 1080, scale: 4, tile, context: 18 });
    assert(window.width * window.height < last, `${free}: ${window.width}x${window.height}`);
    last = window.width * window.height;
  }
});

Deno.test("chooseTile() cuts a long strip across, and a picture of 100 megapixels into low rows", () => {
  const strip = chooseTile(needs({ width: 1, height: 400_000, free: 2 ** 29 }));
  assert(strip.tile[1] > 0 && strip.fits);
  const large = { width: 12_500, height: 8_000 };
  const { tile, fits, bytes } = chooseTile(needs({ ...large, free: 3 * 2 ** 30 }));
  assert(fits && bytes <= 1.8 * 2 ** 30);
  const plan = planTiles({ ...large, scale: 4, tile, context: 18 });
  // The rows that are put together belong to what is counted.
  assert(plan.tiles[0]!.output.height * large.width * 4 * 3 * 4 < bytes);
});

Deno.test("chooseTile() gives the smallest tile and says so where nothing fits", () => {
  const { tile, fits } = chooseTile(needs({ free: 2 ** 20 }));
  assert(!fits && tile.every((side) => side === 32), `${tile}`);
});

Deno.test("chooseTile() counts more for engines that run op by op, and for networks of which nothing is known", () => {
  assert(windowBytes(needs({ engine: "wasm" }), 1e4) > 2 * windowBytes(needs(), 1e4));
  const { bytes: _, eagerBytes: __, ...unknown } = PROFILE;
  assert(windowBytes(needs({ profile: unknown }), 1e4) > windowBytes(needs(), 1e4));
});

Deno.test("tileContext() is the radius, up to a limit", () => {
  assert.equal(tileContext(18), 18);
  assert.equal(tileContext(Infinity), CONTEXT_LIMIT);
});

Deno.test("batchSize() joins small windows only, and no more than fit", () => {
  assert.equal(batchSize(needs(), 512 * 512, 8), 1);
  assert.equal(batchSize(needs(), 16 * 16, 100), 32);
  assert.equal(batchSize(needs(), 16 * 16, 3), 3);
  const free = 2.5 * windowBytes(needs(), 16 * 16) / 0.6;
  assert.equal(batchSize(needs({ free }), 16 * 16, 100), 2);
});
