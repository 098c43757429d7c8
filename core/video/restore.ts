/**
 * Restores a video: frames out of ffmpeg, through the networks, into ffmpeg, segment by segment.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { filesOf, parseForeign } from "../restore/foreign/spec.ts";
import type { RestoreModel, RestoreOptions } from "../restore/types.ts";
import { storageError } from "../storage/mod.ts";
import { VERSION } from "../version.ts";
import { companionsOf } from "../weights/companions.ts";
import { ahead } from "./ahead.ts";
import { type EncoderPlan, type EncoderWishes, planEncoder } from "./codecs.ts";
import { type ColorPlan, planColor } from "./color.ts";
import { type DecodedFrame, Decoder } from "./decoder.ts";
import { SegmentEncoder, type SegmentFormat } from "./encoder.ts";
import { type FfmpegAbilities, ffmpegAbilities } from "./ffmpeg.ts";
import { FramePacker, frameRows, type FrameSize } from "./frames.ts";
import { checkFrames, joinSegments, type OtherStreams, planOthers, tryOthers } from "./join.ts";
import { fingerprint, type Identity, Parts } from "./parts.ts";
import { type Fraction, probeVideo, type VideoInfo } from "./probe.ts";

/** How a video is restored. */
export interface VideoOptions extends EncoderWishes {
  /** How each frame is restored. Transparency is left out; `signal` stops between two tiles, and what is done stays. */
  readonly restore?: Omit<RestoreOptions, "onProgress" | "alpha">;
  /** Goes on with the segments that an earlier call left in `OUT.part`; otherwise they are thrown away. */
  readonly resume?: boolean;
  /** Frames in a segment: so many are lost at most, and each begins with a key frame. Default by the size, 12 to 24. */
  readonly segmentFrames?: number;
  /** Is told when a frame is done. */
  readonly onFrame?: (progress: VideoProgress) => void;
  /** Receives what is worth knowing; default nothing. */
  readonly say?: (line: string) => void;
  /** What is known of the installed ffmpeg; default asks it. */
  readonly abilities?: FfmpegAbilities;
  /** What is known of the input; default asks ffprobe. */
  readonly info?: VideoInfo;
}

/** How far a video is. */
export interface VideoProgress {
  /** Frames that are encoded or on their way to the encoder. */
  readonly done: number;
  /** Frames in all; undefined if the file does not tell. */
  readonly total: number | undefined;
  /** Those of `done` that an earlier run made. */
  readonly resumed: number;
}

/** What is needed of a model. */
export type VideoModel = Pick<
  RestoreModel,
  "plan" | "restoreRows" | "name" | "stages" | "engine" | "precision"
>;

/** What was made. */
export interface VideoResult {
  /** Frames in the input as decoded, and in the output. */
  readonly frames: number;
  /** Those of them that an earlier run made. */
  readonly resumed: number;
  /** Width of the output in pixels. */
  readonly width: number;
  /** Height of the output in pixels. */
  readonly height: number;
  /** Codec of the output. */
  readonly codec: string;
  /** What the decoder said about damage; empty if the input is sound. */
  readonly damage: readonly string[];
}

/** Frames that are ready ahead of each stage. */
const AHEAD = 2;

/**
 * Restores the video `input` into `output`: every frame once and at its time, sound, subtitles, chapters and metadata
 * copied. Segments are kept in the folder `OUT.part`; `output` appears when it is whole.
 *
 * @throws {UserError} ENVIRONMENT without ffmpeg; USAGE for names, codecs and options that do not go together; DATA if the
 * input cannot be read or ffmpeg fails; STORAGE if there is no room. `OUT.part` stays, except where nothing is in it.
 *
 * @example
 * ```ts ignore
 * await using model = await loadModel("realesr-animevideov3.safetensors");
 * const { frames } = await restoreVideo("clip.mp4", "out.mp4", model, { crf: 18, resume: true });
 * console.log(frames);
 * ```
 */
export async function restoreVideo(
  input: string,
  output: string,
  model: VideoModel,
  options: VideoOptions = {},
): Promise<VideoResult> {
  const abilities = options.abilities ?? await ffmpegAbilities();
  const encoder = planEncoder(output, options, abilities);
  const info = options.info ?? await probeVideo(input);
  const restore = options.restore ?? {};
  const say = options.say ?? (() => {});
  const plan = model.plan({ width: info.width, height: info.height, channels: 3 }, restore);
  const color = planColor(info, plan.height, encoder.chromas);
  const size = encodedSize(plan, encoder, color);
  const others = planOthers(info, encoder);
  const segmentFrames = options.segmentFrames ?? segmentLength(size.width * size.height);
  for (const note of [...color.notes, ...others.notes, ...noticed(info, plan, size)]) say(note);

  const identity = await identify(input, model, restore, encoder, abilities, segmentFrames);
  using parts = await Parts.open(output, identity, options.resume ?? false);
  try {
    return await restoreInto(parts, {
      input,
      output,
      model,
      options,
      restore,
      abilities,
      info,
      encoder,
      color,
      size,
      others,
      segmentFrames,
      say,
    });
  } catch (error) {
    // Nothing is worth keeping, except what was joined and found wrong.
    if (parts.frames === 0) await parts.remove();
    throw error;
  }
}

/** What {@linkcode restoreVideo} has settled before the first frame. */
interface Settled {
  readonly input: string;
  readonly output: string;
  readonly model: VideoModel;
  readonly options: VideoOptions;
  readonly restore: NonNullable<VideoOptions["restore"]>;
  readonly abilities: FfmpegAbilities;
  readonly info: VideoInfo;
  readonly encoder: EncoderPlan;
  readonly color: ColorPlan;
  readonly size: FrameSize;
  readonly others: OtherStreams;
  readonly segmentFrames: number;
  readonly say: (line: string) => void;
}

/** Makes the segments that are missing, joins them, and puts the output in its place. */
async function restoreInto(parts: Parts, settled: Settled): Promise<VideoResult> {
  const { input, output, info, abilities, encoder, others, size, say } = settled;
  const joining = { info, abilities, encoder, others, folder: parts.folder };
  await tryOthers(output, { ...joining, timeBase: info.timeBase });
  const resumed = parts.frames;
  if (resumed > 0) {
    say(`${resumed} frames are there already, from ${parts.segments.length} segments`);
  }

  const { timeBase, damage } = await makeSegments(parts, settled);
  if (parts.frames === 0) {
    throw new UserError(
      [`${input}: no frame could be decoded`, ...damage].join("\n  "),
      ExitCode.DATA,
    );
  }
  const joined = await joinSegments(output, parts.segments, { ...joining, timeBase });
  await checkFrames(joined, parts.segments, timeBase);
  const { frames } = parts;
  try {
    {
      using file = await Deno.open(joined, { read: true, write: true });
      await file.sync();
    }
    await Deno.rename(joined, output);
  } catch (error) {
    throw storageError(output, "cannot be written", error);
  }
  await parts.remove();
  return { frames, resumed, ...size, codec: encoder.codec, damage };
}

/** Decodes, restores and encodes, each a little ahead of the next. */
async function makeSegments(
  parts: Parts,
  { model, options, restore, abilities, info, encoder, color, size, segmentFrames, say }: Settled,
): Promise<{ readonly timeBase: Fraction; readonly damage: readonly string[] }> {
  const resumed = parts.frames;
  const work = new SegmentWriter(parts, segmentFrames);
  await using decoder = new Decoder(info, color, abilities, restore.signal);
  await using _work = work;
  const wanted = skipped(decoder.frames(), parts.segments.flatMap(({ pts }) => pts));
  const packer = new FramePacker(size, color.depth);
  const restored = async function* (): AsyncGenerator<DecodedFrame> {
    for await (const frame of ahead(wanted, AHEAD)) {
      restore.signal?.throwIfAborted();
      const rows = frameRows(frame.data, info, color.depth);
      const data = await packer.pack(model.restoreRows(rows, restore));
      yield { ...frame, data };
    }
  };
  let done = resumed;
  for await (const frame of ahead(restored(), AHEAD)) {
    const { aspect, timeBase } = decoder;
    const { frameRate } = info;
    const format: SegmentFormat = {
      ...size,
      aspect,
      timeBase,
      frameRate,
      color,
      encoder,
      abilities,
    };
    await work.add(frame, format, restore.signal);
    options.onFrame?.({
      done: ++done,
      total: info.frames === undefined ? undefined : Math.max(info.frames, done),
      resumed,
    });
  }
  await work.finish();
  restore.signal?.throwIfAborted();
  decoder.notes.forEach(say);
  return { timeBase: decoder.timeBase, damage: decoder.faults };
}

/** Frames into segments, one encoder after the other; while one ends, the next one begins. */
class SegmentWriter implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #length: number;
  #encoder: SegmentEncoder | undefined;
  #ending: { readonly encoder: SegmentEncoder; readonly done: Promise<void> } | undefined;
  #started: number;

  constructor(parts: Parts, length: number) {
    this.#parts = parts;
    this.#length = length;
    this.#started = parts.segments.length;
  }

  async add(frame: DecodedFrame, format: SegmentFormat, signal?: AbortSignal): Promise<void> {
    this.#encoder ??= new SegmentEncoder(this.#parts.temporary(this.#started++), format, signal);
    await this.#encoder.add(frame.pts, frame.data);
    if (this.#encoder.pts.length >= this.#length) await this.#end();
  }

  async finish(): Promise<void> {
    await this.#end();
    await this.#ending?.done;
    this.#ending = undefined;
  }

  async #end(): Promise<void> {
    await this.#ending?.done;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder === undefined) return;
    const done = encoder.finish().then(() => this.#parts.add(encoder.path, encoder.pts));
    done.catch(() => {}); // comes out where it is waited for
    this.#ending = { encoder, done };
  }

  /** What was not finished is thrown away, but a segment that has all its frames may become whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending?.done.catch(() => {});
    for (const encoder of [this.#encoder, this.#ending?.encoder]) {
      if (encoder === undefined) continue;
      await encoder[Symbol.asyncDispose]();
      await Deno.remove(encoder.path).catch(() => {}); // a finished one has another name by now
    }
  }
}

/** `frames` without those that are done; their time stamps have to be the same as they were. */
async function* skipped(
  frames: AsyncIterable<DecodedFrame>,
  done: readonly number[],
): AsyncGenerator<DecodedFrame> {
  for await (const frame of frames) {
    if (frame.index >= done.length) yield frame;
    else if (frame.pts !== done[frame.index]) {
      throw new UserError(
        `frame ${frame.index} is at another time than when the video was begun: start afresh with --overwrite`,
        ExitCode.DATA,
      );
    }
  }
}

/** Everything that decides what segments look like. */
async function identify(
  input: string,
  model: VideoModel,
  { tile, tilePad, tta, scale, width, height, gray, noise }: RestoreOptions,
  { codec, encoder, crf, preset }: EncoderPlan,
  { version }: FfmpegAbilities,
  segmentFrames: number,
): Promise<Identity> {
  const weights: string[] = [];
  for (const { source, arch, options } of model.stages) {
    weights.push(`${arch} ${JSON.stringify(options)}`);
    const foreign = parseForeign(source);
    const files = foreign === undefined ? [source, ...companionsOf(source)] : filesOf(foreign);
    for (const file of files) {
      weights.push(await fingerprint(file).catch(() => file));
    }
  }
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(weights.join("\n")),
  );
  return {
    input: await fingerprint(input),
    weights: new Uint8Array(digest).toHex(),
    model: model.name,
    engine: model.engine.name,
    precision: model.precision,
    ...{ tile: tile ?? null, "tile-pad": tilePad ?? null, tta: tta ?? false, gray: gray ?? false },
    ...{ scale: scale ?? null, width: width ?? null, height: height ?? null, noise: noise ?? null },
    ...{ codec, encoder, crf, preset },
    "frames in a segment": segmentFrames,
    ffmpeg: version,
    denosr: VERSION,
  };
}

/** Encoders that subsample colour take even sizes: a row or column is repeated where there is one too few. */
function encodedSize(
  { width, height }: FrameSize,
  { even }: EncoderPlan,
  color: ColorPlan,
): FrameSize {
  if (!even || color.pixelFormat.startsWith("yuv444")) return { width, height };
  const rows = color.pixelFormat.startsWith("yuv422") ? height : height + height % 2;
  return { width: width + width % 2, height: rows };
}

function noticed(info: VideoInfo, plan: FrameSize, size: FrameSize): string[] {
  return [
    ...(plan.width === size.width && plan.height === size.height ? [] : [
      `the output has ${size.width}x${size.height} pixels instead of ${plan.width}x${plan.height}: ` +
      "this codec takes even sizes, the last column or row is repeated",
    ]),
    ...(info.interlaced
      ? [
        "the video is interlaced: its fields are restored as whole frames; deinterlace it first for a better result",
      ]
      : []),
  ];
}

/** Frames in a segment, about a second: fewer where they are large, since they take long; key frames cost room. */
function segmentLength(pixels: number): number {
  return pixels <= 1920 * 1088 ? 24 : pixels <= 3840 * 2176 ? 16 : 12;
}
