/**
 * Which files a dataset consists of: folders, lists of names (`meta_info_file`), and pairs of both.
 *
 * An image in the LMDB data base of a folder `gt.lmdb` has the path `gt.lmdb/0001.png`, as if it were a file there.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { isLmdbFolder } from "../options/sections/dataset.ts";
import type { DataProblem } from "./dataset.ts";

/** File names (lower or upper case) that are taken for images; whether they are is seen when they are read. */
export const IMAGE_NAME: RegExp = /\.(?:png|jpe?g|jpe|webp|bmp|gif|tiff?)$/i;

/** An LQ file and its GT file. */
export interface FilePair {
  /** Path of the LQ image. */
  readonly lq: string;
  /** Path of the GT image. */
  readonly gt: string;
}

/** What pairing two folders gave. */
export interface PairListing {
  /** Pairs in the order of the GT names. */
  readonly pairs: readonly FilePair[];
  /** Files that have no partner, with what was looked for. */
  readonly orphans: readonly DataProblem[];
}

/** How pairs are found; spelled as the options. */
export interface PairSource {
  /** Folder of the LQ images. */
  readonly dataroot_lq: string;
  /** Folder of the GT images. */
  readonly dataroot_gt: string;
  /** Text file with one GT name a line. */
  readonly meta_info_file?: string | null;
  /**
   * LQ name for a GT name, without the extension, `{}` standing for the GT name. Default `{}`. In LMDB data bases both
   * have the same name, whatever stands here, as BasicSR has it.
   */
  readonly filename_tmpl?: string;
}

/**
 * Names of the image files in a folder, sorted by code units (as Python's `sorted`). Sub-folders, hidden files and
 * files without the extension of an image are passed over. What a folder that ends in `.lmdb` holds is what its
 * `meta_info.txt` names.
 *
 * @param key Option key, for the message.
 * @throws {UserError} With exit code DATA if the folder is missing, not a folder, or holds no image.
 */
export async function listImages(folder: string, key: string): Promise<string[]> {
  if (isLmdbFolder(folder)) {
    const names = await readMetaInfo(join(folder, "meta_info.txt"), key);
    return [...new Set(names)].sort(byCodeUnits);
  }
  const names: string[] = [];
  let others = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.startsWith(".")) continue;
      if (!await isFile(entry, folder)) continue;
      if (IMAGE_NAME.test(entry.name)) names.push(entry.name);
      else others++;
    }
  } catch (cause) {
    throw new UserError(`${key}: folder ${folder} ${reason(cause)}`, ExitCode.DATA, { cause });
  }
  if (names.length === 0) {
    const besides = others > 0 ? ` (${others} other file${others === 1 ? "" : "s"})` : "";
    throw new UserError(`${key}: folder ${folder} holds no images${besides}`, ExitCode.DATA);
  }
  return names.sort(byCodeUnits);
}

/**
 * Image names in a `meta_info_file`: one a line, followed by a space and more (`0001_s001.png (480,480,3)`). Names may
 * contain spaces and folders; empty lines are passed over.
 *
 * @param key Option key, for the message.
 * @throws {UserError} With exit code DATA if the file cannot be read or names nothing.
 */
export async function readMetaInfo(file: string, key = "meta_info_file"): Promise<string[]> {
  const lines = new TextDecoder().decode(await readBytes(file, `${key}: `)).split("\n");
  const names = lines.map((line) => line.trim()).filter((line) => line !== "").map((line) =>
    /^.*?\.(?:png|jpe?g|jpe|webp|bmp|gif|tiff?)(?=\s|$)/i.exec(line)?.[0] ?? line.split(/\s/, 1)[0]!
  );
  if (names.length === 0) {
    throw new UserError(`${key}: ${file} names no image`, ExitCode.DATA);
  }
  return names;
}

/**
 * Finds the pairs: by the names in `meta_info_file` if there is one, otherwise by the files in both folders. Paths from
 * a `meta_info_file` are not looked at here, reading or checking the dataset does that.
 *
 * @throws {UserError} With exit code DATA if a folder or file is missing or empty.
 */
export async function listPairs(source: PairSource): Promise<PairListing> {
  const { dataroot_lq, dataroot_gt, meta_info_file, filename_tmpl = "{}" } = source;
  const lqName = (gtName: string): string => {
    if (isLmdbFolder(dataroot_lq)) return gtName;
    const [stem, extension] = splitName(gtName.slice(gtName.lastIndexOf("/") + 1));
    return filename_tmpl.replace("{}", () => stem) + extension;
  };
  const pairOf = (gtName: string): FilePair => ({
    lq: join(dataroot_lq, lqName(gtName)),
    gt: join(dataroot_gt, gtName),
  });
  if (meta_info_file) {
    return { pairs: (await readMetaInfo(meta_info_file)).map(pairOf), orphans: [] };
  }
  const gtNames = await listImages(dataroot_gt, "dataroot_gt");
  const unused = new Set(await listImages(dataroot_lq, "dataroot_lq"));
  const pairs: FilePair[] = [];
  const orphans: DataProblem[] = [];
  for (const name of gtNames) {
    const pair = pairOf(name);
    if (unused.delete(lqName(name))) pairs.push(pair);
    else orphans.push({ file: pair.gt, what: `has no LQ image, expected ${pair.lq}` });
  }
  for (const name of unused) {
    orphans.push({ file: join(dataroot_lq, name), what: `has no GT image in ${dataroot_gt}` });
  }
  return { pairs, orphans };
}

/** The first problems as one message, ten at most, and how many there are. */
export function describeProblems(problems: readonly DataProblem[], most = 10): string {
  const lines = problems.slice(0, most).map(({ file, what }) => `\n  ${file} ${what}`);
  if (problems.length > most) lines.push(`\n  and ${problems.length - most} more`);
  return lines.join("");
}

/** Name without its extension, and the extension with its dot: `a.b.png` is `a.b` and `.png`. */
export function splitName(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
}

/** Folder and name as one path. */
export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/**
 * The bytes of a file.
 *
 * @param prefix Put before the path in messages.
 * @throws {UserError} With exit code DATA, naming the file, if it cannot be read or is empty.
 */
export async function readBytes(path: string, prefix = ""): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    throw new UserError(`${prefix}${path} ${reason(cause)}`, ExitCode.DATA, { cause });
  }
  if (bytes.length === 0) throw new UserError(`${prefix}${path} is empty`, ExitCode.DATA);
  return bytes;
}

/** Why a file or folder could not be opened, to follow its name. */
export function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.NotADirectory) return "is not a folder";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read";
  if (error instanceof Deno.errors.NotCapable) {
    return "may not be read (this process was started without permission for it)";
  }
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

async function isFile(entry: Deno.DirEntry, folder: string): Promise<boolean> {
  if (!entry.isSymlink) return entry.isFile;
  try {
    return (await Deno.stat(join(folder, entry.name))).isFile;
  } catch (error) {
    // A link to nothing: no file, as Python's is_file() has it.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
