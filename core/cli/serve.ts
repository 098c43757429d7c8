/**
 * `serve`: a page and an API on this machine that restore pictures.
 *
 * @module
 */
import type { EngineChoice, Precision } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { ifPermitted } from "../places.ts";
import { DEFAULT_LIMITS, type Limits, quantity } from "../serve/limits.ts";
import { isWildcard, urlHost } from "../serve/security.ts";
import { later } from "./_later.ts";
import type { FlagValues, Parsed } from "./commands.ts";

/** Port where none is named. */
export const DEFAULT_PORT = 8000;

/** Where `serve` with these flags will listen, as `--allow-net` spells it. */
export function serveAddress(flags: FlagValues): { readonly host: string; readonly port: number } {
  const host = String(flags["host"] ?? "127.0.0.1");
  const text = String(flags["port"] ?? DEFAULT_PORT);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) {
    throw new UserError(
      `serve: --port must be a number from 0 (any that is free) to 65535, received "${text}"`,
      ExitCode.USAGE,
    );
  }
  if (host === "" || /[\s/@?#]/.test(host)) {
    throw new UserError(
      `serve: --host must be a name or an address, received "${host}"`,
      ExitCode.USAGE,
    );
  }
  return { host, port };
}

/**
 * Runs `serve` until Ctrl-C: 0.
 *
 * @throws {UserError} As `serveRestore` does; USAGE for a wrong command line.
 */
export async function runServe({ flags }: Parsed): Promise<number> {
  const { host, port } = serveAddress(flags);
  const token = (flags["token"] as string | undefined) ??
    ifPermitted(() => Deno.env.get("DENOSR_TOKEN"), undefined);
  const { requireToken, serveRestore } = await later<typeof import("../serve/start.ts")>(
    "serve/start.ts",
  );
  const allowedHosts = flags["allow-host"] as readonly string[];
  requireToken({ host, port }, token);
  // Listened to before anything is started, so that nothing is left behind half-way.
  const stop = new AbortController();
  using _signals = listen(() => stop.abort());
  const served = await serveRestore({
    binding: { host, port, allowedHosts },
    limits: limitsFrom(flags),
    ...(token === undefined ? {} : { token }),
    models: flags["model"] as readonly string[],
    ...(flags["engine"] === undefined ? {} : { engine: flags["engine"] as EngineChoice }),
    ...(flags["precision"] === undefined ? {} : { precision: flags["precision"] as Precision }),
    plugins: flags["plugins"] as readonly string[],
    say: (line) => stderrTerminal.line(line),
  });
  try {
    const name = isWildcard(host) ? "127.0.0.1" : urlHost(host);
    print(
      [
        `DenoSR listens at http://${name}:${served.port}/${
          token === undefined ? "" : `#token=${token}`
        }`,
        `  engine   ${served.engine}`,
        `  models   ${served.models.join(", ")}`,
        `  API      http://${name}:${served.port}/openapi.json`,
        "Open the address in a browser; Ctrl-C ends it.",
      ].join("\n"),
    );
    await aborted(stop.signal);
    stderrTerminal.line("ending: the pictures that are not done are left");
  } finally {
    await served[Symbol.asyncDispose]();
  }
  return ExitCode.OK;
}

function limitsFrom(flags: FlagValues): Limits {
  const given = (name: string, otherwise: number): number =>
    flags[name] === undefined ? otherwise : quantity(name, String(flags[name]));
  const limits = DEFAULT_LIMITS;
  const maxBody = given("max-body", limits.maxBody);
  return {
    ...limits,
    maxBody,
    // At least a few of the largest fit at a time.
    maxHeld: Math.max(limits.maxHeld, 4 * maxBody),
    maxPixels: given("max-pixels", limits.maxPixels),
    maxOutputPixels: given("max-output-pixels", limits.maxOutputPixels),
    maxJobs: given("max-jobs", limits.maxJobs),
    timeout: given("timeout", limits.timeout),
  };
}

/** Calls `stop` at a signal, or when the supervisor is gone; at a second signal the process ends at once. */
function listen(stop: () => void): Disposable {
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: number | undefined;
  const listener = () => {
    first ??= performance.now();
    // Within a second it is the same key press, forwarded once more by a task runner.
    if (performance.now() - first > 1000) Deno.exit(ExitCode.INTERRUPTED);
    stop();
  };
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  if (ifPermitted(() => Deno.env.get("DENOSR_SUPERVISED"), undefined) === "1") {
    void watchParent(stop);
  }
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** The supervisor holds standard input open while it lives. */
async function watchParent(stop: () => void): Promise<void> {
  const buffer = new Uint8Array(64);
  try {
    while (await Deno.stdin.read(buffer) !== null);
  } catch { /* the pipe broke, which means the same */ }
  stop();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
