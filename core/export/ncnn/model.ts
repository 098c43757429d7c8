/**
 * An ncnn model while it is made: layers, their parameters and weights, and the two files that come of them.
 *
 * Facts: Tencent/ncnn, docs/developer-guide/{param-and-model-file-structure,operators}.md and src/{paramdict,modelbin}.cpp
 * (BSD-3-Clause), read, not ported.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import { encodeNcnnTensor } from "../../weights/ncnn_bin.ts";
import { NCNN_MAGIC } from "../../weights/ncnn_param.ts";

/** How filters and matrices are kept; biases and slopes are float32 in both. */
export type NcnnStorage = "half" | "float";

/** A parameter that is no whole number, or several. */
export class Floats {
  /** Of one or several numbers. */
  constructor(readonly values: readonly number[], readonly isArray: boolean) {}

  /** `1.00000000e-1`: with 8 digits behind the point, for ncnn reads 15 letters of a number. */
  toString(): string {
    const all = this.values.map((value) => Math.fround(value).toExponential(8));
    return this.isArray ? [all.length, ...all].join() : all.join();
  }
}

/** One number that need not be whole. */
export const float = (value: number): Floats => new Floats([value], false);

/** Several numbers. */
export const floats = (...values: number[]): Floats => new Floats(values, true);

/** Parameters of a layer by their id; whole numbers as they are. */
export type Params = Readonly<Record<number, number | Floats>>;

/** What a convolution or product does with its result. */
export interface Activation {
  /** ncnn's number of it: 1 ReLU, 2 leaky ReLU, 4 sigmoid, 5 Mish. */
  readonly type: 1 | 2 | 4 | 5;
  /** Slope of the leaky one. */
  readonly slope?: number;
}

/** Weights of a layer that adds up products. */
export interface Linear {
  /** Channels that come out. */
  readonly outputs: number;
  /** Channels of a group that go in. */
  readonly inputs: number;
  /** `[outputs, inputs, kernel]`. */
  readonly weight: Float32Array;
  /** Added to each channel. */
  bias?: Float32Array;
  /** What comes after that. */
  activation?: Activation;
  /** Whether something is added around the image. */
  readonly padded: boolean;
  /** Whether it only multiplies each channel by a number and adds one. */
  readonly diagonal: boolean;
}

/** One layer. */
export interface Layer {
  /** Its kind. */
  readonly type: string;
  /** Its name, and that of what it makes. */
  readonly name: string;
  /** What it takes. */
  readonly inputs: string[];
  /** Parameters; those of weights are added in the end. */
  readonly params: Params;
  /** Bare float32 numbers in the file of weights: slopes. */
  readonly slopes?: Float32Array;
  /** Filters or a matrix. */
  readonly linear?: Linear;
}

/** The two files. */
export interface EncodedModel {
  /** Text of the `.param` file. */
  readonly param: string;
  /** The `.bin` file, in pieces. */
  readonly bin: readonly Uint8Array[];
  /** Kinds of layers in it, sorted. */
  readonly types: readonly string[];
}

/** Names of the input and the output that Real-ESRGAN's programs and Upscayl ask for. */
export const INPUT = "data", OUTPUT = "output";

/** Largest float16. */
const MAX_HALF = 65504;

/** Weights that are all smaller are kept multiplied: float16 has fewer digits for them. */
const SMALL_HALF = 2 ** -9;

/** Ids of the parameters of weights, which differ between products and convolutions. */
const IDS = { Convolution: { bias: 5, size: 6 }, InnerProduct: { bias: 1, size: 2 } } as const;

/** Makes one model. */
export class NcnnModel {
  readonly #layers = new Map<string, Layer>();
  readonly #names = new Set<string>([INPUT, OUTPUT]);
  readonly #kept = new Set<string>();

  /** Adds a layer; gives the name of what it makes: `name`, or that with a number behind it. */
  add(
    type: string,
    name: string,
    inputs: readonly string[],
    params: Params = {},
    weights: Pick<Layer, "slopes" | "linear"> = {},
  ): string {
    let free = name;
    for (let i = 1; this.#names.has(free); i++) free = `${name}_${i}`;
    this.#names.add(free);
    this.#layers.set(free, { type, name: free, inputs: [...inputs], params, ...weights });
    return free;
  }

  /** The layer that makes `blob`; undefined for the input. */
  layer(blob: string): Layer | undefined {
    return this.#layers.get(blob);
  }

  /** Says that `blob` must stay what it is: several values of the network stand for it. */
  keep(blob: string): void {
    this.#kept.add(blob);
  }

  /** Whether `blob` may still become something else: nothing takes it yet. */
  isFree(blob: string): boolean {
    if (this.#kept.has(blob)) return false;
    for (const { inputs } of this.#layers.values()) if (inputs.includes(blob)) return false;
    return true;
  }

  /**
   * The files, without layers that `result` does not depend on.
   *
   * @throws {UserError} DATA, if a weight does not fit into float16.
   */
  encode(result: string, storage: NcnnStorage): EncodedModel {
    // What comes out must be made by a layer.
    if (result === INPUT) {
      result = this.add("BinaryOp", "same", [INPUT], { 0: 0, 1: 1, 2: float(0) });
    }
    const layers = this.#live(result).flatMap((layer) =>
      storage === "half" ? inReach(layer) : [layer]
    );
    const bin: Uint8Array[] = [];
    const lines = [...splitLines(layers, result)];
    for (const { linear, slopes } of layers) {
      if (slopes) bin.push(encodeNcnnTensor(slopes, storage, true));
      if (linear) {
        bin.push(encodeNcnnTensor(linear.weight, storage, false));
        if (linear.bias) bin.push(encodeNcnnTensor(linear.bias, storage, true));
      }
    }
    const blobs = lines.reduce((sum, { outputs }) => sum + outputs.length, 0);
    const text = lines.map(({ type, name, inputs, outputs, params }) =>
      [type, name, inputs.length, outputs.length, ...inputs, ...outputs, ...params].join(" ")
    );
    return {
      param: `${NCNN_MAGIC}\n${lines.length} ${blobs}\n${text.join("\n")}\n`,
      bin,
      types: [...new Set(lines.map(({ type }) => type))].sort(),
    };
  }

  #live(result: string): Layer[] {
    const live = new Set([result]);
    for (const layer of [...this.#layers.values()].reverse()) {
      if (live.has(layer.name)) { for (const input of layer.inputs) live.add(input); }
    }
    return [...this.#layers.values()].filter(({ name }) => live.has(name));
  }
}

/** The layer with weights that float16 has enough digits for, and what brings its result back. */
function inReach(layer: Layer): Layer[] {
  const { linear } = layer;
  if (linear === undefined) return [layer];
  const largest = linear.weight.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const isHomogeneous = (linear.activation?.type ?? 0) <= 2;
  const fits = largest <= MAX_HALF && (largest === 0 || largest >= SMALL_HALF);
  if (fits || !isHomogeneous) {
    if (largest <= MAX_HALF) return [layer];
    throw new UserError(
      `a weight of ${layer.name} is beyond ${MAX_HALF}, the largest float16: take the precision fp32`,
      ExitCode.DATA,
    );
  }
  // Powers of two change no digits.
  const factor = 2 ** -Math.floor(Math.log2(largest));
  const inner = `${layer.name}_times`;
  const scaled: Linear = {
    ...linear,
    weight: linear.weight.map((value) => value * factor),
    bias: linear.bias?.map((value) => value * factor),
  };
  const params = { 0: 2, 1: 1, 2: float(1 / factor) };
  return [
    { ...layer, name: inner, linear: scaled },
    { type: "BinaryOp", name: layer.name, inputs: [inner], params },
  ];
}

interface Line {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly params: readonly string[];
}

/** Lines of the text, with a `Split` behind everything that several layers take. */
function* splitLines(layers: readonly Layer[], result: string): Generator<Line> {
  const takers = new Map<string, number>();
  const count = (blob: string) => takers.set(blob, (takers.get(blob) ?? 0) + 1);
  for (const { inputs } of layers) inputs.forEach(count);
  count(result);
  const copies = new Map<string, string[]>();
  const take = (blob: string) => copies.get(blob)?.shift() ?? blob;
  function* split(blob: string): Generator<Line> {
    const several = takers.get(blob) ?? 0;
    if (several < 2) return;
    const names = Array.from({ length: several }, (_, i) => `${blob}_split${i}`);
    copies.set(blob, [...names]);
    // The last one to take the result is whoever runs the model.
    if (blob === result) names[several - 1] = OUTPUT;
    yield { type: "Split", name: `split_${blob}`, inputs: [blob], outputs: names, params: [] };
  }
  yield { type: "Input", name: INPUT, inputs: [], outputs: [INPUT], params: [] };
  yield* split(INPUT);
  for (const layer of layers) {
    const { type, name, inputs } = layer;
    const made = name === result && takers.get(name) === 1 ? OUTPUT : name;
    yield { type, name, inputs: inputs.map(take), outputs: [made], params: paramWords(layer) };
    yield* split(name);
  }
}

function paramWords({ type, params, linear }: Layer): string[] {
  const all: Record<number, number | Floats> = { ...params };
  if (linear) {
    const { bias, size } = type === "InnerProduct" ? IDS.InnerProduct : IDS.Convolution;
    all[0] = linear.outputs;
    if (linear.bias) all[bias] = 1;
    all[size] = linear.weight.length;
    if (linear.activation) {
      all[9] = linear.activation.type;
      if (linear.activation.slope !== undefined) all[10] = floats(linear.activation.slope);
    }
  }
  // Arrays have ids of their own.
  return Object.entries(all).map(([id, value]) =>
    `${value instanceof Floats && value.isArray ? -23300 - Number(id) : id}=${value}`
  );
}
