/**
 * What a batch consists of: files, folders with all that is in them, and patterns.
 *
 * What a file holds is told by its content. In folders, what neither is a picture nor is named like one is passed over;
 * what is named like a picture and is none stays in the list, so that it is reported when it cannot be opened. Hidden
 * files and links are passed over in folders, whatever is named itself is taken.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import { reason } from "../../data/files.ts";
import { sniffFormat } from "../../data/header.ts";
import type { ImageHeader } from "../../data/image.ts";
import { expandGlob, isGlob } from "./glob.ts";
import { basename, join, resolve, sep } from "node:path";

/** The word for standard input and output. */
export const STREAM = "-";

/** One file to restore. */
export interface BatchInput {
  /** Where it is; {@linkcode STREAM} for standard input. */
  readonly path: string;
  /** Where its output lies below the output folder, with its own name yet: `holiday/beach.jpg`. */
  readonly relative: string;
  /** Told by content, of videos by name too. */
  readonly kind: "picture" | "video";
  /** By content; undefined if it is none that is known. */
  readonly format?: ImageHeader["format"];
  /** Why it cannot be opened, where that is known already. */
  readonly problem?: string;
}

/** A file that is no picture. */
export interface PassedOver {
  /** Where it is. */
  readonly path: string;
  /** What it is, to follow its name. */
  readonly why: string;
}

/** What was found. */
export interface Listing {
  /** What is to be restored, in the order of the words and of names within folders. */
  readonly inputs: readonly BatchInput[];
  /** Files in folders that are no pictures and do not claim to be. */
  readonly passedOver: readonly PassedOver[];
  /** True if the words name one file and nothing else. */
  readonly single: boolean;
}

/** Names that claim a picture, those included that cannot be read here: they are reported, not passed over. */
const PICTURE_NAME =
  /\.(?:png|apng|jpe?g|jpe|jfif|webp|bmp|gif|tiff?|avif|hei[cf]|jxl|jp2|tga|ppm|pgm)$/i;

/** Names of videos, for what has no mark at its beginning. */
const VIDEO_NAME =
  /\.(?:mp4|m4v|mov|mkv|webm|avi|mpe?g|m2ts|mts|ts|flv|wmv|asf|ogv|vob|3gp|y4m|mxf)$/i;

/** Names of weights, which may stand among the inputs by a slip. */
const WEIGHTS_NAME = /\.(?:safetensors|pth|pt|ckpt|param)$/i;

/** Files that systems leave in folders. */
const LITTER = /^(?:Thumbs\.db|desktop\.ini|__MACOSX)$/i;

/** Bytes of a file that tell what it is. */
const SNIFFED_BYTES = 64;

/**
 * Finds the files that `words` name.
 *
 * @param words Files, folders, patterns, or {@linkcode STREAM}.
 * @param except A folder that is left out when it lies in one of them: that of the outputs.
 * @throws {UserError} DATA if nothing is there to be restored.
 */
export async function listInputs(
  words: readonly string[],
  except?: string,
): Promise<Listing> {
  const finder = new Finder(except);
  for (const word of words) await finder.take(word);
  const { inputs, passedOver } = finder;
  const there = inputs.filter(({ problem }) => problem === undefined);
  if (there.length === 0) {
    const first = inputs[0];
    if (first !== undefined) {
      const others = inputs.length > 1 ? ` (nor can ${inputs.length - 1} more be read)` : "";
      throw new UserError(`${first.path} ${first.problem}${others}`, ExitCode.DATA);
    }
    const what = words.length === 1 ? `${words[0]} holds` : `${words.join(", ")} hold`;
    const besides = passedOver.length === 0
      ? ""
      : `: ${passedOver[0]!.path} ${passedOver[0]!.why}` +
        (passedOver.length > 1 ? `, as ${passedOver.length - 1} more` : "");
    throw new UserError(`${what} no pictures${besides}`, ExitCode.DATA);
  }
  return { inputs, passedOver, single: finder.files === 1 && words.length === 1 };
}

class Finder {
  readonly inputs: BatchInput[] = [];
  readonly passedOver: PassedOver[] = [];
  /** Files that were named themselves. */
  files = 0;
  readonly #seen = new Set<string>();
  readonly #except: string | undefined;

  constructor(except: string | undefined) {
    this.#except = except === undefined ? undefined : real(except);
  }

  /** Takes a word of the command line. */
  async take(word: string): Promise<void> {
    if (word === STREAM) {
      this.files++;
      return this.#add({ path: STREAM, relative: "stdin", kind: "picture" });
    }
    if (word === "") {
      throw new UserError("restore: an INPUT is an empty word; see restore --help", ExitCode.USAGE);
    }
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(word);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && isGlob(word)) return await this.#pattern(word);
      return this.#broken(word, basename(word), reason(error));
    }
    if (info.isDirectory) await this.#folder(word, "");
    else await this.#named(word, basename(resolve(word)), info);
  }

  async #pattern(word: string): Promise<void> {
    const found = await expandGlob(word);
    if (found.length === 0) return this.#broken(word, basename(word), "matches no file");
    for (const { path, relative } of found) {
      const info = await Deno.stat(path).catch(() => undefined);
      if (info === undefined) this.#broken(path, relative, "leads nowhere: its link is broken");
      else if (info.isDirectory) await this.#folder(path, relative);
      else await this.#inFolder(path, relative);
    }
  }

  async #named(path: string, relative: string, info: Deno.FileInfo): Promise<void> {
    this.files++;
    if (!info.isFile) return this.#broken(path, relative, "is no file");
    const { start, problem } = await startOf(path);
    if (problem !== undefined) return this.#broken(path, relative, problem);
    const format = sniffFormat(start);
    const video = format === undefined && isVideo(start, path);
    if (format === undefined && !video && WEIGHTS_NAME.test(path)) {
      const why = "is a file of weights: name it by --model, which is given once for each";
      return this.#broken(path, relative, why);
    }
    this.#add({
      path,
      relative,
      kind: video ? "video" : "picture",
      ...(format === undefined ? {} : { format }),
    });
  }

  async #folder(folder: string, below: string): Promise<void> {
    if (this.#except !== undefined && below !== "" && real(folder) === this.#except) return;
    let entries: Deno.DirEntry[];
    try {
      entries = await Array.fromAsync(Deno.readDir(folder));
    } catch (error) {
      return this.#broken(folder, below || basename(resolve(folder)), `folder ${reason(error)}`);
    }
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory, isSymlink, isFile } of entries) {
      if (name.startsWith(".") || LITTER.test(name)) continue;
      const path = join(folder, name), relative = join(below, name);
      if (isSymlink) this.passedOver.push({ path, why: "is a link, which is not followed" });
      else if (isDirectory) await this.#folder(path, relative);
      else if (isFile) await this.#inFolder(path, relative);
      else this.passedOver.push({ path, why: "is no file" });
    }
  }

  async #inFolder(path: string, relative: string): Promise<void> {
    const { start, problem } = await startOf(path);
    const claims = PICTURE_NAME.test(path);
    if (problem !== undefined) {
      if (claims) this.#broken(path, relative, problem);
      else this.passedOver.push({ path, why: problem });
      return;
    }
    const format = sniffFormat(start);
    if (format !== undefined) this.#add({ path, relative, kind: "picture", format });
    else if (claims) this.#add({ path, relative, kind: "picture" });
    else {
      const why = isVideo(start, path) ? "is a video: name it by itself" : "is no picture";
      this.passedOver.push({ path, why });
    }
  }

  #broken(path: string, relative: string, problem: string): void {
    this.#add({ path, relative, kind: "picture", problem });
  }

  /** The same file named twice is one. */
  #add(input: BatchInput): void {
    const key = input.path === STREAM ? STREAM : real(input.path);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.inputs.push(input);
  }
}

async function startOf(
  path: string,
): Promise<{ readonly start: Uint8Array; readonly problem?: string }> {
  const start = new Uint8Array(SNIFFED_BYTES);
  try {
    using file = await Deno.open(path);
    let length = 0;
    while (length < start.length) {
      const read = await file.read(start.subarray(length));
      if (!read) break;
      length += read;
    }
    return { start: start.subarray(0, length) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && path.includes("\ufffd")) {
      return { start, problem: "has a name that is not in UTF-8: rename it" };
    }
    return { start, problem: reason(error) };
  }
}

/** What begins videos; a dot stands for any byte. */
const VIDEO_MARKS = ["\x1aE\xdf\xa3", "RIFF....AVI ", "FLV\x01", "YUV4MPEG2 ", "\0\0\x01\xba"];

/** Brands of ISO media files that are still pictures: AVIF and HEIF. */
const STILL_BRAND = /^(?:avi[fs]|hei[cfsxm]|hev[cmsx]|mi[af]|msf1)/;

/** Whether a file is a video, by its first bytes or, where they say nothing, by its name. */
export function isVideo(start: Uint8Array, path: string): boolean {
  const text = String.fromCharCode(...start.subarray(0, 16));
  if (text.slice(4, 8) === "ftyp") return !STILL_BRAND.test(text.slice(8));
  const begins = (mark: string) => [...mark].every((c, i) => c === "." || c === text[i]);
  if (VIDEO_MARKS.some(begins)) return true;
  const isBinary = start.some((byte) => byte > 126 || byte === 0);
  return isBinary && VIDEO_NAME.test(path);
}

/** The path without links, as far as it exists. */
export function real(path: string): string {
  const whole = resolve(path);
  const parts = whole.split(sep);
  for (let n = parts.length; n > 0; n--) {
    try {
      const there = Deno.realPathSync(parts.slice(0, n).join(sep) || sep);
      return join(there, ...parts.slice(n));
    } catch { /* not there, or not to be looked at: the folder above may be */ }
  }
  return whole;
}
