/**
 * Sizes that depend on the input's, as tensors: from `SHAPE` of the input to the shapes and paddings that operators take.
 *
 * Only operators are used that the interpreter computes while it allocates memory (`SHAPE`, `STRIDED_SLICE`, `RANGE`, `MUL`,
 * `CONCATENATION`, `RESHAPE`; the others, `ADD` and `FLOOR_DIV` among them, run later): with them all shapes are known before the
 * model runs, and delegates may take every operator. So ⌈h/4⌉ is the length of the range 0, 4, 8, … below h, and a - b that of
 * the range b, b + 1, … below a.
 *
 * @module
 */
import {
  evaluate,
  fixedSize,
  type SizeExpression,
  type SizeFactor,
} from "../../engine/native/size_expressions.ts";
import { fixedValue } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import type { LiteBuilder } from "./builder.ts";

/** Heights and widths at which an expression is tried; smaller images have no such sizes either. */
const SAMPLES = [16, 17, 23, 31, 48, 64, 65, 257].map((size) => [size, size, size]);

/** Whether ranges of such a length exist and are short. */
function isNeverNegative(value: SizeExpression): boolean {
  return value.factors.length === 1 && value.scale > 0 &&
    SAMPLES.every((sizes) => evaluate(value, sizes) >= 0);
}

const ONE = [fixedSize(1)];
const ROW = { shape: ONE, type: "INT32" } as const;
const SCALAR = { shape: [], type: "INT32" } as const;

/** Makes tensors of size expressions. */
export class SizeTensors {
  readonly #builder: LiteBuilder;
  readonly #input: number;
  readonly #known = new Map<string, number>();

  /**
   * Makes them in a model.
   *
   * @param input The tensor of the input.
   */
  constructor(builder: LiteBuilder, input: number) {
    this.#builder = builder;
    this.#input = input;
  }

  /** The sizes in one row, int32. */
  row(values: readonly SizeExpression[]): number {
    const builder = this.#builder;
    const fixed = values.map(fixedValue);
    if (values.some(({ offset }) => Number.isNaN(offset))) {
      throw new NoLowering("a size that depends on the input's in a way of its own");
    }
    if (fixed.every((value) => value !== undefined)) return builder.ints(fixed as number[]);
    return this.#once(JSON.stringify(values), () => {
      const parts: number[] = [];
      let run: number[] = [];
      const flush = () => {
        if (run.length > 0) parts.push(builder.ints(run));
        run = [];
      };
      for (const [i, value] of values.entries()) {
        if (fixed[i] !== undefined) {
          run.push(fixed[i]);
          continue;
        }
        flush();
        parts.push(this.#size(value));
      }
      flush();
      return this.#joined(parts, values.length);
    });
  }

  /** One size alone, without an axis. */
  scalar(value: SizeExpression): number {
    const fixed = fixedValue(value);
    if (fixed !== undefined) return this.#builder.number(fixed, "INT32");
    return this.#element(this.row([value]), 0, true);
  }

  /** 0, 1, 2, … below a size. */
  range(length: SizeExpression): number {
    return this.#range(this.#builder.number(0, "INT32"), this.scalar(length), 1, length);
  }

  /** One size as a row of one. */
  #size(value: SizeExpression): number {
    return this.#once(JSON.stringify([value]), () => {
      const { scale, factors, offset, minus } = value;
      let product: number | undefined;
      for (const part of factors) {
        const factor = this.#divided(part);
        product = product === undefined ? factor : this.#times(product, factor);
      }
      product = this.#scaled(product!, scale);
      if (offset === 0 && minus === undefined) return product;
      if (!isNeverNegative(value)) return this.#sum(product, value);
      // The differences of sizes as lengths of ranges; what is added comes first, so that none is below nothing.
      const steps = [
        offset > 0 ? -offset : undefined,
        minus === undefined ? undefined : this.#alone(minus),
        offset < 0 ? -offset : undefined,
      ];
      for (const [i, from] of steps.entries()) {
        if (from === undefined) continue;
        const start = i === 1 ? from : this.#builder.number(from, "INT32");
        product = this.#shapeOf(this.#range(start, this.#element(product, 0, true), 1, value), 1);
      }
      return product;
    });
  }

  /** A sum that may be negative, or large: the interpreter computes it when the model runs. */
  #sum(product: number, { minus, offset }: SizeExpression): number {
    const terms = [product];
    if (minus !== undefined) {
      terms.push(this.#scaled(this.#divided({ symbol: minus, divisor: 1, up: false }), -1));
    }
    if (offset !== 0) terms.push(this.#builder.ints([offset]));
    const all = this.#joined(terms, terms.length);
    return this.#builder.make("SUM", [all, this.#builder.ints([0])], ROW, {
      table: "ReducerOptions",
      fields: { keepDims: true },
    });
  }

  #times(a: number, b: number): number {
    return this.#builder.make("MUL", [a, b], ROW, { table: "MulOptions", fields: {} });
  }

  #scaled(value: number, scale: number): number {
    return scale === 1 ? value : this.#times(value, this.#builder.ints([scale]));
  }

  /** A size, divided and rounded, as a row of one. */
  #divided(factor: SizeFactor): number {
    const { symbol, divisor, up, of } = factor;
    if (divisor === 1) {
      return of === undefined
        ? this.#once(`${symbol}`, () => this.#sliced(symbol, false))
        : this.#size(of);
    }
    return this.#once(JSON.stringify(factor), () => {
      const length = { scale: 1, factors: [factor], offset: 0 };
      const from = this.#builder.number(up ? 0 : divisor - 1, "INT32");
      const below = of === undefined ? this.#alone(symbol) : this.scalar(of);
      return this.#shapeOf(this.#range(from, below, divisor, length), 1);
    });
  }

  #alone(symbol: number): number {
    return this.#once(`${symbol} alone`, () => this.#sliced(symbol, true));
  }

  #range(from: number, below: number, step: number, length: SizeExpression): number {
    const builder = this.#builder;
    const inputs = [from, below, builder.number(step, "INT32")];
    const result = { shape: [length], type: "INT32" } as const;
    return builder.make("RANGE", inputs, result, { table: "RangeOptions", fields: {} });
  }

  #sliced(symbol: number, alone: boolean): number {
    return this.#element(this.#once("shape", () => this.#shapeOf(this.#input, 4)), symbol, alone);
  }

  /** An element of a row: alone, or as a row of one. */
  #element(row: number, index: number, alone: boolean): number {
    const builder = this.#builder;
    const inputs = [row, builder.ints([index]), builder.ints([index + 1]), builder.ints([1])];
    return builder.make("STRIDED_SLICE", inputs, alone ? SCALAR : ROW, {
      table: "StridedSliceOptions",
      fields: { shrinkAxisMask: alone ? 1 : 0 },
    });
  }

  #shapeOf(tensor: number, rank: number): number {
    const result = { shape: [fixedSize(rank)], type: "INT32" } as const;
    return this.#builder.make("SHAPE", [tensor], result, {
      table: "ShapeOptions",
      fields: { outType: 2 },
    });
  }

  #joined(parts: readonly number[], length: number): number {
    if (parts.length === 1) return parts[0]!;
    const result = { shape: [fixedSize(length)], type: "INT32" } as const;
    return this.#builder.make("CONCATENATION", parts, result, {
      table: "ConcatenationOptions",
      fields: { axis: 0 },
    });
  }

  #once(key: string, make: () => number): number {
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, known = make());
    return known;
  }
}
