/**
 * The folder beside an output in which its segments wait until all of them are there: what is in it survives a crash.
 *
 * `OUT.part/identity.json` says what is being made of what; `000000.nut` is a segment and `000000.json`, written after it,
 * its frames and checksum. A segment without a checksum that holds does not count.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { makeFolder, writeAtomicText } from "../storage/atomic.ts";
import { type FolderLock, lockFolder, storageError } from "../storage/mod.ts";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";

/** Everything that decides what the segments look like, by names for people. */
export type Identity = Readonly<Record<string, string | number | boolean | null>>;

/** A segment that is done. */
export interface Segment {
  /** Its file's name in the folder. */
  readonly name: string;
  /** Time stamps of its frames, in units of the input's time base. */
  readonly pts: readonly number[];
}

/** What `NNNNNN.json` holds. */
interface Entry {
  readonly sha256: string;
  readonly pts: readonly number[];
}

/** Files that are ours: everything else in the folder is left alone. */
const OURS =
  /^(\d{6}\.(nut|json)|\d{6}\.\d+\.tmp|identity\.json|joined\.[a-z0-9]+|list\.ffconcat|\.lock|\..*\.tmp)$/;

/** The folder of segments of an output. */
export function partsFolder(output: string): string {
  return `${output}.part`;
}

/** Number of finished segments that lie beside `output`, and of their frames; nothing is checked. */
export async function leftovers(output: string): Promise<{ segments: number; frames: number }> {
  let segments = 0;
  let frames = 0;
  for (const name of await namesIn(partsFolder(output))) {
    if (!/^\d{6}\.json$/.test(name)) continue;
    segments++;
    frames += (await readEntry(join(partsFolder(output), name)))?.pts.length ?? 0;
  }
  return { segments, frames };
}

/** The folder while it is in use: locked, and emptied at the end by {@linkcode Parts.remove}. */
export class Parts implements Disposable {
  readonly #lock: FolderLock;
  readonly #segments: Segment[] = [];

  private constructor(
    /** Its path. */
    readonly folder: string,
    lock: FolderLock,
  ) {
    this.#lock = lock;
  }

  /**
   * Opens the folder of `output`. With `resume` finished segments are taken over, as far as they follow each other and
   * their checksums hold; otherwise the folder is emptied.
   *
   * @throws {UserError} USAGE if `resume` is set and the folder belongs to other options, naming them; STORAGE if it is in
   * use or cannot be made.
   */
  static async open(output: string, identity: Identity, resume: boolean): Promise<Parts> {
    const folder = partsFolder(output);
    await makeFolder(folder);
    const parts = new Parts(folder, await lockFolder(folder));
    try {
      const path = join(folder, "identity.json");
      const before = await readJson(path);
      if (resume && before !== undefined) {
        refuseOther(folder, before as Identity, identity);
        await parts.#takeOver();
      }
      await parts.#clear();
      await writeAtomicText(path, `${JSON.stringify(identity, null, 2)}\n`);
      return parts;
    } catch (error) {
      parts[Symbol.dispose]();
      throw error;
    }
  }

  /** Segments that are done, in order. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Frames of all of them. */
  get frames(): number {
    return this.#segments.reduce((sum, { pts }) => sum + pts.length, 0);
  }

  /** Where the next segment is written before it counts. */
  temporary(index: number): string {
    return join(this.folder, `${numbered(index)}.${Deno.pid}.tmp`);
  }

  /**
   * Makes the file at `temporary` the next segment: flushed to disk, named, then entered with its checksum.
   *
   * @throws {UserError} STORAGE if that fails.
   */
  async add(temporary: string, pts: readonly number[]): Promise<void> {
    const number = numbered(this.#segments.length);
    const name = `${number}.nut`;
    const path = join(this.folder, name);
    try {
      {
        using file = await Deno.open(temporary, { read: true, write: true });
        await file.sync();
      }
      const sha256 = await hashOf(temporary);
      await Deno.rename(temporary, path);
      const entry: Entry = { sha256, pts };
      await writeAtomicText(join(this.folder, `${number}.json`), JSON.stringify(entry));
    } catch (error) {
      throw storageError(path, "cannot be written", error);
    }
    this.#segments.push({ name, pts });
  }

  /** Removes the folder with all that is ours in it. */
  async remove(): Promise<void> {
    this.#segments.length = 0;
    await this.#clear();
    this[Symbol.dispose]();
    for (const name of ["identity.json", ".lock"]) {
      await Deno.remove(join(this.folder, name)).catch(() => {});
    }
    // Somebody else's files keep the folder.
    await Deno.remove(this.folder).catch(() => {});
  }

  /** Releases the folder; it stays. */
  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  async #takeOver(): Promise<void> {
    while (true) {
      const number = numbered(this.#segments.length);
      const entry = await readEntry(join(this.folder, `${number}.json`));
      if (entry === undefined) return;
      const name = `${number}.nut`;
      const found = await hashOf(join(this.folder, name)).catch(() => undefined);
      if (found !== entry.sha256) return;
      this.#segments.push({ name, pts: entry.pts });
    }
  }

  /** Removes what is ours and no finished segment. */
  async #clear(): Promise<void> {
    const keep = new Set([".lock", "identity.json"]);
    for (const { name } of this.#segments) {
      keep.add(name).add(name.replace(/nut$/, "json"));
    }
    for (const name of await namesIn(this.folder)) {
      if (!OURS.test(name) || keep.has(name)) continue;
      const path = join(this.folder, name);
      try {
        await Deno.remove(path);
      } catch (error) {
        throw storageError(path, "cannot be removed", error);
      }
    }
  }
}

/** SHA-256 of a file, read piece by piece. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

/** So many places of a large file are looked at, in pieces of a megabyte. */
const SAMPLES = 64;
const SAMPLE_BYTES = 1 << 20;

/**
 * A digest that tells files apart without reading gigabytes: length, and pieces from the beginning to the end; all bytes
 * of files up to 64 MB.
 */
export async function fingerprint(path: string): Promise<string> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const hash = createHash("sha256").update(`${size}\n`);
  const pieces = Math.min(SAMPLES, Math.ceil(size / SAMPLE_BYTES));
  const piece = new Uint8Array(SAMPLE_BYTES);
  for (let i = 0; i < pieces; i++) {
    const last = Math.max(0, size - SAMPLE_BYTES);
    const at = size <= SAMPLES * SAMPLE_BYTES
      ? i * SAMPLE_BYTES
      : Math.round(last * i / (SAMPLES - 1));
    await file.seek(at, Deno.SeekMode.Start);
    for (let filled = 0; filled < piece.length;) {
      const read = await file.read(piece.subarray(filled));
      if (read === null) break;
      hash.update(piece.subarray(filled, filled + read));
      filled += read;
    }
  }
  return hash.digest("hex");
}

function refuseOther(folder: string, before: Identity, now: Identity): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const other = names.filter((name) => before[name] !== now[name]);
  if (other.length === 0) return;
  const shown = other.map((name) => {
    const [old, wanted] = [before[name], now[name]].map((value) => String(value ?? "none"));
    const hashes = [old, wanted].every((value) => /^[0-9a-f]{64}$/.test(value!));
    return hashes ? `another ${name}` : `${name} ${old}, not ${wanted}`;
  });
  throw new UserError(
    `${basename(folder)} was begun with ${
      shown.join("; ")
    }: resume with the same, or start afresh with --overwrite`,
    ExitCode.USAGE,
  );
}

function numbered(index: number): string {
  return String(index).padStart(6, "0");
}

async function readEntry(path: string): Promise<Entry | undefined> {
  const value = await readJson(path) as Partial<Entry> | undefined;
  const whole = typeof value?.sha256 === "string" && Array.isArray(value.pts) &&
    value.pts.length > 0 && value.pts.every(Number.isSafeInteger);
  return whole ? value as Entry : undefined;
}

/** The object in a JSON file; undefined if there is none. */
async function readJson(path: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(path));
    return value !== null && typeof value === "object" ? value : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw storageError(folder, "cannot be read", error);
  }
}
