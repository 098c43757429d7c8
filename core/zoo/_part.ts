/**
 * The beginning of a file that is being fetched: `<file>.part`, and beside it `<file>.part.json`, which says what it is
 * the beginning of, so that a later attempt can go on.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { storageError, writeAtomicText } from "../storage/mod.ts";
import { z } from "../options/zod.ts";

const schema = z.object({
  url: z.string(),
  validator: z.string().optional(),
  total: z.number().optional(),
});

/** What a part belongs to. */
export interface PartOrigin {
  /** Address that was asked for. */
  readonly url: string;
  /** What `If-Range` takes: a strong ETag, or the date of the last change. */
  readonly validator?: string;
  /** Bytes of the whole file. */
  readonly total?: number;
}

/** The open part file. Writing keeps its hash. */
export class Part implements Disposable {
  #hash: Hash = createHash("sha256");
  #length = 0;

  private constructor(
    readonly path: string,
    readonly origin: PartOrigin | undefined,
    private readonly file: Deno.FsFile,
  ) {}

  /** Opens the part of `target`, which is empty unless it can be gone on with from `url`. */
  static async open(target: string, url: string): Promise<Part> {
    const path = `${target}.part`;
    try {
      const file = await Deno.open(path, { read: true, write: true, create: true });
      const known = await readOrigin(path);
      const usable = known !== undefined && known.url === url && known.validator !== undefined;
      const part = new Part(path, usable ? known : undefined, file);
      try {
        if (usable) await part.#takeIn();
        else if ((await file.stat()).size > 0) await part.restart();
      } catch (error) {
        file.close();
        throw error;
      }
      return part;
    } catch (error) {
      throw storageError(path, "cannot be opened", error);
    }
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** Throws away what is there. */
  async restart(): Promise<void> {
    await this.file.truncate(0);
    await this.file.seek(0, Deno.SeekMode.Start);
    this.#hash = createHash("sha256");
    this.#length = 0;
  }

  /** Notes what follows belongs to. */
  async note(origin: PartOrigin): Promise<void> {
    await writeAtomicText(`${this.path}.json`, JSON.stringify(origin));
  }

  /** Adds bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.file.write(bytes.subarray(at));
    } catch (error) {
      throw storageError(this.path, "cannot be written", error);
    }
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  /** Flushes to disk and gives the SHA-256 of all that is there; nothing can be written afterwards. */
  async seal(): Promise<string> {
    try {
      await this.file.sync();
    } catch (error) {
      throw storageError(this.path, "cannot be flushed to disk", error);
    }
    return this.#hash.digest("hex");
  }

  /** Makes it the whole file. */
  async rename(target: string): Promise<void> {
    try {
      await Deno.rename(this.path, target);
    } catch (error) {
      throw storageError(target, "cannot be made", error);
    }
    await removeQuietly(`${this.path}.json`);
  }

  /** Removes it from the disk. */
  async remove(): Promise<void> {
    await removeQuietly(this.path);
    await removeQuietly(`${this.path}.json`);
  }

  /** Closes the file, which stays. */
  [Symbol.dispose](): void {
    this.file.close();
  }

  /** Hashes what an earlier attempt has left. */
  async #takeIn(): Promise<void> {
    const buffer = new Uint8Array(1 << 20);
    for (let n; (n = await this.file.read(buffer)) !== null;) {
      this.#hash.update(buffer.subarray(0, n));
      this.#length += n;
    }
  }
}

async function readOrigin(path: string): Promise<PartOrigin | undefined> {
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(`${path}.json`)));
  } catch {
    return undefined; // none, or damaged: the part starts anew
  }
}

async function removeQuietly(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}
