/**
 * Runs a command in a second Deno: hands on signals, passes its output through, and ends with its exit code.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";

/**
 * What TensorFlow's static initialisers print whatever its log level: these lines are left out of stderr.
 * They come before anything else, so only the beginning of the stream is looked at.
 */
const CHATTER =
  /^(WARNING: All log messages before absl::InitializeLog\(\)|[IW]\d{4} [\d:.]+ +\d+ (port|cpu_feature_guard|cuda_\w+|computation_placer)\.cc:|[EW]\d{4} [\d:.]+ +\d+ cuda_\w+\.cc:|To enable the following instructions:)/;

/** Lines at the beginning of stderr in which {@linkcode CHATTER} is looked for. */
const WATCHED_LINES = 40;

/** A signal that comes later than this after the first one is a second wish, not the same key press forwarded. */
const SAME_PRESS_MS = 1000;

/** After a second wish the command has so long to leave by itself: it may be in the middle of a long iteration. */
const PATIENCE_MS = 2000;

/** What differs between commands. */
export interface SuperviseOptions {
  /** What the user is told at the first signal; the command itself may be too busy to answer at once. */
  readonly onStop?: (signal: Deno.Signal) => string;
  /** What the user is told when the command had to be ended at once. */
  readonly leftText?: string;
  /** What to do when something else ended the command. */
  readonly brokenText?: string;
  /** Hands standard input on. The command then does not notice if this process is killed. */
  readonly inheritStdin?: boolean;
}

/** Runs Deno with `args` and resolves to its exit code. */
export async function supervise(
  args: string[],
  env: Record<string, string>,
  options: SuperviseOptions = {},
): Promise<number> {
  const { onStop, leftText = "left at once", brokenText, inheritStdin = false } = options;
  // The command's standard input stays open as long as this process lives: that is how it notices a `kill -9`.
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: {
      ...env,
      DENOSR_SUPERVISED: "1",
      ...(Deno.stderr.isTerminal() ? { DENOSR_STDERR_IS_TERMINAL: "1" } : {}),
    },
    stdin: inheritStdin ? "inherit" : "piped",
    stdout: "inherit",
    stderr: "piped",
  }).spawn();
  const forward = (signal: Deno.Signal) => () => {
    try {
      child.kill(signal);
    } catch { /* it has just ended */ }
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: { readonly at: number; readonly signal: Deno.Signal } | undefined;
  let impatience: ReturnType<typeof setTimeout> | undefined;
  const wish = (signal: Deno.Signal) => () => {
    forward(signal)();
    if (first === undefined) {
      first = { at: performance.now(), signal };
      if (onStop !== undefined) say(onStop(signal));
    }
    if (performance.now() - first.at > SAME_PRESS_MS) {
      impatience ??= setTimeout(forward("SIGKILL"), PATIENCE_MS);
    }
  };
  const listeners = signals.map((signal) => [signal, wish(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  // If the task runner above was killed, nobody would forward signals any more: stop as on SIGTERM.
  const parent = Deno.ppid;
  const underTask = Deno.env.get("INIT_CWD") !== undefined;
  const watch = setInterval(() => {
    if (underTask && Deno.ppid !== parent && first === undefined) wish("SIGTERM")();
  }, 1000);
  const [status] = await Promise.all([child.status, relay(child.stderr)]);
  clearInterval(watch);
  clearTimeout(impatience);
  for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  if (status.signal === null) return status.code;
  if (status.signal === "SIGKILL" && impatience !== undefined) {
    say(leftText);
    return first?.signal === "SIGINT" ? ExitCode.INTERRUPTED : ExitCode.TERMINATED;
  }
  const why = status.signal === "SIGKILL"
    ? " (by somebody, or by the system because memory ran out)"
    : "";
  say(
    `error: the command was ended by ${status.signal}${why}${
      brokenText === undefined ? "" : `; ${brokenText}`
    }`,
  );
  return status.code;
}

/** Writes a line; a progress bar that is there makes room, the command draws it again. */
function say(line: string): void {
  const start = !lineIsOpen ? "" : Deno.stderr.isTerminal() && !Deno.noColor ? "\r\x1b[2K" : "\n";
  write(new TextEncoder().encode(`${start}${line}\n`));
}

let lineIsOpen = false;

/** Copies a stream to stderr at once, without TensorFlow's first lines. */
async function relay(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  let lines = 0;
  let held = "";
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  for await (const chunk of stream) {
    if (lines >= WATCHED_LINES) {
      write(chunk);
      continue;
    }
    held += decoder.decode(chunk, { stream: true });
    for (let end; (end = held.indexOf("\n")) >= 0; lines++) {
      const line = held.slice(0, end + 1);
      held = held.slice(end + 1);
      if (!CHATTER.test(line)) write(encoder.encode(line));
    }
    // What cannot become chatter any more (a progress bar) must not wait for the end of its line.
    if (held !== "" && (lines >= WATCHED_LINES || !/^[WIET]/.test(held))) {
      write(encoder.encode(held));
      held = "";
    }
  }
  if (held !== "") write(encoder.encode(held));
}

/** Writes to stderr; a reader that went away is no reason to stop the command. */
function write(bytes: Uint8Array): void {
  if (bytes.length > 0) lineIsOpen = bytes.at(-1) !== 10;
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch { /* nobody reads */ }
}
