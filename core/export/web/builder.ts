/**
 * Puts a program together, step by step: what rows of the table write to.
 *
 * @module
 */
import type { NumberArray } from "../../engine/native/dtypes.ts";
import { evaluate, fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  type ExportGraph,
  fixedNumbers,
  fixedShape,
  type GraphNode,
  keyOf,
  nodeOf,
  sizesOf,
  typeOf,
  uses,
  type ValueRef,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { type AttributeValue, type KernelName, lastUses, type Step } from "./program.ts";

/** Numbers of a constant. */
export interface BuiltConstant {
  /** Number of the value. */
  readonly value: number;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its type. */
  readonly dtype: "float32" | "int32" | "bool";
  /** Row by row. */
  readonly numbers: NumberArray;
}

/** A convolution that waits for a bias or an activation, which the same kernel computes. */
export interface Convolution {
  /** `Conv2D` or `DepthwiseConv2dNative`. */
  readonly kernel: "Conv2D" | "DepthwiseConv2dNative";
  /** What is convolved. */
  readonly x: ValueRef;
  /** With what. */
  readonly filter: ValueRef;
  /** `[c]`, added. */
  readonly bias?: ValueRef;
  /** Strides, padding and so on. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** What comes after a convolution. */
export interface Activation {
  /** Its name in TensorFlow.js. */
  readonly activation: string;
  /** Slopes, for `prelu`. */
  readonly slopes?: ValueRef;
  /** Slope, for `leakyrelu`. */
  readonly alpha?: number;
}

const FUSED = { Conv2D: "FusedConv2D", DepthwiseConv2dNative: "FusedDepthwiseConv2D" } as const;

/** What rows write to. */
export class ProgramBuilder {
  /** Steps so far. */
  readonly steps: Step[] = [];
  /** Constants so far. */
  readonly constants: BuiltConstant[] = [];
  /** Shape of each value. */
  readonly shapes: (readonly SizeExpression[])[] = [];
  readonly #values = new Map<string, number>();
  readonly #waiting = new Map<string, Convolution>();
  readonly #uses: ReadonlyMap<string, number>;

  /** For a graph, whose image is value 0. */
  constructor(
    /** What is translated. */
    readonly graph: ExportGraph,
  ) {
    this.#uses = uses(graph);
    const image = { node: graph.input, index: 0 };
    this.#values.set(keyOf(image), this.#next(typeOf(graph, image).shape));
  }

  /** Number of what is at `ref`; brings constants and waiting convolutions in. */
  value(ref: ValueRef): number {
    const key = keyOf(ref);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const waiting = this.#waiting.get(key);
    const made = waiting ? this.#convolve(waiting, ref) : this.#constant(ref);
    this.#values.set(key, made);
    return made;
  }

  /** Shape of what is at `ref`. */
  shape(ref: ValueRef): readonly SizeExpression[] {
    return typeOf(this.graph, ref).shape;
  }

  /** Numbers of a constant as expressions. */
  sizes(ref: ValueRef, what: string): readonly SizeExpression[] {
    const sizes = sizesOf(this.graph, ref);
    if (sizes === undefined) throw new NoLowering(`${what} that is computed`);
    return sizes;
  }

  /** Numbers of a fixed constant. */
  numbers(ref: ValueRef, what: string): number[] {
    const numbers = fixedNumbers(this.graph, ref);
    if (numbers === undefined) throw new NoLowering(`${what} that is not fixed`);
    return Array.from(numbers as ArrayLike<number | bigint>, Number);
  }

  /** The one number of a fixed constant. */
  number(ref: ValueRef, what: string): number {
    const [number, ...more] = this.numbers(ref, what);
    if (number === undefined || more.length > 0) throw new NoLowering(`${what} of several numbers`);
    return number;
  }

  /** An axis, counted from the front. */
  axis(axis: number, ref: ValueRef): number {
    return axis < 0 ? axis + this.shape(ref).length : axis;
  }

  /** Adds a step with one result, which is not that of a node. */
  step(
    kernel: KernelName,
    inputs: Step["inputs"],
    attributes: Step["attributes"],
    shape: readonly SizeExpression[],
  ): number {
    const output = this.#next(shape);
    this.steps.push({ kernel, inputs, attributes, outputs: [output] });
    return output;
  }

  /** Adds a step that gives all that the node at `position` gives. */
  emit(
    position: number,
    kernel: KernelName,
    inputs: Step["inputs"],
    attributes: Step["attributes"] = {},
  ): void {
    const outputs = this.graph.nodes[position]!.outputs.map(({ shape }, index) => {
      const value = this.#next(shape);
      this.#values.set(keyOf({ node: position, index }), value);
      return value;
    });
    this.steps.push({ kernel, inputs, attributes, outputs });
  }

  /** Says that the first result of the node at `position` is `value`. */
  is(position: number, value: number): void {
    this.#values.set(keyOf({ node: position, index: 0 }), value);
  }

  /** Adds a constant that is none of the graph. */
  add(numbers: NumberArray, shape: readonly number[], dtype: BuiltConstant["dtype"]): number {
    const value = this.#next(shape.map(fixedSize));
    this.constants.push({ value, shape, dtype, numbers });
    return value;
  }

  /** Says that the node at `position` gives a convolution; it is computed when nothing more can be made part of it. */
  convolution(position: number, convolution: Convolution): void {
    this.#waiting.set(keyOf({ node: position, index: 0 }), convolution);
  }

  /** The convolution at `ref` if it has not been computed and nothing else takes it. */
  waiting(ref: ValueRef): Convolution | undefined {
    const key = keyOf(ref);
    if (this.#values.has(key) || (this.#uses.get(key) ?? 0) !== 1) return undefined;
    return this.#waiting.get(key);
  }

  /** Computes a convolution together with what follows it, as the result of the node at `position`. */
  activated(position: number, convolution: Convolution, activation: Activation): void {
    this.is(position, this.#convolve(convolution, { node: position, index: 0 }, activation));
  }

  /** Numbers of the results, for the end. */
  get output(): number {
    return this.value(this.graph.output);
  }

  /** The attribute `name` of a node. */
  attribute<T>(node: Pick<GraphNode, "attributes">, name: string, otherwise: T): T {
    return (attribute(node, name) ?? otherwise) as T;
  }

  #convolve(convolution: Convolution, ref: ValueRef, activation?: Activation): number {
    const { kernel, x, filter, bias, attributes } = convolution;
    const taken = { x: this.value(x), filter: this.value(filter) };
    if (bias === undefined && activation === undefined) {
      return this.step(kernel, taken, attributes, this.shape(ref));
    }
    const { activation: name = "linear", slopes, alpha } = activation ?? {};
    return this.step(
      FUSED[kernel],
      {
        ...taken,
        ...bias && { bias: this.value(bias) },
        ...slopes && { preluActivationWeights: this.value(slopes) },
      },
      { ...attributes, activation: name, ...alpha !== undefined && { leakyreluAlpha: alpha } },
      this.shape(ref),
    );
  }

  #constant(ref: ValueRef): number {
    const { constant, op } = nodeOf(this.graph, ref);
    const { shape, dtype } = typeOf(this.graph, ref);
    if (constant === undefined) throw new Error(`${op} was not lowered`);
    const narrow = dtype === "int64" ? "int32" : dtype;
    switch (constant.kind) {
      case "fill":
        return this.step(
          "Fill",
          {},
          { shape: [...shape], value: constant.value, dtype: narrow },
          shape,
        );
      case "range":
        return this.step(
          "Range",
          {},
          { start: 0, stop: shape[0]!, step: 1, dtype: narrow },
          shape,
        );
      case "sizes":
        return this.step(
          "Values",
          {},
          { values: constant.values, shape: [...shape], dtype: narrow },
          shape,
        );
      case "fixed":
        return this.add(constant.values, fixedShape(this.graph, ref)!, narrow);
    }
  }

  #next(shape: readonly SizeExpression[]): number {
    return this.shapes.push(shape) - 1;
  }

  /** Bytes that the values take for images of `height` and `width`: the most at a time, and the largest. */
  bytes(height: number, width: number): { readonly peak: number; readonly largest: number } {
    const sizes = [1, height, width];
    const of = this.shapes.map((shape) =>
      4 * shape.reduce((all, size) => all * evaluate(size, sizes), 1) || 0 // a size that is not known
    );
    const last = lastUses(this.steps);
    const constants = new Set(this.constants.map(({ value }) => value));
    let now = of[0]!, peak = now, largest = now;
    for (const [i, { inputs, outputs }] of this.steps.entries()) {
      for (const value of outputs) {
        now += of[value]!;
        largest = Math.max(largest, of[value]!);
      }
      peak = Math.max(peak, now);
      for (const value of new Set([...Object.values(inputs), ...outputs])) {
        if (!constants.has(value) && (last.get(value) ?? i) === i) now -= of[value]!;
      }
    }
    return { peak, largest };
  }
}
