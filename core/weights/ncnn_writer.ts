/**
 * Writes ncnn models of the networks that Real-ESRGAN's ncnn programs run, SRVGGNetCompact and RRDBNet: the graph as text
 * and the weights behind it. Input `data` and output `output` are RGB in [0, 1], as these programs expect.
 *
 * The graph is that of the models which Real-ESRGAN ships: activations within the convolutions, residuals as weighted sums.
 * Layers are named by their state-dict keys. RRDBNet that moves pixels into channels (scales 2 and 1) begins with a `Reorg`,
 * so that the sides of its input must be multiples of 2 or 4.
 *
 * @module
 */
import { WeightsFileError } from "./errors.ts";
import { encodeNcnnTensor } from "./ncnn_bin.ts";
import { NCNN_MAGIC } from "./ncnn_param.ts";
import type { StateDict, StateTensor } from "./state_dict.ts";

/** A network that is to be written: what `detectNetwork()` gives. */
export interface NcnnSource {
  /** Name of the arch. */
  readonly type: string;
  /** Its options, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Its weights. */
  readonly weights: StateDict;
}

/** How weights are stored. */
export interface NcnnWriteOptions {
  /** `half` (float16, as Real-ESRGAN's own models) or `float` (float32, the default). Biases are float32 in both. */
  readonly storage?: "half" | "float";
}

/** The two files of an ncnn model. */
export interface EncodedNcnn {
  /** Text of the `.param` file. */
  readonly param: string;
  /** Bytes of the `.bin` file, in pieces. */
  readonly bin: readonly Uint8Array[];
}

/** Largest float16. */
const MAX_HALF = 65504;

/** Networks that can be written. */
export const NCNN_TYPES: readonly string[] = ["RRDBNet", "SRVGGNetCompact"];

/**
 * Lays out the two files.
 *
 * @throws {WeightsFileError} If the arch is another one, or a weight does not fit into float16.
 */
export function encodeNcnn(source: NcnnSource, options: NcnnWriteOptions = {}): EncodedNcnn {
  const graph = new Graph(source.weights, options.storage ?? "float");
  if (source.type === "RRDBNet") rrdbnet(graph, source);
  else if (source.type === "SRVGGNetCompact") compact(graph, source);
  else {
    throw new WeightsFileError(
      "unsupported",
      `${source.type} cannot be written as an ncnn model, only ${NCNN_TYPES.join(" and ")} can`,
    );
  }
  return { param: graph.text(), bin: graph.bin };
}

function compact(graph: Graph, { options, weights }: NcnnSource): void {
  const upscale = Number(options["upscale"]);
  const slope = { relu: 0, leakyrelu: 0.1 }[String(options["act_type"])];
  let last = 0;
  while (weights.has(`body.${last + (slope === undefined ? 1 : 2)}.weight`)) {
    last += slope === undefined ? 1 : 2;
  }
  let x = graph.input;
  for (let i = 0; i < last; i += 2) {
    x = graph.convolution(x, `body.${i}`, slope);
    if (slope === undefined) x = graph.prelu(x, `body.${i + 1}`);
  }
  x = graph.convolution(x, `body.${last}`);
  x = graph.layer("PixelShuffle", "upsampler", [x], `0=${upscale}`);
  graph.output(
    graph.layer("BinaryOp", "add", [x, graph.repeat(graph.input, "base", upscale)], "0=0"),
  );
}

function rrdbnet(graph: Graph, { options, weights }: NcnnSource): void {
  const unshuffle = options["use_pixel_unshuffle"] === false ? 1 : 4 / Number(options["scale"]);
  const leaky = 0.2;
  const scaledSum = (name: string, branch: string, skip: string) =>
    graph.layer("Eltwise", name, [branch, skip], "0=1 -23301=2,2.000000e-01,1.000000e+00");
  let x = graph.input;
  // Mode 0 orders the new channels as PyTorch's pixel_unshuffle does.
  if (unshuffle > 1) x = graph.layer("Reorg", "unshuffle", [x], `0=${unshuffle} 1=0`);
  const first = graph.convolution(x, "conv_first");
  let y = first;
  for (let i = 0; weights.has(`body.${i}.rdb1.conv1.weight`); i++) {
    const block = y;
    for (const rdb of ["rdb1", "rdb2", "rdb3"]) {
      const name = `body.${i}.${rdb}`;
      const all = [y];
      for (let j = 1; j <= 4; j++) {
        const seen = j === 1 ? y : graph.layer("Concat", `${name}.concat${j}`, all);
        all.push(graph.convolution(seen, `${name}.conv${j}`, leaky));
      }
      const joined = graph.layer("Concat", `${name}.concat5`, all);
      y = scaledSum(`${name}.add`, graph.convolution(joined, `${name}.conv5`), y);
    }
    y = scaledSum(`body.${i}.add`, y, block);
  }
  y = graph.layer("BinaryOp", "add", [first, graph.convolution(y, "conv_body")], "0=0");
  for (let step = 1; weights.has(`conv_up${step}.weight`); step++) {
    y = graph.convolution(graph.repeat(y, `up${step}`, 2), `conv_up${step}`, leaky);
  }
  y = graph.convolution(y, "conv_hr", leaky);
  graph.output(graph.convolution(y, "conv_last"));
}

interface Line {
  readonly type: string;
  readonly name: string;
  readonly inputs: string[];
  output: string;
  readonly params: string;
}

/** A graph that grows layer by layer; blobs that several layers take are split at the end, as ncnn wants it. */
class Graph {
  readonly input = "data";
  readonly bin: Uint8Array[] = [];
  readonly #lines: Line[] = [];

  constructor(readonly weights: StateDict, readonly storage: "half" | "float") {}

  layer(type: string, name: string, inputs: readonly string[], params = ""): string {
    this.#lines.push({ type, name, inputs: [...inputs], output: name, params });
    return name;
  }

  /** 3x3, padded, with a leaky ReLU of `slope` behind it, if that is given. */
  convolution(from: string, name: string, slope?: number): string {
    const weight = this.#floats(`${name}.weight`), bias = this.#floats(`${name}.bias`);
    const [out, , size] = weight.shape as [number, number, number];
    this.#check(name, weight.data);
    this.bin.push(encodeNcnnTensor(weight.data, this.storage, false));
    this.bin.push(encodeNcnnTensor(bias.data, this.storage, true));
    const activation = slope === undefined
      ? ""
      : slope === 0
      ? " 9=1"
      : ` 9=2 -23310=1,${slope.toExponential(6)}`;
    const params = `0=${out} 1=${size} 4=${
      (size - 1) / 2
    } 5=1 6=${weight.data.length}${activation}`;
    return this.layer("Convolution", name, [from], params);
  }

  prelu(from: string, name: string): string {
    const { data } = this.#floats(`${name}.weight`);
    this.bin.push(encodeNcnnTensor(data, this.storage, true));
    return this.layer("PReLU", name, [from], `0=${data.length}`);
  }

  /** Enlarges by repeating pixels. */
  repeat(from: string, name: string, factor: number): string {
    const times = factor.toExponential(6);
    return this.layer("Interp", name, [from], `0=1 1=${times} 2=${times}`);
  }

  output(from: string): void {
    this.#lines.find(({ output }) => output === from)!.output = "output";
  }

  text(): string {
    const uses = new Map<string, number>();
    for (const { inputs } of this.#lines) {
      for (const blob of inputs) uses.set(blob, (uses.get(blob) ?? 0) + 1);
    }
    const lines = [["Input", "data", 0, 1, "data"].join(" ")];
    let blobs = 1, splits = 0;
    const given = new Map<string, number>();
    const split = (blob: string) => {
      const count = uses.get(blob) ?? 0;
      if (count < 2) return;
      const copies = Array.from({ length: count }, (_, i) => `${blob}_split${i}`);
      lines.push(["Split", `split${splits++}`, 1, count, blob, ...copies].join(" "));
      blobs += count;
    };
    const take = (blob: string) => {
      if ((uses.get(blob) ?? 0) < 2) return blob;
      const index = given.get(blob) ?? 0;
      given.set(blob, index + 1);
      return `${blob}_split${index}`;
    };
    split(this.input);
    for (const { type, name, inputs, output, params } of this.#lines) {
      const line = [type, name, inputs.length, 1, ...inputs.map(take), output, params];
      lines.push(line.join(" ").trimEnd());
      blobs++;
      split(output);
    }
    return `${NCNN_MAGIC}\n${lines.length} ${blobs}\n${lines.join("\n")}\n`;
  }

  #floats(name: string): StateTensor & { readonly data: Float32Array } {
    const tensor = this.weights.get(name);
    if (!tensor || !(tensor.data instanceof Float32Array)) {
      throw new WeightsFileError("unsupported", `tensor ${name} is missing or of whole numbers`);
    }
    return { ...tensor, data: tensor.data };
  }

  #check(name: string, data: Float32Array): void {
    if (this.storage === "half" && data.some((value) => Math.abs(value) > MAX_HALF)) {
      throw new WeightsFileError(
        "unsupported",
        `a weight of ${name} is beyond ${MAX_HALF}, the largest float16: write float32`,
      );
    }
  }
}
