import assert from "node:assert/strict";
import type { FloatImage } from "../../../core/data/image.ts";
import { TileLimit } from "../../../core/restore/memory_split.ts";
import { outputChannels, pipeline } from "../../../core/restore/pipeline.ts";
import { planTiles } from "../../../core/restore/tiles.ts";
import type { RestoreOptions, RestoreProgress } from "../../../core/restore/types.ts";
import { banded, collect, distance, fakeNetwork, picture } from "./_fakes.ts";

/** `image` through two networks of scale 2. */
function run(image: FloatImage, options: RestoreOptions = {}, times = 1): Promise<FloatImage> {
  let size = { width: image.width, height: image.height };
  const stages = [];
  for (let i = 0; i < times; i++) {
    const plan = planTiles({ ...size, scale: 2, tile: 24, context: 4 });
    stages.push({ network: fakeNetwork(), plan, limit: new TileLimit(1, "reflect") });
    size = { width: size.width * 2, height: size.height * 2 };
  }
  return collect(pipeline(banded(image, 5), stages, size, options));
}

Deno.test("pipeline() lets nothing through of colours under transparent pixels", async () => {
  const image = picture(60, 50, 4);
  for (let i = 0; i < 3000; i++) {
    const far = Math.hypot(i % 60 - 30, Math.floor(i / 60) - 25);
    image.data[i * 4 + 3] = far < 12 ? 1 : far < 15 ? (15 - far) / 3 : 0;
  }
  const other = { ...image, data: image.data.slice() };
  for (let i = 0; i < 3000; i++) {
    if (image.data[i * 4 + 3] === 0) other.data.fill(9, i * 4, i * 4 + 3);
  }
  assert.equal(distance(await run(image), await run(other)), 0);
});

Deno.test("pipeline() drops alpha with its colours as they are, and makes gray of the output", async () => {
  const image = picture(20, 10, 4);
  image.data.fill(0, 0, 4);
  image.data[0] = 0.75; // transparent, and yet seen
  const rgb = { ...image, channels: 3, data: image.data.filter((_, i) => i % 4 < 3) };
  assert.equal(distance(await run(image, { alpha: "ignore" }), await run(rgb)), 0);
  const gray = await run(image, { alpha: "ignore", gray: true });
  const colours = (await run(rgb)).data;
  assert.equal(gray.channels, 1);
  gray.data.forEach((value, i) => {
    const [r, g, b] = colours.subarray(i * 3, i * 3 + 3) as unknown as [number, number, number];
    assert.ok(Math.abs(value - (0.299 * r + 0.587 * g + 0.114 * b)) < 1e-6);
  });
});

Deno.test("pipeline() sends a picture through several networks, and counts all their tiles", async () => {
  const image = picture(30, 20, 1);
  const progress: RestoreProgress[] = [];
  const made = await run(image, { onProgress: (p) => progress.push(p) }, 2);
  assert.equal(distance(made, await run(await run(image))), 0);
  assert.deepEqual(progress.map(({ done }) => done), progress.map((_, i) => i + 1));
  assert.ok(progress.every(({ total }) => total === progress.length));
  assert.deepEqual([...new Set(progress.map(({ stage }) => stage))].sort(), [0, 1]);
});

Deno.test("outputChannels() follows alpha and gray", () => {
  assert.deepEqual([1, 2, 3, 4].map((c) => outputChannels(c as 1, {})), [1, 2, 3, 4]);
  assert.deepEqual([1, 2, 3, 4].map((c) => outputChannels(c as 1, { gray: true })), [1, 2, 1, 2]);
  const dropped = [1, 2, 3, 4].map((c) => outputChannels(c as 1, { alpha: "ignore" }));
  assert.deepEqual(dropped, [1, 1, 3, 3]);
  assert.equal(outputChannels(4, { alpha: "ignore", gray: true }), 1);
});
