/**
 * The engine as `doctor` tries it, in a process of its own: a library that crashes takes the report with it otherwise.
 *
 * Run as a program, `doctor_engine.ts ENGINE` prints an {@linkcode EngineTrial} as JSON.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";
import { openCodec } from "../engine/codec.ts";
import type { Engine, EngineChoice } from "../engine/engine.ts";
import { precisionProblem } from "../engine/precision.ts";
import { startEngine } from "../engine/start.ts";
import { useTf } from "../engine/tf.ts";
import { fileURLToPath } from "node:url";

/** What trying an engine gave. */
export interface EngineTrial {
  /** Its name; absent if none started. */
  readonly name?: string;
  /** Its one-line description. */
  readonly description?: string;
  /** Devices that it computes on. */
  readonly devices?: readonly string[];
  /** What was said on the way: what was passed over, and why. */
  readonly said: readonly string[];
  /** Why an arithmetic is not to be had, by its name; null where it is. */
  readonly precisions?: Readonly<Record<string, string | null>>;
  /** The convolution whose result is known: whether it was right, and its milliseconds. */
  readonly test?: { readonly right: boolean; readonly got: string; readonly ms: number };
  /** Milliseconds to start. */
  readonly startMs?: number;
  /** Thousand millions of multiplications and additions a second in a 3x3 convolution of 64 channels. */
  readonly gigaMacs?: number;
  /** What the engine's and the portable codec can do: `ok`, or what went wrong. */
  readonly codecs?: Readonly<Record<string, string>>;
  /** Why it failed. */
  readonly error?: string;
}

/** What a process that tries an engine is told to be its beginning, so that other output does no harm. */
const MARK = "DENOSR-TRIAL ";

/** A trial takes no longer than this, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Starts an engine, computes, encodes and decodes; never throws. */
export async function tryEngine(choice: EngineChoice): Promise<EngineTrial> {
  const said: string[] = [];
  let engine: Engine | undefined;
  try {
    const began = performance.now();
    engine = await startEngine({ engine: choice, say: (line) => said.push(line) });
    const startMs = Math.round(performance.now() - began);
    const { name, description, devices } = engine;
    const precisions = {
      fp32: null,
      bf16: precisionProblem("bf16") ?? null,
      fp16: precisionProblem("fp16") ?? null,
    };
    const test = await knownConvolution();
    const gigaMacs = await speed();
    const codecs = {
      [engine.codec.name]: await tryCodec(engine.codec),
      ...(engine.codec.name === "imagescript" ? {} : { imagescript: await tryPortable() }),
    };
    return { name, description, devices, said, precisions, test, startMs, gigaMacs, codecs };
  } catch (error) {
    return { said, error: error instanceof Error ? error.message : String(error) };
  } finally {
    await engine?.dispose();
  }
}

/**
 * Tries an engine in a second process; says so where that ends by a signal. In this process if no other may be started.
 *
 * @param library Path of libtensorflow, if there is one.
 */
export async function tryEngineApart(choice: EngineChoice, library?: string): Promise<EngineTrial> {
  const { state } = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  if (state !== "granted") return await tryEngine(choice);
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--no-check", "--cached-only", "--allow-read"],
        ...["--allow-env", "--allow-sys", "--allow-ffi", fileURLToPath(import.meta.url), choice],
      ],
      env: {
        TF_CPP_MIN_LOG_LEVEL: "2",
        TF_ENABLE_ONEDNN_OPTS: Deno.env.get("TF_ENABLE_ONEDNN_OPTS") ?? "1",
        MALLOC_ARENA_MAX: "1",
        ...(library === undefined ? {} : { DENOSR_LIBTENSORFLOW: library }),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { code, signal, stdout, stderr } = await child.output();
    const text = new TextDecoder().decode(stdout);
    const at = text.lastIndexOf(MARK);
    if (at >= 0) return JSON.parse(text.slice(at + MARK.length)) as EngineTrial;
    const last = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join("; ");
    const why = signal === "SIGTERM"
      ? `it gave no result within ${PATIENCE_MS / 1000} s`
      : `its process ended by ${signal ?? `exit code ${code}`}`;
    return { said: [], error: last === "" ? why : `${why}: ${last}` };
  } catch (error) {
    return { said: [], error: error instanceof Error ? error.message : String(error) };
  }
}

/** Nine neighbours of the numbers 0 to 15 in a square, added up: 45, 54, 81 and 90. */
async function knownConvolution(): Promise<NonNullable<EngineTrial["test"]>> {
  const tf = await useTf();
  const began = performance.now();
  const sums = tf.tidy(() => {
    const square = tf.tensor4d(Float32Array.from({ length: 16 }, (_, i) => i), [1, 4, 4, 1]);
    const kernel = tf.tensor4d(new Float32Array(9).fill(1), [3, 3, 1, 1]);
    return tf.conv2d(square, kernel, 1, "valid");
  });
  const got = [...await sums.data()].join(", ");
  sums.dispose();
  return {
    right: got === "45, 54, 81, 90",
    got,
    ms: Number((performance.now() - began).toFixed(1)),
  };
}

/** The second of two convolutions of 64 channels with 128x128 pixels, timed. */
async function speed(): Promise<number> {
  const tf = await useTf();
  const side = 128;
  const channels = 64;
  const ones = (shape: [number, number, number, number]) =>
    tf.tensor4d(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
  const input = ones([1, side, side, channels]);
  const kernel = ones([3, 3, channels, channels]);
  let seconds = 0;
  for (let run = 0; run < 2; run++) {
    const began = performance.now();
    const result = tf.conv2d(input, kernel, 1, "same");
    await result.data();
    result.dispose();
    seconds = (performance.now() - began) / 1000;
  }
  input.dispose();
  kernel.dispose();
  return Number((side * side * 9 * channels * channels / seconds / 1e9).toFixed(1));
}

async function tryPortable(): Promise<string> {
  try {
    const codec = await openCodec({ kind: "imagescript" });
    try {
      return await tryCodec(codec);
    } finally {
      codec.dispose();
    }
  } catch (error) {
    return `${(error as Error).message}`.split("\n")[0]!;
  }
}

/** `ok` if a PNG comes back exactly and a JPEG nearly. */
async function tryCodec(codec: ImageCodec): Promise<string> {
  try {
    const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * 5) % 256);
    const png = await codec.decode(
      await codec.encodePng({ width: 8, height: 8, channels: 3, data }),
      "test.png",
    );
    if (png.data.some((value, i) => value !== data[i])) return "PNG comes back changed";
    const gray = new Uint8Array(8 * 8 * 3).fill(100);
    const jpeg = await codec.decode(
      await codec.encodeJpeg({ width: 8, height: 8, channels: 3, data: gray }),
      "test.jpg",
    );
    return jpeg.data.some((value) => Math.abs(value - 100) > 2) ? "JPEG comes back changed" : "ok";
  } catch (error) {
    return `${(error as Error).message}`.split("\n")[0]!;
  }
}

if (import.meta.main) {
  const trial = await tryEngine(Deno.args[0] as EngineChoice);
  console.log(MARK + JSON.stringify(trial));
  Deno.exit(); // nothing may keep the process alive
}
