/** Poisson numbers from tables: distribution and repeatability. */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { POISSON_COLUMNS, poissonTable, randomPoisson } from "../../../core/engine/poisson.ts";
import { presentValues } from "../../../core/engine/present_values.ts";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { type Tensor, tf } from "../../../core/engine/tf.ts";
import { forEachEngine } from "./_engines.ts";

const MEANS = [0, 0.3, 4, 37.5, 256];

/** The probabilities of 0, 1, 2, … for a mean. */
function probabilities(mean: number): number[] {
  let p = Math.exp(-mean);
  return Array.from({ length: POISSON_COLUMNS }, (_, k) => {
    const now = p;
    p *= mean / (k + 1);
    return now;
  });
}

Deno.test("poissonTable() holds the distribution of every mean", () => {
  const table = poissonTable(MEANS);
  MEANS.forEach((mean, row) => {
    const sums = new Float64Array(POISSON_COLUMNS);
    for (let k = 0; k < POISSON_COLUMNS; k++) {
      const entry = table[row * POISSON_COLUMNS + k]!;
      const other = Math.floor(entry), own = entry - other;
      sums[k]! += own / POISSON_COLUMNS;
      sums[other]! += (1 - own) / POISSON_COLUMNS;
    }
    probabilities(mean).forEach((p, k) => {
      assert(Math.abs(p - sums[k]!) < 2e-6, `mean ${mean}: ${k} has ${sums[k]}, should have ${p}`);
    });
  });
  assert.throws(() => poissonTable([257]), /means must be in \[0, 256\], received 257/);
});

await forEachEngine(
  "randomPoisson() draws from the distribution of each element's mean",
  async () => {
    const count = 4000;
    const table = tf.tensor1d(poissonTable(MEANS));
    const rows = tf.tidy(() =>
      tf.tile(tf.reshape(tf.range(0, MEANS.length), [MEANS.length, 1]), [1, count])
    );
    const draw = compile((rows: Tensor, table: Tensor) => randomPoisson(rows, table));
    const numbers = async () => {
      const drawn = await draw(rows, table);
      const values = Array.from(await drawn.data());
      drawn.dispose();
      return values;
    };
    seedRandomOps(21);
    const first = await numbers(), second = await numbers();
    assert.notDeepEqual(first, second);
    seedRandomOps(21);
    assert.deepEqual(await numbers(), first);
    MEANS.forEach((mean, row) => {
      const values = first.slice(row * count, (row + 1) * count);
      assert(values.every((v) => Number.isInteger(v) && v >= 0));
      const average = values.reduce((sum, v) => sum + v, 0) / count;
      assert(Math.abs(average - mean) <= 4 * Math.sqrt(mean / count), `mean ${mean}: ${average}`);
      // Pearson's test over outcomes that are expected at least five times; its deviation is the root of 2 · outcomes.
      let chi = 0, outcomes = 0;
      probabilities(mean).forEach((p, k) => {
        if (p * count < 5) return;
        const seen = values.filter((v) => v === k).length;
        chi += (seen - p * count) ** 2 / (p * count);
        outcomes++;
      });
      assert(chi < outcomes + 5 * Math.sqrt(2 * outcomes), `mean ${mean}: ${chi} of ${outcomes}`);
    });
    tf.dispose([table, rows]);
  },
);

await forEachEngine("presentValues() says for each row which numbers occur", async () => {
  const x = tf.tensor2d([[1, 1, 3], [0, 2, 3]], [2, 3], "int32");
  const present = await compile(() => presentValues(x, 5))();
  assert.deepEqual([...await present.data()], [0, 1, 0, 1, 0, 1, 0, 1, 1, 0]);
  assert.deepEqual(present.shape, [2, 5]);
  tf.dispose([x, present]);
});
