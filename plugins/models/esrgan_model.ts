/**
 * ESRGANModel: SRGANModel with a relativistic average discriminator, which says how much more real an image is than the
 * average of the other kind.
 *
 * Paper: X. Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCVW 2018,
 * https://arxiv.org/abs/1809.00219. Origin: BasicSR `basicsr/models/esrgan_model.py`, whose forward passes of the
 * discriminator, their order (which its running statistics see) and its gradients are kept.
 *
 * @module
 */
import { detach } from "../../core/engine/ops.ts";
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import type { GanLossLike } from "../../core/nn/loss.ts";
import type { Module } from "../../core/nn/module.ts";
import type { Aside, Losses } from "../../core/optim/gradient_step.ts";
import { MODEL_REGISTRY } from "../../core/registry.ts";
import { ganSections, SRGANModel } from "./srgan_model.ts";

/** As SRGANModel. `l_d_real` and `l_d_fake` are each half of the discriminator's loss. */
@MODEL_REGISTRY.register({ sections: ganSections })
export class ESRGANModel extends SRGANModel {
  /** Half of how much less real the real images are than the average fake one, and half of the opposite. */
  protected override generatorGan(
    discriminator: Module<Tensor4D>,
    gan: GanLossLike,
    fake: Tensor4D,
    real: Tensor4D,
  ): Scalar {
    const ofReal = detach(discriminator.forward(real));
    const ofFake = discriminator.forward(fake);
    const lossOfReal = gan.forward(relative(ofReal, ofFake), false, false);
    const lossOfFake = gan.forward(relative(ofFake, ofReal), true, false);
    return tf.mul(tf.add(lossOfReal, lossOfFake), 0.5);
  }

  /** See {@linkcode SRGANModel}; each mean of the other kind is a constant. */
  protected override discriminatorLosses(
    discriminator: Module<Tensor4D>,
    gan: GanLossLike,
    fake: Tensor4D,
    real: Tensor4D,
    aside: Aside,
  ): Losses {
    const firstOfFake = detach(discriminator.forward(fake));
    const ofReal = discriminator.forward(real);
    const ofFake = discriminator.forward(fake);
    aside.log("out_d_real", tf.mean(ofReal));
    aside.log("out_d_fake", tf.mean(ofFake));
    const lossOfReal = gan.forward(relative(ofReal, firstOfFake), true, true);
    const lossOfFake = gan.forward(relative(ofFake, detach(ofReal)), false, true);
    return { l_d_real: tf.mul(lossOfReal, 0.5), l_d_fake: tf.mul(lossOfFake, 0.5) };
  }
}

/** How much more real `said` is than the average of `others`. */
function relative(said: Tensor4D, others: Tensor4D): Tensor4D {
  return tf.sub(said, tf.mean(others));
}
