/**
 * From an ncnn model (`.param` and `.bin`) to a state dict.
 *
 * ncnn keeps no PyTorch names. The two networks that Real-ESRGAN's ncnn programs run are recognised by the order and the
 * kinds of their layers, and get the names of BasicSR's SRVGGNetCompact and RRDBNet; tensors of other graphs are named by
 * their layers (`conv_3.weight`), and {@linkcode nameInOrder} can give them the names of a network that is known.
 *
 * @module
 */
import { listNames } from "./_names.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { type NcnnTensor, readNcnnBin } from "./ncnn_bin.ts";
import { intParam, listParam, type NcnnLayer, parseNcnnParam } from "./ncnn_param.ts";
import type { StateDict, StateTensor } from "./state_dict.ts";

/** What an ncnn model holds. */
export interface NcnnModel {
  /** The layers in their order. */
  readonly layers: readonly NcnnLayer[];
  /** The weights, in PyTorch's layout and the order of the layers. */
  readonly weights: StateDict;
  /** Whether {@linkcode weights} have names of a known network; else those of layers. */
  readonly recognised: boolean;
  /** Options of the network that no tensor shows, for example `act_type`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the graph does besides the network, one line each. */
  readonly notes: readonly string[];
}

/**
 * Reads an ncnn model from the bytes of its two files.
 *
 * @throws {WeightsFileError} If one of them is damaged, or of a kind that is not read here (binary `.param`, int8).
 */
export function readNcnn(param: Uint8Array, bin: Uint8Array): NcnnModel {
  const layers = parseNcnnParam(param);
  const tensors = readNcnnBin(layers, bin);
  const known = asCompact(layers) ?? asRRDBNet(layers, tensors);
  const weights: StateDict = new Map();
  for (const { layer, role, tensor } of tensors) {
    const name = `${known?.names.get(layer) ?? layer.name}.${role}`;
    if (weights.has(name)) {
      throw new WeightsFileError("damaged", `two ncnn layers are named ${quote(layer.name)}`);
    }
    weights.set(name, tensor);
  }
  return {
    layers,
    weights,
    recognised: known !== undefined,
    options: known?.options ?? {},
    notes: known?.notes ?? [],
  };
}

/**
 * Gives tensors without names those of `shapes`, one after the other.
 *
 * @throws {WeightsFileError} If there are more or fewer, or a shape is another: then it is another network, or one whose
 * layers run in another order than they are declared in.
 */
export function nameInOrder(
  tensors: Iterable<StateTensor>,
  shapes: ReadonlyMap<string, readonly number[]>,
): StateDict {
  const list = [...tensors];
  const same = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((n, i) => n === b[i]);
  const named: StateDict = new Map();
  for (const [index, [name, shape]] of [...shapes].entries()) {
    const tensor = list[index];
    if (tensor === undefined || !same(tensor.shape, shape)) {
      throw new WeightsFileError(
        "unsupported",
        `its tensors have no names, and in their order they are not those of the network: ${
          quote(name)
        } should be [${shape.join(", ")}], but tensor ${index + 1} of ${list.length} is ${
          tensor ? `[${tensor.shape.join(", ")}]` : "missing"
        }`,
      );
    }
    named.set(name, tensor);
  }
  if (list.length > named.size) {
    throw new WeightsFileError(
      "unsupported",
      `its tensors have no names, and there are ${list.length} where the network has ${named.size} (${
        listNames([...shapes.keys()])
      })`,
    );
  }
  return named;
}

interface Recognised {
  readonly names: ReadonlyMap<NcnnLayer, string>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** Convolutions and activations in turn, a pixel shuffle, and the input enlarged by repeating pixels on top. */
function asCompact(layers: readonly NcnnLayer[]): Recognised | undefined {
  const rest = layers.filter(({ type }) => type !== "Input" && type !== "Split");
  const names = new Map<NcnnLayer, string>();
  const kinds = new Set<string>();
  let at = 0, index = 0;
  for (;;) {
    const conv = rest[at];
    if (!conv || !isPlainConv(conv)) return undefined;
    names.set(conv, `body.${index}`);
    const { kind, layer } = activationOf(conv, rest[at + 1]);
    at += layer ? 2 : 1;
    if (kind === "none") break;
    kinds.add(kind);
    if (layer?.type === "PReLU") names.set(layer, `body.${index + 1}`);
    index += 2;
  }
  const shuffle = rest[at];
  const [repeat, add, resize, more] = rest.slice(at + 1);
  if (
    shuffle?.type !== "PixelShuffle" || intParam(shuffle, 1, 0) !== 0 || kinds.size !== 1 ||
    !isRepeat(repeat, intParam(shuffle, 0, 1)) || !isAdd(add) || more
  ) return undefined;
  const act_type = { prelu: "prelu", "relu 0": "relu", "relu 0.1": "leakyrelu" }[[...kinds][0]!];
  if (act_type === undefined) return undefined;
  const notes: string[] = [];
  if (resize) {
    if (resize.type !== "Interp") return undefined;
    const factor = Number(resize.params.get(1) ?? 1);
    notes.push(
      `the ncnn model resizes what the network gives by ${factor}; the weights are of the network, whose scale is ${
        intParam(shuffle, 0, 1)
      }`,
    );
  }
  return { names, options: act_type === "prelu" ? {} : { act_type }, notes };
}

/** Most doublings of the size in an RRDBNet. */
const MAX_STEPS = 3;

/** Dense blocks of five convolutions, three to a block, then the upsampling. */
function asRRDBNet(
  layers: readonly NcnnLayer[],
  tensors: readonly NcnnTensor[],
): Recognised | undefined {
  const rest = layers.filter(({ type }) => type !== "Split");
  const convs = rest.filter(({ type }) => type === "Convolution");
  // One before the blocks, one behind, one for each doubling of the size, two at the end.
  const blocks = Math.floor((convs.length - 4) / 15), steps = (convs.length - 4) % 15;
  if (blocks < 1 || steps > MAX_STEPS || !convs.every(isPlainConv)) return undefined;
  const shapes = new Map(
    tensors.filter(({ role }) => role === "weight").map(({ layer, tensor }) =>
      [layer, tensor.shape] as const
    ),
  );
  const next = new Map(rest.map((layer, i) => [layer, rest[i + 1]] as const));
  const names = new Map<NcnnLayer, string>();
  const features = shapes.get(convs[0]!)![0]!, grow = shapes.get(convs[1]!)![0]!;
  const expect = (
    name: string,
    into: number | undefined,
    out: number | undefined,
    leaky: boolean,
  ) => {
    const conv = convs[names.size]!;
    const [gotOut, gotInto] = shapes.get(conv)!;
    const { kind } = activationOf(conv, next.get(conv));
    names.set(conv, name);
    return (into ?? gotInto) === gotInto && (out ?? gotOut) === gotOut &&
      kind === (leaky ? "relu 0.2" : "none");
  };
  let fits = expect("conv_first", undefined, features, false);
  for (let block = 0; block < blocks; block++) {
    for (const rdb of ["rdb1", "rdb2", "rdb3"]) {
      for (let j = 0; j < 5; j++) {
        const last = j === 4;
        const name = `body.${block}.${rdb}.conv${j + 1}`;
        fits &&= expect(name, features + j * grow, last ? features : grow, !last);
      }
    }
  }
  fits &&= expect("conv_body", features, features, false);
  for (let step = 1; step <= steps; step++) {
    fits &&= expect(`conv_up${step}`, features, features, true);
  }
  fits &&= expect("conv_hr", features, features, true);
  fits &&= expect("conv_last", features, undefined, false);
  const doubled = rest.filter((layer) => isRepeat(layer, 2)).length;
  const resized = rest.filter(({ type }) => type === "Interp").length;
  const joined = rest.filter(({ type }) => type === "Concat").length;
  if (!fits || doubled !== steps || resized !== steps || joined !== 12 * blocks) return undefined;
  return { names, options: {}, notes: [] };
}

/** 3x3, a step of 1, padded by 1, with a bias. */
function isPlainConv(layer: NcnnLayer): boolean {
  const is = (key: number, fallback: number, value: number) =>
    intParam(layer, key, fallback) === value;
  return layer.type === "Convolution" && is(1, 0, 3) && is(11, 3, 3) && is(2, 1, 1) &&
    is(3, 1, 1) && is(4, 0, 1) && is(5, 0, 1);
}

/** The activation behind a convolution, fused into it or a layer of its own. */
function activationOf(conv: NcnnLayer, next: NcnnLayer | undefined): {
  kind: string;
  layer?: NcnnLayer;
} {
  const fused = intParam(conv, 9, 0);
  if (fused === 1) return { kind: "relu 0" };
  if (fused === 2) return { kind: `relu ${rounded(listParam(conv, 10)[0] ?? 0)}` };
  if (fused !== 0) return { kind: `activation ${fused}` };
  if (next?.type === "PReLU") return { kind: "prelu", layer: next };
  if (next?.type !== "ReLU") return { kind: "none" };
  return { kind: `relu ${rounded(Number(next.params.get(0) ?? 0))}`, layer: next };
}

/** Without the noise of float32. */
function rounded(slope: number): number {
  return Number(slope.toPrecision(6));
}

function isRepeat(layer: NcnnLayer | undefined, factor: number): boolean {
  return layer?.type === "Interp" && intParam(layer, 0, 0) === 1 &&
    layer.params.get(1) === factor && layer.params.get(2) === factor;
}

function isAdd(layer: NcnnLayer | undefined): boolean {
  return (layer?.type === "BinaryOp" && intParam(layer, 0, 0) === 0) ||
    (layer?.type === "Eltwise" && intParam(layer, 0, 0) === 1 &&
      listParam(layer, 1).every((factor) => factor === 1));
}
