/**
 * AlexNet as a feature extractor: the outputs of its five ReLUs.
 *
 * Paper: A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014,
 * https://arxiv.org/abs/1404.5997. Layers and keys (`features.0.weight`, …) as torchvision's
 * `torchvision/models/alexnet.py`, whose weights it takes.
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

/** Poolings (3x3, stride 2) come before these convolutions, counted from 0. */
const POOLED = [1, 2] as const;

/** `[n, h, w, 3]`, normalised as the caller wants it, to the five outputs of the ReLUs. Sides of 31 pixels at least. */
export class AlexNetFeatures extends Module<Tensor4D[]> {
  /** Convolutions under torchvision's numbers. */
  readonly features: Sequential;

  /** Creates it with random weights, frozen. */
  constructor() {
    super();
    const none = undefined;
    this.features = new Sequential(
      new Conv2d(3, 64, 11, { stride: 4, padding: 2 }),
      none,
      none,
      new Conv2d(64, 192, 5),
      none,
      none,
      new Conv2d(192, 384, 3),
      none,
      new Conv2d(384, 256, 3),
      none,
      new Conv2d(256, 256, 3),
    );
    this.requiresGrad(false);
  }

  /** The five outputs, `[n, h', w', c]` with 64, 192, 384, 256, 256 channels. */
  override forward(x: Image): Tensor4D[] {
    const found: Tensor4D[] = [];
    for (const [i, conv] of [...this.features].entries()) {
      found.push(tf.tidy(() => {
        const previous = found[i - 1] ?? x;
        const pooled = (POOLED as readonly number[]).includes(i);
        return relu(conv.forward(pooled ? maxPool2d(previous, 3, 2) : previous) as Tensor4D);
      }));
    }
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
    this.loadTorchvision(await loadPretrained("alexnet", use));
  }
}
