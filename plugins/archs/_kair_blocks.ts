/**
 * Layers as a string of letters, of which KAIR's denoisers are made.
 *
 * Origin: KAIR `models/basicblock.py` (https://github.com/cszn/KAIR, MIT): letters, keys, constants.
 *
 * @module
 */
import type { Tensor4D } from "../../core/engine/tf.ts";
import {
  BatchNorm2d,
  Conv2d,
  type Image,
  LeakyReLU,
  Module,
  ReLU,
  Sequential,
} from "../../core/nn/mod.ts";
import { addSame } from "../../core/engine/ops.ts";
import { countOf, sizeOf } from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** What follows a convolution: batch norm or not, then a ReLU or a leaky one with slope 0.2. */
export type ActMode = "R" | "L" | "BR" | "BL";

/** Values of `act_mode`. KAIR knows instance norm (`IR`, `IL`) too, which none of its published networks has. */
export const ACT_MODES: readonly ActMode[] = ["R", "L", "BR", "BL"];

/** `C` and then `B`, `R` or `L` for each layer of `mode`. */
export function layers(
  input: number,
  output: number,
  mode: "C" | `C${ActMode}` | `C${ActMode}C`,
  bias = true,
): Module[] {
  return [...mode].map((letter, i) => {
    switch (letter) {
      case "C":
        return new Conv2d(i === 0 ? input : output, output, 3, { bias });
      case "B":
        return new BatchNorm2d(output, { momentum: 0.9, eps: 1e-4 });
      case "R":
        return new ReLU();
      default:
        return new LeakyReLU(0.2);
    }
  });
}

/** `nb` 3x3 convolutions in a row: the first with an activation, those between with all of `act`, the last bare. */
export function plainNet(
  [input, channels, output]: readonly [number, number, number],
  nb: number,
  act: ActMode,
): Sequential {
  const activation = act.at(-1) as "R" | "L";
  const body = Array.from({ length: nb - 2 }, () => layers(channels, channels, `C${act}`)).flat();
  return new Sequential(
    ...layers(input, channels, `C${activation}`) as Module<Tensor4D>[],
    ...body as Module<Tensor4D>[],
    ...layers(channels, output, "C") as Module<Tensor4D>[],
  );
}

/** What the tensors of a {@linkcode plainNet} under `model` say; leaky slopes do not show and are taken for ReLUs. */
export interface PlainNetSizes {
  /** Channels of its input. */
  readonly input: number;
  /** Channels of its features. */
  readonly channels: number;
  /** Channels of its output. */
  readonly output: number;
  /** Number of its convolutions. */
  readonly nb: number;
  /** What is between them. */
  readonly act: ActMode;
}

/** Looks whether a file holds a {@linkcode plainNet} under `model`. */
export function plainNetIn(dict: StateDict): PlainNetSizes | undefined {
  const last = countOf(dict, "model.*.") - 1;
  const [channels, input] = dict.get("model.0.weight")?.shape ?? [];
  const output = sizeOf(dict, `model.${last}.weight`);
  if (input === undefined || channels === undefined || output === undefined) return undefined;
  const normalized = dict.has("model.3.running_mean");
  const period = normalized ? 3 : 2;
  // Convolutions are at 0, 2, and then every `period`.
  const between = (last - 2) / period;
  if (sizeOf(dict, `model.${last}.weight`, 3) !== 3 || !Number.isInteger(between)) return undefined;
  return { input, channels, output, nb: between + 2, act: normalized ? "BR" : "R" };
}

/** x + the layers of `C<act>C`. Keys `res.0`, `res.2`, …; without an activation of its own. */
export class ResBlock extends Module<Image> {
  /** The branch. */
  readonly res: Sequential;

  /** Creates it for `channels`. */
  constructor(channels: number, act: ActMode, bias: boolean) {
    super();
    const branch = layers(channels, channels, `C${act}C`, bias);
    this.res = new Sequential(...branch as Module<Tensor4D>[]);
  }

  /** `[n, h, w, c]` to the same. */
  override forward(x: Image): Image {
    return addSame(x, this.res.forward(x));
  }
}
