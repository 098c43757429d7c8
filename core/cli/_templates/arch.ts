/**
 * Template of a network: working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new arch` writes. */
export const ARCH: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: convolutions and a pixel shuffle, whose output is added to the enlarged input.
 *
 * Paper: authors, "title", venue and year, link; or say that it is your own.
 *
 * @module
 */
import { tf } from "${core}/engine/tf.ts";
import {
  Conv2d,
  type Image,
  interpolateBy,
  makeLayer,
  Module,
  relu,
  type Sequential,
} from "${core}/nn/mod.ts";
import { z } from "${core}/options/zod.ts";
import { ARCH_REGISTRY } from "${core}/registry.ts";

/** Options of {@linkcode ${name}}, spelled as in YAML under \`network_g\`. */
export interface ${name}Options {
  /** Channels of the input and of the output, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the features, default 32. */
  readonly num_feat?: number;
  /** Blocks between the first and the last convolution, default 4. */
  readonly num_block?: number;
  /** Scale factor, default 4. */
  readonly upscale?: number;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_feat: z.int().min(1).default(32),
  num_block: z.int().min(0).default(4),
  upscale: z.int().min(1).default(4),
});

/** Adds to the features \`[n, h, w, num_feat]\` what a convolution finds in them. */
class Block extends Module<Image> {
  readonly conv: Conv2d;

  constructor(num_feat: number) {
    super();
    this.conv = new Conv2d(num_feat, num_feat, 3);
  }

  override forward(x: Image): Image {
    return tf.add(x, relu(this.conv.forward(x)));
  }
}

/**
 * Maps \`lq\` \`[n, h, w, num_in_ch]\`, float32 RGB in [0, 1], to \`[n, h·upscale, w·upscale, num_in_ch]\`.
 */
@ARCH_REGISTRY.register({ options })
export class ${name} extends Module<Image> {
  readonly #upscale: number;
  // Names of fields are the keys of the weights: conv_first.weight, body.0.conv.bias, …
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly conv_last: Conv2d;

  /** Creates it. */
  constructor(opt: ${name}Options = {}) {
    super();
    const { num_in_ch, num_feat, num_block, upscale } = options.parse(opt);
    this.#upscale = upscale;
    this.conv_first = new Conv2d(num_in_ch, num_feat, 3);
    this.body = makeLayer(num_block, () => new Block(num_feat));
    this.conv_last = new Conv2d(num_feat, num_in_ch * upscale ** 2, 3, { shuffle: upscale });
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const features = this.body.forward(relu(this.conv_first.forward(lq)));
    const base = interpolateBy(lq, this.#upscale, { mode: "bilinear" });
    return tf.add(this.conv_last.forward(features), base);
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import { startEngine } from "${core}/engine/start.ts";
import { type Scalar, type Tensor4D, tf } from "${core}/engine/tf.ts";
import { buildNetwork } from "${core}/nn/mod.ts";
import "${plugin}";

const small = { type: "${name}", num_feat: 4, num_block: 1 };

Deno.test("${name} enlarges by upscale, and all its parameters have gradients", async () => {
  const engine = await startEngine({ engine: "cpu" });
  try {
    for (const upscale of [1, 2, 3]) {
      const net = buildNetwork({ ...small, upscale }, 10);
      const lq: Tensor4D = tf.randomUniform([2, 5, 4, 3], 0, 1, "float32", 10);
      const variables = net.parameters().map((parameter) => parameter.value);
      const { value, grads } = tf.variableGrads(() => {
        const output = net.forward(lq);
        assert.deepEqual(output.shape, [2, 5 * upscale, 4 * upscale, 3]);
        return tf.mean(tf.square(output)) as Scalar;
      }, variables);
      for (const [name, parameter] of net.namedParameters()) {
        const gradient = await grads[parameter.value.name]!.data();
        assert.ok(gradient.every(Number.isFinite), \`\${name} has a gradient that is no number\`);
        assert.ok(gradient.some((x) => x !== 0), \`\${name} does not learn\`);
      }
      tf.dispose([lq, value]);
      tf.dispose(grads);
      net.dispose();
    }
    assert.equal(tf.memory().numTensors, 0, "tensors are left over");
  } finally {
    await engine.dispose();
  }
});

Deno.test("${name} refuses options that it does not have", () => {
  assert.throws(() => buildNetwork({ ...small, upscal: 2 }, 10), /upscal/);
});
`,
  yaml: (name) =>
    `network_g:
  type: ${name}
  num_feat: 32
  num_block: 4
  upscale: 2 # as scale`,
};
