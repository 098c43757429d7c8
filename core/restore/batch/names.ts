/**
 * Where outputs go and what they are called.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import type { Channels, ImageHeader } from "../../data/image.ts";
import type { PictureFormat } from "../../data/picture.ts";
import { MAX_SIDE } from "../../data/picture_encode.ts";
import type { Extension } from "./extension.ts";
import { type BatchInput, real, STREAM } from "./inputs.ts";
import { basename, dirname, extname, join } from "node:path";

/** The folder of the outputs where none is named. */
export const DEFAULT_OUTPUT = "results";

/** What a name gets where the output would lie beside its input, if no suffix is given; as in Real-ESRGAN. */
export const BESIDE_SUFFIX = "_out";

/** File systems take names of so many bytes. */
const NAME_BYTES = 255;

/** Extensions that are right for a format, the usual one first. */
const EXTENSIONS_OF: Readonly<Record<PictureFormat, readonly string[]>> = {
  png: [".png"],
  jpeg: [".jpg", ".jpeg", ".jpe", ".jfif"],
  webp: [".webp"],
};

/** Extensions that a name loses before it gets its new one; what follows other dots belongs to the name. */
const PICTURE_EXTENSION = /\.(?:png|apng|jpe?g|jpe|jfif|webp|bmp|gif|tiff?|avif|hei[cf]|jxl|jp2)$/i;

/** Where the outputs go. */
export type Output =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly format: PictureFormat }
  | { readonly kind: "stream" };

/** Where one output goes. */
export interface Target {
  /** Its path, {@linkcode STREAM} for standard output. */
  readonly path: string;
  /** Its format, unless the picture turns out to have what that cannot hold. */
  readonly format: PictureFormat;
  /** True if the user named the format, by `--ext` or by the extension of the output. */
  readonly asked: boolean;
  /** True if the path is the user's own, whose extension has to stay. */
  readonly fixed: boolean;
  /** What is worth saying about the name. */
  readonly notes: readonly string[];
}

/** How outputs are named. */
export interface NameOptions {
  /** Extension, default `auto`. */
  readonly ext?: Extension;
  /** What comes behind the name; default nothing, or {@linkcode BESIDE_SUFFIX} beside the input. */
  readonly suffix?: string;
}

/**
 * What `out` means: a folder, one file, or standard output.
 *
 * @param out The word behind `-o`, if there is one.
 * @param single Whether there is exactly one input, which is a file.
 * @param first The first input.
 * @throws {UserError} USAGE if it does not fit the inputs or names a format that cannot be written.
 */
export function readOutput(
  out: string | undefined,
  single: boolean,
  first: BatchInput,
  { ext = "auto" }: NameOptions,
): Output {
  if (out === undefined) {
    return first.path === STREAM && single
      ? { kind: "stream" }
      : { kind: "folder", path: DEFAULT_OUTPUT };
  }
  if (out === STREAM) {
    if (single) return { kind: "stream" };
    throw usage("-o - takes one picture to standard output, here are several: name a folder");
  }
  if (out === "") throw usage("-o names nothing: give a folder or a file");
  const info = statOf(out);
  if (info?.isDirectory || /[\\/]$/.test(out)) return { kind: "folder", path: out };
  const extension = extname(out).toLowerCase();
  const format = formatOfExtension(extension);
  if (!single) {
    if (format !== undefined || info !== undefined) {
      throw usage(`${out} is one file, and here are several inputs: name a folder by -o`);
    }
    return { kind: "folder", path: out };
  }
  if (extension === "") {
    if (info === undefined) return { kind: "folder", path: out };
    throw usage(`${out} is a file without an extension: name a folder, or a file with .png`);
  }
  if (format === undefined) {
    throw usage(
      `${out}: ${extension} cannot be written, take .png, .jpg or .webp, or end a folder's name with /`,
    );
  }
  if (ext !== "auto" && formatOf(ext) !== format) {
    throw usage(`-o ${out} and --ext ${ext} ask for two formats: leave out one of them`);
  }
  return { kind: "file", path: out, format };
}

/** Where the output of `input` goes, from its name alone. */
export function targetOf(input: BatchInput, output: Output, options: NameOptions): Target {
  const { ext = "auto", suffix } = options;
  const asked = ext !== "auto";
  const format = ext === "auto" ? sameFormat(input.format) : formatOf(ext);
  if (output.kind === "stream") return { path: STREAM, format, asked, fixed: true, notes: [] };
  if (output.kind === "file") {
    return { path: output.path, format: output.format, asked: true, fixed: true, notes: [] };
  }
  const plain = join(output.path, dirname(input.relative));
  const beside = input.path !== STREAM && real(plain) === dirname(real(input.path));
  const behind = suffix ?? (beside ? BESIDE_SUFFIX : "");
  const { path, notes } = nameIn(plain, input.relative, behind, format, asked);
  return { path, format, asked, fixed: false, notes };
}

/** The target with another format: its name gets that one's extension. */
export function withFormat(target: Target, format: PictureFormat): Target {
  if (target.fixed) return { ...target, format };
  const path = target.path.slice(0, target.path.length - extname(target.path).length) +
    EXTENSIONS_OF[format][0];
  return { ...target, path, format };
}

/**
 * The format that holds a picture: `target`'s, or PNG where that would lose something.
 *
 * @throws {UserError} DATA if the user's own file name asks for a format without transparency, or what the user asks for
 * cannot be so large.
 */
export function fitFormat(
  target: Target,
  picture: {
    readonly width: number;
    readonly height: number;
    readonly channels: Channels;
    readonly depth: 8 | 16;
  },
  name: string,
): { readonly target: Target; readonly depth: 8 | 16; readonly notes: readonly string[] } {
  const { format, asked, fixed } = target;
  if (format === "png") return { target, depth: picture.depth, notes: [] };
  const label = format === "jpeg" ? "JPEG" : "WebP";
  const alpha = picture.channels === 2 || picture.channels === 4;
  if (alpha && format === "jpeg") {
    if (fixed && target.path !== STREAM) {
      throw new UserError(
        `${name} has transparency, which ${label} cannot hold: write .png or .webp, or give --alpha ignore`,
        ExitCode.DATA,
      );
    }
    return {
      target: withFormat(target, "png"),
      depth: picture.depth,
      notes: [`written as PNG: ${label} holds no transparency`],
    };
  }
  const { width, height } = picture;
  if (Math.max(width, height) > MAX_SIDE[format]) {
    const limit = `${label} holds at most ${MAX_SIDE[format]} pixels a side`;
    if (asked) {
      throw new UserError(
        `${name} would become ${width}x${height}, and ${limit}: write .png, or make it smaller`,
        ExitCode.DATA,
      );
    }
    return {
      target: withFormat(target, "png"),
      depth: picture.depth,
      notes: [`written as PNG: ${limit}`],
    };
  }
  if (picture.depth === 8) return { target, depth: 8, notes: [] };
  if (asked) return { target, depth: 8, notes: [`16 bit rounded to 8: ${label} holds no more`] };
  return {
    target: withFormat(target, "png"),
    depth: 16,
    notes: [`written as PNG: ${label} holds no 16 bit`],
  };
}

/** The page that `--compare` writes beside an output. */
export function comparePath(output: string): string {
  const [name] = fitted(basename(output), ".compare.html");
  return join(dirname(output), name);
}

function nameIn(
  folder: string,
  relative: string,
  behind: string,
  format: PictureFormat,
  asked: boolean,
): { readonly path: string; readonly notes: readonly string[] } {
  const name = basename(relative);
  const own = PICTURE_EXTENSION.exec(name)?.[0] ?? "";
  const stem = name.slice(0, name.length - own.length) || name;
  const keeps = !asked && EXTENSIONS_OF[format].includes(own.toLowerCase());
  const extension = keeps ? own : EXTENSIONS_OF[format][0]!;
  const [fitting, shortened] = fitted(stem, behind + extension);
  const notes = shortened ? [`name shortened to ${NAME_BYTES} bytes`] : [];
  return { path: join(folder, fitting), notes };
}

/** Stem and end as a name that file systems take; whether the stem had to be shortened for it. */
function fitted(stem: string, end: string): readonly [name: string, shortened: boolean] {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const room = NAME_BYTES - bytes(end);
  if (bytes(stem) <= room) return [stem + end, false];
  const letters = [...stem];
  let size = bytes(stem);
  while (letters.length > 1 && size > room) size -= bytes(letters.pop()!);
  return [letters.join("") + end, true];
}

function sameFormat(format: ImageHeader["format"] | undefined): PictureFormat {
  return format === "jpeg" || format === "webp" ? format : "png";
}

function formatOf(ext: Exclude<Extension, "auto">): PictureFormat {
  return ext === "jpg" ? "jpeg" : ext;
}

function formatOfExtension(extension: string): PictureFormat | undefined {
  return (Object.keys(EXTENSIONS_OF) as PictureFormat[]).find((format) =>
    EXTENSIONS_OF[format].includes(extension)
  );
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function usage(what: string): UserError {
  return new UserError(`restore: ${what}; see restore --help`, ExitCode.USAGE);
}
