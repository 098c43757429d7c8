/**
 * Blobs whose sizes are what counts: others are cut to them. ncnn has no arithmetic for sizes, but layers that halve, repeat and
 * pad: an input of 37 rows becomes 5 by steps of 8 with 7 rows added, and 40 by repeating these 8 times.
 *
 * @module
 */
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import { NoLowering } from "../lowering.ts";
import { float, INPUT, type NcnnModel } from "./model.ts";

/** Height and width. */
export type Size = readonly [SizeExpression, SizeExpression];

/** `scale · (side / divisor, rounded) + offset`. */
interface Side {
  readonly scale: number;
  readonly divisor: number;
  readonly up: boolean;
  readonly offset: number;
}

interface Made {
  readonly blob: string;
  readonly channels: number;
}

/** Makes each of them once. */
export class SizedBlobs {
  readonly #made = new Map<string, Made>();

  /** In `model`, whose input has `channels`. */
  constructor(readonly model: NcnnModel, readonly channels: number) {}

  /** A blob of that size and number of channels, of whatever numbers. */
  like(size: Size, channels: number): string {
    const made = this.#sized(size);
    return made.channels === channels ? made.blob : this.plane(size, channels, 0);
  }

  /** A blob of that size and number of channels with the same number throughout. */
  plane(size: Size, channels: number, value: number): string {
    return this.#once(`plane ${channels} ${value} ${words(size)}`, () => {
      const { blob, channels: from } = this.#sized(size);
      return { blob: this.#constant("plane", blob, from, channels, value, [1, 1]), channels };
    }).blob;
  }

  #sized(size: Size): Made {
    const [rows, columns] = sides(size);
    return this.#once(`size ${words(size)}`, () => {
      let made: Made = { blob: INPUT, channels: this.channels };
      const [down, across] = [rows.divisor, columns.divisor];
      if (down > 1 || across > 1) {
        const [bottom, right] = [rows, columns].map(({ up, divisor }) => up ? divisor - 1 : 0);
        const padded = bottom! > 0 || right! > 0
          ? this.model.add("Padding", "size_rounded", [INPUT], { 1: bottom!, 3: right! })
          : INPUT;
        const blob = this.#constant("size_steps", padded, this.channels, 1, 0, [down, across]);
        made = { blob, channels: 1 };
      }
      if (rows.scale !== 1 || columns.scale !== 1) {
        const params = { 0: 1, 1: float(rows.scale), 2: float(columns.scale) };
        made = { ...made, blob: this.model.add("Interp", "size_repeated", [made.blob], params) };
      }
      if (rows.offset > 0 || columns.offset > 0) {
        const params = { 1: Math.max(0, rows.offset), 3: Math.max(0, columns.offset) };
        made = { ...made, blob: this.model.add("Padding", "size_more", [made.blob], params) };
      }
      if (rows.offset < 0 || columns.offset < 0) {
        const params = {
          3: -233,
          4: -233,
          5: -233,
          6: Math.max(0, -columns.offset),
          7: Math.max(0, -rows.offset),
        };
        made = { ...made, blob: this.model.add("Crop", "size_less", [made.blob], params) };
      }
      return made;
    });
  }

  /** A convolution with zeros, which gives its bias wherever it steps. */
  #constant(
    name: string,
    from: string,
    inputs: number,
    outputs: number,
    value: number,
    [down, across]: readonly [number, number],
  ): string {
    const weight = new Float32Array(inputs * outputs * down * across);
    const bias = value === 0 ? undefined : new Float32Array(outputs).fill(value);
    const params = { 1: across, 11: down, 3: across, 13: down };
    const linear = { outputs, inputs, weight, bias, padded: false, diagonal: false };
    return this.model.add("Convolution", name, [from], params, { linear });
  }

  #once(key: string, make: () => Made): Made {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(key, made);
    return made;
  }
}

/** Both sides in the form that layers can make. */
function sides(size: Size): [Side, Side] {
  return size.map((expression, i) => {
    const { factors, offset, minus } = expression;
    let { scale } = expression;
    const own = factors.filter(({ symbol, divisor, up }) => {
      if (symbol !== 0) return true;
      // There is one image.
      if (!up && divisor > 1) scale = 0;
      return false;
    });
    const [factor] = own;
    const fits = own.length === 1 && factor!.symbol === i + 1 && minus === undefined && scale > 0;
    if (!fits) throw new NoLowering("a size that is no multiple or part of the image's");
    return { scale, divisor: factor!.divisor, up: factor!.up, offset };
  }) as [Side, Side];
}

const words = (size: Size) => JSON.stringify(sides(size));
