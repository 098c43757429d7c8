/**
 * ncnn's `.bin` files: the weights of the layers of a `.param` file, in its order, without names or lengths of their own.
 *
 * Filters and matrices begin with a word that says how they are stored (float32 or float16); biases, slopes and
 * statistics are bare float32. Facts: ncnn's src/modelbin.cpp and src/layer/*.cpp (BSD-3-Clause), read, not ported.
 *
 * @module
 */
import { decodeElements } from "./_dtypes.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { intParam, type NcnnLayer } from "./ncnn_param.ts";
import { elementCount, type StateDType, type StateTensor } from "./state_dict.ts";

/** Storage words of filters and matrices. */
export const NCNN_STORAGE = {
  /** float16, filled up to a multiple of four bytes. */
  half: 0x01306b47,
  /** int8, with scales elsewhere. */
  int8: 0x000d4b38,
  /** float32. */
  float: 0x0002c056,
  /** float32 as well: what ncnn's converters write. */
  none: 0,
} as const;

/** One tensor of a layer, in PyTorch's layout. */
export interface NcnnTensor {
  /** Layer that holds it. */
  readonly layer: NcnnLayer;
  /** What it is to a PyTorch module: `weight`, `bias`, `running_mean`, `running_var`. */
  readonly role: string;
  /** The elements; what was float16 has dtype `F16`. */
  readonly tensor: StateTensor;
}

/** Kinds of layers without weights. Others could hold some, so that what follows would be read from the wrong place. */
const BARE = new Set(
  ("Input Split Concat Eltwise BinaryOp UnaryOp Interp PixelShuffle Reorg Crop Slice Padding Pooling Reshape " +
    "Permute Flatten ExpandDims Squeeze Noop Dropout ReLU Sigmoid TanH HardSigmoid HardSwish Swish Mish GELU ELU " +
    "SELU Softplus Clip Softmax Reduction Packing Cast ShuffleChannel AbsVal Power Exp Log").split(
      " ",
    ),
);

/**
 * Reads the weights of `layers`, in their order.
 *
 * @throws {WeightsFileError} If the file is too short or too long, its numbers are stored in a way that is not read here
 * (int8, a table of 256 values), or a layer is of a kind that is not known here.
 */
export function readNcnnBin(layers: readonly NcnnLayer[], bytes: Uint8Array): NcnnTensor[] {
  const reader = new Reader(bytes);
  const tensors: NcnnTensor[] = [];
  for (const layer of layers) {
    for (const { role, shape, bare } of tensorsOf(layer)) {
      const tensor = reader.read(layer, shape, bare);
      tensors.push({
        layer,
        role,
        tensor: isDeconvolution(layer) && role === "weight" ? swapTwo(tensor) : tensor,
      });
    }
  }
  reader.end();
  return tensors;
}

/** The bytes of one tensor as `.bin` files have them: word and elements, filled up, or with `bare` just the elements. */
export function encodeNcnnTensor(
  data: Float32Array,
  storage: "half" | "float",
  bare: boolean,
): Uint8Array {
  const floats = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bare) return floats;
  const body = storage === "half" ? new Uint8Array(new Float16Array(data).buffer) : floats;
  const bytes = new Uint8Array(4 + Math.ceil(body.length / 4) * 4);
  const word = storage === "half" ? NCNN_STORAGE.half : NCNN_STORAGE.none;
  new DataView(bytes.buffer).setUint32(0, word, true);
  bytes.set(body, 4);
  return bytes;
}

interface Wanted {
  readonly role: string;
  readonly shape: readonly number[];
  /** Bare float32, without a storage word. */
  readonly bare: boolean;
}

/** What a layer keeps in the file, in its order. */
function tensorsOf(layer: NcnnLayer): Wanted[] {
  const bare = (role: string, ...shape: number[]): Wanted => ({ role, shape, bare: true });
  switch (layer.type) {
    case "Convolution":
    case "ConvolutionDepthWise":
    case "Deconvolution":
      return [
        { role: "weight", shape: filterShape(layer), bare: false },
        ...(intParam(layer, 5, 0) ? [bare("bias", count(layer, 0))] : []),
      ];
    case "InnerProduct": {
      const out = count(layer, 0);
      return [
        {
          role: "weight",
          shape: [out, quotient(layer, count(layer, 2), out)],
          bare: false,
        },
        ...(intParam(layer, 1, 0) ? [bare("bias", out)] : []),
      ];
    }
    case "PReLU":
      return [bare("weight", count(layer, 0))];
    case "BatchNorm": {
      const n = count(layer, 0);
      return [
        bare("weight", n),
        bare("running_mean", n),
        bare("running_var", n),
        bare("bias", n),
      ];
    }
    case "LayerNorm":
    case "GroupNorm":
    case "InstanceNorm": {
      const [size, affine] = layer.type === "GroupNorm" ? [1, 3] : [0, 2];
      if (intParam(layer, affine, 1) === 0) return [];
      return [bare("weight", count(layer, size)), bare("bias", count(layer, size))];
    }
  }
  if (BARE.has(layer.type)) return [];
  throw new WeightsFileError(
    "unsupported",
    `ncnn layer ${quote(layer.name)} is of the kind ${
      quote(layer.type)
    }, whose weights are not read`,
  );
}

/** (out, in / groups, height, width); of transposed convolutions as ncnn stores them. */
function filterShape(layer: NcnnLayer): number[] {
  if (intParam(layer, 8, 0) !== 0) {
    throw new WeightsFileError(
      "unsupported",
      `ncnn layer ${
        quote(layer.name)
      } is quantized to int8, use the model it was made from (fp32 or fp16)`,
    );
  }
  const out = count(layer, 0), width = count(layer, 1);
  const height = layer.params.has(11) ? count(layer, 11) : width;
  const rest = quotient(layer, count(layer, 6), out * width * height);
  return [out, rest, height, width];
}

function count(layer: NcnnLayer, key: number): number {
  const value = intParam(layer, key, 0);
  if (value < 1 || value > 2 ** 31) {
    throw new WeightsFileError(
      "damaged",
      `ncnn layer ${quote(layer.name)}: ${key}=${value} is no size`,
    );
  }
  return value;
}

function quotient(layer: NcnnLayer, size: number, by: number): number {
  if (size % by !== 0) {
    throw new WeightsFileError(
      "damaged",
      `ncnn layer ${quote(layer.name)} has ${size} weights, no multiple of ${by}`,
    );
  }
  return size / by;
}

function isDeconvolution({ type }: NcnnLayer): boolean {
  return type === "Deconvolution";
}

/** From (out, in, h, w) to PyTorch's (in, out, h, w) of transposed convolutions. */
function swapTwo({ shape, dtype, data }: StateTensor): StateTensor {
  const [out, into, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const swapped = new Float32Array(data.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < into; i++) {
      const from = (o * into + i) * area;
      swapped.set((data as Float32Array).subarray(from, from + area), (i * out + o) * area);
    }
  }
  return { shape: [into, out, height, width], dtype, data: swapped };
}

class Reader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  read(layer: NcnnLayer, shape: readonly number[], bare: boolean): StateTensor {
    const dtype = bare ? "F32" : this.#storage(layer);
    const size = elementCount(shape) * (dtype === "F16" ? 2 : 4);
    const data = decodeElements(this.#take(size, layer), dtype);
    this.#take((4 - size % 4) % 4, layer);
    return { shape, dtype, data };
  }

  end(): void {
    if (this.#at !== this.bytes.length) {
      throw new WeightsFileError(
        "damaged",
        `${this.bytes.length - this.#at} bytes follow the weights of the last layer: is this the ` +
          ".bin file of this .param file?",
      );
    }
  }

  #storage({ name }: NcnnLayer): StateDType {
    const head = this.#take(4, { name });
    const word = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
    switch (word) {
      case NCNN_STORAGE.none:
      case NCNN_STORAGE.float:
        return "F32";
      case NCNN_STORAGE.half:
        return "F16";
      case NCNN_STORAGE.int8:
        throw new WeightsFileError(
          "unsupported",
          `the weights of ncnn layer ${quote(name)} are int8, use the model they were made from`,
        );
    }
    throw new WeightsFileError(
      "unsupported",
      `the weights of ncnn layer ${quote(name)} are stored as 0x${
        word.toString(16).padStart(8, "0")
      } says, which is neither float32 nor float16: is this the .bin file of this .param file?`,
    );
  }

  #take(length: number, { name }: { readonly name: string }): Uint8Array {
    const start = this.#at;
    if (!(start + length <= this.bytes.length)) {
      throw new WeightsFileError(
        "damaged",
        `the .bin file ends within the weights of ncnn layer ${quote(name)}`,
      );
    }
    this.#at = start + length;
    return this.bytes.subarray(start, start + length);
  }
}
