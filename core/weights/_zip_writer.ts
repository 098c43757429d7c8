/**
 * Writes zip archives of stored entries piece by piece, the data of each aligned.
 *
 * Format: PKWARE APPNOTE 6.3.10. Archives of 4 GiB or more, or of more than 65,534 entries, would need zip64 and are
 * refused.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** Id of the extra field that PyTorch fills up with, `FB`. */
const PADDING_ID = 0x4246;
const MAX_BYTES = 2 ** 32 - 1;
const MAX_ENTRIES = 65_534;
/** 1 January 1980, the first day that zip knows: the same content gives the same bytes. */
const DATE = 0x21;

/** A zip archive that is being written. */
export class ZipWriter {
  readonly #central: Uint8Array[] = [];
  #at = 0;

  /** Creates it; the data of each entry begin at a multiple of `alignment` bytes, which is 8 or more. */
  constructor(readonly alignment: number) {}

  /**
   * The pieces of one entry; `bytes` are among them as they are.
   *
   * @throws {RangeError} If the archive becomes too large.
   */
  *entry(name: string, bytes: Uint8Array): Generator<Uint8Array> {
    const nameBytes = new TextEncoder().encode(name);
    const offset = this.#at;
    const bare = offset + 30 + nameBytes.length;
    // A field has four bytes at least: its id and its length.
    const extra = 4 + (this.alignment - (bare + 4) % this.alignment) % this.alignment;
    this.#at = bare + extra + bytes.length;
    if (this.#at > MAX_BYTES || this.#central.length >= MAX_ENTRIES) {
      throw new RangeError("the file would take 4 GiB or more, save as safetensors");
    }
    const local = new Uint8Array(30 + nameBytes.length + extra);
    const view = new DataView(local.buffer);
    view.setUint32(0, 0x04034b50, true);
    const facts = new Uint8Array(26);
    fillFacts(new DataView(facts.buffer), nameBytes.length, extra, bytes);
    local.set(facts, 4);
    local.set(nameBytes, 30);
    view.setUint16(30 + nameBytes.length, PADDING_ID, true);
    view.setUint16(32 + nameBytes.length, extra - 4, true);
    this.#central.push(centralEntry(facts, nameBytes, offset));
    yield local;
    yield bytes;
  }

  /** The pieces that end the archive. */
  *end(): Generator<Uint8Array> {
    const size = this.#central.reduce((sum, { length }) => sum + length, 0);
    if (this.#at + size > MAX_BYTES) throw new RangeError("the file would take 4 GiB or more");
    yield* this.#central;
    const end = new Uint8Array(22);
    const view = new DataView(end.buffer);
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, this.#central.length, true);
    view.setUint16(10, this.#central.length, true);
    view.setUint32(12, size, true);
    view.setUint32(16, this.#at, true);
    yield end;
  }
}

/** What the local and the central header share: version to the length of the extra field. */
function fillFacts(view: DataView, nameLength: number, extra: number, bytes: Uint8Array): void {
  view.setUint16(0, 20, true); // version that reads it: 2.0
  view.setUint16(2, 0x0800, true); // names are UTF-8
  view.setUint16(8, DATE, true);
  view.setUint32(10, crc32(bytes), true);
  view.setUint32(14, bytes.length, true);
  view.setUint32(18, bytes.length, true);
  view.setUint16(22, nameLength, true);
  view.setUint16(24, extra, true);
}

function centralEntry(facts: Uint8Array, name: Uint8Array, offset: number): Uint8Array {
  const entry = new Uint8Array(46 + name.length);
  const view = new DataView(entry.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true); // version that wrote it
  entry.set(facts, 6);
  view.setUint16(30, 0, true); // the padding is in front of the data only
  view.setUint32(42, offset, true);
  entry.set(name, 46);
  return entry;
}
