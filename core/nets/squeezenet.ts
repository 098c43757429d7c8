/**
 * SqueezeNet 1.1 as a feature extractor: the seven outputs that LPIPS looks at.
 *
 * Paper: F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", 2016,
 * https://arxiv.org/abs/1602.07360. Layers and keys (`features.0.weight`, `features.3.squeeze.weight`, …) as torchvision's
 * `torchvision/models/squeezenet.py`, whose weights it takes.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";
import { relu } from "../nn/activation.ts";
import { Sequential } from "../nn/container.ts";
import { Conv2d } from "../nn/conv.ts";
import { type Image, Module } from "../nn/module.ts";
import { maxPool2d } from "../nn/resample.ts";
import type { StateDict } from "../weights/state_dict.ts";
import { loadPretrained } from "./pretrained.ts";

/** A narrow convolution, then two wide ones side by side; ReLU after each. */
class Fire extends Module<Tensor4D> {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(inChannels: number, narrow: number, wide: number) {
    super();
    this.squeeze = new Conv2d(inChannels, narrow, 1);
    this.expand1x1 = new Conv2d(narrow, wide, 1);
    this.expand3x3 = new Conv2d(narrow, wide, 3);
  }

  override forward(x: Image): Tensor4D {
    const y = relu(this.squeeze.forward(x));
    return tf.concat([relu(this.expand1x1.forward(y)), relu(this.expand3x3.forward(y))], 3);
  }
}

/** Max pooling, 3x3 with stride 2, which counts what is left over at the right and at the bottom; `x` is 0 or more. */
function pooled(x: Image): Tensor4D {
  const [, h, w] = x.shape;
  const [bottom, right] = [1 - h % 2, 1 - w % 2];
  const padded = bottom + right > 0 ? tf.pad(x, [[0, 0], [0, bottom], [0, right], [0, 0]]) : x;
  return maxPool2d(padded, 3, 2);
}

/** `[n, h, w, 3]`, normalised as the caller wants it, to seven feature maps. Sides of 17 pixels at least. */
export class SqueezeNetFeatures extends Module<Tensor4D[]> {
  /** Layers under torchvision's numbers; the poolings are done here. */
  readonly features: Sequential;

  /** Creates it with random weights, frozen. */
  constructor() {
    super();
    const none = undefined;
    this.features = new Sequential(
      new Conv2d(3, 64, 3, { stride: 2, padding: 0 }),
      none,
      none,
      new Fire(64, 16, 64),
      new Fire(128, 16, 64),
      none,
      new Fire(128, 32, 128),
      new Fire(256, 32, 128),
      none,
      new Fire(256, 48, 192),
      new Fire(384, 48, 192),
      new Fire(384, 64, 256),
      new Fire(512, 64, 256),
    );
    this.requiresGrad(false);
  }

  /** The seven outputs, `[n, h', w', c]` with 64, 128, 256, 384, 384, 512, 512 channels. */
  override forward(x: Image): Tensor4D[] {
    const [first, f3, f4, f6, f7, f9, f10, f11, f12] = [...this.features] as Module<Tensor4D>[];
    const found: Tensor4D[] = [];
    const step = (compute: (previous: Image) => Tensor4D): void => {
      found.push(tf.tidy(() => compute(found.at(-1) ?? x)));
    };
    step((y) => relu(first!.forward(y)));
    step((y) => f4!.forward(f3!.forward(pooled(y))));
    step((y) => f7!.forward(f6!.forward(pooled(y))));
    step((y) => f9!.forward(pooled(y)));
    for (const fire of [f10, f11, f12]) step((y) => fire!.forward(y));
    return found;
  }

  /**
   * Loads a state dict of torchvision; what is not needed of it is passed over.
   *
   * @throws {UserError} If something is missing or of another shape.
   */
  loadTorchvision(dict: StateDict): void {
    this.loadStateDict(new Map([...dict].filter(([name]) => name.startsWith("features."))));
  }

  /**
   * Finds and loads torchvision's weights.
   *
   * @param use What needs them, for messages.
   * @throws {UserError} If the file is missing, or is not the right one; see `core/nets/pretrained.ts`.
   */
  async loadPretrained(use?: string): Promise<void> {
    this.loadTorchvision(await loadPretrained("squeezenet1_1", use));
  }
}
