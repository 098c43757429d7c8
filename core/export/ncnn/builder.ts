/**
 * From values of the exported network to blobs of an ncnn model.
 *
 * ncnn knows no batch: an image `[n, h, w, c]` is a map of c planes, and what is left of it without height and width a vector of c
 * numbers. Sizes are whatever the input has; what layers give is known by the expressions of the graph.
 *
 * @module
 */
import { evaluate, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  type ExportGraph,
  fixedNumbers,
  fixedShape,
  fixedValue,
  keyOf,
  nodeOf,
  typeOf,
  uses,
  type ValueRef,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { INPUT, type Layer, NcnnModel, type Params } from "./model.ts";
import { SizedBlobs } from "./sizes.ts";

/** What the axes of a map are: rows and columns apart, one after the other, or that with channels in groups. */
export type Axes = "nhwc" | "npc" | "npgk";

/** Planes of numbers. */
export interface MapValue {
  /** Discriminant. */
  readonly kind: "map";
  /** Its name in the model. */
  readonly blob: string;
  /** Number of planes. */
  readonly channels: number;
  /** What the axes are that the graph gives it. */
  readonly axes: Axes;
  /** Height and width. */
  readonly size: readonly [SizeExpression, SizeExpression];
  /** Number of groups, with the axes `npgk`. */
  readonly groups?: number;
}

/** A number for each channel. */
export interface VectorValue {
  /** Discriminant. */
  readonly kind: "vector";
  /** Its name in the model. */
  readonly blob: string;
  /** Number of numbers. */
  readonly channels: number;
}

/** What a value of the network is in the model. */
export type NcnnValue = MapValue | VectorValue;

/** Numbers that are known beforehand: one, or one for each channel. */
export type Factors = number | Float32Array;

/** Sizes at which expressions are compared: number, height, width. */
const SAMPLES = [[1, 96, 144], [1, 48, 61], [1, 37, 53], [1, 101, 77], [1, 64, 35]] as const;

/** Makes one model of one graph. */
export class NcnnBuilder {
  /** The model. */
  readonly model: NcnnModel = new NcnnModel();
  /** Blobs of certain sizes. */
  readonly sizes: SizedBlobs;
  readonly #values = new Map<string, NcnnValue>();
  readonly #fills = new Map<string, number>();
  readonly #uses: ReadonlyMap<string, number>;

  /** Of what is exported. */
  constructor(
    /** What is exported. */
    readonly graph: ExportGraph,
  ) {
    this.#uses = uses(graph);
    this.sizes = new SizedBlobs(this.model, graph.inputChannels);
  }

  /** Says what the output `index` of the node at `position` is. */
  put(position: number, value: NcnnValue, index: number = 0): void {
    this.#values.set(keyOf({ node: position, index }), value);
  }

  /** Says that the node at `position` gives `ref`, perhaps seen otherwise. */
  alias(position: number, ref: ValueRef, seen: NcnnValue = this.value(ref)): void {
    if (this.#uses.get(keyOf(ref)) !== 1) this.model.keep(seen.blob);
    this.put(position, seen);
  }

  /** Says that the node at `position` gives one number throughout; a blob is made of it where it is needed. */
  fill(position: number, value: number): void {
    this.#fills.set(keyOf({ node: position, index: 0 }), value);
  }

  /** What `ref` is. */
  value(ref: ValueRef): NcnnValue {
    const key = keyOf(ref);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const fill = this.#fills.get(key);
    if (fill === undefined) {
      const { op } = nodeOf(this.graph, ref);
      throw new NoLowering(op === "Const" ? "a constant as large as an image" : `what ${op} gives`);
    }
    const { size, channels } = this.imageOf(ref);
    const blob = this.sizes.plane(size, channels, fill);
    const made: MapValue = { kind: "map", blob, channels, axes: "nhwc", size };
    this.#values.set(key, made);
    return made;
  }

  /** What `ref` is, if it is an image with its axes in place. */
  image(ref: ValueRef): MapValue {
    const value = this.value(ref);
    if (value.kind === "map" && value.axes === "nhwc") return value;
    throw new NoLowering("something else than an image");
  }

  /** Size and channels of `ref`, which is `[n, h, w, c]`. */
  imageOf(ref: ValueRef): Pick<MapValue, "size" | "channels"> {
    const { shape } = typeOf(this.graph, ref);
    if (shape.length !== 4) throw new NoLowering(`${shape.length} axes`);
    const channels = fixedValue(shape[3]!);
    if (channels === undefined) throw new NoLowering("channels that depend on the size");
    return { size: [shape[1]!, shape[2]!], channels };
  }

  /** A map of the size of the output of the node at `position`. */
  putMap(position: number, blob: string, index: number = 0): void {
    const { size, channels } = this.imageOf({ node: position, index });
    this.put(position, { kind: "map", blob, channels, axes: "nhwc", size }, index);
  }

  /** Whether `ref` does not depend on the image's pixels. */
  isKnown(ref: ValueRef): boolean {
    return this.#fills.has(keyOf(ref)) || fixedNumbers(this.graph, ref) !== undefined;
  }

  /** Fixed numbers for the channels of `value`; undefined if `ref` is not known beforehand. */
  factors(ref: ValueRef, { channels }: Pick<NcnnValue, "channels">): Factors | undefined {
    const fill = this.#fills.get(keyOf(ref));
    if (fill !== undefined) return fill;
    const numbers = fixedNumbers(this.graph, ref), shape = fixedShape(this.graph, ref);
    if (numbers === undefined || shape === undefined) return undefined;
    const values = Float32Array.from(numbers as ArrayLike<number>, Number);
    if (values.every((value) => value === values[0])) return values[0]!;
    if (values.length === channels && shape.at(-1) === channels) return values;
    throw new NoLowering("a constant as large as an image");
  }

  /** Adds a layer that is named like the node at `position`. */
  add(position: number, type: string, inputs: readonly string[], params?: Params): string {
    return this.model.add(type, this.name(position), inputs, params);
  }

  /** Name for layers of the node at `position`. */
  name(position: number): string {
    return this.graph.nodes[position]!.name;
  }

  /** The layer that makes `ref`, if it may become another one: nothing else takes what it makes. */
  changeable(ref: ValueRef): Layer | undefined {
    const { blob } = this.value(ref);
    if (this.#uses.get(keyOf(ref)) !== 1 || !this.model.isFree(blob)) return undefined;
    const layer = this.model.layer(blob);
    if (layer?.type !== "PixelShuffle" || layer.params[0] !== 1) return layer;
    // What only takes away an axis.
    return this.model.layer(layer.inputs[0]!);
  }
}

/** The input's value. */
export function inputValue({ graph }: NcnnBuilder): MapValue {
  const { shape } = graph.nodes[graph.input]!.outputs[0]!;
  const size = [shape[1]!, shape[2]!] as const;
  return { kind: "map", blob: INPUT, channels: graph.inputChannels, axes: "nhwc", size };
}

/** Whether two sizes are the same for one image of any size. */
export function isSame(a: SizeExpression, b: SizeExpression): boolean {
  return SAMPLES.every((sizes) => evaluate(a, sizes) === evaluate(b, sizes));
}

/** How often `a` goes into `b`, if that is the same for all sizes. */
export function ratio(a: SizeExpression, b: SizeExpression): number | undefined {
  const [first, ...others] = SAMPLES.map((sizes) => evaluate(b, sizes) / evaluate(a, sizes));
  return others.every((one) => one === first) ? first : undefined;
}
