/**
 * `restore` for videos: what is checked before a model is loaded, progress, and what is said at the end.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import type { RestoreModel, RestoreOptions } from "../restore/types.ts";
import { duration, shellWord } from "../text.ts";
import { OUTPUT_EXTENSIONS, planEncoder } from "./codecs.ts";
import { type FfmpegAbilities, ffmpegAbilities } from "./ffmpeg.ts";
import { leftovers, partsFolder } from "./parts.ts";
import { probeVideo, type VideoInfo } from "./probe.ts";
import { restoreVideo } from "./restore.ts";
import { dirname, extname, resolve } from "node:path";

/** Names of files that are taken for videos. */
const INPUT_EXTENSIONS = new Set([
  ...[".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg"],
  ...[".flv", ".wmv", ".asf", ".ogv", ".3gp", ".3g2", ".mxf", ".vob", ".nut", ".ivf", ".y4m"],
]);

/** What the command line asks for. */
export interface VideoCommand {
  /** Path of the video. */
  readonly input: string;
  /** Path of the output, which names the container. */
  readonly output: string;
  /** How each frame is restored. */
  readonly restore: Omit<RestoreOptions, "signal" | "onProgress" | "alpha" | "say">;
  /** Goes on with what an interrupted run left. */
  readonly resume?: boolean;
  /** Replaces the output, and throws away what an interrupted run left unless `resume` is set. */
  readonly overwrite?: boolean;
  /** One of `VIDEO_CODECS`. */
  readonly codec?: string;
  /** Constant quality, a number. */
  readonly crf?: string;
  /** Speed of the encoder. */
  readonly preset?: string;
  /** Prints a line of JSON at the end. */
  readonly json?: boolean;
  /** Stops the work; what is done stays. */
  readonly signal?: AbortSignal;
}

/** A command that was checked. */
export interface VideoJob {
  /** The command. */
  readonly command: VideoCommand;
  /** What the input holds. */
  readonly info: VideoInfo;
  /** What the installed ffmpeg can do. */
  readonly abilities: FfmpegAbilities;
  /** Constant quality, if it was given. */
  readonly crf: number | undefined;
  /** One line about input and output. */
  readonly line: string;
}

/** True if the name of `path` is that of a video. GIFs count as pictures. */
export function isVideo(path: string): boolean {
  return INPUT_EXTENSIONS.has(extname(path).toLowerCase());
}

/** True if the name of `path` is that of a video that can be written. */
export function isVideoOutput(path: string): boolean {
  return OUTPUT_EXTENSIONS.includes(extname(path).toLowerCase());
}

/** Extension of what is made of `input` where none is asked for: its own if that can be written, else `.mkv`. */
export function videoExtension(input: string): string {
  return isVideoOutput(input) ? extname(input) : ".mkv";
}

/**
 * Checks everything that can be checked before a model is loaded.
 *
 * @throws {UserError} USAGE for wrong flags, an output that exists, or the rest of an interrupted run about which nothing
 * was said; ENVIRONMENT without ffmpeg; DATA for an input that cannot be read; STORAGE if the output's folder is missing.
 */
export async function checkVideo(command: VideoCommand): Promise<VideoJob> {
  const { input, output, codec, preset } = command;
  const crf = command.crf === undefined ? undefined : Number(command.crf);
  const abilities = await ffmpegAbilities();
  const encoder = planEncoder(output, { codec, crf, preset }, abilities);
  const info = await probeVideo(input);
  await checkOutput(command);
  const { width, height, frames, framesAreExact, frameRate, others } = info;
  const sounds = others.filter(({ kind }) => kind === "audio").length;
  const rate = Number((frameRate.num / frameRate.den).toFixed(3));
  const facts = [
    `${width}x${height}`,
    frames === undefined ? "" : `${framesAreExact ? "" : "about "}${frames} frames`,
    `${rate} fps`,
    info.codec,
    sounds === 0 ? "no audio" : `${sounds} audio`,
  ];
  const line = `${input} (${facts.filter(Boolean).join(", ")}) → ${output} (${encoder.codec})`;
  return { command, info, abilities, crf, line };
}

/**
 * Restores the video of a checked command: 0, or 1 if the input is damaged.
 *
 * @throws {UserError} What `restoreVideo` throws; the signal's reason if it was aborted, after saying how to go on.
 */
export async function runVideo(job: VideoJob, model: RestoreModel): Promise<number> {
  const { command, info, abilities, crf } = job;
  const { input, output, codec, preset, resume, signal } = command;
  const began = performance.now();
  const say = (line: string) => stderrTerminal.line(`${input}: ${line}`);
  let bar: Progress | undefined;
  try {
    const result = await restoreVideo(input, output, model, {
      ...{ codec, crf, preset, resume, info, abilities, say },
      restore: { ...command.restore, ...(signal === undefined ? {} : { signal }), say },
      onFrame: ({ done, total, resumed }) => {
        // The first frame waits for the networks to be prepared, which is no measure of those that follow.
        bar ??= new Progress({ label: input, total, initial: resumed, unit: "frame" });
        bar.update(done);
      },
    });
    bar?.finish();
    const seconds = (performance.now() - began) / 1000;
    const { frames, width, height, damage } = result;
    if (damage.length > 0) {
      say(
        `the input is damaged, and ${frames}${
          info.framesAreExact ? ` of ${info.frames}` : ""
        } frames could be decoded:\n  ${damage.join("\n  ")}`,
      );
    }
    await stderrTerminal.settled();
    print(
      command.json
        ? JSON.stringify({ input, output, ...result, seconds: Number(seconds.toFixed(3)) })
        : `${output}: ${frames} frames, ${width}x${height}, in ${duration(seconds)}`,
    );
    return damage.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
  } catch (error) {
    bar?.[Symbol.dispose]();
    const { segments, frames } = await leftovers(output);
    if (segments > 0) {
      say(
        `${frames} frames are kept in ${shellWord(partsFolder(output))}: ` +
          "the same command with --resume goes on from there",
      );
    }
    throw error;
  }
}

async function checkOutput({ input, output, resume, overwrite }: VideoCommand): Promise<void> {
  if (resolve(input) === resolve(output)) {
    throw new UserError(`${output} is input and output: choose another name`, ExitCode.USAGE);
  }
  const folder = dirname(resolve(output));
  const there = await Deno.stat(folder).catch(() => undefined);
  if (!there?.isDirectory) {
    throw new UserError(
      `${folder} is no folder that can be written to: create it`,
      ExitCode.STORAGE,
    );
  }
  const old = await Deno.lstat(output).catch(() => undefined);
  if (old?.isDirectory) {
    throw new UserError(`${output} is a folder: name a file`, ExitCode.USAGE);
  }
  if (old !== undefined && !overwrite) {
    throw new UserError(
      `${output} exists already: give --overwrite, or another name`,
      ExitCode.USAGE,
    );
  }
  if (resume || overwrite) return;
  const { segments, frames } = await leftovers(output);
  if (segments === 0) return;
  throw new UserError(
    `${
      partsFolder(output)
    } holds ${frames} frames of an interrupted run: --resume goes on with them, ` +
      "--overwrite starts afresh",
    ExitCode.USAGE,
  );
}
