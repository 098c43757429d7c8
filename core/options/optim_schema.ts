/**
 * Schemas of optimizers (`train.optim_<x>`) and learning-rate schedules (`train.scheduler`), without their `type`.
 *
 * Defaults are PyTorch's and are applied where the optimizer is made, not here: what is absent stays absent.
 *
 * @module
 */
import type { OptionsSchema } from "./schema_types.ts";
import { z } from "./zod.ts";

const rate = z.number().min(0);
const beta = z.number().min(0).lt(1);
const common = {
  lr: rate.describe("Learning rate"),
  weight_decay: rate.optional().describe("Weight decay, default 0 (AdamW: 0.01)"),
};
const adam = {
  ...common,
  betas: z.tuple([beta, beta]).optional().describe(
    "Decay rates of the moments, default [0.9, 0.999]",
  ),
  eps: rate.optional().describe("Added to the root of the second moment, default 1e-8"),
};
const amsgrad = z.boolean().optional().describe("Use the largest second moment so far");

const sgd = z.strictObject({
  ...common,
  momentum: rate.optional(),
  dampening: z.number().optional(),
  nesterov: z.boolean().optional(),
}).refine((o) => !o.nesterov || ((o.momentum ?? 0) > 0 && (o.dampening ?? 0) === 0), {
  error: "needs a momentum above 0 and a dampening of 0",
  path: ["nesterov"],
});

/** Schemas by `type`. */
export const OPTIMIZER_SCHEMAS: { readonly [type: string]: OptionsSchema } = {
  ASGD: z.strictObject({
    ...common,
    lambd: z.number().optional().describe("Decay of weights and rate, default 1e-4"),
    alpha: z.number().optional().describe("Power by which the rate decays, default 0.75"),
    t0: z.number().optional().describe("Steps before weights are averaged, default 1e6"),
  }),
  Adam: z.strictObject({ ...adam, amsgrad }),
  AdamW: z.strictObject({ ...adam, amsgrad }),
  Adamax: z.strictObject(adam),
  RMSprop: z.strictObject({
    ...common,
    alpha: rate.optional(),
    eps: rate.optional(),
    momentum: rate.optional(),
    centered: z.boolean().optional(),
  }),
  Rprop: z.strictObject({
    lr: rate.describe("First step size"),
    etas: z.tuple([z.number().positive().lt(1), z.number().gt(1)]).optional().describe(
      "Factors of a step size, default [0.5, 1.2]",
    ),
    step_sizes: z.tuple([z.number().positive(), z.number().positive()]).optional().describe(
      "Smallest and largest step size, default [1e-6, 50]",
    ),
  }),
  SGD: sgd,
};

const iterations = z.array(z.int().min(0));
const weights = z.array(z.number().min(0));

const multiStep = z.strictObject({
  milestones: iterations.describe("Iterations at which the rate is multiplied by gamma"),
  gamma: z.number().positive().optional().describe("Factor, default 0.1"),
  restarts: iterations.min(1).optional().describe(
    "Iterations at which the rate starts anew, default [0]",
  ),
  restart_weights: weights.min(1).optional().describe(
    "Multiples of the initial rate, one a restart",
  ),
}).refine((o) => (o.restarts?.length ?? 1) === (o.restart_weights?.length ?? 1), {
  error: "must have as many entries as restarts",
  path: ["restart_weights"],
});

const cosine = z.strictObject({
  periods: z.array(z.int().min(1)).min(1).describe("Lengths of the cycles in iterations"),
  restart_weights: weights.min(1).optional().describe("Multiples of the initial rate, one a cycle"),
  eta_min: rate.optional().describe("Rate at the end of each cycle, default 0"),
}).refine((o) => o.periods.length === (o.restart_weights?.length ?? 1), {
  error: "must have as many entries as periods",
  path: ["restart_weights"],
});

/** Schemas by `type`. `MultiStepLR` is BasicSR's other name of `MultiStepRestartLR`. */
export const SCHEDULER_SCHEMAS: { readonly [type: string]: OptionsSchema } = {
  CosineAnnealingRestartLR: cosine,
  MultiStepLR: multiStep,
  MultiStepRestartLR: multiStep,
};
