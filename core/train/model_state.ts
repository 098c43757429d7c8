/**
 * What of optimizers and schedules goes into a checkpoint, and back.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { LossScalerState } from "../optim/loss_scaler.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Scheduler } from "../optim/scheduler.ts";
import { z } from "../options/zod.ts";
import type { StateTensor } from "../weights/state_dict.ts";
import type { ModelState } from "./base_model.ts";

/** An optimizer with its schedule, by BasicSR's letter of its network. */
export interface TrainedNetwork {
  /** `g`, `d`. */
  readonly which: string;
  /** What moves its parameters. */
  readonly optimizer: Optimizer;
  /** Its schedule. */
  readonly scheduler?: Scheduler;
}

/** Where the scalers of float16's losses are. */
export interface Scalers {
  /** The state of the scaler of an optimizer's step, if it has one. */
  get(optimizer: Optimizer): LossScalerState | undefined;
  /** Puts it back. */
  set(optimizer: Optimizer, state: LossScalerState): void;
}

const schema = z.object({
  optimizers: z.record(
    z.string(),
    z.object({
      type: z.string(),
      groups: z.array(z.object({ lr: z.number(), initial_lr: z.number(), step: z.int().min(0) })),
    }),
  ),
  schedulers: z.record(
    z.string(),
    z.object({ last_epoch: z.int(), base_lrs: z.array(z.number()) }),
  ),
  scalers: z.record(
    z.string(),
    z.object({ scale: z.number().positive(), steady: z.int().min(0), skipped: z.int().min(0) }),
  ).default({}),
});

/** Reads the state; moments are named `optimizer_<letter>.<parameter>.<slot>`. */
export async function saveTraining(
  trained: readonly TrainedNetwork[],
  scalers: Scalers,
): Promise<ModelState> {
  const json = {
    optimizers: {} as Record<string, unknown>,
    schedulers: {} as Record<string, unknown>,
  };
  const scaled: Record<string, LossScalerState> = {};
  const tensors = new Map<string, StateTensor>();
  for (const { which, optimizer, scheduler } of trained) {
    json.optimizers[which] = optimizer.state();
    if (scheduler) json.schedulers[which] = scheduler.state();
    const scaler = scalers.get(optimizer);
    if (scaler) scaled[which] = scaler;
    for (const [name, tensor] of await optimizer.tensors()) {
      tensors.set(`optimizer_${which}.${name}`, tensor);
    }
  }
  return {
    json: Object.keys(scaled).length > 0 ? { ...json, scalers: scaled } : json,
    tensors,
  };
}

/**
 * Puts back what {@linkcode saveTraining} gave. Rates and counters come from the state; the shape of the schedule
 * (milestones, periods) from the options.
 *
 * @throws {UserError} STORAGE, if the state belongs to other options.
 */
export function loadTraining(
  state: ModelState,
  trained: readonly TrainedNetwork[],
  scalers: Scalers,
): void {
  const checked = schema.safeParse(state.json);
  if (!checked.success) {
    throw unfit(`it is not one of this program: ${z.prettifyError(checked.error)}`);
  }
  const { data } = checked;
  for (const { which, optimizer, scheduler } of trained) {
    const saved = data.optimizers[which];
    const schedule = data.schedulers[which];
    const scaler = data.scalers[which];
    if (scaler) scalers.set(optimizer, scaler);
    if (saved === undefined) throw unfit(`it has no optimizer for network_${which}`);
    const prefix = `optimizer_${which}.`;
    const tensors = [...state.tensors].filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const);
    try {
      optimizer.load(saved, new Map(tensors));
      if (scheduler && schedule) scheduler.load(schedule);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw unfit(cause.message, cause);
    }
  }
}

/** An error about a training state that does not fit the options. */
export function unfit(why: string, cause?: unknown): UserError {
  return new UserError(
    `the training state does not fit this run: ${why}; resume with the options it was written with`,
    ExitCode.STORAGE,
    { cause },
  );
}
