import assert from "node:assert/strict";
import { updateLearningRate } from "../../../core/optim/learning_rate.ts";
import {
  buildScheduler,
  CosineAnnealingRestartLR,
  MultiStepRestartLR,
} from "../../../core/optim/scheduler.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { assertNear, parityCases, parityPath } from "./_parity.ts";

interface Config {
  readonly lr: number;
  readonly scheduler: TypedOptions;
  readonly warmup_iter: number;
  readonly total_iter: number;
}

/** An optimizer that has rates and nothing else. */
class Rates {
  #rates: number[];
  constructor(readonly initial: readonly number[]) {
    this.#rates = [...initial];
  }
  rates(): number[] {
    return [...this.#rates];
  }
  setRates(rates: readonly number[]): void {
    this.#rates = [...rates];
  }
  initialRates(): number[] {
    return [...this.initial];
  }
}

function scheduled(lr: number, options: TypedOptions) {
  const optimizer = new Rates([lr]);
  const scheduler = buildScheduler(options, optimizer.initialRates());
  optimizer.setRates(scheduler.step(optimizer.rates()));
  return { optimizer, scheduler };
}

for (
  const { name, config, outputs, tolerance } of parityCases<Config, { lr: { file: string } }>(
    "scheduler",
  )
) {
  const want = JSON.parse(Deno.readTextFileSync(parityPath(outputs.lr.file))) as {
    iterations: number[];
    lr: number[];
  };

  Deno.test(`${name}: the rates are BasicSR's`, () => {
    const pair = scheduled(config.lr, config.scheduler);
    const got = new Map<number, number>();
    for (let iter = 1; iter <= config.total_iter; iter++) {
      updateLearningRate([pair], iter, config.warmup_iter);
      got.set(iter, pair.optimizer.rates()[0]!);
    }
    assertNear(want.iterations.map((i) => got.get(i)!), want.lr, tolerance["lr"]!, "lr");
  });

  Deno.test(`${name}: a schedule that is saved and loaded half-way goes on exactly`, () => {
    const pair = scheduled(config.lr, config.scheduler);
    const half = Math.floor(config.total_iter / 2);
    for (let iter = 1; iter <= half; iter++) updateLearningRate([pair], iter, config.warmup_iter);
    const state = JSON.parse(JSON.stringify(pair.scheduler.state()));
    const resumed = scheduled(config.lr, config.scheduler);
    resumed.scheduler.load(state);
    resumed.optimizer.setRates(pair.optimizer.rates());
    for (let iter = half + 1; iter <= config.total_iter; iter++) {
      updateLearningRate([pair], iter, config.warmup_iter);
      updateLearningRate([resumed], iter, config.warmup_iter);
      assert.deepEqual(resumed.optimizer.rates(), pair.optimizer.rates());
    }
  });
}

Deno.test("a cosine schedule stays at eta_min past its last period", () => {
  const { optimizer, scheduler } = scheduled(1e-3, {
    type: "CosineAnnealingRestartLR",
    periods: [5],
    restart_weights: [1],
    eta_min: 1e-6,
  });
  for (let i = 0; i < 20; i++) optimizer.setRates(scheduler.step(optimizer.rates()));
  assert.deepEqual(optimizer.rates(), [1e-6]);
});

Deno.test("every parameter group keeps its own rate", () => {
  const scheduler = new MultiStepRestartLR({ milestones: [1], gamma: 0.5 }, [1, 4]);
  const first = scheduler.step([1, 4]);
  assert.deepEqual(scheduler.step(first), [0.5, 2]);
});

Deno.test("a restart weight other than 1 at iteration 0 changes the first rate", () => {
  const scheduler = new MultiStepRestartLR(
    { milestones: [9], restarts: [0], restart_weights: [0.25] },
    [1],
  );
  assert.deepEqual(scheduler.step([1]), [0.25]);
});

Deno.test("schedules refuse what does not fit together", () => {
  assert.throws(
    () => new MultiStepRestartLR({ milestones: [1], restarts: [0, 5] }, [1]),
    /restarts has 2 entries and restart_weights 1/,
  );
  assert.throws(
    () => new CosineAnnealingRestartLR({ periods: [1, 2] }, [1]),
    /periods has 2 entries and restart_weights 1/,
  );
  assert.throws(() => buildScheduler({ type: "StepLR" }, [1]), /"StepLR" is unknown/);
  assert.throws(
    () =>
      new CosineAnnealingRestartLR({ periods: [1] }, [1]).load({ last_epoch: 3, base_lrs: [1, 2] }),
    /2 parameter groups, not 1/,
  );
});
