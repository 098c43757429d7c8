/**
 * The engines of this machine, for tests of everybody.
 *
 * @module
 */
import { startEngine } from "../../../core/engine/start.ts";
import { type Engine, ENGINE_NAMES, type EngineName } from "../../../core/engine/engine.ts";
import { noteNative } from "../../../core/engine/_load_order.ts";
import { findLibrary, NativeLibrary } from "../../../core/engine/native/mod.ts";
import { findAdapter } from "../../../core/engine/webgpu.ts";

/** An engine and, if this machine lacks it, why. */
export interface EngineAvailability {
  /** Which engine. */
  readonly name: EngineName;
  /** Why it cannot run here; undefined if it can. */
  readonly missing?: string;
}

/** All engines; webgpu counts as present with a software adapter too. `DENOSR_TEST_ENGINES=wasm,cpu` narrows them. */
export async function availableEngines(): Promise<EngineAvailability[]> {
  const library = await findLibrary();
  if (library) { // it has to be loaded before WebGPU is asked for
    noteNative();
    NativeLibrary.open(library.path);
  }
  const only = Deno.env.get("DENOSR_TEST_ENGINES")?.split(",");
  return await Promise.all(ENGINE_NAMES.map(async (name) => {
    if (only && !only.includes(name)) return { name, missing: "left out by DENOSR_TEST_ENGINES" };
    if (name === "native" && !library) {
      return { name, missing: "no libtensorflow on this machine, run `deno task setup`" };
    }
    if (name === "webgpu") {
      const { adapter, name: why } = await findAdapter();
      if (!adapter) return { name, missing: why };
    }
    return { name };
  }));
}

/**
 * Registers one test for each engine, named `<engine>: <claim>`: the engine is started before `fn` and disposed after
 * it. On a machine that lacks the engine the test is skipped, and its name says so.
 */
export async function forEachEngine(
  claim: string,
  fn: (engine: Engine, test: Deno.TestContext) => void | Promise<void>,
): Promise<void> {
  for (const { name, missing } of await availableEngines()) {
    Deno.test({
      name: `${name}: ${claim}${missing ? ` (skipped: ${missing})` : ""}`,
      ignore: missing !== undefined,
      async fn(test) {
        const engine = await startEngine({ engine: name });
        try {
          await fn(engine, test);
        } finally {
          await engine.dispose();
        }
      },
    });
  }
}

/** Starts the quickest engine for unit tests: native when its library is here, else wasm. Dispose it afterwards. */
export async function testEngine(): Promise<Engine> {
  return await startEngine({ engine: await findLibrary() ? "native" : "wasm" });
}
