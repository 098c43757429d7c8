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
import type { Channels, ImageCodec, JpegOptions, RawImage } from "../../data/image.ts";
import { ExitCode, UserError } from "../../errors.ts";
import type { OpAttribute } from "./attributes.ts";
import { EagerContext } from "./context.ts";
import { AttrType, DType } from "./dtypes.ts";
import { EagerExecutor } from "./executor.ts";
import { NativeError, NativeLibrary } from "./native_library.ts";
import { newStringTensor, newTensor, readTensor, shapeOf } from "./tensors.ts";

/** Decodes and encodes images with TensorFlow's ops on the CPU. */
export class NativeCodec implements ImageCodec {
  readonly #library: NativeLibrary;
  readonly #context: EagerContext;
  readonly #executor: EagerExecutor;
  #disposed = false;
  /** `tensorflow`. */
  readonly name: string = "tensorflow";
  /** {@inheritDoc ImageCodec.formats} */
  readonly formats = ["png", "jpeg", "webp", "bmp"] as const;

  /** Opens a CPU context of its own; ops run on the calling thread. */
  constructor(library: NativeLibrary) {
    this.#library = library;
    this.#context = new EagerContext(library, { gpus: 0, interOpThreads: 1 });
    this.#executor = new EagerExecutor(this.#context);
  }

  /** {@inheritDoc ImageCodec.decode} */
  decode(bytes: Uint8Array, path: string): RawImage {
    const [op, attributes] = decoderFor(bytes, path);
    try {
      using contents = newStringTensor(this.#library, this.#executor.status, [], [bytes]);
      const [result] = this.#executor.execute(op, attributes, [contents.handle], 1);
      return this.#takeImage(result!);
    } catch (error) {
      throw named(path, op, error);
    }
  }

  /** {@inheritDoc ImageCodec.decodeAsync} */
  async decodeAsync(bytes: Uint8Array, path: string): Promise<RawImage> {
    const [op, attributes] = decoderFor(bytes, path);
    try {
      using contents = newStringTensor(this.#library, this.#executor.status, [], [bytes]);
      const [result] = await this.#executor.executeAsync(op, attributes, [contents.handle], 1);
      return this.#takeImage(result!);
    } catch (error) {
      throw named(path, op, error);
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
  encodeJpeg(image: RawImage, quality: number = 95, options: JpegOptions = {}): Uint8Array {
    return this.#encode("EncodeJpeg", image, jpegAttributes(image, quality, options));
  }

  /**
   * {@inheritDoc ImageCodec.encodeJpegAsync}
   *
   * @throws {TypeError} If the image has 16 bit or an alpha channel.
   */
  async encodeJpegAsync(
    image: RawImage,
    quality: number = 95,
    options: JpegOptions = {},
  ): Promise<Uint8Array> {
    const attributes = jpegAttributes(image, quality, options);
    const input = this.#newImage(image);
    try {
      const [result] = await this.#executor.executeAsync("EncodeJpeg", attributes, [input], 1);
      return this.#takeBytes(result!);
    } finally {
      this.#library.c.TFE_DeleteTensorHandle(input);
    }
  }

  /** {@inheritDoc ImageCodec.encodeWebp} */
  async encodeWebp(image: RawImage, quality: number = 95): Promise<Uint8Array> {
    const { encodeWebp } = await import("../webp_encoder.ts");
    return await encodeWebp(image, quality);
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
    const input = this.#newImage(image);
    try {
      const [result] = this.#executor.execute(op, attributes, [input], 1);
      return this.#takeBytes(result!);
    } finally {
      this.#library.c.TFE_DeleteTensorHandle(input);
    }
  }

  #newImage(image: RawImage): bigint {
    const shape = [image.height, image.width, image.channels];
    return newTensor(this.#library, this.#executor.status, shape, dtypeOf(image), image.data);
  }

  /** Reads an image and deletes its handle. */
  #takeImage(handle: bigint): RawImage {
    try {
      return toImage(
        shapeOf(this.#library, this.#executor.status, handle),
        readTensor(this.#library, this.#executor.status, handle),
      );
    } finally {
      this.#library.c.TFE_DeleteTensorHandle(handle);
    }
  }

  /** Reads the string that an encoder has made and deletes its handle. */
  #takeBytes(handle: bigint): Uint8Array {
    try {
      const [bytes] = readTensor(this.#library, this.#executor.status, handle) as Uint8Array[];
      return bytes!;
    } finally {
      this.#library.c.TFE_DeleteTensorHandle(handle);
    }
  }
}

/** Opens the codec of the library at `libraryPath`; dispose it when done. */
export function openNativeCodec(libraryPath: string): NativeCodec {
  return new NativeCodec(NativeLibrary.open(libraryPath));
}

function jpegAttributes(
  image: RawImage,
  quality: number,
  options: JpegOptions,
): readonly OpAttribute[] {
  if (image.data instanceof Uint16Array || (image.channels !== 1 && image.channels !== 3)) {
    throw new TypeError(
      `JPEG takes 8-bit images of 1 or 3 channels, received ${
        image.data instanceof Uint16Array ? 16 : 8
      } bit and ${image.channels} channels`,
    );
  }
  const halved = options.subsampling !== "4:4:4";
  return [
    { name: "format", type: AttrType.STRING, value: image.channels === 1 ? "grayscale" : "rgb" },
    { name: "quality", type: AttrType.INT, value: quality },
    { name: "progressive", type: AttrType.BOOL, value: false },
    { name: "optimize_size", type: AttrType.BOOL, value: false },
    { name: "chroma_downsampling", type: AttrType.BOOL, value: halved },
    { name: "density_unit", type: AttrType.STRING, value: "in" },
    { name: "x_density", type: AttrType.INT, value: 300 },
    { name: "y_density", type: AttrType.INT, value: 300 },
    { name: "xmp_metadata", type: AttrType.STRING, value: "" },
  ];
}

/** The error of an op as one about the file; others as they are. */
function named(path: string, op: string, error: unknown): unknown {
  if (!(error instanceof NativeError)) return error;
  return new UserError(`${path}: ${shortReason(op, error)}`, ExitCode.DATA, { cause: error });
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
