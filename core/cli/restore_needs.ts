/**
 * What `restore` needs: to read its inputs and weights, and to write where its outputs go.
 *
 * @module
 */
import { globRoot, isGlob } from "../restore/batch/glob.ts";
import { isVideo, real, STREAM } from "../restore/batch/inputs.ts";
import { DEFAULT_OUTPUT } from "../restore/batch/names.ts";
import { companionsOf } from "../weights/companions.ts";
import { zooName } from "../zoo/spec.ts";
import { parseDni } from "../restore/dni.ts";
import { type ForeignSpec, parseForeign } from "../restore/foreign/spec.ts";
import type { FlagValues } from "./flags.ts";
import { type ForeignNeeds, foreignNeeds } from "./foreign_needs.ts";
import { dirname, extname, resolve } from "node:path";

/** What is meant as a path, whether it is there or not: that it is missing is said by who opens it. */
const WEIGHTS_PATH = /[\\/]|\.(?:safetensors|pth|pt|ckpt|param|bin|json)$/i;

/** What the words of a `restore` command need. */
export interface RestoreNeeds extends ForeignNeeds {
  /** Folders to write to. */
  readonly write: readonly string[];
  /** True if an input is a video, which ffmpeg reads and writes. */
  readonly video: boolean;
  /** True if standard input is a picture. */
  readonly stdin: boolean;
  /** Names of models that are no files. */
  readonly models: readonly string[];
}

/** Looks at the words and flags of a `restore` command. */
export async function restoreNeeds(
  words: readonly string[],
  flags: FlagValues,
): Promise<RestoreNeeds> {
  const read = new Set<string>();
  const add = (path: string) => {
    read.add(resolve(path));
    // A link is followed where it is named itself.
    read.add(real(path));
  };
  let video = false;
  for (const word of words) {
    if (word === STREAM) continue;
    if (isGlob(word) && !await isThere(word)) add(globRoot(word));
    else add(word);
    video ||= await startsAsVideo(word);
  }
  const output = flags["output"] as string | undefined;
  const write = new Set<string>();
  if (output !== STREAM && (output !== undefined || words.some((word) => word !== STREAM))) {
    for (const folder of outputFolders(output ?? DEFAULT_OUTPUT)) write.add(folder);
  }
  // What is there is compared with what will be written.
  for (const folder of write) read.add(folder);
  if (output !== undefined && output !== STREAM) read.add(resolve(output));
  video ||= output !== undefined && /\.(?:mp4|m4v|mov|mkv|webm)$/i.test(output);
  const weights = await modelNeeds(flags);
  for (const file of weights.read) read.add(file);
  return {
    ...weights,
    read: [...read],
    write: [...write],
    video,
    stdin: words.includes(STREAM),
  };
}

/** The files of the weights that flags name, and the names that are no files. */
export async function modelNeeds(
  flags: FlagValues,
): Promise<ForeignNeeds & { readonly models: readonly string[] }> {
  const read: string[] = [], models: string[] = [], specs: ForeignSpec[] = [];
  for (const model of modelWords(flags)) {
    const spec = parseForeign(model);
    if (spec !== undefined) {
      specs.push(spec);
      continue;
    }
    const isName = zooName(model) !== undefined ||
      !WEIGHTS_PATH.test(model) && !await isThere(model);
    if (isName) models.push(model);
    else for (const file of [model, ...companionsOf(model)]) read.push(resolve(file), real(file));
  }
  const foreign = await foreignNeeds(specs);
  return { ...foreign, read: [...read, ...foreign.read], models };
}

/** A folder that is there or will be made; of a single file the folder that it is in, where its temporary is as well. */
function outputFolders(output: string): string[] {
  const isFolder = statOf(output)?.isDirectory ?? (/[\\/]$/.test(output) || extname(output) === "");
  const folder = isFolder ? output : dirname(resolve(output));
  return [resolve(folder), real(folder)];
}

/** Weights as they are named; what cannot be read as an interpolation is refused later. */
function modelWords(flags: FlagValues): string[] {
  const dni = flags["dni"] as string | undefined;
  const models = [flags["model"] ?? []].flat() as string[];
  if (dni === undefined) return models;
  const { first, second } = parseDni(dni);
  return [...models, first, second];
}

async function startsAsVideo(path: string): Promise<boolean> {
  try {
    if (!(await Deno.stat(path)).isFile) return false;
    using file = await Deno.open(path);
    const start = new Uint8Array(64);
    const length = await file.read(start) ?? 0;
    return isVideo(start.subarray(0, length), path);
  } catch {
    return false; // what is wrong with it is said by the command itself
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
