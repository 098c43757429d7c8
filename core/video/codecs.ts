/**
 * Codecs and containers of the output.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { Chroma } from "./color.ts";
import type { FfmpegAbilities } from "./ffmpeg.ts";
import { extname } from "node:path";

/** Codecs that can be asked for. */
export const VIDEO_CODECS = ["h264", "h265", "vp9", "av1"] as const;
/** Name of a codec. */
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** Presets, from quick to thorough, as x264 names them. */
export const PRESETS: readonly string[] = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
];

/** What the user wishes. */
export interface EncoderWishes {
  /** Default `h264`, `vp9` in WebM. */
  readonly codec?: string;
  /** Constant quality; lower is better. */
  readonly crf?: number;
  /** One of {@linkcode PRESETS}, default `medium`. */
  readonly preset?: string;
}

/** How a video is encoded. */
export interface EncoderPlan {
  /** Its codec. */
  readonly codec: VideoCodec;
  /** ffmpeg's encoder. */
  readonly encoder: string;
  /** Constant quality. */
  readonly crf: number;
  /** Preset. */
  readonly preset: string;
  /** Options of the encoder. */
  readonly arguments: readonly string[];
  /** Subsamplings of colour that it takes. */
  readonly chromas: readonly Chroma[];
  /** True if width and height must be even where colour is subsampled. */
  readonly even: boolean;
  /** Options of the finished file. */
  readonly muxing: readonly string[];
  /** Text subtitles as this container has them. */
  readonly textSubtitles: string;
  /** Whether the container takes subtitles that are pictures. */
  readonly pictureSubtitles: boolean;
  /** Whether the container takes attached files. */
  readonly attachments: boolean;
}

/** A container by its extension. */
interface Container {
  readonly codecs: readonly VideoCodec[];
  readonly textSubtitles: string;
  readonly pictureSubtitles: boolean;
  readonly attachments: boolean;
  readonly muxing: readonly string[];
}

// The index comes first, so that players on the web can begin at once.
const MOV = ["-movflags", "+faststart"];

const CONTAINERS: Readonly<Record<string, Container>> = {
  ".mp4": container(["h264", "h265", "av1", "vp9"], "mov_text", false, false, MOV),
  ".m4v": container(["h264", "h265"], "mov_text", false, false, [...MOV, "-f", "mp4"]),
  ".mov": container(["h264", "h265"], "mov_text", false, false, MOV),
  ".mkv": container(VIDEO_CODECS, "srt", true, true, []),
  ".webm": container(["vp9", "av1"], "webvtt", false, false, []),
};

/** Names of outputs that are videos. */
export const OUTPUT_EXTENSIONS: readonly string[] = Object.keys(CONTAINERS);

interface Encoder {
  readonly codec: VideoCodec;
  readonly name: string;
  readonly crf: number;
  readonly worst: number;
  readonly chromas: EncoderPlan["chromas"];
  readonly even: boolean;
  /** Frames come out in the order in which they are shown: segments can be joined without touching a time stamp. */
  readonly options: (crf: number, preset: number) => string[];
}

const ALL = ["420", "422", "444"] as const;

const ENCODERS: readonly Encoder[] = [
  {
    codec: "h264",
    name: "libx264",
    crf: 17,
    worst: 51,
    chromas: ALL,
    even: true,
    options: (crf, preset) => ["-crf", `${crf}`, "-preset", PRESETS[preset]!, "-bf", "0"],
  },
  {
    codec: "h265",
    name: "libx265",
    crf: 20,
    worst: 51,
    chromas: ALL,
    even: true,
    options: (crf, preset) => [
      "-crf",
      `${crf}`,
      "-preset",
      PRESETS[preset]!,
      "-x265-params",
      "bframes=0:log-level=error",
    ],
  },
  {
    codec: "vp9",
    name: "libvpx-vp9",
    crf: 24,
    worst: 63,
    chromas: ALL,
    even: false,
    options: (crf, preset) => [
      ...["-crf", `${crf}`, "-b:v", "0", "-row-mt", "1", "-deadline", "good"],
      ...["-cpu-used", `${Math.max(0, 6 - preset)}`],
    ],
  },
  {
    codec: "av1",
    name: "libsvtav1",
    crf: 26,
    worst: 63,
    chromas: ["420"],
    even: true,
    options: (crf, preset) => ["-crf", `${crf}`, "-preset", `${12 - preset}`],
  },
  {
    codec: "av1",
    name: "libaom-av1",
    crf: 26,
    worst: 63,
    chromas: ALL,
    even: false,
    options: (crf, preset) => [
      ...["-crf", `${crf}`, "-b:v", "0", "-row-mt", "1", "-cpu-used", `${9 - preset}`],
    ],
  },
];

/** ffmpeg's encoders that are made use of. */
export const VIDEO_ENCODERS: readonly string[] = ENCODERS.map(({ name }) => name);

/**
 * Settles how `output` is encoded.
 *
 * @throws {UserError} USAGE if extension, codec, quality or preset do not exist or do not go together; ENVIRONMENT if
 * ffmpeg lacks the encoder.
 */
export function planEncoder(
  output: string,
  wishes: EncoderWishes,
  { encoders, version }: Pick<FfmpegAbilities, "encoders" | "version">,
): EncoderPlan {
  const extension = extname(output).toLowerCase();
  const { codecs, ...into } = containerOf(output);
  const codec = wishes.codec ?? codecs[0]!;
  if (!isCodec(codec)) {
    throw wrong(`--codec must be one of ${VIDEO_CODECS.join(", ")}, received "${codec}"`);
  }
  if (!codecs.includes(codec)) {
    throw wrong(
      `${output}: ${extension} files do not hold ${codec}, only ${
        codecs.join(", ")
      }; .mkv holds all`,
    );
  }
  const able = ENCODERS.filter((one) => one.codec === codec);
  const encoder = able.find((one) => encoders.has(one.name));
  if (encoder === undefined) {
    const others = VIDEO_CODECS.filter((name) =>
      codecs.includes(name) && ENCODERS.some((one) => one.codec === name && encoders.has(one.name))
    );
    throw new UserError(
      `this ffmpeg (${version}) cannot write ${codec}: it lacks ${
        able.map((one) => one.name).join(" and ")
      }; ${
        others.length > 0 ? `choose --codec ${others.join(" or ")}, or ` : ""
      }install a complete build`,
      ExitCode.ENVIRONMENT,
    );
  }
  const { crf = encoder.crf, preset = "medium" } = wishes;
  if (!(crf >= 0 && crf <= encoder.worst)) {
    throw wrong(`--crf must be between 0 and ${encoder.worst} for ${codec}, received ${crf}`);
  }
  if (!PRESETS.includes(preset)) {
    throw wrong(`--preset must be one of ${PRESETS.join(", ")}, received "${preset}"`);
  }
  const { name, chromas, even, options } = encoder;
  return {
    ...into,
    codec,
    encoder: name,
    crf,
    preset,
    chromas,
    even,
    arguments: ["-c:v", name, ...options(crf, PRESETS.indexOf(preset))],
    // What Apple's players want to see in MP4.
    muxing: [
      ...into.muxing,
      ...(codec === "h265" && extension !== ".mkv" ? ["-tag:v", "hvc1"] : []),
    ],
  };
}

function containerOf(output: string): Container {
  const found = CONTAINERS[extname(output).toLowerCase()];
  if (found !== undefined) return found;
  throw wrong(
    `${output}: videos are written as ${OUTPUT_EXTENSIONS.join(", ")}; choose such a name`,
  );
}

function container(
  codecs: readonly VideoCodec[],
  textSubtitles: string,
  pictureSubtitles: boolean,
  attachments: boolean,
  muxing: readonly string[],
): Container {
  return { codecs, textSubtitles, pictureSubtitles, attachments, muxing };
}

function isCodec(name: string): name is VideoCodec {
  return (VIDEO_CODECS as readonly string[]).includes(name);
}

function wrong(message: string): UserError {
  return new UserError(message, ExitCode.USAGE);
}
