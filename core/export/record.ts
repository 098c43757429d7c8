/**
 * From a network to the intermediate form: it is recorded at a few sizes without being computed, and what differs between the records
 * is explained by the sizes.
 *
 * @module
 */
import { compile } from "../engine/compile.ts";
import { withWholeConvolutions } from "../engine/kernels/split_convolution.ts";
import type { NumberArray } from "../engine/native/dtypes.ts";
import {
  type ShapeRecord,
  ShapeTemplate,
  structureDifference,
} from "../engine/native/dynamic_shapes.ts";
import { dataIdOf, type NodeBackend, nodeBackend } from "../engine/native/node_backend.ts";
import { recorded, RecordedGraph } from "../engine/native/recorded_graph.ts";
import { fit, fixedSize, type SizeExpression } from "../engine/native/size_expressions.ts";
import type { Source } from "../engine/native/symbolic_variables.ts";
import { trace } from "../engine/native/trace_scope.ts";
import { withSeed } from "../engine/random_ops.ts";
import { type Tensor4D, type TensorContainer, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { withInitSeed } from "../nn/init.ts";
import type { Module } from "../nn/module.ts";
import { paddedEvenly, padToMultiple } from "../nn/padding.ts";
import { profileNetwork } from "../nn/profile.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import type { FoundNetwork } from "../restore/source.ts";
import type { ImageTensor } from "../runtimes/types.ts";
import { fold } from "./fold.ts";
import { elementType } from "./data_types.ts";
import { type Constant, type ExportGraph, type GraphNode, SYMBOLS } from "./graph.ts";
import { LayerSpans } from "./layers.ts";
import { shared, simplify } from "./simplify.ts";

/** How a network is recorded. */
export interface RecordOptions {
  /** A word for files. */
  readonly name: string;
  /** Noise level (sigma, 0-255) that is built in, for networks that take a map of it; default 15. */
  readonly noise?: number;
}

/** A network in the intermediate form, and the network itself to compare with. */
export interface RecordedNetwork extends Disposable {
  /** What it computes. */
  readonly graph: ExportGraph;
  /** Computes it on the native engine: images `[n, h, w, inputChannels]` of any size. */
  forward(images: ImageTensor): Promise<ImageTensor>;
}

/** Noise level where none is given, as for restoring. */
const NOISE = 15;

/**
 * Number, height and width of the images that are looked at, in multiples of what the network wants; to every second one a part
 * is added. The first explain, the others check.
 */
const SAMPLES: readonly (readonly [number, number, number])[] = [
  [2, 3, 4],
  [3, 5, 7],
  [9, 8, 5],
  [5, 4, 3],
  [1, 7, 9],
  [17, 11, 6],
  [1, 6, 13],
  [3, 9, 10],
  [2, 5, 12],
];
const EXPLAINING = 6;

/**
 * What is added to the height and to the width of every second sample, of a multiple of `unit`: one pixel and all but one tell
 * rounding by any of its divisors apart (43 is padded to 48 by windows of 6, to 45 by windows of 3), and so do others.
 */
function remainders(unit: number): readonly (readonly [number, number])[] {
  const part = (share: number) => Math.max(1, Math.floor(unit * share));
  return [[1, unit - 1], [unit - 1, part(0.4)], [part(0.6), 1], [part(0.3), part(0.7)]];
}

/** Least multiple that samples are made of: where networks halve sizes, they must have something to halve. */
const UNIT = 8;

/**
 * Builds the network that was found in a file and records it. The native engine must run.
 *
 * @throws {UserError} ENVIRONMENT without the native engine; DATA, if the network computes something that no expression of the
 * sizes gives, or takes another course at some sizes.
 */
export async function recordNetwork(
  found: FoundNetwork,
  { name, noise = NOISE }: RecordOptions,
): Promise<RecordedNetwork> {
  const backend = nodeBackend();
  if (backend === undefined) {
    throw new UserError(
      "exports record the network on the native engine, and that is not to be had here: deno task doctor says why",
      ExitCode.ENVIRONMENT,
    );
  }
  const { value: Arch } = ARCH_REGISTRY.get(found.type, "type");
  const channels = found.inputChannels - (found.noiseMap ? 1 : 0);
  const profile = await profileNetwork(
    () => new Arch(found.options) as Module<TensorContainer>,
    found.inputChannels,
  );
  const net = withInitSeed(0, () => new Arch(found.options)) as Module<Tensor4D>;
  try {
    net.loadStateDict(found.weights);
    net.eval().materialize();
    const forward = (x: Tensor4D): Tensor4D => {
      const [n, h, w] = x.shape;
      const mapped = found.noiseMap
        ? tf.concat([x, tf.fill([n, h, w, 1], noise / 255)], 3) as Tensor4D
        : x;
      return padded(net, mapped);
    };
    const { nodes, input, output, minSize } = describe(backend, net, forward, channels, found);
    const whole: ExportGraph = {
      name,
      arch: found.type,
      options: found.options,
      source: found.source,
      scale: found.scale,
      inputChannels: channels,
      outputChannels: found.outputChannels,
      parameters: found.parameters,
      noise: found.noiseMap ? noise : undefined,
      multiple: net.sizeMultiple,
      padding: net.sizePadding,
      radius: profile.radius,
      minSize,
      nodes,
      input,
      output,
    };
    const graph = simplify(fold(backend, shared(whole)));
    const compiled = compile(forward, { name: found.type, dynamic: true, warnAfter: Infinity });
    return {
      graph,
      async forward({ shape, data }) {
        const x = tf.tensor4d(data, [...shape]);
        const y = await compiled(x).finally(() => x.dispose());
        try {
          return { shape: y.shape, data: await y.data<"float32">() };
        } finally {
          y.dispose();
        }
      },
      [Symbol.dispose]() {
        compiled.dispose();
        net.dispose();
      },
    };
  } catch (error) {
    net.dispose();
    throw error;
  }
}

/** Pads, computes, and cuts off; other than for tiles of pictures, the padding is part of what is exported. */
function padded(net: Module<Tensor4D>, x: Tensor4D): Tensor4D {
  const { sizeMultiple: multiple, sizePadding: mode } = net;
  if (multiple === 1 || mode === "inside") return net.forward(x);
  const [n, h, w] = x.shape;
  const input = padToMultiple(x, multiple, mode);
  const output = net.forward(input);
  const [, rows, columns, channels] = output.shape;
  const [down, across] = [rows / input.shape[1], columns / input.shape[2]];
  return tf.slice(output, [0, 0, 0, 0], [n, h * down, w * across, channels]);
}

/**
 * Least height and width: mirroring needs something to mirror, and some networks take another course where images are small.
 *
 * @param holds Whether the graph holds for an image of so many pixels along each side.
 */
function minSizeOf(
  { sizeMultiple: multiple, sizePadding: mode }: Module<Tensor4D>,
  holds: (side: number) => boolean,
): number {
  const mirrored = mode === "reflect"
    ? Math.ceil((multiple + 1) / 2)
    : mode === "mirror"
    ? Math.ceil(multiple / 2)
    : 1;
  const largest = Math.min(...SAMPLES.flatMap(([, ...sides]) => sides)) * Math.max(UNIT, multiple);
  let side = multiple;
  while (side < largest && !holds(side)) side += multiple;
  return Math.max(mirrored, side - multiple + 1);
}

/** Records and explains. */
function describe(
  backend: NodeBackend,
  net: Module<Tensor4D>,
  forward: (x: Tensor4D) => Tensor4D,
  channels: number,
  { source, type }: FoundNetwork,
): Pick<ExportGraph, "nodes" | "input" | "output" | "minSize"> {
  const multiple = net.sizeMultiple;
  const unit = Math.ceil(UNIT / multiple) * multiple;
  const layers = new LayerSpans(net);
  const at = (...sizes: readonly [number, number, number]): ShapeRecord => {
    const graph = new RecordedGraph(backend.binding.library);
    const { tracer, outputs } = layers.watch(graph, () =>
      trace(
        backend,
        [{ shape: [...sizes, channels], dtype: "float32" }],
        ([x], seed) =>
          withWholeConvolutions(() =>
            paddedEvenly(() => withSeed(seed, undefined, () => forward(x as Tensor4D)))
          ),
        (y: Tensor4D) => [y],
        { graph },
      ));
    return {
      nodes: graph.nodes,
      inputs: tracer.inputs.map(({ tensor, source }) => ({ node: Number(tensor.op), source })),
      outputs: outputs.map(recorded),
      sizes,
    };
  };
  const rests = remainders(unit);
  const records = SAMPLES.map(([n, down, across], i) => {
    const [below, right] = i % 2 === 1 ? rests[(i - 1) / 2]! : [0, 0];
    return at(n, unit * down + below, unit * across + right);
  });
  const [first] = records as [ShapeRecord];
  const refuse = (what: string): never => {
    throw new UserError(
      `${source}: ${type} cannot be exported for images of all sizes: ${what}`,
      ExitCode.DATA,
    );
  };
  for (const record of records) {
    const difference = structureDifference(first, record);
    if (difference !== undefined) {
      const [n, h, w] = record.sizes;
      refuse(`at ${n} images of ${h}x${w} it takes another course (${difference})`);
    }
  }
  const explaining = records.slice(0, EXPLAINING);
  const template = ShapeTemplate.of(explaining, SYMBOLS);
  const [odd] = template.given.keys();
  if (odd !== undefined) {
    refuse(`a constant of ${layers.of(odd) || "the network"} depends on them in a way of its own`);
  }
  for (const record of records.slice(EXPLAINING)) {
    const problem = template.problemWith(record);
    if (problem !== undefined) refuse(problem);
  }
  const described = new Describer(backend, net, records, template, layers).describe();
  return {
    ...described,
    minSize: minSizeOf(net, (side) => holds(template, () => at(1, side, side))),
  };
}

/** True if the network does at a size what the template says. */
function holds(template: ShapeTemplate, record: () => ShapeRecord): boolean {
  try {
    return template.problemWith(record()) === undefined;
  } catch {
    return false; // it is too small for a pool or a convolution without padding
  }
}

/** Makes nodes of records. */
class Describer {
  readonly #backend: NodeBackend;
  readonly #records: readonly ShapeRecord[];
  readonly #template: ShapeTemplate;
  readonly #layers: LayerSpans;
  readonly #keys = new Map<object, string>();
  readonly #sources: ReadonlyMap<number, Source>;
  readonly #names = new Map<string, number>();
  readonly #sizes = new Map<string, SizeExpression>();

  constructor(
    backend: NodeBackend,
    net: Module<Tensor4D>,
    records: readonly ShapeRecord[],
    template: ShapeTemplate,
    layers: LayerSpans,
  ) {
    this.#backend = backend;
    this.#records = records;
    this.#template = template;
    this.#layers = layers;
    for (const [key, { value }] of [...net.namedParameters(), ...net.namedBuffers()]) {
      this.#keys.set(value, key);
    }
    this.#sources = new Map(records[0]!.inputs.map(({ node, source }) => [node, source]));
  }

  describe(): Pick<ExportGraph, "nodes" | "input" | "output"> {
    const { nodes, outputs } = this.#records[0]!;
    const [output] = outputs;
    const live = new Set([output!.node]);
    let input = -1;
    for (let i = nodes.length - 1; i >= 0; i--) {
      if (!live.has(i)) continue;
      // The value of a variable does not depend on a resource any more.
      if (nodes[i]!.name === "ReadVariableOp") continue;
      for (const { node } of nodes[i]!.inputs) live.add(node);
    }
    const places = new Map<number, number>();
    const described: GraphNode[] = [];
    for (const [i, { name, attributes, inputs }] of nodes.entries()) {
      if (!live.has(i)) continue;
      const constant = this.#constant(i);
      const isInput = constant === undefined && name === "Placeholder";
      if (isInput) input = described.length;
      const layer = this.#layers.of(i);
      const key = constant?.kind === "fixed" ? constant.parameter : undefined;
      const op = constant ? "Const" : name;
      places.set(i, described.length);
      described.push({
        op,
        attributes,
        inputs: constant
          ? []
          : inputs.map(({ node, index }) => ({ node: places.get(node)!, index })),
        outputs: nodes[i]!.outputs.map(({ dtype }, index) => ({
          shape: this.#shape(i, index),
          dtype: elementType(dtype),
        })),
        constant,
        layer,
        name: isInput
          ? this.#named("lq")
          : i === output!.node
          ? this.#named("sr")
          : this.#named(key ?? (layer === "" ? op : `${layer}/${op}`)),
      });
    }
    return {
      nodes: described,
      input,
      output: { node: places.get(output!.node)!, index: output!.index },
    };
  }

  #constant(i: number): Constant | undefined {
    const { name, inputs, values } = this.#records[0]!.nodes[i]!;
    if (name === "Const") {
      const dynamic = this.#template.constants.get(i)?.values;
      if (dynamic === undefined) return { kind: "fixed", values: values! };
      if ("range" in dynamic) return { kind: "range" };
      if ("all" in dynamic) return { kind: "fill", value: Number(dynamic.all) };
      return { kind: "sizes", values: dynamic };
    }
    const source = this.#sources.get(name === "ReadVariableOp" ? inputs[0]!.node : i);
    switch (source?.kind) {
      case "resource":
      case "variable": {
        const { variable } = source;
        return this.#fixed(dataIdOf(variable), this.#keys.get(variable));
      }
      case "tensor":
        return this.#fixed(source.dataId, undefined);
    }
    return undefined;
  }

  #fixed(dataId: object, parameter: string | undefined): Constant {
    const values: NumberArray = this.#backend.readSync(dataId);
    return { kind: "fixed", values: values.slice(), parameter };
  }

  #shape(i: number, index: number): SizeExpression[] {
    const shapes = this.#records.map(({ nodes }) => nodes[i]!.outputs[index]!.shape!);
    return shapes[0]!.map((_, axis) => {
      const values = shapes.map((shape) => shape[axis]!);
      const key = values.join();
      let size = this.#sizes.get(key);
      if (size === undefined) {
        // Where no expression fits, targets that ask get a refusal; most ask for channels alone.
        size = fit(values, this.#records.map(({ sizes }) => sizes), new Set([0])) ?? UNKNOWN;
        this.#sizes.set(key, size);
      }
      return size;
    });
  }

  #named(wanted: string): string {
    const word = wanted.replace(/[^\w./]/g, "_");
    const name = /^[A-Za-z]/.test(word) ? word : `net.${word}`;
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    if (count === 0) return name;
    return this.#named(`${name}_${count}`);
  }
}

/** A size that depends on sizes in a way that is not known. */
export const UNKNOWN: SizeExpression = { ...fixedSize(NaN), factors: [] };
