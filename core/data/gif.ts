/**
 * The first frame of a GIF (GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt): RGB, or RGBA where a colour is
 * transparent or the frame leaves a part of the screen free.
 *
 * @module
 */
import type { DecodablePicture } from "./decodable_picture.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { RawImage } from "./image.ts";

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array;
  readonly transparent: number | undefined;
  readonly codeSize: number;
  readonly packed: Uint8Array;
}

/**
 * Looks at a GIF.
 *
 * @throws {UserError} With exit code DATA, naming the file and the fault.
 */
export function openGif(bytes: Uint8Array, name: string, notes: string[]): DecodablePicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint16(6, true), height = view.getUint16(8, true);
  let frame: Frame | undefined, frames = 0;
  try {
    ({ frame, frames } = readBlocks(bytes, view));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(name, "it is cut off");
  }
  if (!frame) throw damaged(name, "it holds no frame");
  if (frame.x + frame.width > width || frame.y + frame.height > height) {
    throw damaged(name, "its frame exceeds its screen");
  }
  if (frames > 1) notes.push(`an animation of ${frames} frames, of which the first is taken`);
  const covers = frame.width === width && frame.height === height;
  const channels = covers && frame.transparent === undefined ? 3 : 4;
  return {
    width,
    height,
    channels,
    depth: 8,
    metadata: {},
    decode: () => Promise.resolve(decodeFrame(frame, { width, height, channels }, name)),
  };
}

/** Goes through all blocks: a file without its end is cut off. */
function readBlocks(
  bytes: Uint8Array,
  view: DataView,
): { frame: Frame | undefined; frames: number } {
  const paletteAt = (at: number, flags: number) => {
    const size = flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
    if (at + size > bytes.length) throw new RangeError("palette");
    return bytes.subarray(at, at + size);
  };
  const screen = view.getUint8(10);
  const common = paletteAt(13, screen);
  let at = 13 + common.length, transparent: number | undefined;
  let frame: Frame | undefined, frames = 0;
  while (true) {
    const kind = view.getUint8(at++);
    if (kind === 0x3b) return { frame, frames };
    if (kind === 0x21) { // an extension; the graphic control says which colour is transparent
      if (view.getUint8(at++) === 0xf9 && view.getUint8(at + 1) & 1) {
        transparent = view.getUint8(at + 4);
      }
      at = blocksAt(view, at).end;
    } else if (kind === 0x2c) {
      const flags = view.getUint8(at + 8);
      const own = paletteAt(at + 9, flags);
      const dataAt = at + 9 + own.length;
      const { end, length } = blocksAt(view, dataAt + 1);
      frames++;
      frame ??= {
        x: view.getUint16(at, true),
        y: view.getUint16(at + 2, true),
        width: view.getUint16(at + 4, true),
        height: view.getUint16(at + 6, true),
        interlaced: (flags & 0x40) !== 0,
        palette: own.length > 0 ? own : common,
        transparent,
        codeSize: view.getUint8(dataAt),
        packed: joinBlocks(bytes, dataAt + 1, length),
      };
      transparent = undefined;
      at = end;
    } else {
      throw new RangeError("block");
    }
  }
}

/** Where a run of sub-blocks ends, and how many bytes they hold. */
function blocksAt(view: DataView, at: number): { end: number; length: number } {
  let length = 0;
  for (let size; (size = view.getUint8(at++)) > 0; at += size) length += size;
  return { end: at, length };
}

function joinBlocks(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const all = new Uint8Array(length);
  for (let to = 0, size; (size = bytes[at++]!) > 0; at += size) {
    all.set(bytes.subarray(at, at + size), to);
    to += size;
  }
  return all;
}

function decodeFrame(
  frame: Frame,
  { width, height, channels }: Pick<RawImage, "width" | "height" | "channels">,
  name: string,
): RawImage {
  const indices = unpack(frame, name);
  const data = new Uint8Array(width * height * channels);
  const { palette, transparent } = frame;
  const rows = frame.interlaced ? interlacedRows(frame.height) : undefined;
  for (let row = 0, from = 0; row < frame.height; row++) {
    const y = frame.y + (rows ? rows[row]! : row);
    let to = (y * width + frame.x) * channels;
    for (let x = 0; x < frame.width; x++, to += channels) {
      const color = indices[from++]!;
      if (3 * color >= palette.length) {
        throw damaged(name, `a pixel has colour ${color} of ${palette.length / 3}`);
      }
      for (let s = 0; s < 3; s++) data[to + s] = palette[3 * color + s]!;
      if (channels === 4) data[to + 3] = color === transparent ? 0 : 255;
    }
  }
  return { width, height, channels, data };
}

/** Variable-length LZW, codes of at most 12 bits, lowest bits first. */
function unpack({ width, height, codeSize, packed }: Frame, name: string): Uint8Array {
  const out = new Uint8Array(width * height);
  if (codeSize < 2 || codeSize > 8) throw damaged(name, `its codes start with ${codeSize} bits`);
  const clear = 1 << codeSize, end = clear + 1;
  const prefix = new Uint16Array(4096),
    suffix = new Uint8Array(4096),
    length = new Uint16Array(4096);
  for (let i = 0; i < clear; i++) {
    suffix[i] = i;
    length[i] = 1;
  }
  let next = end + 1, bits = codeSize + 1, previous = -1, held = 0, buffer = 0, at = 0, to = 0;
  while (to < out.length) {
    while (held < bits) {
      if (at === packed.length) throw damaged(name, "its pixels are cut off");
      buffer |= packed[at++]! << held;
      held += 8;
    }
    const code = buffer & ((1 << bits) - 1);
    buffer >>= bits;
    held -= bits;
    if (code === clear) {
      next = end + 1;
      bits = codeSize + 1;
      previous = -1;
      continue;
    }
    if (code === end) throw damaged(name, "it holds fewer pixels than its frame says");
    if (code > next || (code === next && previous < 0) || (previous < 0 && code > end)) {
      throw damaged(name, "its pixels cannot be unpacked");
    }
    // A code that is only being defined is the previous string with its own first letter behind it.
    const known = code < next ? code : previous;
    const count = length[known]!;
    let letter = known;
    for (let i = to + count - 1; i >= to; i--, letter = prefix[letter]!) {
      if (i < out.length) out[i] = suffix[letter]!;
    }
    const head = out[to]!;
    to += count;
    if (code === next && to < out.length) out[to] = head;
    if (code === next) to++;
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      suffix[next] = head;
      length[next] = length[previous]! + 1;
      next++;
      if (next === 1 << bits && bits < 12) bits++;
    }
    previous = code;
  }
  return out;
}

/** Which row of the picture each row of an interlaced frame is. */
function interlacedRows(height: number): number[] {
  const rows: number[] = [];
  for (const [start, step] of [[0, 8], [4, 8], [2, 4], [1, 2]] as const) {
    for (let y = start; y < height; y += step) rows.push(y);
  }
  return rows;
}

function damaged(name: string, fault: string): UserError {
  return new UserError(`${name}: damaged gif file, ${fault}`, ExitCode.DATA);
}
