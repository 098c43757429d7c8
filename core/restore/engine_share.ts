/**
 * One engine for several models: the first starts it if none runs, the last stops it.
 *
 * @module
 */
import type { Engine, EngineChoice } from "../engine/engine.ts";
import { Turns } from "./_turns.ts";
import { runningEngine, startEngine } from "../engine/start.ts";

/** An engine that a model computes on. */
export interface SharedEngine {
  /** The engine. */
  readonly engine: Engine;
  /** Gives it back; stops it if it was started here and nobody else uses it. Safe to call twice. */
  release(): Promise<void>;
}

/** The engine that was started here, and how many use it. */
let shared: { readonly engine: Engine; users: number } | undefined;
/** Starts and stops happen one after the other. */
const turns = new Turns();

/**
 * The engine that runs, else a new one. One that somebody else has started is left running when it is given back.
 *
 * @param options What is started, if none runs; if one does and it is another than `engine` asks for, that is said.
 */
export function shareEngine(
  options: { readonly engine?: EngineChoice; readonly say?: (line: string) => void } = {},
): Promise<SharedEngine> {
  return turns.take(async () => {
    const running = runningEngine();
    const { engine: choice = "auto", say = console.warn } = options;
    if (running !== undefined && choice !== "auto" && choice !== running.name) {
      say(`the ${running.name} engine runs already and is used in place of ${choice}`);
    }
    if (running !== undefined && running !== shared?.engine) {
      return { engine: running, release: () => Promise.resolve() };
    }
    if (running === undefined) {
      shared = { engine: await startEngine({ engine: choice, say }), users: 0 };
    }
    const mine = shared!;
    mine.users++;
    let released = false;
    const release = () =>
      turns.take(async () => {
        if (released) return;
        released = true;
        mine.users--;
        if (mine.users > 0) return;
        if (shared === mine) shared = undefined;
        await mine.engine.dispose();
      });
    return { engine: mine.engine, release };
  });
}
