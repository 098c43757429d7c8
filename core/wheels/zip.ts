/**
 * Reads single files out of a zip archive without holding them in memory: a wheel's largest has 788 MB.
 *
 * Format: APPNOTE.TXT of PKWARE, without zip64 (archives and files below 4 GiB).
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A file of an archive. */
interface Entry {
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/** An open zip archive. */
export class ZipArchive implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: Deno.FsFile, entries: ReadonlyMap<string, Entry>) {
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * Opens the archive at `path` and reads its directory.
   *
   * @throws {Error} If it is no zip archive, or is cut off.
   */
  static async open(path: string): Promise<ZipArchive> {
    const file = await Deno.open(path);
    try {
      return new ZipArchive(file, await readDirectory(file));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Names of its files. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Bytes of the file `name` once unpacked, 0 if there is none. */
  size(name: string): number {
    return this.#entries.get(name)?.size ?? 0;
  }

  /** The text of the file `name`. */
  async text(name: string): Promise<string> {
    return await new Response(await this.#stream(name)).text();
  }

  /**
   * Unpacks the file `name` to `path` and returns the SHA-256 of its bytes, base64url without padding as wheels record
   * it. `onBytes` is told how many bytes came, piece by piece.
   *
   * @throws {Error} If there is no such file, or the archive is damaged.
   */
  async extract(name: string, path: string, onBytes: (n: number) => void): Promise<string> {
    const hash = createHash("sha256");
    using out = await Deno.open(path, { write: true, createNew: true });
    for await (const piece of await this.#stream(name)) {
      hash.update(piece);
      for (let at = 0; at < piece.length;) at += await out.write(piece.subarray(at));
      onBytes(piece.length);
    }
    return hash.digest("base64url");
  }

  /** Closes the archive. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #stream(name: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error(`the archive holds no ${name}`);
    const local = await readAt(this.#file, entry.offset, 30);
    if (local.getUint32(0, true) !== 0x04034b50) throw new Error("the archive is damaged");
    const start = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    const stored = this.#range(start, entry.compressedSize);
    if (entry.method === 0) return stored;
    if (entry.method !== 8) {
      throw new Error(`${name} is packed with the unknown method ${entry.method}`);
    }
    return stored.pipeThrough(new DecompressionStream("deflate-raw"));
  }

  #range(start: number, length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    const file = this.#file;
    let at = start, left = length;
    return new ReadableStream({
      async pull(controller) {
        if (left === 0) return controller.close();
        const buffer = new Uint8Array(Math.min(left, 1 << 18));
        await file.seek(at, Deno.SeekMode.Start);
        const n = await file.read(buffer);
        if (n === null) throw new Error("the archive is cut off");
        at += n;
        left -= n;
        controller.enqueue(buffer.subarray(0, n));
      },
    });
  }
}

async function readDirectory(file: Deno.FsFile): Promise<Map<string, Entry>> {
  const { size } = await file.stat();
  const tailLength = Math.min(size, 22 + 0xffff);
  const tail = await readAt(file, size - tailLength, tailLength);
  let end = tailLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("it is no zip archive, or it is cut off");
  const length = tail.getUint32(end + 12, true);
  const directory = await readAt(file, tail.getUint32(end + 16, true), length);
  const entries = new Map<string, Entry>();
  for (let at = 0; at + 46 <= length;) {
    if (directory.getUint32(at, true) !== 0x02014b50) throw new Error("its directory is damaged");
    const nameLength = directory.getUint16(at + 28, true);
    const name = new TextDecoder().decode(
      new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength),
    );
    entries.set(name, {
      method: directory.getUint16(at + 10, true),
      compressedSize: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      offset: directory.getUint32(at + 42, true),
    });
    at += 46 + nameLength + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  return entries;
}

async function readAt(file: Deno.FsFile, offset: number, length: number): Promise<DataView> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const n = await file.read(bytes.subarray(at));
    if (n === null) throw new Error("the archive is cut off");
    at += n;
  }
  return new DataView(bytes.buffer);
}
