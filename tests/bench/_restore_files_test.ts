import { cutOut, randomRrdbnet, SHIPPED } from "./_restore_files.ts";
import { mixedSizes, type RestoreJob, WORKS } from "./_work.ts";
import { loadPlugins } from "../../core/plugins.ts";
import { openWeights, selectParams } from "../../core/weights/mod.ts";
import { ROOT } from "./_commands.ts";
import { join } from "node:path";
import { detectNetwork } from "../../core/weights/detect.ts";
import assert from "node:assert/strict";

Deno.test("mixedSizes() gives twenty different sizes within their limits, and portraits too", () => {
  const sizes = mixedSizes(48, 128);
  assert.equal(sizes.length, 20);
  assert.equal(new Set(sizes.map(String)).size, 20);
  assert.ok(sizes.flat().every((side) => side >= 48 && side <= 128));
  assert.ok(sizes.some(([width, height]) => width > height));
  assert.ok(sizes.some(([width, height]) => width < height));
});

Deno.test("cutOut() mirrors a photograph where it ends, and leaves a fourth channel out", () => {
  const data = Uint8Array.from([1, 2, 3, 255, 4, 5, 6, 255]);
  const { data: pixels } = cutOut({ width: 2, height: 1, channels: 4, data }, 5, 2);
  const row = [1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3];
  assert.deepEqual([...pixels], [...row, ...row]);
});

Deno.test("random weights are the same every time, and of the network that the job names", async () => {
  await loadPlugins();
  const { job } = WORKS.find(({ name }) => name === "restore_rrdbnet")!;
  const network = (job as RestoreJob).model;
  assert.ok(typeof network === "object");
  const small = { ...network, num_block: 2, num_feat: 8, num_grow_ch: 4 };
  const dict = randomRrdbnet(small);
  assert.deepEqual(randomRrdbnet(small), dict);
  const found = detectNetwork(dict);
  assert.equal(found.type, small.type);
  assert.equal(found.options["num_block"], 2);
});

Deno.test("shipped weights are those of the network that the other side builds", async () => {
  await loadPlugins();
  for (const { file, network } of Object.values(SHIPPED)) {
    const { root } = await openWeights(join(ROOT, file));
    const { type, ...options } = network;
    const found = detectNetwork(selectParams(root, undefined, { say: () => {} }));
    assert.equal(found.type, type);
    assert.deepEqual(found.options, options);
  }
});
