/**
 * LPIPSLoss: the learned perceptual distance as a loss; the network is in `core/nets/lpips.ts`.
 *
 * Paper: R. Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018,
 * https://arxiv.org/abs/1801.03924.
 *
 * @module
 */
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { LPIPS, LPIPS_NETS, type LpipsNet } from "../../core/nets/lpips.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** Options, spelled as in YAML. */
export interface LPIPSLossOptions {
  /** Factor on the result. Default 1. */
  readonly loss_weight?: number;
  /** Network whose features are compared. Default `vgg`, which the authors advise for training. */
  readonly net?: LpipsNet;
}

/** What differs in tests. */
export interface LPIPSLossParts {
  /** Weights of the network and of the layers, in place of the files. */
  readonly weights?: { readonly network: StateDict; readonly layers: StateDict };
}

/** Mean of LPIPS over the batch. {@linkcode LPIPSLoss.prepare} loads the weights, which stay as they are. */
@LOSS_REGISTRY.register({
  options: z.strictObject({
    loss_weight: z.number().default(1),
    net: z.enum(LPIPS_NETS).default("vgg"),
  }),
})
export class LPIPSLoss implements Loss {
  readonly #net: LPIPS;
  readonly #factor: number;
  readonly #weights: LPIPSLossParts["weights"];
  #ready = false;

  /** Applies the options; `parts` are for tests. */
  constructor(options: LPIPSLossOptions = {}, parts: LPIPSLossParts = {}) {
    this.#net = new LPIPS(options.net ?? "vgg");
    this.#factor = options.loss_weight ?? 1;
    this.#weights = parts.weights;
  }

  /**
   * Loads the weights.
   *
   * @throws {UserError} If they are missing; the message says what to put where.
   */
  async prepare(): Promise<void> {
    if (this.#ready) return;
    if (this.#weights) this.#net.load(this.#weights.network, this.#weights.layers);
    else await this.#net.loadPretrained("LPIPSLoss");
    this.#ready = true;
  }

  /** The loss of `[n, h, w, 3]` images (or gray ones) in [0, 1]; the target is not differentiated. */
  forward(pred: Tensor4D, target: Tensor4D): Scalar {
    if (!this.#ready) {
      throw new Error("LPIPSLoss has no weights yet: call prepare() before the first step");
    }
    return tf.mul(tf.mean(this.#net.distanceTo(pred, target)), this.#factor);
  }

  /** Releases the network. */
  dispose(): void {
    this.#net.dispose();
    this.#ready = false;
  }
}
