/**
 * Reads entries of a zip archive that lies in memory, as PyTorch writes them: stored or deflated, with or without zip64.
 *
 * Nothing is unpacked to disk; an archive that was made to harm those who do so (names such as `../x`, links) is refused
 * all the same, as no program that saves weights writes one. Sizes are checked against the archive before anything is
 * allocated.
 *
 * Format: PKWARE APPNOTE 6.3.10
 *
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";

/** Most entries of an archive; the largest networks have a few thousand tensors. */
const MAX_ENTRIES = 50_000;
/** Deflated entries may grow to this multiple of the archive in total, or to {@linkcode MIN_INFLATED}. */
const MAX_RATIO = 20;
const MIN_INFLATED = 1 << 22;
/** Kind of file in the upper half of an entry's external attributes, where Unix wrote it: a symbolic link. */
const UNIX_KIND = 0o170000, UNIX_LINK = 0o120000;

interface ZipEntry {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

/** A zip archive in memory. */
export class ZipArchive {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  #inflated = 0;
  #packed = 0;

  /**
   * Reads the table of contents.
   *
   * @throws {WeightsFileError} If it is missing, damaged, too long, names an entry twice, or has entries that would leave
   * the folder that they are unpacked to.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#entries = this.#readDirectory();
  }

  /** Names of the entries, in the order of the table of contents. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The bytes of an entry, or undefined when there is none of that name. Stored entries are views of the archive. Each
   * entry is meant to be read once: altogether no more bytes are read than the archive has.
   *
   * @throws {WeightsFileError} If the entry is damaged, encrypted, or grows out of proportion.
   */
  read(name: string): Uint8Array | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const packed = this.#packedBytes(name, entry);
    const bytes = entry.method === 0 ? packed : this.#inflate(name, entry, packed);
    if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) {
      throw damaged(`entry ${quote(name)} does not match its checksum`);
    }
    return bytes;
  }

  #packedBytes(name: string, { flags, method, compressed, size, offset }: ZipEntry): Uint8Array {
    if (flags & 1) throw unsupported(`entry ${quote(name)} is encrypted`);
    if (method !== 0 && method !== 8) {
      throw unsupported(`entry ${quote(name)} uses compression method ${method}`);
    }
    if (method === 0 && compressed !== size) {
      throw damaged(`entry ${quote(name)} is stored, but its two sizes differ`);
    }
    if (this.#u32(offset) !== 0x04034b50) {
      throw damaged(`entry ${quote(name)} is not where the table of contents says`);
    }
    const start = offset + 30 + this.#u16(offset + 26) + this.#u16(offset + 28);
    if (start + compressed > this.#bytes.length) {
      throw damaged(`entry ${quote(name)} reaches beyond the end of the file`);
    }
    this.#packed += compressed;
    if (this.#packed > this.#bytes.length) {
      throw new WeightsFileError("refused", "zip: its entries overlap, as those of a zip bomb do");
    }
    return this.#bytes.subarray(start, start + compressed);
  }

  #inflate(name: string, { size }: ZipEntry, packed: Uint8Array): Uint8Array {
    this.#inflated += size;
    if (this.#inflated > Math.max(MIN_INFLATED, MAX_RATIO * this.#bytes.length)) {
      throw new WeightsFileError(
        "refused",
        `the archive unpacks to more than ${MAX_RATIO} times its size, as a zip bomb does`,
      );
    }
    try {
      const { buffer, byteOffset, length } = inflateRawSync(packed, {
        maxOutputLength: Math.max(1, size),
      });
      return new Uint8Array(buffer, byteOffset, length);
    } catch (cause) {
      throw new WeightsFileError(
        "damaged",
        `zip: entry ${quote(name)} cannot be inflated`,
        { cause },
      );
    }
  }

  #readDirectory(): Map<string, ZipEntry> {
    let { count, at, end } = this.#findDirectory();
    if (count > MAX_ENTRIES) {
      throw new WeightsFileError(
        "refused",
        `zip: ${count} entries, at most ${MAX_ENTRIES} are read`,
      );
    }
    const entries = new Map<string, ZipEntry>();
    const utf8 = new TextDecoder();
    for (; count > 0; count--) {
      if (at + 46 > end || this.#u32(at) !== 0x02014b50) {
        throw damaged("the table of contents is broken");
      }
      const nameLength = this.#u16(at + 28), extraLength = this.#u16(at + 30);
      const next = at + 46 + nameLength + extraLength + this.#u16(at + 32);
      if (next > end) throw damaged("the table of contents is broken");
      const name = utf8.decode(this.#bytes.subarray(at + 46, at + 46 + nameLength));
      if (entries.has(name)) throw damaged(`two entries are named ${quote(name)}`);
      refuseEscape(name, this.#u32(at + 38) >>> 16);
      const sizes = {
        size: this.#u32(at + 24),
        compressed: this.#u32(at + 20),
        offset: this.#u32(at + 42),
      };
      const extra = at + 46 + nameLength;
      entries.set(name, {
        flags: this.#u16(at + 8),
        method: this.#u16(at + 10),
        crc: this.#u32(at + 16),
        ...this.#zip64Sizes(sizes, extra, extra + extraLength),
      });
      at = next;
    }
    return entries;
  }

  /** Finds the central directory through the end record, or its zip64 form. */
  #findDirectory(): { count: number; at: number; end: number } {
    const length = this.#bytes.length;
    let record = length - 22;
    const last = Math.max(0, length - 22 - 0xffff);
    while (record >= last && this.#u32(record) !== 0x06054b50) record--;
    if (record < last) throw damaged("the table of contents is missing: the file is cut off");
    let count = this.#u16(record + 10), size = this.#u32(record + 12), at = this.#u32(record + 16);
    if (record >= 20 && this.#u32(record - 20) === 0x07064b50) {
      const big = this.#u64(record - 20 + 8);
      if (big + 56 > record || this.#u32(big) !== 0x06064b50) {
        throw damaged("the zip64 end record is not where it should be");
      }
      count = this.#u64(big + 32), size = this.#u64(big + 40), at = this.#u64(big + 48);
    }
    if (at + size > record) {
      throw damaged("the table of contents reaches beyond the end of the file");
    }
    return { count, at, end: at + size };
  }

  /** Replaces sizes of 2^32 - 1 by those of the zip64 extra field. */
  #zip64Sizes(
    sizes: { size: number; compressed: number; offset: number },
    at: number,
    end: number,
  ): { size: number; compressed: number; offset: number } {
    const missing = (["size", "compressed", "offset"] as const)
      .filter((key) => sizes[key] === 0xffffffff);
    if (missing.length === 0) return sizes;
    while (at + 4 <= end && this.#u16(at) !== 1) at += 4 + this.#u16(at + 2);
    const full = { ...sizes };
    at += 4;
    for (const key of missing) {
      if (at + 8 > end) throw damaged("a zip64 size is missing");
      full[key] = this.#u64(at);
      at += 8;
    }
    return full;
  }

  #u16(at: number): number {
    return at + 2 <= this.#bytes.length ? this.#view.getUint16(at, true) : outside();
  }

  #u32(at: number): number {
    return at + 4 <= this.#bytes.length ? this.#view.getUint32(at, true) : outside();
  }

  #u64(at: number): number {
    if (at + 8 > this.#bytes.length) outside();
    const value = Number(this.#view.getBigUint64(at, true));
    return value <= this.#bytes.length ? value : outside();
  }
}

/** Refuses names that are absolute or lead upwards, on any system, and links. */
function refuseEscape(name: string, unixMode: number): void {
  if (
    /^\/|^[A-Za-z]:|[\\\0]/.test(name) || /(^|\/)\.\.(\/|$)/.test(name)
  ) {
    throw new WeightsFileError("refused", `zip: entry ${quote(name)} would leave its folder`);
  }
  if ((unixMode & UNIX_KIND) === UNIX_LINK) {
    throw new WeightsFileError("refused", `zip: entry ${quote(name)} is a link`);
  }
}

function outside(): never {
  throw damaged("an offset or a size points outside of the file");
}

function damaged(message: string): WeightsFileError {
  return new WeightsFileError("damaged", `zip: ${message}`);
}

function unsupported(message: string): WeightsFileError {
  return new WeightsFileError("unsupported", `zip: ${message}`);
}
