/**
 * Raw pictures with time stamps, as a program that reads a pipe takes them: the smallest Matroska stream there is.
 *
 * One video track of uncompressed pictures, one cluster for each picture, time stamps in nanoseconds. Nothing in it needs
 * to be known beforehand, so it is written as pictures come.
 *
 * Layout: RFC 8794 (EBML), RFC 9559 (Matroska).
 *
 * @module
 */

/** What the pictures are like. */
export interface RawTrack {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Bits per sample: 8, or 16 in little-endian order; three samples a pixel, RGB. */
  readonly depth: 8 | 16;
  /** Nominal time from picture to picture in nanoseconds: what an encoder plans its bit rate with. */
  readonly frameNanoseconds: bigint;
}

/** What the stream begins with. */
export function rawHeader(track: RawTrack): Uint8Array<ArrayBuffer> {
  const video = master(0xE0, [
    unsigned(0xB0, BigInt(track.width)),
    unsigned(0xBA, BigInt(track.height)),
    // The FourCC of packed RGB: the number of bits stands for its last letter.
    element(0x2EB524, Uint8Array.of(0x52, 0x47, 0x42, track.depth * 3)),
  ]);
  const entry = master(0xAE, [
    unsigned(0xD7, 1n), // number
    unsigned(0x73C5, 1n), // unique id
    unsigned(0x83, 1n), // video
    unsigned(0x23E383, track.frameNanoseconds),
    text(0x86, "V_UNCOMPRESSED"),
    video,
  ]);
  return joined([
    master(0x1A45DFA3, [
      unsigned(0x4286, 1n),
      unsigned(0x42F7, 1n),
      unsigned(0x42F2, 4n),
      unsigned(0x42F3, 8n),
      text(0x4282, "matroska"),
      unsigned(0x4287, 4n),
      unsigned(0x4285, 2n),
    ]),
    // A segment of unknown size: it ends with the stream.
    Uint8Array.of(0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
    master(0x1549A966, [
      unsigned(0x2AD7B1, 1n), // a tick is a nanosecond
      text(0x4D80, "denosr"),
      text(0x5741, "denosr"),
    ]),
    master(0x1654AE6B, [entry]),
  ]);
}

/** What stands before the `bytes` bytes of a picture. */
export function rawFrameHeader(nanoseconds: bigint, bytes: number): Uint8Array<ArrayBuffer> {
  const time = unsigned(0xE7, nanoseconds);
  // Track 1, no time of its own within the cluster, a key frame.
  const block = Uint8Array.of(0x81, 0, 0, 0x80);
  const blockHead = joined([id(0xA3), size(block.length + bytes)]);
  const inside = time.length + blockHead.length + block.length + bytes;
  return joined([id(0x1F43B675), size(inside), time, blockHead, block]);
}

function id(value: number): Uint8Array<ArrayBuffer> {
  return bigEndian(BigInt(value), 1);
}

/** A length of eight bytes: every length fits, and positions do not depend on it. */
function size(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, (1n << 56n) | BigInt(value));
  return bytes;
}

function element(name: number, content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return joined([id(name), size(content.length), content]);
}

function master(name: number, children: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  return element(name, joined(children));
}

function unsigned(name: number, value: bigint): Uint8Array<ArrayBuffer> {
  return element(name, bigEndian(value, 1));
}

function text(name: number, value: string): Uint8Array<ArrayBuffer> {
  return element(name, new TextEncoder().encode(value));
}

/** The fewest bytes that hold `value`, at least `least`. */
function bigEndian(value: bigint, least: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n || bytes.length < least; rest >>= 8n) {
    bytes.unshift(Number(rest & 0xFFn));
  }
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
