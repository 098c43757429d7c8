/**
 * The formats that are decoded as a whole: what each file is, what is odd about it, and how its pixels are made.
 *
 * @module
 */
import type { DecodablePicture } from "./decodable_picture.ts";
import { ExitCode, UserError } from "../errors.ts";
import { checkIntegrity, readImageHeader, readJpegFrame } from "./header.ts";
import type { ImageCodec, ImageHeader, RawImage } from "./image.ts";
import { jpegScanFault } from "./jpeg_scans.ts";
import { adobeSegment, readJpegSegments, withSegment } from "./metadata/jpeg.ts";
import {
  firstWebpFrame,
  isAnimated,
  readWebpMetadata,
  webpChunks,
  webpFault,
  type WebpFrame,
} from "./metadata/webp.ts";

/** Looks at a file that is no PNG. `notes` receives what is worth knowing. */
export async function openDecodable(
  bytes: Uint8Array,
  format: ImageHeader["format"],
  codec: ImageCodec,
  name: string,
  notes: string[],
): Promise<DecodablePicture> {
  const header = readImageHeader(bytes, name);
  switch (format) {
    case "jpeg":
      return openJpeg(bytes, header, codec, name, notes);
    case "webp":
      return openWebp(bytes, header, codec, name, notes);
    case "bmp": {
      if (bytes.length < header.width * header.height / 8) refuseLarge(header, name);
      const { openBmp } = await import("./bmp.ts");
      return openBmp(bytes, name);
    }
    case "gif": {
      refuseLarge(header, name);
      const { openGif } = await import("./gif.ts");
      return openGif(bytes, name, notes);
    }
    default:
      throw new UserError(
        `${name}: a ${format.toUpperCase()} file (${header.width}x${header.height}), which is not read here: ` +
          "convert it to PNG",
        ExitCode.DATA,
      );
  }
}

/** Formats in which a few bytes can stand for any number of pixels may have this many. */
const PACKED_LIMIT = 2 ** 25;

function refuseLarge({ width, height, format }: ImageHeader, name: string): void {
  if (width * height <= PACKED_LIMIT) return;
  throw new UserError(
    `${name}: ${width}x${height} pixels are more than a ${format} file may have here (${PACKED_LIMIT}): ` +
      "convert it to PNG",
    ExitCode.DATA,
  );
}

/** Kinds of JPEG by frame header that decoders leave out. */
const RARE_FRAMES: Readonly<Record<number, string>> = {
  0xc3: "lossless",
  0xc5: "hierarchical",
  0xc6: "hierarchical",
  0xc7: "hierarchical lossless",
  0xc9: "arithmetically coded",
  0xca: "arithmetically coded",
  0xcb: "lossless, arithmetically coded",
  0xcd: "hierarchical, arithmetically coded",
  0xce: "hierarchical, arithmetically coded",
  0xcf: "hierarchical, lossless, arithmetically coded",
};

function openJpeg(
  bytes: Uint8Array,
  header: ImageHeader,
  codec: ImageCodec,
  name: string,
  notes: string[],
): DecodablePicture {
  const found = readJpegSegments(bytes, (line) => notes.push(line));
  const { precision, components } = readJpegFrame(bytes)!;
  const rare = RARE_FRAMES[found.frameMarker];
  const odd = precision !== 8
    ? `${precision}-bit`
    : rare ?? (components === 2 || components > 4 ? `${components}-component` : undefined);
  if (odd) {
    throw new UserError(
      `${name}: a JPEG of a rare kind (${odd}), which is not read here: convert it to PNG`,
      ExitCode.DATA,
    );
  }
  checkIntegrity(bytes, name);
  const cmyk = components === 4;
  if (cmyk) {
    notes.push("CMYK colours are converted to RGB without a colour profile");
  }
  if (codec.jpegLevels) {
    notes.push(
      `decoded by ${codec.name}, whose pixels are up to ${codec.jpegLevels} levels of 255 apart from libjpeg's`,
    );
  }
  const { width, height, channels } = header;
  const { icc, ...others } = found.metadata;
  return {
    width,
    height,
    channels,
    depth: 8,
    // A profile for CMYK is used up, so to speak: what it describes is no longer there.
    metadata: cmyk ? others : { ...others, ...(icc && { icc }) },
    decode: async (signal) => {
      const fault = await jpegScanFault(bytes, signal);
      if (fault) throw new UserError(`${name}: damaged jpeg file, ${fault}`, ExitCode.DATA);
      // Programs that leave Adobe's marker out store inverted CMYK as well; Pillow takes it so, too.
      const marked = cmyk && found.adobeTransform === undefined
        ? withSegment(bytes, 0xee, adobeSegment())
        : bytes;
      return expectImage(await decodeAside(codec, marked, name), header, name);
    },
  };
}

function openWebp(
  bytes: Uint8Array,
  header: ImageHeader,
  codec: ImageCodec,
  name: string,
  notes: string[],
): DecodablePicture {
  if (!codec.formats?.includes("webp")) {
    throw new UserError(
      `${name}: a WebP file (${header.width}x${header.height}), which ${codec.name} does not read: ` +
        "use --engine native or convert it to PNG",
      ExitCode.DATA,
    );
  }
  const fault = webpFault(bytes);
  if (fault) throw new UserError(`${name}: damaged webp file, ${fault}`, ExitCode.DATA);
  const chunks = webpChunks(bytes);
  const animation = isAnimated(chunks) ? firstWebpFrame(chunks) : undefined;
  if (animation && animation.frames > 1) {
    notes.push(`an animation of ${animation.frames} frames, of which the first is taken`);
  }
  const { width, height, channels } = header;
  return {
    width,
    height,
    channels,
    depth: 8,
    metadata: readWebpMetadata(chunks),
    decode: async () => {
      if (animation) return await decodeFrame(animation.first, header, codec, name);
      return expectImage(await decodeAside(codec, bytes, name), header, name);
    },
  };
}

/** The first frame of an animation on its canvas, which is transparent, or black where nothing can be. */
async function decodeFrame(
  frame: WebpFrame,
  { width, height, channels }: ImageHeader,
  codec: ImageCodec,
  name: string,
): Promise<RawImage> {
  const part = await decodeAside(codec, frame.file, name);
  const data = new Uint8Array(width * height * channels);
  if (frame.x + part.width > width || frame.y + part.height > height) {
    throw new UserError(`${name}: damaged webp file, a frame exceeds its canvas`, ExitCode.DATA);
  }
  for (let y = 0, from = 0; y < part.height; y++) {
    let to = ((frame.y + y) * width + frame.x) * channels;
    for (let x = 0; x < part.width; x++, from += part.channels) {
      for (let s = 0; s < channels; s++) {
        data[to++] = s < part.channels ? part.data[from + s]! : 255;
      }
    }
  }
  return { width, height, channels, data };
}

async function decodeAside(codec: ImageCodec, bytes: Uint8Array, name: string): Promise<RawImage> {
  return await (codec.decodeAsync?.(bytes, name) ?? codec.decode(bytes, name));
}

/** Decoder and header have to agree, as what follows has been told the header's size. */
function expectImage(
  image: RawImage,
  { width, height, channels, format }: ImageHeader,
  name: string,
): RawImage {
  if (image.width === width && image.height === height && image.channels === channels) return image;
  throw new UserError(
    `${name}: damaged ${format} file, its header says ${width}x${height}x${channels}, its pixels are ` +
      `${image.width}x${image.height}x${image.channels}`,
    ExitCode.DATA,
  );
}
