/**
 * SobelLoss: the L1 distance of two images' gradients.
 *
 * Operator: I. Sobel, G. Feldman, "A 3x3 Isotropic Gradient Operator for Image Processing", 1968. Both directions are
 * compared, with their signs, in each channel. Unlike losses that pad with zeros, whose border would be an edge, the
 * outermost pixels have no gradient here.
 *
 * @module
 */
import { type Tensor4D, tf } from "../../core/engine/tf.ts";
import { absolute } from "../../core/losses/absolute.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import { PixelLoss, type PixelLossOptions } from "./pixel_loss.ts";

const options = z.strictObject({
  loss_weight: z.number().default(1),
  reduction: z.enum(["none", "mean", "sum"]).default("mean"),
});

/** |Gx(pred) - Gx(target)| + |Gy(pred) - Gy(target)|, for `[n, h, w, c]` a map `[n, h - 2, w - 2, c]`. */
@LOSS_REGISTRY.register({ options })
export class SobelLoss extends PixelLoss {
  /** Applies the options. */
  constructor(options: PixelLossOptions = {}) {
    super(options);
  }

  /** See the class. */
  protected override errors(pred: Tensor4D, target: Tensor4D): Tensor4D {
    const difference: Tensor4D = tf.sub(pred, target);
    const x = smoothed(stepped(difference, 2), 1), y = smoothed(stepped(difference, 1), 2);
    return tf.add(absolute(x), absolute(y));
  }

  /** Without the outermost pixels. */
  protected override weights(weight: Tensor4D): Tensor4D {
    return part(part(weight, 1, 1, 2), 2, 1, 2);
  }
}

/** The pixel after minus the pixel before, along `axis`. */
function stepped(x: Tensor4D, axis: 1 | 2): Tensor4D {
  return tf.sub(part(x, axis, 2, 2), part(x, axis, 0, 2));
}

/** The pixel before, twice the pixel, and the pixel after, along `axis`. */
function smoothed(x: Tensor4D, axis: 1 | 2): Tensor4D {
  const middle = tf.mul(part(x, axis, 1, 2), 2);
  return tf.add(tf.add(part(x, axis, 0, 2), part(x, axis, 2, 2)), middle);
}

/** All but `less` pixels along `axis`, from `first` on. */
function part(x: Tensor4D, axis: 1 | 2, first: number, less: number): Tensor4D {
  const begin = [0, 0, 0, 0], size = [...x.shape];
  begin[axis] = first;
  size[axis]! -= less;
  return tf.slice(x, begin as typeof x.shape, size as typeof x.shape);
}
