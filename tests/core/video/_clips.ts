/**
 * Tiny clips made by ffmpeg, and a model that enlarges by repeating pixels: for tests of videos.
 *
 * @module
 */
import type { FloatImage } from "../../../core/data/image.ts";
import type { Engine } from "../../../core/engine/engine.ts";
import type { Rows } from "../../../core/restore/types.ts";
import type { VideoModel } from "../../../core/video/mod.ts";
import { join } from "node:path";

/** Whether ffmpeg and ffprobe are installed. */
export const hasFfmpeg: boolean = ["ffmpeg", "ffprobe"].every((program) => {
  try {
    return new Deno.Command(program, { args: ["-version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
});

/** Registers a test in a folder of its own that is removed afterwards; skipped, and said so, without ffmpeg. */
export function videoTest(claim: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({
    name: hasFfmpeg ? claim : `${claim} (skipped: no ffmpeg on this machine)`,
    ignore: !hasFfmpeg,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await fn(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Runs ffmpeg or ffprobe; its output. */
export async function run(program: "ffmpeg" | "ffprobe", ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  if (code !== 0) throw new Error(`${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Makes a clip: arguments between the general ones and its name. */
export async function clip(folder: string, name: string, ...args: string[]): Promise<string> {
  const path = join(folder, name);
  await run("ffmpeg", "-v", "error", "-y", "-fflags", "+bitexact", ...args, path);
  return path;
}

/** Ten frames of a moving test picture, in ffmpeg's arguments. */
export function source(size = "32x24", seconds = 0.4, rate = 25): string[] {
  return ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=${seconds}`];
}

/** Time stamps in seconds, in order. */
export async function times(path: string): Promise<number[]> {
  const text = await run(
    ...["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries"] as const,
    ...["packet=pts_time", "-of", "csv=p=0", path],
  );
  return text.trim().split(/[\s,]+/).map(Number).sort((a, b) => a - b);
}

/** Properties of the first stream of a kind. */
export async function facts(path: string, kind = "v:0"): Promise<Record<string, unknown>> {
  const text = await run(
    ...["ffprobe", "-v", "error", "-select_streams", kind, "-show_streams", "-of", "json"] as const,
    path,
  );
  return JSON.parse(text).streams[0] ?? {};
}

/** MD5 of a stream's packets. */
export async function packets(path: string, stream: string): Promise<string> {
  return await run(
    "ffmpeg",
    "-v",
    "error",
    "-i",
    path,
    "-map",
    stream,
    "-c",
    "copy",
    "-f",
    "md5",
    "-",
  );
}

/** MD5 of each decoded frame. */
export async function frameHashes(path: string): Promise<string[]> {
  const text = await run("ffmpeg", "-v", "error", "-i", path, "-map", "v:0", "-f", "framemd5", "-");
  return text.split("\n").filter((line) => /^0,/.test(line)).map((line) => line.split(",").at(-1)!);
}

/** What {@linkcode repeating} may do otherwise. */
export interface RepeatingOptions {
  /** Factor, default 2. */
  readonly scale?: number;
  /** Called before each frame. */
  readonly before?: (frame: number) => void | Promise<void>;
  /** Where its weights would be. */
  readonly source?: string;
}

/** A model that enlarges by repeating pixels, without an engine. */
export function repeating(
  { scale = 2, before, source = "none" }: RepeatingOptions = {},
): VideoModel {
  let frame = 0;
  return {
    name: "repeating",
    precision: "fp32",
    // Its name is all that is asked for.
    engine: { name: "cpu" } as Engine,
    stages: [{
      source,
      arch: "Repeating",
      options: {},
      scale,
      inputChannels: 3,
      outputChannels: 3,
      parameters: 0,
    }],
    plan: ({ width, height, channels }) => ({
      width: width * scale,
      height: height * scale,
      channels,
      tiles: 1,
      tile: 0,
      tilePad: 0,
      bytes: 0,
    }),
    restoreRows: (rows) => ({
      width: rows.width * scale,
      height: rows.height * scale,
      channels: rows.channels,
      async *[Symbol.asyncIterator]() {
        await before?.(frame++);
        yield* enlarged(rows, scale);
      },
    }),
  };
}

async function* enlarged(rows: Rows, scale: number): AsyncGenerator<FloatImage> {
  for await (const { width, height, channels, data } of rows) {
    const out = new Float32Array(data.length * scale * scale);
    let at = 0;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        for (let c = 0; c < channels; c++) out[at++] = data[from + c]!;
      }
    }
    yield { width: width * scale, height: height * scale, channels, data: out };
  }
}
