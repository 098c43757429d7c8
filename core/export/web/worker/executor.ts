/**
 * Computes a program with TensorFlow.js: one call of a kernel for each step.
 *
 * @module
 */
import {
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  util,
} from "@tensorflow/tfjs-core";
import { evaluate } from "../../../engine/native/size_expressions.ts";
import { fromFloat16 } from "../float16.ts";
import {
  type AttributeValue,
  type KernelName,
  lastUses,
  type Program,
  type StoredConstant,
} from "../program.ts";

/** Image `[n, h, w, c]`. */
export interface Image {
  /** Its sizes. */
  readonly shape: readonly [number, number, number, number];
  /** Row by row, channels last. */
  readonly data: Float32Array;
}

/** A program with its weights on the device. */
export class Executor {
  readonly #program: Program;
  readonly #constants = new Map<number, Tensor>();
  readonly #last: ReadonlyMap<number, number>;

  /** Brings the weights, the bytes of all files of weights put together, to the device. */
  constructor(program: Program, weights: ArrayBuffer) {
    this.#program = program;
    this.#last = lastUses(program.steps);
    for (const constant of program.constants) {
      const { value, shape, dtype } = constant;
      const values = numbersOf(constant, weights);
      this.#constants.set(value, engine().makeTensor(values, [...shape], dtype));
    }
  }

  /**
   * What the program makes of an image. Values are let go of when the last step that takes them is done.
   *
   * @param onStep Hears after each step which share of them is done, or begun where graphics compute.
   */
  async run({ shape, data }: Image, onStep?: (share: number) => void): Promise<Image> {
    const { steps, output } = this.#program;
    const values = new Map<number, Tensor>(this.#constants);
    values.set(0, engine().makeTensor(data, [...shape], "float32"));
    const release = (value: number) => {
      if (this.#constants.has(value)) return;
      values.get(value)?.dispose();
      values.delete(value);
    };
    try {
      for (const [i, { kernel, inputs, attributes, outputs }] of steps.entries()) {
        const taken = Array.isArray(inputs)
          ? inputs.map((value: number) => values.get(value)!)
          : Object.fromEntries(
            Object.entries(inputs).map(([name, value]) => [name, values.get(value)!]),
          );
        const made = computed(kernel, taken as NamedTensorMap, resolved(attributes, shape));
        for (const [k, tensor] of [made].flat().entries()) {
          const value = outputs[k];
          if (value === undefined) tensor.dispose();
          else values.set(value, tensor);
        }
        for (const value of new Set([...Object.values(inputs), ...outputs])) {
          if (value !== output && (this.#last.get(value) ?? i) === i) release(value);
        }
        onStep?.((i + 1) / steps.length);
      }
      const result = values.get(output)!;
      return {
        shape: result.shape as unknown as Image["shape"],
        data: await result.data() as Float32Array,
      };
    } finally {
      for (const value of [...values.keys()]) release(value);
    }
  }
}

function computed(
  kernel: KernelName,
  inputs: NamedTensorMap,
  attributes: NamedAttrMap,
): Tensor | Tensor[] {
  if (kernel === "Roll") return rolled(inputs["x"]!, attributes as never);
  if (kernel === "Values") {
    const { values, shape, dtype } = attributes as unknown as NumberAttributes;
    const kind = dtype === "float32" ? Float32Array : Int32Array;
    return engine().makeTensor(kind.from(values), shape, dtype);
  }
  return engine().runKernel(kernel, inputs, attributes) as unknown as Tensor | Tensor[];
}

interface NumberAttributes {
  readonly values: number[];
  readonly shape: number[];
  readonly dtype: "float32" | "int32";
}

/** Turns `x` along axes: what leaves it at the end comes in at the beginning. */
function rolled(
  x: Tensor,
  { shift, axis }: { readonly shift: readonly number[]; readonly axis: readonly number[] },
): Tensor {
  const run = (kernel: KernelName, inputs: unknown, attributes: object): Tensor =>
    engine().runKernel(kernel, inputs as NamedTensorMap, attributes as NamedAttrMap) as Tensor;
  let result = run("Reshape", { x }, { shape: x.shape });
  for (const [i, at] of axis.entries()) {
    const size = x.shape[at]!, by = ((shift[i]! % size) + size) % size;
    if (by === 0) continue;
    const [end, beginning] = [[size - by, by], [0, size - by]].map(([from, length]) =>
      run("Slice", { x: result }, {
        begin: x.shape.map((_, k) => k === at ? from! : 0),
        size: x.shape.with(at, length!),
      })
    );
    const joined = run("Concat", [end!, beginning!], { axis: at });
    for (const used of [result, end!, beginning!]) used.dispose();
    result = joined;
  }
  return result;
}

/** Attributes with numbers in place of expressions. */
function resolved(
  attributes: Readonly<Record<string, AttributeValue>>,
  sizes: readonly number[],
): NamedAttrMap {
  const of = (value: AttributeValue): unknown => {
    if (Array.isArray(value)) return value.map(of);
    if (typeof value !== "object" || !("factors" in value)) return value;
    return evaluate(value, sizes);
  };
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, of(value)]),
  ) as NamedAttrMap;
}

/** Numbers of a constant as TensorFlow.js takes them. */
function numbersOf(
  { shape, stored, offset }: StoredConstant,
  weights: ArrayBuffer,
): Float32Array | Int32Array | Uint8Array {
  const count = util.sizeFromShape([...shape]);
  switch (stored) {
    case "float32":
      return new Float32Array(weights, offset, count);
    case "float16":
      return fromFloat16(new Uint16Array(weights, offset, count));
    case "int32":
      return new Int32Array(weights, offset, count);
    case "bool":
      return new Uint8Array(weights, offset, count);
  }
}
