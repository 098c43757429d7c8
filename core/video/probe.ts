/**
 * What a video file holds, as `ffprobe` tells it.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { inputArguments, runFfmpeg } from "./ffmpeg.ts";

/** A stream that is not the picture. */
export interface OtherStream {
  /** Position in the file. */
  readonly index: number;
  /** `audio`, `subtitle`, `data`, `attachment` or `video`. */
  readonly kind: string;
  /** Name of its codec; empty if unknown. */
  readonly codec: string;
}

/** A fraction, as time bases are. */
export interface Fraction {
  /** Numerator. */
  readonly num: number;
  /** Denominator. */
  readonly den: number;
}

/** What is known of a video before it is decoded. */
export interface VideoInfo {
  /** Path. */
  readonly path: string;
  /** Length of the file in bytes. */
  readonly bytes: number;
  /** Name of the container, for example `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /** Position of the video stream in the file. */
  readonly index: number;
  /** Name of its codec. */
  readonly codec: string;
  /** Width in pixels as shown: turned upright. */
  readonly width: number;
  /** Height in pixels as shown: turned upright. */
  readonly height: number;
  /** ffmpeg's name of the pixels' layout, for example `yuv420p10le`. */
  readonly pixelFormat: string;
  /** Frames a second on average. */
  readonly frameRate: Fraction;
  /** The unit of time stamps, in seconds. */
  readonly timeBase: Fraction;
  /** Number of frames that the file claims or that follows from its length; undefined if unknown. */
  readonly frames: number | undefined;
  /** Whether the container itself states `frames`. */
  readonly framesAreExact: boolean;
  /** When the file begins, in seconds. */
  readonly start: number;
  /** Colour tags, each undefined if the file has none. */
  readonly color: ColorTags;
  /** True if fields, not frames, are stored. */
  readonly interlaced: boolean;
  /** All other streams. */
  readonly others: readonly OtherStream[];
  /** Number of chapters. */
  readonly chapters: number;
  /** Names of the file's metadata. */
  readonly tags: readonly string[];
}

/** How numbers stand for colours, in ffmpeg's names. */
export interface ColorTags {
  /** Primaries, for example `bt709`. */
  readonly primaries?: string;
  /** Transfer curve, for example `smpte2084`. */
  readonly transfer?: string;
  /** Matrix between YUV and RGB, for example `bt2020nc`. */
  readonly matrix?: string;
  /** `tv` (16-235) or `pc` (0-255). */
  readonly range?: string;
}

/** The part of ffprobe's answer that is used. */
interface Answer {
  readonly streams?: readonly Stream[];
  readonly chapters?: readonly unknown[];
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

interface Stream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly time_base?: string;
  readonly nb_frames?: string;
  readonly duration?: string;
  readonly field_order?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly color_space?: string;
  readonly color_range?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Reads what `path` holds.
 *
 * @throws {UserError} DATA if it is no video that ffmpeg can read; ENVIRONMENT without `ffprobe`.
 */
export async function probeVideo(path: string): Promise<VideoInfo> {
  const bytes = await sizeOf(path);
  const { code, text, lastLines } = await runFfmpeg("ffprobe", [
    "-v",
    "error",
    "-of",
    "json",
    "-show_streams",
    "-show_format",
    "-show_chapters",
    ...inputArguments(path),
  ]);
  if (code !== 0) {
    throw new UserError(`${path} is no video that can be read:\n  ${lastLines}`, ExitCode.DATA);
  }
  const answer = JSON.parse(text) as Answer;
  const streams = answer.streams ?? [];
  const main = streams.find((s) => s.codec_type === "video" && !s.disposition?.["attached_pic"]);
  if (!main?.width || !main.height || !main.pix_fmt) {
    throw new UserError(
      `${path} holds no video stream${
        streams.length > 0 ? `, only ${streams.map((s) => s.codec_type).join(", ")}` : ""
      }`,
      ExitCode.DATA,
    );
  }
  const turned = Math.abs(Math.round(rotationOf(main) / 90)) % 2 === 1;
  const frameRate = fraction(main.avg_frame_rate) ?? fraction(main.r_frame_rate) ??
    { num: 25, den: 1 };
  const stated = Number(main.nb_frames);
  const seconds = Number(main.duration ?? answer.format?.duration);
  const estimated = Math.round(seconds * frameRate.num / frameRate.den);
  return {
    path,
    bytes,
    container: answer.format?.format_name ?? "",
    index: main.index,
    codec: main.codec_name ?? "",
    width: turned ? main.height : main.width,
    height: turned ? main.width : main.height,
    pixelFormat: main.pix_fmt,
    frameRate,
    timeBase: fraction(main.time_base) ?? { num: 1, den: 1_000_000 },
    frames: stated > 0 ? stated : estimated > 0 ? estimated : undefined,
    framesAreExact: stated > 0,
    start: Number(answer.format?.start_time) || 0,
    color: {
      primaries: known(main.color_primaries),
      transfer: known(main.color_transfer),
      matrix: known(main.color_space),
      range: known(main.color_range),
    },
    interlaced: /^(tt|bb|tb|bt)$/.test(main.field_order ?? ""),
    others: streams.filter((s) => s !== main).map((s) => ({
      index: s.index,
      kind: s.codec_type ?? "data",
      codec: s.codec_name ?? "",
    })),
    chapters: answer.chapters?.length ?? 0,
    tags: Object.keys(answer.format?.tags ?? {}),
  };
}

/** Time stamps of the packets of the first video stream of a file, sorted, with the unit that they are in. */
export async function timeStamps(
  path: string,
): Promise<{ readonly base: Fraction; readonly pts: number[] }> {
  const { code, text, lastLines } = await runFfmpeg("ffprobe", [
    "-v",
    "error",
    "-select_streams",
    "V:0",
    "-show_entries",
    "packet=pts:stream=time_base",
    "-of",
    "compact=nokey=0",
    ...inputArguments(path),
  ]);
  if (code !== 0) throw new UserError(`${path} cannot be read:\n  ${lastLines}`, ExitCode.DATA);
  const pts = [...text.matchAll(/^packet\|pts=(-?\d+)/gm)].map(([, n]) => Number(n));
  return {
    base: fraction(/^stream\|time_base=(\S+)/m.exec(text)?.[1]) ?? { num: 1, den: 1 },
    pts: pts.sort((a, b) => a - b),
  };
}

/** `30000/1001` or `4:3` as a fraction; undefined for `0/0` and for what is none. */
export function fraction(text: string | undefined): Fraction | undefined {
  const [, num, den] = /^(-?\d+)[/:](\d+)$/.exec(text ?? "") ?? [];
  const value = { num: Number(num), den: Number(den) };
  return value.num > 0 && value.den > 0 ? value : undefined;
}

function rotationOf(stream: Stream): number {
  const side = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  return side ?? (Number(stream.tags?.["rotate"]) || 0);
}

function known(tag: string | undefined): string | undefined {
  return tag === undefined || tag === "unknown" || tag === "reserved" ? undefined : tag;
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (isFile) return size;
    throw new UserError(`${path} is a folder, not a video`, ExitCode.DATA);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`${path} does not exist`, ExitCode.DATA, { cause: error });
  }
}
