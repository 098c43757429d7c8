/**
 * Segments, and the sound of the input, into one file; and the look whether all frames are in it at their times.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { writeAtomicText } from "../storage/atomic.ts";
import type { EncoderPlan } from "./codecs.ts";
import { startArguments } from "./decoder.ts";
import { type FfmpegAbilities, fileArgument, inputArguments, runFfmpeg } from "./ffmpeg.ts";
import type { Segment } from "./parts.ts";
import { type Fraction, timeStamps, type VideoInfo } from "./probe.ts";
import { join } from "node:path";

/** Subtitles that are text. */
const TEXT_SUBTITLES = new Set(["subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text"]);

/** Metadata of the input's video stream that the output's would contradict. */
const STALE = ["rotate", "encoder", "BPS", "BPS-eng", "NUMBER_OF_BYTES", "NUMBER_OF_BYTES-eng"];

/** Which streams go along, and how. */
export interface OtherStreams {
  /** Options of ffmpeg, with the input as its file number 1. */
  readonly arguments: readonly string[];
  /** Further options that copy what the input says about these streams, such as their languages. */
  readonly metadata: readonly string[];
  /** What is left out or changed, for the user. */
  readonly notes: readonly string[];
}

/** Settles what becomes of sound, subtitles and all else. */
export function planOthers(info: VideoInfo, encoder: EncoderPlan): OtherStreams {
  const map: string[] = [];
  const metadata: string[] = [];
  const codecs: string[] = ["-c", "copy"];
  const notes: string[] = [];
  let subtitles = 0;
  for (const { index, kind, codec } of info.others) {
    const take = () => {
      map.push("-map", `1:${index}`);
      // The picture is stream 0 of the output.
      metadata.push(`-map_metadata:s:${map.length / 2}`, `1:s:${index}`);
    };
    if (kind === "audio" && codec !== "") take();
    else if (kind === "subtitle" && TEXT_SUBTITLES.has(codec)) {
      take();
      const kept = codec === encoder.textSubtitles ||
        (encoder.attachments && codec !== "mov_text" && codec !== "text");
      if (!kept) codecs.push(`-c:s:${subtitles}`, encoder.textSubtitles);
      subtitles++;
    } else if (kind === "subtitle" && encoder.pictureSubtitles) {
      take();
      subtitles++;
    } else if (kind === "attachment" && encoder.attachments) take();
    // Chapters of MP4 are a stream as well; they are copied as chapters.
    else if (codec !== "bin_data" || info.chapters === 0) {
      notes.push(`stream ${index} (${kind}${codec ? `, ${codec}` : ""}) is left out`);
    }
  }
  return { arguments: [...map, ...codecs], metadata, notes };
}

/** What {@linkcode joinSegments} needs. */
export interface JoinOptions {
  /** The input. */
  readonly info: VideoInfo;
  /** How it was encoded. */
  readonly encoder: EncoderPlan;
  /** The installed ffmpeg. */
  readonly abilities: Pick<FfmpegAbilities, "movieTimeScale">;
  /** Sound and the like. */
  readonly others: OtherStreams;
  /** The unit of the segments' time stamps. */
  readonly timeBase: Fraction;
  /** Folder of the segments. */
  readonly folder: string;
}

/**
 * Looks whether the output's container takes the other streams: better now than after hours.
 *
 * @throws {UserError} USAGE, naming what it does not take.
 */
export async function tryOthers(output: string, options: JoinOptions): Promise<void> {
  const { info, encoder, others, folder } = options;
  if (!others.arguments.includes("-map")) return;
  const trial = join(folder, `joined.${extensionOf(output)}`);
  const { code, lastLines } = await runFfmpeg("ffmpeg", [
    ...["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+error", "-y"],
    ...inputArguments(info.path),
    ...others.arguments.map((argument) => argument.replace(/^1:/, "0:")),
    ...["-t", "1"],
    ...encoder.muxing.filter((argument) => argument !== "-tag:v" && argument !== "hvc1"),
    fileArgument(trial),
  ]);
  await Deno.remove(trial).catch(() => {});
  if (code === 0) return;
  throw new UserError(
    `${output} cannot hold the sound or the subtitles of ${info.path}: choose a name that ends in .mkv\n  ${lastLines}`,
    ExitCode.USAGE,
  );
}

/**
 * Writes `joined.EXT` into the folder: the segments one after the other without encoding them again, everything else
 * copied from the input. Resolves to its path.
 *
 * @throws {UserError} DATA if ffmpeg fails; STORAGE on a full disk.
 */
export async function joinSegments(
  output: string,
  segments: readonly Segment[],
  options: JoinOptions,
): Promise<string> {
  const { info, encoder, abilities, others, timeBase, folder } = options;
  const list = join(folder, "list.ffconcat");
  const micro = (pts: number) => Math.round(pts * timeBase.num * 1e6 / timeBase.den);
  const first = segments[0]!.pts[0]!;
  // Each segment begins where the list says, to the microsecond; ticks that are longer are met exactly.
  const lines = segments.map(({ name, pts }, i) => {
    const end = segments[i + 1]?.pts[0] ?? pts.at(-1)! + 1;
    const length = micro(end - first) - micro(pts[0]! - first);
    return `file ${name}\nduration ${(length / 1e6).toFixed(6)}\n`;
  });
  await writeAtomicText(list, `ffconcat version 1.0\n${lines.join("")}`);
  const joined = join(folder, `joined.${extensionOf(output)}`);
  const { code, lastLines } = await runFfmpeg("ffmpeg", [
    ...["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+error", "-y"],
    ...startArguments(info),
    ...["-itsoffset", (micro(first) / 1e6).toFixed(6), "-f", "concat", "-i", fileArgument(list)],
    ...inputArguments(info.path),
    ...["-map", "0:v:0"],
    ...others.arguments,
    ...["-map_metadata", "1", "-map_chapters", "1"],
    ...others.metadata,
    ...["-map_metadata:s:v:0", `1:s:${info.index}`],
    ...STALE.flatMap((name) => ["-metadata:s:v:0", `${name}=`]),
    ...timeScale(output, timeBase, abilities.movieTimeScale),
    // Names that are no standard ones, as telephones write them.
    ...encoder.muxing.map((value) =>
      value === "+faststart" && info.tags.some((tag) => tag.includes("."))
        ? "+faststart+use_metadata_tags"
        : value
    ),
    fileArgument(joined),
  ]);
  if (code === 0) return joined;
  const full = /No space left on device|Disk quota exceeded/.test(lastLines);
  throw new UserError(
    `${output}: ffmpeg ended with code ${code} while it joined the segments, which stay:\n  ${lastLines}`,
    full ? ExitCode.STORAGE : ExitCode.DATA,
  );
}

/**
 * Looks whether `joined` has every frame at its time.
 *
 * @throws {UserError} DATA if not.
 */
export async function checkFrames(
  joined: string,
  segments: readonly Segment[],
  timeBase: Fraction,
): Promise<void> {
  const wanted = segments.flatMap(({ pts }) => pts);
  const { base, pts } = await timeStamps(joined);
  if (pts.length !== wanted.length) {
    throw new UserError(
      `${joined} has ${pts.length} frames instead of ${wanted.length}; it is left there for inspection`,
      ExitCode.DATA,
    );
  }
  const unit = base.num / base.den;
  const at = (i: number) => wanted[i]! * timeBase.num / timeBase.den;
  // A container may begin at another time; distances count.
  const shift = pts[0]! * unit - at(0);
  const wrong = pts.findIndex((time, i) => Math.abs(time * unit - at(i) - shift) > unit * 1.001);
  if (wrong >= 0) {
    throw new UserError(
      `${joined} shows frame ${wrong} at ${(pts[wrong]! * unit).toFixed(6)} s instead of ` +
        `${at(wrong).toFixed(6)} s; it is left there for inspection`,
      ExitCode.DATA,
    );
  }
}

/** MP4 and MOV take a time base of our choice: that of the input, in which its time stamps are whole numbers. */
function timeScale(output: string, { den }: Fraction, movie: boolean): string[] {
  if (!/^(mp4|m4v|mov)$/.test(extensionOf(output))) return [];
  const scale = den > 1_000_000 ? 1_000_000 : den * Math.ceil(10_000 / den);
  return [
    "-video_track_timescale",
    `${scale}`,
    ...(movie ? ["-movie_timescale", `${scale}`] : []),
  ];
}

function extensionOf(path: string): string {
  return /\.([^.]+)$/.exec(path)![1]!.toLowerCase();
}
