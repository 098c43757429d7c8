/**
 * Template of a loss: working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new loss` writes. */
export const LOSS: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: mean squared error.
 *
 * Put your formula into \`forward\`, and say here where it comes from: authors, "title", venue and year, link.
 *
 * @module
 */
import { type Scalar, type Tensor4D, tf } from "${core}/engine/tf.ts";
import type { Loss } from "${core}/nn/loss.ts";
import { z } from "${core}/options/zod.ts";
import { LOSS_REGISTRY } from "${core}/registry.ts";

/** Options of {@linkcode ${name}}, spelled as in YAML under \`train.pixel_opt\`. */
export interface ${name}Options {
  /** Factor on the result, default 1. */
  readonly loss_weight?: number;
}

const options = z.strictObject({ loss_weight: z.number().default(1) });

/** loss_weight · mean((pred - target)²). */
@LOSS_REGISTRY.register({ options })
export class ${name} implements Loss {
  readonly #weight: number;

  /** Applies the options. */
  constructor(opt: ${name}Options = {}) {
    this.#weight = options.parse(opt).loss_weight;
  }

  /** The loss of \`pred\` against \`target\`, both \`[n, h, w, c]\`, float32. Differentiable by \`pred\`. */
  forward(pred: Tensor4D, target: Tensor4D): Scalar {
    return tf.mul(tf.mean(tf.square(tf.sub(pred, target))), this.#weight);
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import { startEngine } from "${core}/engine/start.ts";
import { type Tensor4D, tf } from "${core}/engine/tf.ts";
import { LOSS_REGISTRY } from "${core}/registry.ts";
import { ${name} } from "${plugin}";

Deno.test("${name} gives the value and the gradient of its formula", async () => {
  const engine = await startEngine({ engine: "cpu" });
  try {
    const loss = new ${name}({ loss_weight: 0.5 });
    const pred = tf.tensor4d([0, 0.5, 1, 0.25], [1, 2, 2, 1]);
    const target = tf.tensor4d([0, 0, 0, 0.25], [1, 2, 2, 1]);
    const { value, grad } = tf.valueAndGrad((x) => loss.forward(x as Tensor4D, target))(pred);
    // 0.5 · (0.5² + 1²) / 4, and by pred 0.5 · 2 · (pred - target) / 4.
    assert.equal((await value.data())[0], 0.15625);
    assert.deepEqual([...await grad.data()], [0, 0.125, 0.25, 0]);
    tf.dispose([pred, target, value, grad]);
    assert.equal(tf.memory().numTensors, 0, "tensors are left over");
  } finally {
    await engine.dispose();
  }
});

Deno.test("${name} is registered and refuses options that it does not have", () => {
  const { value, options } = LOSS_REGISTRY.get("${name}");
  assert.equal(value, ${name});
  assert.deepEqual(options!.parse({}), { loss_weight: 1 });
  assert.equal(options!.safeParse({ weight: 2 }).success, false);
});
`,
  yaml: (name) =>
    `train:
  pixel_opt:
    type: ${name}
    loss_weight: 1.0`,
};
