/**
 * Frames into one segment of the output: a file of its own that begins with a key frame at time 0.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { EncoderPlan } from "./codecs.ts";
import { type ColorPlan, tagArguments, tagFilter } from "./color.ts";
import { type FfmpegAbilities, type FfmpegProcess, fileArgument, startFfmpeg } from "./ffmpeg.ts";
import type { Fraction } from "./probe.ts";
import { rawFrameHeader, rawHeader } from "./raw_matroska.ts";

/** What all segments of a video have in common. */
export interface SegmentFormat {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Shape of a pixel; undefined if square. */
  readonly aspect: Fraction | undefined;
  /** The unit of time stamps in seconds. */
  readonly timeBase: Fraction;
  /** Frames a second on average. */
  readonly frameRate: Fraction;
  /** Colours. */
  readonly color: ColorPlan;
  /** The encoder. */
  readonly encoder: EncoderPlan;
  /** The installed ffmpeg. */
  readonly abilities: Pick<FfmpegAbilities, "keepFrames">;
}

/** Encodes one segment. */
export class SegmentEncoder implements AsyncDisposable {
  readonly #format: SegmentFormat;
  readonly #process: FfmpegProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pts: number[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #begun: Promise<void>;

  /** Starts to encode into the new file `path`. */
  constructor(
    /** The file. */
    readonly path: string,
    format: SegmentFormat,
    signal?: AbortSignal,
  ) {
    this.#format = format;
    this.#signal = signal;
    const { color, encoder, aspect, timeBase, frameRate, width, height } = format;
    this.#process = startFfmpeg("ffmpeg", [
      ...["-hide_banner", "-nostats", "-loglevel", "level+warning"],
      ...["-f", "matroska", "-fpsprobesize", "0", "-i", "pipe:0"],
      "-vf",
      `scale=${color.encode},format=${color.pixelFormat},` +
      `setsar=${aspect?.num ?? 1}/${aspect?.den ?? 1},${tagFilter(color.tags)}`,
      ...format.abilities.keepFrames,
      ...["-enc_time_base", `${timeBase.num}/${timeBase.den}`],
      ...encoder.arguments,
      ...tagArguments(color.tags),
      ...["-f", "nut", "-y", fileArgument(path)],
    ], { stdin: "piped", stdout: "null" });
    this.#writer = this.#process.stdin.getWriter();
    this.#writer.closed.catch(() => {}); // said where something is written, or at the end
    const frameNanoseconds = BigInt(Math.round(1e9 * frameRate.den / frameRate.num));
    this.#begun = this.#write(rawHeader({ width, height, depth: color.depth, frameNanoseconds }));
    this.#begun.catch(() => {});
  }

  /** Time stamps of the frames so far, in units of the time base. */
  get pts(): readonly number[] {
    return this.#pts;
  }

  /**
   * Hands over a frame of packed RGB; resolves when there is room for the next.
   *
   * @throws {UserError} DATA if ffmpeg has ended.
   */
  async add(pts: number, data: Uint8Array): Promise<void> {
    await this.#begun;
    const { num, den } = this.#format.timeBase;
    const ticks = BigInt(pts - (this.#pts[0] ?? pts)) * BigInt(num) * 1_000_000_000n;
    this.#pts.push(pts);
    await this.#write(rawFrameHeader((ticks + BigInt(den) / 2n) / BigInt(den), data.length));
    await this.#write(data);
  }

  /**
   * Ends the segment: the file is whole afterwards.
   *
   * @throws {UserError} DATA if ffmpeg ends with an error.
   */
  async finish(): Promise<void> {
    await this.#writer.close().catch(() => {}); // its end says why
    const code = await this.#process.end();
    if (code !== 0) throw this.#failure(code);
  }

  /** Ends ffmpeg, if it still runs; the file is then a part. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#writer.abort().catch(() => {});
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch {
      throw this.#failure(await this.#process.end());
    }
  }

  #failure(code: number): unknown {
    if (this.#signal?.aborted) return this.#signal.reason;
    const { lastLines } = this.#process;
    const full = /No space left on device|Disk quota exceeded/.test(lastLines);
    return new UserError(
      `ffmpeg ended with code ${code} while it wrote ${this.path}:\n  ${lastLines}`,
      full ? ExitCode.STORAGE : ExitCode.DATA,
    );
  }
}
