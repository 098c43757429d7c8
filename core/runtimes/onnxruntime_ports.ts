/**
 * What an ONNX model takes and gives, and which of it are images.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { type OrtLibrary, text } from "./onnxruntime_api.ts";

/** `ONNXTensorElementDataType` of what can be an image. */
export const IMAGE_TYPES: ReadonlyMap<number, ImageType> = new Map([
  [1, "float32"],
  [2, "uint8"],
  [10, "float16"],
]);

/** How samples are kept. */
export type ImageType = "float32" | "float16" | "uint8";

/** Names of the other types, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "text",
  9: "bool",
  11: "float64",
  16: "bfloat16",
};

/** Numbers of channels by which they are told from heights and widths. */
const CHANNELS = [1, 3, 4];

/** What a model takes or gives. */
export interface Port {
  /** Its name. */
  readonly name: string;
  /** `ONNXTensorElementDataType`; undefined if it is no tensor. */
  readonly type: number | undefined;
  /** Sizes; -1 where all are taken. */
  readonly shape: readonly number[];
}

/** A {@linkcode Port} for images. */
export interface ImagePort extends Port {
  /** One of {@linkcode IMAGE_TYPES}. */
  readonly type: number;
  /** Place of the channels: 1 or 3. */
  readonly channelAxis: 1 | 3;
}

/** What a model takes or gives, in its order. */
export function ports(library: OrtLibrary, session: bigint, side: "Input" | "Output"): Port[] {
  const { c } = library;
  const allocator = library.out((out) => c.GetAllocatorWithDefaultOptions(out));
  const count = Number(library.out((out) => c[`SessionGet${side}Count`](session, out)));
  return Array.from({ length: count }, (_, i) => {
    const at = library.out((out) => c[`SessionGet${side}Name`](session, BigInt(i), allocator, out));
    const name = text(Deno.UnsafePointer.create(at));
    library.check(c.AllocatorFree(allocator, at));
    const info = library.out((out) => c[`SessionGet${side}TypeInfo`](session, BigInt(i), out));
    try {
      const tensor = library.out((out) => c.CastTypeInfoToTensorInfo(info, out));
      return tensor === 0n
        ? { name, type: undefined, shape: [] }
        : { name, ...tensorInfo(library, tensor) };
    } finally {
      c.ReleaseTypeInfo(info);
    }
  });
}

/** Type and shape of a tensor. */
export function tensorInfo(library: OrtLibrary, info: bigint): { type: number; shape: number[] } {
  const { c } = library;
  const rank = Number(library.out((out) => c.GetDimensionsCount(info, out)));
  const sizes = new BigInt64Array(rank);
  library.check(c.GetDimensions(info, sizes, BigInt(rank)));
  const type = new Int32Array(1);
  library.check(c.GetTensorElementType(info, type));
  return { type: type[0]!, shape: Array.from(sizes, Number) };
}

/**
 * The input and the output for images, and where their channels are.
 *
 * @throws {UserError} DATA, if there are none, or more than one thing is wanted.
 */
export function imagePorts(
  path: string,
  inputs: readonly Port[],
  outputs: readonly Port[],
): { input: ImagePort; output: ImagePort } {
  const refuse = (what: string): never => {
    throw new UserError(`${path} ${what}`, ExitCode.DATA);
  };
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    return refuse(
      `takes ${inputs.length} inputs${
        names === "" ? "" : ` (${names})`
      }, a network for images takes one`,
    );
  }
  const isImage = ({ type, shape }: Port) => shape.length === 4 && IMAGE_TYPES.has(type ?? 0);
  const what = ({ name, type, shape }: Port) =>
    `"${name}" ${IMAGE_TYPES.get(type ?? 0) ?? OTHER_TYPES[type ?? 0] ?? "of an unknown type"} ` +
    `[${shape.map((size) => size < 0 ? "any" : size).join(", ")}]`;
  const wanted = "an image is float32, float16 or uint8 with four axes";
  if (!isImage(input)) return refuse(`takes ${what(input)}, ${wanted}`);
  const output = outputs.find(isImage);
  if (output === undefined) {
    return refuse(`gives ${outputs.map(what).join(", ")}, ${wanted}`);
  }
  const own = channelAxis(input), others = channelAxis(output);
  const from = { ...input, type: input.type!, channelAxis: own ?? others ?? 1 };
  const [height, width] = spatial(from);
  if ((height > 0) !== (width > 0)) {
    return refuse(`takes ${what(input)}, of which one side alone is fixed`);
  }
  return {
    input: from,
    output: { ...output, type: output.type!, channelAxis: others ?? own ?? 1 },
  };
}

/** The axis of the channels: the only one that is fixed, or one with few; undefined if it cannot be told. */
function channelAxis({ shape }: Port): 1 | 3 | undefined {
  const [, a, b, c] = shape.map((size) => size > 0);
  if (!b && a !== c) return a ? 1 : 3;
  if (CHANNELS.includes(shape[1]!)) return 1;
  return CHANNELS.includes(shape[3]!) ? 3 : undefined;
}

/** Height and width, -1 for all. */
export function spatial({ shape, channelAxis: channels }: ImagePort): readonly [number, number] {
  return channels === 1 ? [shape[2]!, shape[3]!] : [shape[1]!, shape[2]!];
}
