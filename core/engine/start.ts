/**
 * Starts an engine: the one that was asked for, or the best that this machine has.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { noteNative } from "./_load_order.ts";
import { useTf } from "./tf.ts";
import type { Engine, EngineChoice, EngineName, EngineOptions } from "./engine.ts";

/** The engine that runs; TensorFlow.js has one global state, so there is one at a time. */
let running: Engine | undefined;

/** The engine that runs, or undefined; it belongs to whoever started it. */
export function runningEngine(): Engine | undefined {
  return running;
}

/**
 * Starts the engine named in `options`; `auto` (the default) takes native when its library is found, else webgpu when
 * there is a real GPU, else wasm. A fallback is said through `options.say`, with its reason and what to do about it.
 * Nothing is downloaded here: `deno task setup` fetches the native library.
 *
 * The engine has to be disposed before the next one can start.
 *
 * @throws {UserError} With exit code ENVIRONMENT if the engine cannot start, saying why and what else to do.
 * @throws {Error} If another engine is running.
 * @example
 * ```ts ignore
 * const engine = await startEngine({ engine: "wasm" });
 * console.log(engine.description);
 * await engine.dispose();
 * ```
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  if (running) {
    throw new Error(`the ${running.name} engine is running: dispose it before starting another`);
  }
  const { engine: choice = "auto" } = options;
  const engine = choice === "auto" ? await startBest(options) : await startNamed(choice, options);
  const dispose = engine.dispose.bind(engine);
  running = engine;
  engine.dispose = async () => {
    if (running === engine) running = undefined;
    await dispose();
  };
  return engine;
}

/** What {@linkcode preloadEngine} has begun. */
export interface Preloading {
  /** Resolved when everything is loaded, never rejected; a process must not end before that. */
  readonly done: Promise<void>;
}

/**
 * Begins to load what an engine consists of: {@linkcode startEngine} takes a third of a second less then. Resolves as soon as
 * the rest goes on by itself while the program does something else. Never rejects: what is wrong is said by `startEngine`.
 */
export async function preloadEngine(choice: EngineChoice = "auto"): Promise<Preloading> {
  const nothing = { done: Promise.resolve() };
  if (running || (choice !== "auto" && choice !== "native")) return nothing;
  try {
    const { findLibrary } = await import("./native/library.ts");
    const { preload } = await import("./native/_loader.ts");
    const found = await findLibrary();
    if (found === undefined) return nothing;
    noteNative();
    // Before the library, for which most of it would have to wait.
    await useTf();
    return { done: preload(found.path).catch(() => {}) };
  } catch {
    return nothing; // startEngine() meets the same and tells it
  }
}

/** Takes the first that is there and starts; what is passed over is said. */
async function startBest(options: EngineOptions): Promise<Engine> {
  const say = options.say ?? ((line: string) => console.error(line));
  const { findLibrary } = await import("./native/mod.ts");
  // Throws if a library that the user named is not usable: that is not for us to replace by something slow.
  const found = await findLibrary({ explicit: options.library });
  if (found) {
    try {
      return await start("native", options);
    } catch (error) {
      if (options.library !== undefined) throw explained("native", error);
      say(`native: ${found.path} does not start: ${(error as Error).message}`);
    }
  } else {
    // In an executable there are no tasks.
    const advice = Deno.build.standalone
      ? "name its folder in DENOSR_LIBTENSORFLOW, or install TensorFlow for Python, which has it"
      : "run `deno task setup`, which fetches it";
    say(`native: libtensorflow was found nowhere: ${advice}`);
  }
  const webgpu = options.numGpu === 0 ? undefined : await startGpu(say);
  if (webgpu !== undefined) return webgpu;
  const engine = await startNamed("wasm", options);
  say("using wasm instead of native: it is many times slower (--engine wasm chooses it for good)");
  return engine;
}

/** The webgpu engine, if there is a real GPU for it; else says why not. */
async function startGpu(say: (line: string) => void): Promise<Engine | undefined> {
  const { findAdapter, startWebgpu } = await import("./webgpu.ts");
  const report = await findAdapter();
  if (report.adapter && !report.isSoftware) {
    try {
      const engine = await startWebgpu(report);
      say("using webgpu instead of native");
      return engine;
    } catch (error) {
      say(`webgpu: ${report.name} does not start: ${(error as Error).message}`);
    }
  } else {
    say(
      report.adapter
        ? `webgpu: ${report.name} computes on the CPU, more slowly than wasm (--engine webgpu takes it anyway)`
        : `webgpu: ${report.name}`,
    );
  }
  return undefined;
}

async function startNamed(name: EngineName, options: EngineOptions): Promise<Engine> {
  try {
    return await start(name, options);
  } catch (error) {
    throw explained(name, error);
  }
}

/** Each engine is imported on demand, so that nobody loads what another needs. */
async function start(name: EngineName, options: EngineOptions): Promise<Engine> {
  switch (name) {
    case "native": {
      const { findLibrary, startNative } = await import("./native/mod.ts");
      const { registerNativeKernels } = await import("./kernels/native_kernels.ts");
      // That a library named by the user is not there is said before anything else.
      if (options.library !== undefined) await findLibrary({ explicit: options.library });
      noteNative();
      const engine = await startNative(options);
      registerNativeKernels(await useTf());
      return engine;
    }
    case "webgpu":
      return await (await import("./webgpu.ts")).startWebgpu();
    case "wasm":
      return await (await import("./wasm.ts")).startWasm();
    case "cpu":
      return await (await import("./cpu.ts")).startCpu();
  }
}

const ADVICE: Readonly<Record<EngineName, string>> = {
  native:
    "run `deno task setup`, which fetches libtensorflow, or choose --engine auto or --engine wasm",
  webgpu: "check the GPU's driver, or choose --engine auto or --engine wasm",
  wasm: "run `deno install` and grant --allow-read for node_modules, or choose --engine cpu",
  cpu: "run `deno install`",
};

/** What went wrong, as something that the user can mend. */
function explained(name: EngineName, error: unknown): UserError {
  if (error instanceof UserError && name !== "native") return error;
  return new UserError(
    `the ${name} engine cannot start: ${(error as Error).message}; ${ADVICE[name]}`,
    ExitCode.ENVIRONMENT,
    { cause: error },
  );
}
