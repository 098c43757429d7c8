import assert from "node:assert/strict";
import { EnlargedSampler, type SamplerOptions } from "../../../core/data/sampler.ts";

function sampler(more: Partial<SamplerOptions> = {}): EnlargedSampler {
  return new EnlargedSampler({ length: 10, batchSize: 3, seed: 0, ...more });
}

/** All slots of an epoch. */
function epochOf(s: EnlargedSampler, epoch: number): { index: number; position: number }[] {
  return Array.from({ length: s.batchesPerEpoch }, (_, b) => s.batchIndices(epoch, b)).flat();
}

Deno.test("an epoch visits every sample as often as the ratio says, in another order each time", () => {
  const s = sampler({ length: 6, ratio: 4, batchSize: 2 });
  assert.deepEqual([s.numSamples, s.totalSize, s.batchesPerEpoch], [24, 24, 12]);
  const orders = [0, 1].map((epoch) => epochOf(s, epoch).map(({ index }) => index));
  for (const order of orders) {
    for (let i = 0; i < 6; i++) assert.equal(order.filter((v) => v === i).length, 4);
  }
  assert.notDeepEqual(orders[0], orders[1]);
});

Deno.test("the order depends on manual_seed (BasicSR's does not)", () => {
  assert.notDeepEqual(epochOf(sampler({ seed: 1 }), 0), epochOf(sampler({ seed: 2 }), 0));
  assert.deepEqual(epochOf(sampler({ seed: 1 }), 5), epochOf(sampler({ seed: 1 }), 5));
});

Deno.test("what does not fill a batch is left out of the epoch", () => {
  const s = sampler(); // 10 samples, 3 a batch
  assert.equal(s.batchesPerEpoch, 3);
  assert.equal(new Set(epochOf(s, 0).map(({ index }) => index)).size, 9);
});

Deno.test("locate() and iterationOf() are each other's inverse and cross epochs", () => {
  const s = sampler();
  assert.deepEqual(s.locate(2), { epoch: 0, batch: 2 });
  assert.deepEqual(s.locate(3), { epoch: 1, batch: 0 });
  for (let i = 0; i < 20; i++) assert.equal(s.iterationOf(s.locate(i)), i);
});

Deno.test("replicas share an epoch without overlap and pad it by wrapping, as BasicSR does", () => {
  const parts = [0, 1, 2].map((rank) => sampler({ numReplicas: 3, rank, batchSize: 2 }));
  assert.deepEqual(parts.map((s) => s.numSamples), [4, 4, 4]); // ceil(10 / 3)
  const slots = parts.flatMap((s) => epochOf(s, 0));
  assert.equal(new Set(slots.map(({ position }) => position)).size, 12);
  const counts = Array.from({ length: 10 }, (_, i) => slots.filter((s) => s.index === i).length);
  assert.deepEqual(counts, [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]); // positions 10 and 11 wrap to 0 and 1
});

Deno.test("impossible numbers are refused by name", () => {
  assert.throws(() => sampler({ ratio: 0 }), /dataset_enlarge_ratio must be above 0/);
  assert.throws(() => sampler({ batchSize: 0 }), /batch_size_per_gpu must be an integer above 0/);
  assert.throws(() => sampler({ rank: 1 }), /rank must be from 0 to 0/);
  assert.throws(
    () => sampler({ batchSize: 25, numReplicas: 2 }),
    /dataset_enlarge_ratio to 5 or more/,
  );
});
