/**
 * Template of a hook: working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new hook` writes. */
export const HOOK: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: logs the lowest loss so far every \`interval\` iterations.
 *
 * Put your own points here: \`core/train/hook.ts\` lists them all.
 *
 * @module
 */
import type { Batch } from "${core}/data/dataset.ts";
import { z } from "${core}/options/zod.ts";
import { HOOK_REGISTRY } from "${core}/registry.ts";
import type { Hook } from "${core}/train/hook.ts";
import type { Runner } from "${core}/train/runner.ts";

/** Options of {@linkcode ${name}}, spelled as in YAML under \`hooks\`. */
export interface ${name}Options {
  /** Iterations between two lines, default 100. */
  readonly interval?: number;
}

const options = z.strictObject({ interval: z.int().min(1).default(100) });

/** Remembers the lowest sum of losses; it survives a stop, because it is part of the checkpoint. */
@HOOK_REGISTRY.register({ options })
export class ${name} implements Hook {
  readonly #interval: number;
  #lowest = Infinity;

  /** Applies the options. */
  constructor(opt: ${name}Options = {}) {
    this.#interval = options.parse(opt).interval;
  }

  /** Compares after every iteration, and logs when it is time. */
  afterTrainIter(runner: Runner, _batch: Batch, log: Readonly<Record<string, number>>): void {
    const sum = Object.values(log).reduce((a, b) => a + b, 0);
    this.#lowest = Math.min(this.#lowest, sum);
    if (runner.iter % this.#interval !== 0) return;
    const lowest = this.#lowest.toExponential(3);
    runner.logger.info(\`${name}: lowest loss so far \${lowest}\`);
  }

  /** Adds to the training state. */
  beforeSaveCheckpoint(_runner: Runner, extra: Record<string, unknown>): void {
    extra["${name}"] = this.#lowest;
  }

  /** Takes it back when a run is resumed. */
  afterLoadCheckpoint(_runner: Runner, extra: Readonly<Record<string, unknown>>): void {
    const lowest = extra["${name}"];
    if (typeof lowest === "number") this.#lowest = lowest;
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import { HOOK_REGISTRY } from "${core}/registry.ts";
import type { Runner } from "${core}/train/runner.ts";
import { ${name} } from "${plugin}";

const batch = { size: 1, images: {}, paths: {} };

/** As much of a runner as the hook looks at. Its log goes into \`lines\`. */
function fakeRunner(lines: string[]) {
  const fake = { iter: 0, logger: { info: (line: string) => lines.push(line) } };
  const runner = fake as unknown as Runner;
  const step = (hook: ${name}, loss: number) => {
    fake.iter++;
    hook.afterTrainIter(runner, batch, { l_pix: loss });
  };
  return { runner, step };
}

Deno.test("${name} logs the lowest loss every interval iterations", () => {
  const lines: string[] = [];
  const { step } = fakeRunner(lines);
  const hook = new ${name}({ interval: 2 });
  for (const loss of [0.5, 0.25, 0.125, 1, 2]) step(hook, loss);
  assert.deepEqual(lines, [
    "${name}: lowest loss so far 2.500e-1",
    "${name}: lowest loss so far 1.250e-1",
  ]);
});

Deno.test("${name} goes on after a stop with what it had", () => {
  const lines: string[] = [];
  const { runner, step } = fakeRunner(lines);
  const extra: Record<string, unknown> = {};
  const before = new ${name}({ interval: 2 });
  step(before, 0.5);
  before.beforeSaveCheckpoint(runner, extra);
  const after = new ${name}({ interval: 2 });
  after.afterLoadCheckpoint(runner, JSON.parse(JSON.stringify(extra)));
  step(after, 0.75);
  assert.deepEqual(lines, ["${name}: lowest loss so far 5.000e-1"]);
});

Deno.test("${name} is registered and refuses options that it does not have", () => {
  const { value, options } = HOOK_REGISTRY.get("${name}");
  assert.equal(value, ${name});
  assert.equal(options!.safeParse({ every: 3 }).success, false);
});
`,
  yaml: (name) =>
    `hooks:
  - type: ${name}
    interval: 100`,
};
