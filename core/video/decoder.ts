/**
 * A video's frames as packed RGB, each with its time stamp, from a running ffmpeg.
 *
 * Pixels come by one pipe, and what is known of each frame by the other: the filter `showinfo` writes a line for every
 * frame that passes, in their order, and no frame is doubled or dropped behind it.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { ColorPlan } from "./color.ts";
import { type FfmpegAbilities, type FfmpegProcess, inputArguments, startFfmpeg } from "./ffmpeg.ts";
import { type Fraction, fraction, type VideoInfo } from "./probe.ts";

/** A frame. */
export interface DecodedFrame {
  /** Position, from 0. */
  readonly index: number;
  /** When it is shown, in units of {@linkcode Decoder.timeBase}; larger than that of the frame before. */
  readonly pts: number;
  /** Packed RGB, row by row; 16-bit samples in little-endian order. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What the line about a frame says. */
interface FrameLine {
  readonly pts: number | undefined;
  readonly aspect: Fraction | undefined;
  readonly width: number;
  readonly height: number;
}

/** Messages about damage that are kept. */
const KEPT_FAULTS = 5;

/** How long a stop that was wished elsewhere may take to be known here, in milliseconds. */
const GRACE_MS = 500;

/** Time stamps further from 0 than this, in seconds, are shifted so that the file begins at 0. */
const KEPT_START = 10;

/** Options of ffmpeg that keep time stamps as they are; none for files that begin at an arbitrary time. */
export function startArguments({ start }: Pick<VideoInfo, "start">): string[] {
  return Math.abs(start) < KEPT_START ? ["-copyts"] : [];
}

/** Decodes a video once, from its beginning to its end. */
export class Decoder implements AsyncDisposable {
  readonly #info: VideoInfo;
  readonly #process: FfmpegProcess;
  readonly #frameBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #lines: FrameLine[] = [];
  readonly #faults: string[] = [];
  readonly #stop: () => void;
  #faultCount = 0;
  #aspect: Fraction | undefined;
  #base: Fraction | undefined;
  #odd: string | undefined;
  #adjusted = 0;
  #wake = () => {};
  #over = false;

  /** Starts to decode. Aborting `signal` ends it. */
  constructor(
    info: VideoInfo,
    color: ColorPlan,
    { keepFrames }: Pick<FfmpegAbilities, "keepFrames">,
    signal?: AbortSignal,
  ) {
    this.#info = info;
    this.#signal = signal;
    this.#frameBytes = info.width * info.height * 3 * (color.depth / 8);
    this.#process = startFfmpeg("ffmpeg", [
      ...["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info"],
      ...startArguments(info),
      ...inputArguments(info.path),
      ...["-map", `0:${info.index}`],
      "-vf",
      `showinfo,scale=w=${info.width}:h=${info.height}:${color.decode},` +
      `format=${color.depth === 8 ? "rgb24" : "rgb48le"}`,
      ...keepFrames,
      ...["-f", "rawvideo", "pipe:1"],
    ], { onLine: (line) => this.#read(line) });
    this.#stop = () => void this[Symbol.asyncDispose]();
    signal?.addEventListener("abort", this.#stop);
  }

  /** The unit of time stamps in seconds; known with the first frame. */
  get timeBase(): Fraction {
    return this.#base ?? this.#info.timeBase;
  }

  /** Shape of a pixel as shown, width to height; undefined if square or unknown. Known with the first frame. */
  get aspect(): Fraction | undefined {
    return this.#aspect;
  }

  /** What the decoder said about damage, the first lines; empty if the file is sound. */
  get faults(): readonly string[] {
    return this.#faultCount > this.#faults.length
      ? [...this.#faults, `and ${this.#faultCount - this.#faults.length} messages more`]
      : this.#faults;
  }

  /** What is unusual about this video, to be asked at its end. */
  get notes(): readonly string[] {
    return [
      ...(this.#odd === undefined ? [] : [this.#odd]),
      ...(this.#adjusted === 0
        ? []
        : [`${this.#adjusted} frames had no time stamp of their own, or one that goes back`]),
    ];
  }

  /**
   * The frames in order; can be called once.
   *
   * @throws {UserError} DATA if ffmpeg ends with an error.
   */
  async *frames(): AsyncGenerator<DecodedFrame> {
    let frame = new Uint8Array(this.#frameBytes);
    let filled = 0;
    let index = 0;
    let last: number | undefined;
    for await (const chunk of this.#process.stdout) {
      for (let at = 0; at < chunk.length;) {
        const some = chunk.subarray(at, at + this.#frameBytes - filled);
        frame.set(some, filled);
        filled += some.length;
        at += some.length;
        if (filled < this.#frameBytes) continue;
        const line = await this.#nextLine();
        this.#check(line, index);
        last = this.#later(line.pts, last);
        yield { index: index++, pts: last, data: frame };
        frame = new Uint8Array(this.#frameBytes);
        filled = 0;
      }
    }
    const code = await this.#process.end();
    this.#over = true;
    if (code !== 0 || filled > 0) {
      // Whoever ended ffmpeg may be about to end us as well.
      await new Promise((resolve) => setTimeout(resolve, this.#signal?.aborted ? 0 : GRACE_MS));
      this.#signal?.throwIfAborted();
      throw new UserError(
        `${this.#info.path}: ffmpeg ended after ${index} frames with code ${code}:\n  ${this.#process.lastLines}`,
        ExitCode.DATA,
      );
    }
  }

  /** Ends ffmpeg, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#stop);
    await this.#process[Symbol.asyncDispose]();
    this.#over = true;
    this.#wake();
  }

  #read(line: string): void {
    const found = /showinfo.* n: *\d+ pts: *(-?\d+|NOPTS) .* sar:(\d+\/\d+) s:(\d+)x(\d+)/.exec(
      line,
    );
    if (found) {
      this.#lines.push({
        pts: found[1] === "NOPTS" ? undefined : Number(found[1]),
        aspect: fraction(found[2]),
        width: Number(found[3]),
        height: Number(found[4]),
      });
      this.#wake();
      return;
    }
    const base = /showinfo.* config in time_base: (\d+\/\d+)/.exec(line)?.[1];
    if (base !== undefined) this.#base ??= fraction(base);
    else if (/\[(error|fatal|panic)\] /.test(line)) {
      this.#faultCount++;
      const text = line.replace(/ @ 0x[0-9a-f]+\]/, "]").replace(/\[(error|fatal|panic)\] /, "");
      if (this.#faults.length < KEPT_FAULTS && !this.#faults.includes(text)) {
        this.#faults.push(text);
      }
    }
  }

  /** The line about the next frame; it may come a little later than the pixels. */
  async #nextLine(): Promise<FrameLine> {
    while (this.#lines.length === 0) {
      if (this.#over) {
        this.#signal?.throwIfAborted();
        throw new Error("ffmpeg's showinfo says nothing about a frame that was decoded");
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#lines.shift()!;
  }

  #check({ width, height, aspect }: FrameLine, index: number): void {
    if (index === 0) {
      this.#aspect = aspect !== undefined && aspect.num !== aspect.den ? aspect : undefined;
    }
    if (width !== this.#info.width || height !== this.#info.height) {
      this.#odd ??= `frame ${index} and others are ${width}x${height} pixels, not ` +
        `${this.#info.width}x${this.#info.height}: they are scaled to that`;
    }
  }

  /** A time stamp behind `last`. */
  #later(pts: number | undefined, last: number | undefined): number {
    if (last === undefined) return pts ?? 0;
    if (pts !== undefined && pts > last) return pts;
    this.#adjusted++;
    const { num, den } = this.timeBase;
    const rate = this.#info.frameRate;
    const step = Math.max(1, Math.round(rate.den * den / (rate.num * num)));
    return pts === undefined ? last + step : last + 1;
  }
}
