/**
 * The image codec of the native engine: TensorFlow's own image ops, without TensorFlow.js, so that a Web Worker can
 * open it cheaply.
 *
 * What comes out: PNG with the channels of the file (gray 1, gray and alpha 2, RGB 3, RGBA 4; palettes become RGB, or
 * RGBA when they have transparency), 1-8 bit as `Uint8Array`, 16 bit as `Uint16Array`. JPEG as gray or RGB, exact to
 * libjpeg (accurate integer DCT, smooth chroma upsampling); CMYK and YCCK files are converted to RGB without a colour
 * profile. BMP as stored; WebP as RGB or RGBA where the library has the op. EXIF orientation is not applied.
 *
 * @module
 */
import type { Channels, ImageCodec, RawImage } from "../../data/image.ts";
import { ExitCode, UserError } from "../../errors.ts";
import type { OpAttribute } from "./attributes.ts";
import { EagerContext } from "./context.ts";
import { AttrType, DType } from "./dtypes.ts";
import { EagerExecutor } from "./executor.ts";
import { NativeError, NativeLibrary } from "./native_library.ts";
import { newTensor, readTensor, shapeOf, withStringTensor } from "./tensors.ts";

/** Decodes and encodes images with TensorFlow's ops on the CPU. */
export class NativeCodec implements ImageCodec {
  readonly #library: NativeLibrary;
  readonly #context: EagerContext;
  readonly #executor: EagerExecutor;
  #disposed = false;
  /** `tensorflow`. */
  readonly name: string = "tensorflow";

  /** Opens a CPU context of its own; ops run on the calling thread. */
  constructor(library: NativeLibrary) {
    this.#library = library;
    this.#context = new EagerContext(library, { gpus: 0, interOpThreads: 1 });
    this.#executor = new EagerExecutor(this.#context);
  }

  /** {@inheritDoc ImageCodec.decode} */
  decode(bytes: Uint8Array, path: string): RawImage {
    const [op, attributes] = decoderFor(bytes, path);
    let handle = 0n;
    try {
      const [result] = withStringTensor(
        this.#library,
        this.#executor.status,
        [],
        [bytes],
        (contents) => this.#executor.execute(op, attributes, [contents], 1),
      );
      handle = result!;
      return toImage(
        shapeOf(this.#library, this.#executor.status, handle),
        readTensor(this.#library, this.#executor.status, handle),
      );
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      throw new UserError(`${path}: ${shortReason(op, error)}`, ExitCode.DATA, { cause: error });
    } finally {
      if (handle !== 0n) this.#library.c.TFE_DeleteTensorHandle(handle);
    }
  }

  /** {@inheritDoc ImageCodec.encodePng} */
  encodePng(image: RawImage, compression: number = 3): Uint8Array {
    return this.#encode("EncodePng", image, [
      { name: "compression", type: AttrType.INT, value: compression },
      { name: "T", type: AttrType.TYPE, value: dtypeOf(image) },
    ]);
  }

  /**
   * {@inheritDoc ImageCodec.encodeJpeg}
   *
   * @throws {TypeError} If the image has 16 bit or an alpha channel.
   */
  encodeJpeg(image: RawImage, quality: number = 95): Uint8Array {
    if (image.data instanceof Uint16Array || (image.channels !== 1 && image.channels !== 3)) {
      throw new TypeError(
        `JPEG takes 8-bit images of 1 or 3 channels, received ${
          image.data instanceof Uint16Array ? 16 : 8
        } bit and ${image.channels} channels`,
      );
    }
    return this.#encode("EncodeJpeg", image, [
      { name: "format", type: AttrType.STRING, value: image.channels === 1 ? "grayscale" : "rgb" },
      { name: "quality", type: AttrType.INT, value: quality },
      { name: "progressive", type: AttrType.BOOL, value: false },
      { name: "optimize_size", type: AttrType.BOOL, value: false },
      { name: "chroma_downsampling", type: AttrType.BOOL, value: true },
      { name: "density_unit", type: AttrType.STRING, value: "in" },
      { name: "x_density", type: AttrType.INT, value: 300 },
      { name: "y_density", type: AttrType.INT, value: 300 },
      { name: "xmp_metadata", type: AttrType.STRING, value: "" },
    ]);
  }

  /** {@inheritDoc ImageCodec.dispose} */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#executor[Symbol.dispose]();
    this.#context[Symbol.dispose]();
  }

  /** The same as {@linkcode NativeCodec.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #encode(op: string, image: RawImage, attributes: readonly OpAttribute[]): Uint8Array {
    const library = this.#library;
    const { status } = this.#executor;
    const shape = [image.height, image.width, image.channels];
    const input = newTensor(library, status, shape, dtypeOf(image), image.data);
    try {
      const [result] = this.#executor.execute(op, attributes, [input], 1);
      try {
        const [bytes] = readTensor(library, status, result!) as Uint8Array[];
        return bytes!;
      } finally {
        library.c.TFE_DeleteTensorHandle(result!);
      }
    } finally {
      library.c.TFE_DeleteTensorHandle(input);
    }
  }
}

/** Opens the codec of the library at `libraryPath`; dispose it when done. */
export function openNativeCodec(libraryPath: string): NativeCodec {
  return new NativeCodec(NativeLibrary.open(libraryPath));
}

function decoderFor(bytes: Uint8Array, path: string): [op: string, attributes: OpAttribute[]] {
  const channels = (n: number) => ({ name: "channels", type: AttrType.INT, value: n });
  if (bytes.length === 0) throw new UserError(`${path}: the file is empty`, ExitCode.DATA);
  if (startsWith(bytes, 0, "\x89PNG")) {
    const dtype = bytes[24] === 16 ? DType.UINT16 : DType.UINT8; // bit depth in IHDR
    return ["DecodePng", [channels(0), { name: "dtype", type: AttrType.TYPE, value: dtype }]];
  }
  if (startsWith(bytes, 0, "\xff\xd8\xff")) {
    return ["DecodeJpeg", [
      channels(jpegComponents(bytes) === 1 ? 1 : 3),
      { name: "ratio", type: AttrType.INT, value: 1 },
      { name: "fancy_upscaling", type: AttrType.BOOL, value: true },
      { name: "try_recover_truncated", type: AttrType.BOOL, value: false },
      { name: "acceptable_fraction", type: AttrType.FLOAT, value: 1 },
      { name: "dct_method", type: AttrType.STRING, value: "INTEGER_ACCURATE" },
    ]];
  }
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) {
    return ["DecodeWebP", [channels(0)]];
  }
  if (startsWith(bytes, 0, "BM")) return ["DecodeBmp", [channels(0)]];
  throw new UserError(
    `${path}: this is no PNG, JPEG, WebP or BMP file (it starts with ${hex(bytes)})`,
    ExitCode.DATA,
  );
}

/** Number of components in the frame header (SOF0-SOF15 but DHT, JPG, DAC), 0 when there is none. */
function jpegComponents(bytes: Uint8Array): number {
  for (let i = 2; i + 9 < bytes.length && bytes[i] === 0xff;) {
    const marker = bytes[i + 1]!;
    if (marker === 0xff) { // fill byte
      i++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return bytes[i + 9]!;
    i += 2 + bytes[i + 2]! * 256 + bytes[i + 3]!;
  }
  return 0;
}

function toImage(shape: readonly number[], data: unknown): RawImage {
  // DecodeWebP gives [frames, height, width, channels]; an animation is its first frame.
  const [height, width, channels] = shape.slice(-3) as [number, number, number];
  const size = height * width * channels;
  const samples = data as Uint8Array | Uint16Array;
  return {
    width,
    height,
    channels: channels as Channels,
    data: samples.length === size ? samples : samples.slice(0, size),
  };
}

function dtypeOf(image: RawImage): number {
  return image.data instanceof Uint16Array ? DType.UINT16 : DType.UINT8;
}

/** TensorFlow's reason without node names, which say nothing to a user. */
function shortReason(op: string, error: NativeError): string {
  const reason = error.message
    .replace(`${op}: `, "")
    .replace(/\{\{[^}]*\}\}\s*/g, "")
    .replace(/\s*\[Op:\w+\].*$/s, "")
    .trim();
  const format = op.replace("Decode", "").replace(/^(Png|Jpeg|Bmp)$/, (name) => name.toUpperCase());
  return `the ${format} image is damaged or cut off (${reason})`;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
