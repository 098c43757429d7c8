/**
 * Turn by turn: what disturbs one side for some seconds disturbs the other as well.
 *
 * @module
 */
import { type Contender, type Side, SIDE_NAMES } from "./_contender.ts";
import { WorkerError } from "./_worker.ts";

/** How often and how fast. */
export interface Pace {
  /** Turns of each side that are not counted: the first compiles, and fills caches. */
  readonly warmUps: number;
  /** Turns of each side that count. */
  readonly turns: number;
  /** No further turn that counts is begun where it would end so many seconds after the first of them; one there is. */
  readonly seconds?: number;
  /** Milliseconds between turns. */
  readonly pause: number;
  /** Receives a line of progress. */
  readonly say: (line: string) => void;
}

/** How a side did. */
export interface Course {
  /** Which. */
  readonly side: Side;
  /** Seconds of each counted turn. */
  readonly seconds: readonly number[];
  /** Images in a turn, where it reads data. */
  readonly images?: number | undefined;
  /** The most memory that it had in use, in bytes. */
  readonly peakMemory?: number | undefined;
  /** Why it did not get to the end, several lines. */
  readonly failure?: string;
}

/** Lets the contenders do the same work in alternation. One that fails is left out from there; the others go on. */
export async function alternate(
  contenders: readonly Contender[],
  pace: Pace,
): Promise<Course[]> {
  const seconds = new Map<Side, number[]>(contenders.map(({ side }) => [side, []]));
  const failures = new Map<Side, string>();
  const peaks = new Map<Side, number | undefined>();

  /** Does something with each contender that is still there, one after the other. */
  async function each(act: (contender: Contender) => Promise<void>): Promise<void> {
    for (const contender of contenders) {
      if (failures.has(contender.side)) continue;
      try {
        await act(contender);
      } catch (error) {
        if (!(error instanceof WorkerError)) throw error;
        failures.set(contender.side, error.message);
        pace.say(`${SIDE_NAMES[contender.side]} ${error.message.split("\n")[0]}`);
      }
    }
  }

  try {
    await each((contender) => contender.open());
    let first = 0, before = 0; // milliseconds at which rounds began
    for (let turn = 1 - pace.warmUps; turn <= pace.turns; turn++) {
      const now = performance.now();
      if (turn === 1) first = now;
      if (turn > 1 && 2 * now - before - first > (pace.seconds ?? Infinity) * 1000) break;
      before = now;
      const told: string[] = [];
      await each(async (contender) => {
        await new Promise((resolve) => setTimeout(resolve, pace.pause));
        const took = await contender.turn();
        if (turn > 0) seconds.get(contender.side)!.push(took);
        told.push(`${SIDE_NAMES[contender.side]} ${took.toPrecision(3)} s`);
      });
      if (told.length === 0) break;
      pace.say(`${turn > 0 ? `${turn}/${pace.turns}` : "warm-up"}: ${told.join(", ")}`);
    }
    await each(async (contender) => {
      peaks.set(contender.side, await contender.peakMemory());
    });
  } finally {
    for (const contender of contenders) await contender.close();
  }
  return contenders.map(({ side, images }) => ({
    side,
    seconds: seconds.get(side)!,
    images,
    peakMemory: peaks.get(side),
    ...(failures.has(side) ? { failure: failures.get(side)! } : {}),
  }));
}
