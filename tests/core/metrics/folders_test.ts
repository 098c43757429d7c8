import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { MetricTable } from "../../../core/metrics/collect.ts";
import { listFolders, matched, measurePair } from "../../../core/metrics/folders.ts";
import type { Metric } from "../../../core/metrics/metric.ts";

async function folders(files: readonly string[]): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const file of files) {
    await Deno.mkdir(`${root}/${file.split("/")[0]}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${file}`, "");
  }
  return root;
}

Deno.test("listFolders() pairs by name and suffix over extensions, and lists orphans of both sides", async () => {
  const root = await folders([
    "gt/a.png",
    "gt/b.jpg",
    "gt/c.png",
    "gt/d.png",
    "sr/a_x.png",
    "sr/b_x.png",
    "sr/d_x.jpg",
    "sr/d_x.bmp",
    "sr/e_x.png",
  ]);
  try {
    const listing = await listFolders({ gt: `${root}/gt`, restored: `${root}/sr`, suffix: "_x" });
    assert.deepEqual(listing.pairs, [
      { name: "a", gt: `${root}/gt/a.png`, restored: `${root}/sr/a_x.png` },
      { name: "b", gt: `${root}/gt/b.jpg`, restored: `${root}/sr/b_x.png` },
    ]);
    assert.equal(listing.orphans.length, 3);
    const [c, d, e] = listing.orphans;
    assert.equal(c!.file, `${root}/gt/c.png`);
    assert.match(c!.what, /has no restored picture .*\/sr\/c_x\.png/);
    assert.match(d!.what, /has several restored pictures .*: d_x\.bmp, d_x\.jpg/);
    assert.match(e!.file + e!.what, /sr\/e_x\.pnghas no ground truth/);
    assert.equal(listing.restored.length, 5);
    const alone = await listFolders({ restored: `${root}/gt` });
    assert.deepEqual(alone.pairs.map(({ name }) => name), ["a", "b", "c", "d"]);
    await Deno.writeTextFile(`${root}/gt/a.jpg`, "");
    const same = await listFolders({ restored: `${root}/gt` });
    assert.deepEqual(same.pairs.map(({ name }) => name), ["a.jpg", "a.png", "b", "c", "d"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

const gray = (...data: number[]): RawImage => ({
  width: data.length,
  height: 1,
  channels: 1,
  data: Uint8Array.from(data),
});

Deno.test("matched() gives mean and deviation of the other picture", () => {
  // mean 2, deviation 2 to mean 110, deviation 10; worked by hand.
  assert.deepEqual([...matched(gray(0, 4, 0, 4), gray(100, 120)).data], [100, 120, 100, 120]);
  assert.deepEqual([...matched(gray(7, 7), gray(100, 120)).data], [110, 110]);
  assert.throws(
    () => matched(gray(1, 2), { ...gray(1, 2, 3), width: 1, channels: 3 }),
    /1 channels/,
  );
});

Deno.test("measurePair() goes on with other metrics where one fails, and matches means if asked", async () => {
  const pictures: Record<string, RawImage> = { r: gray(0, 4), g: gray(100, 120) };
  const read = (path: string) => {
    if (pictures[path]) return Promise.resolve(pictures[path]);
    return Promise.reject(new UserError(`${path} is damaged`, ExitCode.DATA));
  };
  const metric = (compute: Metric["compute"]): Metric => ({
    recipe: "made up",
    better: "lower",
    needsReference: true,
    compute,
  });
  const metrics = new Map([
    [
      "small",
      metric(() => {
        throw new UserError("too small", ExitCode.DATA);
      }),
    ],
    ["first", metric((a) => a.data[0]!)],
  ]);
  const table = new MetricTable();
  const options = { read, metrics, table, dataset: "d" };
  const pair = { name: "p", restored: "r", gt: "g" };
  assert.deepEqual(await measurePair(pair, options), [{ file: "r", what: "small: too small" }]);
  assert.equal(table.mean("d", "first"), 0);
  const corrected = new MetricTable();
  await measurePair(pair, { ...options, table: corrected, correctMeanVar: true });
  const summary = corrected.toJSON()["d"]!["first"]!;
  assert.equal(summary.mean, 100);
  assert.equal(summary.recipe, "made up, mean and deviation matched to GT");
  const broken = await measurePair({ name: "q", restored: "gone" }, options);
  assert.deepEqual(broken, [{ file: "gone", what: "gone is damaged" }]);
  const defect = new Map([[
    "x",
    metric(() => {
      throw new TypeError("a defect");
    }),
  ]]);
  await assert.rejects(measurePair(pair, { ...options, metrics: defect }), TypeError);
});
