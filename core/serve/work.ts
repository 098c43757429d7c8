/**
 * The work of a job: opens the picture, looks at its size, restores it, and makes a file of it; all in memory.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";
import {
  encodeRows,
  type OpenedPicture,
  openPicture,
  type PictureFormat,
} from "../data/picture.ts";
import { freeMemory } from "../restore/memory.ts";
import type { RestoreModel, RestoreOptions, RestorePlan } from "../restore/types.ts";
import { outputName } from "./disposition.ts";
import type { WorkOptions } from "./fields.ts";
import type { JobEvent, JobResult } from "./jobs.ts";
import type { Limits } from "./limits.ts";
import { Problem } from "./problem.ts";
import type { Upload } from "./upload.ts";

/** MIME types of what is written. */
export const MIME: Readonly<Record<PictureFormat, string>> = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
};

const EXTENSION: Readonly<Record<PictureFormat, string>> = {
  png: "png",
  jpeg: "jpg",
  webp: "webp",
};

/**
 * Restores one picture.
 *
 * @param largestTile Bound of the tiles that are chosen here, in pixels of the input.
 * @param signal Stops the work at the next tile.
 * @throws {Problem} If it has too many pixels, or its format cannot hold what would be written.
 */
export async function restoreUpload(
  { bytes, name, options }: Upload,
  model: RestoreModel,
  largestTile: number,
  codec: ImageCodec,
  limits: Limits,
  signal: AbortSignal,
  tell: (event: JobEvent) => void,
): Promise<JobResult> {
  await using picture = await openPicture(bytes, codec, { name, signal });
  const note = (text: string) => tell({ event: "note", data: { text } });
  picture.notes.forEach(note);
  const wanted = restoreOptions(options, signal, note);
  const first = checkedPlan(picture, model, wanted, limits);
  const auto = options.tile === undefined || options.tile === "auto";
  if (!auto) requireMemory(first, freeMemory(model.engine).bytes);
  const smaller = auto && (first.tile === 0 || first.tile > largestTile);
  const restore = smaller ? { ...wanted, tile: largestTile } : wanted;
  const plan = smaller ? model.plan(picture, restore) : first;
  const format = formatFor(picture, plan, options, note);
  tell({ event: "plan", data: planData(picture, plan, model) });
  const rows = model.restoreRows(picture.rows(), {
    ...restore,
    onProgress: ({ done, total, rect, stage }) =>
      tell({ event: "progress", data: { done, total, stage, rect } }),
  });
  const parts: Uint8Array[] = [];
  const depth = format === "png" ? picture.depth : 8;
  if (depth < picture.depth) note(`16 bits became 8: ${EXTENSION[format]} files hold no more`);
  for await (
    const part of encodeRows(rows, {
      format,
      depth,
      ...(options.quality === undefined ? {} : { quality: options.quality }),
      ...(options.metadata === "strip" ? {} : { metadata: picture.metadata }),
    }, codec)
  ) {
    signal.throwIfAborted();
    parts.push(part);
  }
  signal.throwIfAborted();
  const suffix = `_x${Number((plan.width / picture.width).toFixed(2))}`;
  return {
    bytes: await new Blob(parts as Uint8Array<ArrayBuffer>[]).bytes(),
    type: MIME[format],
    name: outputName(name, suffix, EXTENSION[format]),
    width: plan.width,
    height: plan.height,
  };
}

function restoreOptions(
  { scale, width, height, tile, tile_pad, tta, alpha, gray, noise }: WorkOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): RestoreOptions {
  return {
    signal,
    say,
    ...(scale === undefined ? {} : { scale }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(tile === undefined ? {} : { tile }),
    ...(tile_pad === undefined ? {} : { tilePad: tile_pad }),
    ...(tta === undefined ? {} : { tta }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(gray === undefined ? {} : { gray }),
    ...(noise === undefined ? {} : { noise }),
  };
}

/** Looks at the sizes before anything is decoded. */
function checkedPlan(
  { width, height, channels }: OpenedPicture,
  model: RestoreModel,
  options: RestoreOptions,
  { maxPixels, maxOutputPixels }: Limits,
): RestorePlan {
  if (width * height > maxPixels) {
    throw new Problem(
      "too_many_pixels",
      `the picture has ${size(width, height)}; this server takes ${megapixels(maxPixels)} ` +
        `(--max-pixels): make it smaller, or use deno task restore`,
    );
  }
  const plan = model.plan({ width, height, channels }, options);
  if (plan.width * plan.height > maxOutputPixels) {
    const factor = Math.sqrt(maxOutputPixels / (width * height));
    throw new Problem(
      "too_many_pixels",
      `the result would have ${size(plan.width, plan.height)}; this server makes ` +
        `${megapixels(maxOutputPixels)} (--max-output-pixels): choose a scale of at most ` +
        `${Math.floor(factor * 10) / 10}, or use deno task restore`,
    );
  }
  return plan;
}

/**
 * Refuses a tile that was asked for and does not fit, which would end the server, not only the job.
 *
 * @throws {Problem} 422, if the plan needs more than `free` bytes.
 */
export function requireMemory(
  { bytes, tile }: Pick<RestorePlan, "bytes" | "tile">,
  free: number,
): void {
  if (bytes <= free) return;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`;
  throw new Problem(
    "bad_option",
    `${tile === 0 ? "the picture in one piece" : `tiles of ${tile} pixels`} would need about ` +
      `${gigabytes(bytes)} of memory, and ${
        gigabytes(free)
      } are free: choose a smaller tile, or auto`,
  );
}

function size(width: number, height: number): string {
  return `${width} x ${height} pixels, ${megapixels(width * height)}`;
}

function megapixels(pixels: number): string {
  return `${(pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0)} million`;
}

function formatFor(
  { format: given }: OpenedPicture,
  { channels, width, height }: RestorePlan,
  { format: wanted = "auto" }: WorkOptions,
  note: (text: string) => void,
): PictureFormat {
  const auto = given === "jpeg" || given === "webp" ? given : "png";
  let format: PictureFormat = wanted === "auto" ? auto : wanted;
  const alpha = channels === 2 || channels === 4;
  const longest = { png: 2 ** 31 - 1, jpeg: 65535, webp: 16383 }[format];
  const why = format === "jpeg" && alpha
    ? "JPEG holds no transparency"
    : Math.max(width, height) > longest
    ? `${EXTENSION[format]} files have at most ${longest} pixels along a side`
    : undefined;
  if (why === undefined) return format;
  if (wanted !== "auto") {
    const ways = format === "jpeg" && alpha
      ? "png or webp, or alpha=ignore"
      : "png, or a smaller scale";
    throw new Problem("bad_option", `${why}: choose format ${ways}`);
  }
  format = "png";
  note(`written as PNG: ${why}`);
  return format;
}

/** Sizes for those who draw the progress: the output of each network in pixels. */
function planData(
  { width, height }: OpenedPicture,
  plan: RestorePlan,
  { stages }: RestoreModel,
): Record<string, unknown> {
  let scale = 1;
  return {
    input: { width, height },
    output: { width: plan.width, height: plan.height },
    tiles: plan.tiles,
    stages: stages.map((stage) => {
      scale *= stage.scale;
      return { width: Math.round(width * scale), height: Math.round(height * scale) };
    }),
  };
}
