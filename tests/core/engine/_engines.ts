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

const only = Deno.env.get("DENOSR_TEST_ENGINES")?.split(",");
const library = await findLibrary();
if (library && (!only || only.includes("native"))) {
  // Here and not within a test, which would seem to leave it open.
  noteNative();
  NativeLibrary.open(library.path);
}

/** An engine and, if this machine lacks it, why. */
export interface EngineAvailability {
  /** Which engine. */
  readonly name: EngineName;
  /** Why it cannot run here; undefined if it can. */
  readonly missing?: string;
}

/**
 * All engines of this process; webgpu counts as present with a software adapter too.
 *
 * `DENOSR_TEST_ENGINES=wasm,cpu` narrows them. Where libtensorflow is present, webgpu is left out unless it is named
 * there: Mesa's software driver and libtensorflow in one process now and then corrupt each other's memory at its end,
 * so `webgpu_test.ts` runs the tests of webgpu in a process of their own.
 */
export async function availableEngines(): Promise<EngineAvailability[]> {
  const found: EngineAvailability[] = [];
  for (const name of ENGINE_NAMES) {
    if (only ? !only.includes(name) : name === "webgpu" && library) continue;
    if (name === "native" && !library) {
      found.push({ name, missing: "no libtensorflow on this machine, run `deno task setup`" });
    } else if (name === "webgpu") {
      const { adapter, name: why } = await findAdapter();
      found.push(adapter ? { name } : { name, missing: why });
    } else {
      found.push({ name });
    }
  }
  return found;
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
  return await startEngine({ engine: library ? "native" : "wasm" });
}
