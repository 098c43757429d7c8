/**
 * Sizes inside a model, computed from those of its input as int64.
 *
 * @module
 */
import { computeSize } from "../../engine/native/size_arithmetic.ts";
import { format, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedValue, SYMBOLS } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { INPUT, type OnnxBuilder } from "./builder.ts";
import { type Layout, PLACES } from "./layouts.ts";

/** Vectors of sizes; each is computed once. */
export class Sizes {
  readonly #builder: OnnxBuilder;
  readonly #layout: Layout;
  readonly #made = new Map<string, string>();

  /** For the model that is built, whose input has its axes in the order `layout`. */
  constructor(builder: OnnxBuilder, layout: Layout) {
    this.#builder = builder;
    this.#layout = layout;
  }

  /** The vector `[sizes.length]`. */
  vector(sizes: readonly SizeExpression[]): string {
    const builder = this.#builder;
    if (sizes.every((size) => fixedValue(size) !== undefined)) {
      return builder.ints(sizes.map((size) => checked(size).offset), "sizes");
    }
    if (sizes.length === 1) return this.#one(sizes[0]!);
    return this.#once(`[${sizes.map((size) => this.#text(size)).join()}]`, () => {
      // Fixed sizes that stand side by side are one constant.
      const parts: string[] = [];
      let run: number[] = [];
      const endRun = () => {
        if (run.length > 0) parts.push(builder.ints(run, "sizes"));
        run = [];
      };
      for (const size of sizes) {
        if (fixedValue(size) !== undefined) {
          run.push(checked(size).offset);
          continue;
        }
        endRun();
        parts.push(this.#one(size));
      }
      endRun();
      return builder.make("Concat", parts, { axis: { int: 0 } }, { name: "sizes/shape" })[0]!;
    });
  }

  /** The scalar. */
  scalar(size: SizeExpression): string {
    const builder = this.#builder;
    const fixed = fixedValue(size);
    if (fixed !== undefined) return builder.number(checked(size).offset, "int64", "size");
    return this.#once(`scalar ${this.#text(size)}`, () => {
      const inputs = [this.#one(size), builder.ints([0], "axis")];
      return builder.make("Squeeze", inputs, {}, { name: "sizes/scalar" })[0]!;
    });
  }

  /** A vector of one size. */
  #one(size: SizeExpression): string {
    return this.#once(this.#text(checked(size)), () =>
      computeSize(size, {
        int: (value) => this.#builder.ints([value], "number"),
        symbol: (position) => this.#symbol(position),
        op: (name, a, b) => this.#op(name === "AddV2" ? "Add" : name, a, b),
        divide: (value, divisor, up) => this.#divided(value, divisor, up),
      }));
  }

  #divided(size: string, divisor: number, up: boolean): string {
    const builder = this.#builder;
    const raised = up ? this.#op("Add", size, builder.ints([divisor - 1], "number")) : size;
    return this.#op("Div", raised, builder.ints([divisor], "number"));
  }

  /** Number, height or width of the input. */
  #symbol(symbol: number): string {
    const builder = this.#builder;
    const { name, axis } = SYMBOLS[symbol]!;
    return this.#once(name, () => {
      const shape = this.#once(
        "shape",
        () => builder.make("Shape", [INPUT], {}, { name: "sizes/input" })[0]!,
      );
      const place = this.#layout === "first" ? PLACES[axis]! : axis;
      const inputs = [shape, builder.ints([place], "axis")];
      return builder.make("Gather", inputs, { axis: { int: 0 } }, { name: `sizes/${name}` })[0]!;
    });
  }

  #op(op: string, a: string, b: string): string {
    return this.#once(
      `${op} ${a} ${b}`,
      () => this.#builder.make(op, [a, b], {}, { name: `sizes/${op}` })[0]!,
    );
  }

  #text(size: SizeExpression): string {
    return format(size, SYMBOLS);
  }

  #once(key: string, make: () => string): string {
    let name = this.#made.get(key);
    if (name === undefined) this.#made.set(key, name = make());
    return name;
  }
}

function checked(size: SizeExpression): SizeExpression {
  if (Number.isNaN(size.offset)) {
    throw new NoLowering("with a size that depends on the input's in an unknown way");
  }
  return size;
}
