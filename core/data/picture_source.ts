/**
 * Bytes of a picture: in memory, or in a file of which only the parts that are looked at are read.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { reason } from "./files.ts";

/** Bytes that can be read at any place. */
export interface PictureSource extends Disposable {
  /** Number of bytes. */
  readonly size: number;
  /**
   * Bytes from `at` on, `length` of them or fewer where they end. Not to be changed: they may be the caller's own.
   *
   * @throws {UserError} With exit code DATA, naming the file, if it cannot be read.
   */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Files of formats that are decoded as a whole may have this many bytes: 1 GiB. */
const WHOLE_LIMIT = 2 ** 30;

/** Bytes in memory as a source. */
export function sourceOfBytes(bytes: Uint8Array): PictureSource {
  return {
    size: bytes.length,
    read: (at, length) => Promise.resolve(bytes.subarray(at, at + length)),
    [Symbol.dispose]: () => {},
  };
}

/**
 * Opens a file; what is no regular file, as a pipe, is read into memory.
 *
 * @throws {UserError} With exit code DATA, naming the file, if it cannot be opened or is empty.
 */
export async function openSource(path: string, name: string): Promise<PictureSource> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path);
    const { isFile, isDirectory, size } = await file.stat();
    if (isDirectory) throw new Deno.errors.IsADirectory();
    if (isFile) {
      if (size === 0) throw new UserError(`${name}: the file is empty`, ExitCode.DATA);
      return new FileSource(file, size, name);
    }
    file.close();
    return sourceOfBytes(await Deno.readFile(path));
  } catch (cause) {
    try {
      file?.close();
    } catch { /* closed already */ }
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${name} ${reason(cause)}`, ExitCode.DATA, { cause });
  }
}

/**
 * All bytes of the source.
 *
 * @throws {UserError} With exit code DATA, naming the file, if they are more than 1 GiB or cannot be read.
 */
export async function readAll(source: PictureSource, name: string): Promise<Uint8Array> {
  if (source.size > WHOLE_LIMIT) {
    throw new UserError(
      `${name}: a file of ${source.size} bytes is too large for its format, convert it to PNG`,
      ExitCode.DATA,
    );
  }
  return await source.read(0, source.size);
}

class FileSource implements PictureSource {
  readonly #file: Deno.FsFile;
  readonly #name: string;
  readonly size: number;
  #closed = false;
  /** Ends when the last read does: place and bytes belong together. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: Deno.FsFile, size: number, name: string) {
    this.#file = file;
    this.size = size;
    this.#name = name;
  }

  read(at: number, length: number): Promise<Uint8Array> {
    const next = this.#last.then(() => this.#read(at, length));
    this.#last = next.catch(() => {});
    return next;
  }

  async #read(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - at)));
    let done = 0;
    try {
      await this.#file.seek(at, Deno.SeekMode.Start);
      while (done < bytes.length) {
        const count = await this.#file.read(bytes.subarray(done));
        if (count === null) break; // somebody has cut the file off meanwhile
        done += count;
      }
    } catch (cause) {
      throw new UserError(`${this.#name} ${reason(cause)}`, ExitCode.DATA, { cause });
    }
    return bytes.subarray(0, done);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}

/** Reads a source from front to back through a window. */
export class SourceCursor {
  readonly #source: PictureSource;
  readonly #window: number;
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  /** Place of the next byte. */
  at: number;

  /** Starts at `at`; `window` is how many bytes are read at a time. */
  constructor(source: PictureSource, at = 0, window: number = 2 ** 18) {
    this.#source = source;
    this.#window = window;
    this.at = at;
  }

  /** The next bytes, `most` of them or fewer, at least one unless the source ends; a view that stays valid. */
  async some(most: number): Promise<Uint8Array> {
    let offset = this.at - this.#start;
    if (offset < 0 || offset >= this.#bytes.length) {
      this.#bytes = await this.#source.read(this.at, this.#window);
      this.#start = this.at;
      offset = 0;
    }
    const part = this.#bytes.subarray(offset, offset + most);
    this.at += part.length;
    return part;
  }

  /** Exactly the next `length` bytes; undefined if the source ends before. */
  async exactly(length: number): Promise<Uint8Array | undefined> {
    const first = await this.some(length);
    if (first.length === length) return first;
    const all = new Uint8Array(length);
    all.set(first);
    for (let done = first.length; done < length;) {
      const part = await this.some(length - done);
      if (part.length === 0) return undefined;
      all.set(part, done);
      done += part.length;
    }
    return all;
  }
}
