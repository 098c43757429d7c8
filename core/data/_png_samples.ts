/**
 * From the bytes of a PNG's row to samples: bits unpacked, palettes looked up, the transparent colour turned into alpha.
 *
 * @module
 */
import { damagedPng } from "./_png_errors.ts";
import { type PngIndex, STORED_SAMPLES } from "./png_index.ts";

/** Puts the samples of a row of `columns` pixels into `out` from `at` on. */
export type RowExpander = (
  row: Uint8Array,
  columns: number,
  out: Uint8Array | Uint16Array,
  at: number,
) => void;

/** What turns rows of this PNG into samples: 8 bit (`Uint8Array`), or 16 bit (`Uint16Array`) for depth 16. */
export function rowExpander(index: PngIndex, name: string): RowExpander {
  const { colorType, depth, palette, transparency } = index;
  if (palette) return paletteExpander(depth, palette, transparency, name);
  const samples = STORED_SAMPLES[colorType]!;
  const unpack = depth === 8 ? copy : depth === 16 ? fromBigEndian : unpackBits(depth);
  // 1-, 2- and 4-bit gray is stretched to 0-255 once the transparent value has been looked for.
  const stretch = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  if (!transparency) {
    if (depth >= 8) return (row, columns, out, at) => unpack(row, columns * samples, out, at);
    return (row, columns, out, at) => {
      unpack(row, columns, out, at);
      for (let i = at; i < at + columns; i++) out[i]! *= stretch;
    };
  }
  const key = Array.from({ length: samples }, (_, i) => {
    const value = transparency[2 * i]! << 8 | transparency[2 * i + 1]!;
    return depth === 16 ? value : value & (2 ** depth - 1); // only so many bits count
  });
  const opaque = depth === 16 ? 65535 : 255;
  let bare: Uint8Array | Uint16Array = new Uint8Array();
  return (row, columns, out, at) => {
    const needed = columns * samples;
    if (bare.length < needed) {
      bare = depth === 16 ? new Uint16Array(needed) : new Uint8Array(needed);
    }
    unpack(row, needed, bare, 0);
    for (let x = 0, from = 0; x < columns; x++) {
      let isKey = true;
      for (let s = 0; s < samples; s++, from++) {
        isKey &&= bare[from] === key[s];
        out[at++] = bare[from]! * stretch;
      }
      out[at++] = isKey ? 0 : opaque;
    }
  };
}

function paletteExpander(
  depth: number,
  palette: Uint8Array,
  alpha: Uint8Array | undefined,
  name: string,
): RowExpander {
  const colors = palette.length / 3;
  const unpack = depth === 8 ? copy : unpackBits(depth);
  let indices = new Uint8Array();
  return (row, columns, out, at) => {
    if (indices.length < columns) indices = new Uint8Array(columns);
    unpack(row, columns, indices, 0);
    for (let x = 0; x < columns; x++) {
      const color = indices[x]!;
      if (color >= colors) throw damagedPng(name, `a pixel has colour ${color} of ${colors}`);
      out[at++] = palette[3 * color]!;
      out[at++] = palette[3 * color + 1]!;
      out[at++] = palette[3 * color + 2]!;
      if (alpha) out[at++] = alpha[color] ?? 255;
    }
  };
}

function copy(row: Uint8Array, count: number, out: Uint8Array | Uint16Array, at: number): void {
  out.set(count === row.length ? row : row.subarray(0, count), at);
}

function fromBigEndian(
  row: Uint8Array,
  count: number,
  out: Uint8Array | Uint16Array,
  at: number,
): void {
  for (let i = 0, j = 0; i < count; i++, j += 2) out[at + i] = row[j]! << 8 | row[j + 1]!;
}

function unpackBits(depth: number): RowExpander {
  const perByte = 8 / depth, mask = (1 << depth) - 1;
  return (row, count, out, at) => {
    for (let i = 0; i < count; i++) {
      const shift = 8 - depth * (i % perByte + 1);
      out[at + i] = (row[Math.floor(i / perByte)]! >> shift) & mask;
    }
  };
}
