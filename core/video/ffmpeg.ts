/**
 * The programs `ffmpeg` and `ffprobe`: found on PATH, started without a shell, listened to.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { resolve } from "node:path";

/** Lines of a program's messages that are kept for an error. */
const KEPT_LINES = 12;

/** What the installed ffmpeg can do. */
export interface FfmpegAbilities {
  /** As it says itself, for example `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Names of its encoders. */
  readonly encoders: ReadonlySet<string>;
  /** The option that keeps every frame and its time: `-fps_mode`, `-vsync` before 5.1. */
  readonly keepFrames: readonly string[];
  /** Whether MP4's own clock can be set, which the start of a video is told in: from 5.0 on. */
  readonly movieTimeScale: boolean;
}

/** How a program is started. */
export interface ProcessOptions {
  /** Whether something is written to it. */
  readonly stdin?: "piped";
  /** `null` if nothing is read from it. */
  readonly stdout?: "null";
  /** Receives each line of its messages; default none. */
  readonly onLine?: (line: string) => void;
}

/** A running `ffmpeg` or `ffprobe`. Disposing of it ends it. */
export class FfmpegProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #messages: Promise<void>;
  readonly #last: string[] = [];
  #over = false;

  /** Takes over a process that was started by {@linkcode startFfmpeg}. */
  constructor(
    /** Which program. */
    readonly program: "ffmpeg" | "ffprobe",
    child: Deno.ChildProcess,
    onLine?: (line: string) => void,
  ) {
    this.#child = child;
    this.#messages = this.#listen(child.stderr, onLine);
  }

  /** What it writes. */
  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#child.stdout;
  }

  /** What it reads. */
  get stdin(): WritableStream<Uint8Array<ArrayBufferLike>> {
    return this.#child.stdin;
  }

  /** The last lines of its messages that were not mere information. */
  get lastLines(): string {
    return this.#last.length === 0 ? "it said nothing" : this.#last.join("\n  ");
  }

  /** Waits for its end: the exit code. */
  async end(): Promise<number> {
    const [{ code }] = await Promise.all([this.#child.status, this.#messages]);
    this.#over = true;
    return code;
  }

  /** Ends it at once if it still runs, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has just ended by itself */ }
    await this.end();
  }

  async #listen(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    onLine?: (line: string) => void,
  ): Promise<void> {
    let held = "";
    const take = (line: string) => {
      if (line.trim() === "") return;
      onLine?.(line);
      if (/\[(info|verbose|debug|trace)\] /.test(line)) return;
      this.#last.push(line.replace(/ @ 0x[0-9a-f]+\]/, "]").slice(0, 300));
      if (this.#last.length > KEPT_LINES) this.#last.shift();
    };
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (held + text).split(/[\r\n]/);
      held = lines.pop()!;
      lines.forEach(take);
    }
    take(held);
  }
}

/**
 * Starts `ffmpeg` or `ffprobe` in a process group of its own: Ctrl-C reaches us alone, and it ends when we close its pipes.
 *
 * @throws {UserError} ENVIRONMENT if the program is not installed or may not be started.
 */
export function startFfmpeg(
  program: "ffmpeg" | "ffprobe",
  args: readonly string[],
  { stdin, stdout, onLine }: ProcessOptions = {},
): FfmpegProcess {
  try {
    const child = new Deno.Command(program, {
      args: [...args],
      stdin: stdin ?? "null",
      stdout: stdout ?? "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    return new FfmpegProcess(program, child, onLine);
  } catch (error) {
    throw missing(program, error);
  }
}

/** Runs a program to its end and gives its output as text, its exit code and its last messages. */
export async function runFfmpeg(
  program: "ffmpeg" | "ffprobe",
  args: readonly string[],
): Promise<{ readonly code: number; readonly text: string; readonly lastLines: string }> {
  await using process = startFfmpeg(program, args);
  const text = await new Response(process.stdout).text();
  return { code: await process.end(), text, lastLines: process.lastLines };
}

let asked: Promise<FfmpegAbilities> | undefined;

/**
 * What the installed programs can do; they are asked once.
 *
 * @throws {UserError} ENVIRONMENT if one of them is missing or may not be started.
 */
export async function ffmpegAbilities(): Promise<FfmpegAbilities> {
  asked ??= ask();
  try {
    return await asked;
  } catch (error) {
    asked = undefined; // it may be installed in the meantime
    throw error;
  }
}

async function ask(): Promise<FfmpegAbilities> {
  const [about, list] = await Promise.all([
    runFfmpeg("ffmpeg", ["-version"]),
    runFfmpeg("ffmpeg", ["-hide_banner", "-v", "error", "-encoders"]),
    runFfmpeg("ffprobe", ["-version"]),
  ]);
  const version = /^ffmpeg version (\S+)/.exec(about.text)?.[1] ?? "unknown";
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  // Versions of other forms are built from the source of the day: the year is known at least.
  const year = Number(/Copyright \(c\) 2000-(\d+)/.exec(about.text)?.[1] ?? NaN);
  const old = major === undefined ? year < 2022 : Number(major) * 100 + Number(minor) < 501;
  return {
    version,
    encoders: new Set(list.text.matchAll(/^ [VAS]\S{5} (\S+)/gm).map(([, name]) => name!)),
    keepFrames: [old ? "-vsync" : "-fps_mode", "passthrough"],
    movieTimeScale: !old,
  };
}

/** A path as ffmpeg takes it for a file, whatever characters it has. */
export function fileArgument(path: string): string {
  return `file:${resolve(path)}`;
}

/**
 * Containers that are opened. Playlists and scripts are not among them: they name other files, and addresses.
 */
const CONTAINERS =
  "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,apng,mxf,nut,ivf,rm,dv,wtv," +
  "h264,hevc,av1,obu,m4v,yuv4mpegpipe,webp_pipe,srt,ass,webvtt";

/** Options before `-i` for a file of the user's. */
export function inputArguments(path: string): string[] {
  return [
    "-protocol_whitelist",
    "file",
    "-format_whitelist",
    CONTAINERS,
    "-i",
    fileArgument(path),
  ];
}

function missing(program: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotFound) {
    return new UserError(
      `${program} was not found on PATH; videos are read and written by ffmpeg. Install it and start again:\n` +
        "  Debian, Ubuntu   sudo apt install ffmpeg\n" +
        "  macOS            brew install ffmpeg\n" +
        "  Windows          winget install Gyan.FFmpeg   (then open a new terminal)",
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return new UserError(
      `${program} may not be started, or is not on PATH: install ffmpeg, and start through \`deno task restore\`, ` +
        "or grant --allow-run=ffmpeg,ffprobe",
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  return error;
}
