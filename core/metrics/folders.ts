/**
 * Metrics of two folders of pictures, as BasicSR's `scripts/metrics` compute them: which file belongs to which, the values
 * of each pair, and FID of the folders as a whole.
 *
 * @module
 */
import { roundHalfEven } from "../data/convert.ts";
import { listImages, splitName } from "../data/files.ts";
import type { DataProblem } from "../data/dataset.ts";
import type { RawImage } from "../data/image.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { MetricTable } from "./collect.ts";
import type { Metric } from "./metric.ts";
import { join } from "node:path";

/** Where the pictures lie. */
export interface FolderSource {
  /** Folder of restored pictures. */
  readonly restored: string;
  /** Folder of ground truth; without it every restored picture stands alone. */
  readonly gt?: string;
  /** What restored names have behind the ground truth's, before the extension. Default nothing. */
  readonly suffix?: string;
}

/** A restored picture and what it is compared with. */
export interface PicturePair {
  /** For tables: the name of the ground truth (or of the picture) without extension, with it where that is not unique. */
  readonly name: string;
  /** Path of the restored picture. */
  readonly restored: string;
  /** Path of the ground truth. */
  readonly gt?: string;
}

/** What there is to compare. */
export interface FolderListing {
  /** In the order of the ground truth's names. */
  readonly pairs: readonly PicturePair[];
  /** Files without partner, with what was looked for. */
  readonly orphans: readonly DataProblem[];
  /** Names of all restored pictures. */
  readonly restored: readonly string[];
  /** Names of all pictures of ground truth. */
  readonly gt: readonly string[];
}

/**
 * Pairs two folders by name; extensions may differ, as long as only one file fits.
 *
 * @throws {UserError} DATA, if a folder is missing or holds no picture.
 */
export async function listFolders(source: FolderSource): Promise<FolderListing> {
  const { restored: folder, gt: gtFolder, suffix = "" } = source;
  const restored = await listImages(folder, "--restored");
  if (gtFolder === undefined) {
    const names = labels(restored);
    const pairs = restored.map((file) => ({ name: names(file), restored: join(folder, file) }));
    return { pairs, orphans: [], restored, gt: [] };
  }
  const gt = await listImages(gtFolder, "--gt");
  const names = labels(gt);
  const unused = new Set(restored);
  const pairs: PicturePair[] = [];
  const orphans: DataProblem[] = [];
  for (const file of gt) {
    const [stem, extension] = splitName(file);
    const wanted = stem + suffix;
    const fitting = restored.filter((other) => splitName(other)[0] === wanted);
    const found = fitting.find((other) => other === wanted + extension) ?? fitting[0];
    for (const other of fitting) unused.delete(other);
    if (found === undefined) {
      orphans.push({
        file: join(gtFolder, file),
        what: `has no restored picture ${join(folder, wanted)}${extension} (or of another format)`,
      });
    } else if (fitting.length > 1 && found !== wanted + extension) {
      orphans.push({
        file: join(gtFolder, file),
        what: `has several restored pictures in ${folder}: ${fitting.join(", ")}`,
      });
    } else {
      pairs.push({ name: names(file), restored: join(folder, found), gt: join(gtFolder, file) });
    }
  }
  for (const file of unused) {
    orphans.push({ file: join(folder, file), what: `has no ground truth in ${gtFolder}` });
  }
  return { pairs, orphans, restored, gt };
}

/** Gives files their names for tables. */
function labels(files: readonly string[]): (file: string) => string {
  const count = new Map<string, number>();
  for (const file of files) {
    const [stem] = splitName(file);
    count.set(stem, (count.get(stem) ?? 0) + 1);
  }
  return (file) => {
    const [stem] = splitName(file);
    return count.get(stem)! > 1 ? file : stem;
  };
}

/** How pairs are measured. */
export interface MeasureOptions {
  /** Reads a picture. */
  readonly read: (path: string) => Promise<RawImage>;
  /** By the names of the table's columns. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** Receives the values. */
  readonly table: MetricTable;
  /** Name of the data set in the table. */
  readonly dataset: string;
  /** Gives restored pictures mean and deviation of the ground truth first, channel by channel. */
  readonly correctMeanVar?: boolean;
}

/**
 * Measures one pair and puts what came of it into the table.
 *
 * @returns What could not be computed.
 */
export async function measurePair(
  pair: PicturePair,
  options: MeasureOptions,
): Promise<DataProblem[]> {
  const problems: DataProblem[] = [];
  const attempt = async <T>(what: string, act: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== ExitCode.DATA) throw error;
      problems.push({ file: pair.restored, what: `${what}${error.message}` });
      return undefined;
    }
  };
  const images = await attempt("", async () => {
    const restored = await options.read(pair.restored);
    const gt = pair.gt === undefined ? undefined : await options.read(pair.gt);
    return { gt, restored: gt && options.correctMeanVar ? matched(restored, gt) : restored };
  });
  if (images === undefined) return problems;
  for (const [name, metric] of options.metrics) {
    const value = await attempt(`${name}: `, () => metric.compute(images.restored, images.gt));
    if (value === undefined) continue;
    const recipe = metric.recipe + (options.correctMeanVar ? MATCHED : "");
    options.table.add(options.dataset, name, { recipe, better: metric.better }, pair.name, value);
  }
  return problems;
}

/** Said in recipes. */
const MATCHED = ", mean and deviation matched to GT";

/**
 * A picture with the mean and the standard deviation of another one, channel by channel, rounded to 8 bits; a channel of a
 * single value gets the mean alone.
 *
 * @throws {UserError} DATA, if they are not 8-bit or have not the same number of channels.
 */
export function matched(image: RawImage, like: RawImage): RawImage {
  const { channels } = image;
  if (!(image.data instanceof Uint8Array && like.data instanceof Uint8Array)) {
    throw new UserError(
      "means are matched of 8-bit pictures only, convert it first",
      ExitCode.DATA,
    );
  }
  if (channels !== like.channels) {
    throw new UserError(
      `means cannot be matched: it has ${channels} channels, its ground truth ${like.channels}`,
      ExitCode.DATA,
    );
  }
  const data = new Uint8Array(image.data.length);
  for (let c = 0; c < channels; c++) {
    const from = moments(image.data, c, channels), to = moments(like.data, c, channels);
    const factor = from.deviation === 0 ? 1 : to.deviation / from.deviation;
    for (let i = c; i < data.length; i += channels) {
      const level = (image.data[i]! - from.mean) * factor + to.mean;
      data[i] = roundHalfEven(Math.min(Math.max(level, 0), 255));
    }
  }
  return { ...image, data };
}

function moments(
  data: Uint8Array,
  channel: number,
  channels: number,
): { readonly mean: number; readonly deviation: number } {
  const n = data.length / channels;
  let sum = 0, squares = 0;
  for (let i = channel; i < data.length; i += channels) {
    sum += data[i]!;
    squares += data[i]! ** 2;
  }
  const mean = sum / n;
  return { mean, deviation: Math.sqrt(Math.max(squares / n - mean * mean, 0)) };
}
