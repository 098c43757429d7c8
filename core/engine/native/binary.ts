/**
 * Tells a whole shared library from a truncated or foreign file, by its headers.
 *
 * @module
 */

/**
 * Why the file at `path` cannot be a whole shared library for this machine; `undefined` if it can. For ELF, every
 * segment and the section table must lie within the file, so that a download that was cut off is found out.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.NotCapable} If it cannot be read.
 */
export function whyNotALibrary(path: string): string | undefined {
  using file = Deno.openSync(path);
  const { isFile, size } = file.statSync();
  if (!isFile) return "it is no file";
  const header = readAt(file, 0, 64);
  if (header.byteLength < 64) return `it has ${size} bytes`;
  const magic = header.getUint32(0);
  if (Deno.build.os === "darwin") {
    return [0xcffaedfe, 0xcafebabe].includes(magic) ? undefined : "it is no Mach-O library";
  }
  if (magic !== 0x7f454c46 || header.getUint8(4) !== 2) return "it is no 64-bit ELF library";
  const machine = header.getUint16(18, true);
  const own = Deno.build.arch === "aarch64" ? 183 : 62; // EM_AARCH64, EM_X86_64
  if (machine !== own) return `it is for another processor (ELF machine ${machine})`;
  const end = Math.max(segmentsEnd(file, header), sectionsEnd(header));
  return end > size ? `it is cut off: ${size} bytes, ${end} expected` : undefined;
}

function segmentsEnd(file: Deno.FsFile, header: DataView): number {
  const offset = Number(header.getBigUint64(32, true));
  const entrySize = header.getUint16(54, true), count = header.getUint16(56, true);
  const table = readAt(file, offset, entrySize * count);
  if (table.byteLength < entrySize * count) return Infinity;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = i * entrySize;
    const from = Number(table.getBigUint64(at + 8, true));
    end = Math.max(end, from + Number(table.getBigUint64(at + 32, true)));
  }
  return end;
}

function sectionsEnd(header: DataView): number {
  const offset = Number(header.getBigUint64(40, true));
  return offset === 0 ? 0 : offset + header.getUint16(58, true) * header.getUint16(60, true);
}

function readAt(file: Deno.FsFile, offset: number, length: number): DataView {
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (let n: number | null = 0; filled < length && n !== null; filled += n ?? 0) {
    n = file.readSync(bytes.subarray(filled));
  }
  return new DataView(bytes.buffer, 0, filled);
}
