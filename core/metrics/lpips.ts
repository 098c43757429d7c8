/**
 * LPIPS of stored images: the learned perceptual distance; the network is in `core/nets/lpips.ts`.
 *
 * @module
 */
import { toColour, toFloat } from "../data/convert.ts";
import type { RawImage } from "../data/image.ts";
import { crop } from "../data/transforms.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { LPIPS, type LpipsNet } from "../nets/lpips.ts";
import { levelPair } from "./planes.ts";

/**
 * Computes LPIPS; lower is better, 0 for identical images. Dispose of it. Images go in as they are, RGB, of any size;
 * gray ones count as three equal channels.
 */
export class LpipsMeter implements Disposable {
  readonly #net: LPIPS;
  readonly #cropBorder: number;

  /** Takes a network with its weights, which is disposed of with this; `cropBorder` pixels are cut off at each side. */
  constructor(net: LPIPS, cropBorder = 0) {
    this.#net = net;
    this.#cropBorder = cropBorder;
  }

  /**
   * Finds and loads the network.
   *
   * @throws {UserError} If its weights are missing; the message says what to put where.
   */
  static async open(type: LpipsNet = "alex", cropBorder = 0): Promise<LpipsMeter> {
    const net = new LPIPS(type);
    await net.loadPretrained("LPIPS");
    return new LpipsMeter(net, cropBorder);
  }

  /**
   * LPIPS of two 8-bit images.
   *
   * @throws {UserError} With exit code DATA if they are not 8-bit, of different shapes, or too small.
   */
  async of(restored: RawImage, gt: RawImage): Promise<number> {
    const border = this.#cropBorder;
    levelPair(restored, gt, { cropBorder: border }); // for its checks
    const tensor = (image: RawImage): Tensor4D => {
      const { width, height } = image;
      const whole = toColour(image);
      const cut = border === 0
        ? whole
        : crop<RawImage>(whole, border, border, height - 2 * border, width - 2 * border);
      return tf.tensor4d(toFloat(cut).data, [1, cut.height, cut.width, 3]);
    };
    let distance;
    try {
      distance = tf.tidy(() => this.#net.forward(tensor(restored), tensor(gt)));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UserError(cause.message, ExitCode.DATA, { cause });
    }
    try {
      return (await distance.data())[0]!;
    } finally {
      distance.dispose();
    }
  }

  /** Releases the network. */
  [Symbol.dispose](): void {
    this.#net.dispose();
  }
}

/** How the numbers are made, for example `LPIPS v0.1 alex, RGB, crop 2, 8 bit`. */
export function lpipsRecipe(type: LpipsNet, cropBorder: number): string {
  return `LPIPS v0.1 ${type}, RGB, crop ${cropBorder}, 8 bit`;
}
