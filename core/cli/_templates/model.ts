/**
 * Template of a model (one training step, one inference): working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new model` writes. */
export const MODEL: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: trains \`network_g\` with the loss under \`train.pixel_opt\`.
 *
 * Origin: say here where the procedure comes from, and what differs.
 *
 * @module
 */
import type { Scalar } from "${core}/engine/tf.ts";
import type { Loss } from "${core}/nn/loss.ts";
import { gradientStep } from "${core}/optim/gradient_step.ts";
import type { Optimizer } from "${core}/optim/optimizer.ts";
import { MODEL_REGISTRY } from "${core}/registry.ts";
import type { Visuals } from "${core}/train/base_model.ts";
import { ModelBase, type ModelNetwork } from "${core}/train/model_base.ts";
import { paddedForward } from "${core}/train/padded_forward.ts";

/** Takes \`lq\` and \`gt\` of a batch; logs \`l_pix\`. */
@MODEL_REGISTRY.register()
export class ${name} extends ModelBase {
  #network: ModelNetwork | undefined;
  #loss: Loss | undefined;
  #optimizer: Optimizer | undefined;

  /**
   * Builds \`network_g\`, and when training its moving average, its loss and its optimizer.
   *
   * @throws {UserError} If an option is wrong or the pretrained weights do not fit.
   */
  override async setup(): Promise<void> {
    this.#network = await this.addNetwork("g", { average: true });
    if (!this.opt.is_train) return;
    this.#loss = await this.buildImageLoss("pixel_opt");
    if (this.#loss === undefined) throw this.mistake("train.pixel_opt is missing");
    this.#optimizer = this.addOptimizer("g", this.#network.net);
  }

  /** One step on the batch that was fed. The sum of the losses that it names is what is reduced. */
  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    const { net } = this.#network!;
    return await this.step(
      iter,
      this.#optimizer!,
      ["lq", "gt"],
      ([lq, gt], scalars) =>
        gradientStep(this.#optimizer!, scalars, () => ({
          l_pix: this.#loss!.forward(paddedForward(net, lq!), gt!) as Scalar,
        })),
    );
  }

  /** Restores the first image of the batch. */
  override async test(): Promise<Visuals> {
    return await this.restore(this.#network!);
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import type { Batch } from "${core}/data/dataset.ts";
import { startEngine } from "${core}/engine/start.ts";
import { tf } from "${core}/engine/tf.ts";
import type { RunOptions } from "${core}/options/types.ts";
import { loadPlugins } from "${core}/plugins.ts";
import { Rng } from "${core}/random.ts";
import { MODEL_REGISTRY } from "${core}/registry.ts";
import "${plugin}";

await loadPlugins();

const options: RunOptions = {
  name: "test",
  model_type: "${name}",
  scale: 2,
  num_gpu: 0,
  manual_seed: 10,
  engine: "cpu",
  plugins: [],
  datasets: {},
  network_g: { type: "MSRResNet", num_feat: 4, num_block: 1, upscale: 2 },
  path: {
    experiments_root: "",
    models: "",
    training_states: "",
    visualization: "",
    log: "",
    results_root: "",
    tb_logger: "",
  },
  train: {
    total_iter: 8,
    warmup_iter: -1,
    ema_decay: 0.5,
    optim_g: { type: "Adam", lr: 0.01 },
    pixel_opt: { type: "L1Loss" },
  },
  logger: { print_freq: 1, save_checkpoint_freq: 8, use_tb_logger: false },
  hooks: [],
  is_train: true,
  auto_resume: false,
  opt_path: "test.yml",
};

function image(side: number): Batch["images"][string] {
  const rng = new Rng(10, "image", side);
  const data = Float32Array.from({ length: side * side * 3 }, () => rng.float());
  return { shape: [1, side, side, 3], data };
}

Deno.test("${name} lowers its loss, restores an image, and leaves no tensors", async () => {
  const engine = await startEngine({ engine: "cpu" });
  try {
    const { value: Model } = MODEL_REGISTRY.get("${name}");
    const model = new Model(options, { say: () => {} });
    await model.setup();
    model.feedData({ size: 1, images: { lq: image(6), gt: image(12) }, paths: {} });
    const losses: number[] = [];
    for (let iter = 1; iter <= 8; iter++) {
      model.updateLearningRate(iter);
      losses.push((await model.optimizeParameters(iter))["l_pix"]!);
      model.updateEma();
    }
    assert.ok(losses.every(Number.isFinite));
    assert.ok(losses.at(-1)! < losses[0]!, \`the loss went from \${losses[0]} to \${losses.at(-1)}\`);
    const { result } = await model.test();
    assert.deepEqual([result.height, result.width, result.channels], [12, 12, 3]);
    assert.ok(result.data.every(Number.isFinite));
    model.dispose();
    assert.equal(tf.memory().numTensors, 0, "tensors are left over");
  } finally {
    await engine.dispose();
  }
});
`,
  yaml: (name) => `model_type: ${name}`,
};
