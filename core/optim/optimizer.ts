/**
 * Optimizers: groups of parameters, the rule that moves them, and the state that goes into a checkpoint.
 *
 * @module
 */
import { type Scalar, type Tensor, tf, type Variable } from "../engine/tf.ts";
import { toDevice, toTorch } from "../nn/layout.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { StateTensor } from "../weights/state_dict.ts";
import type { HasRates } from "./learning_rate.ts";
import type { UpdateRule } from "./rule.ts";

/** Parameters by their names in the state dict. */
export type NamedParameters = ReadonlyMap<string, Parameter>;

/** Parameters that share a rule and a learning rate. */
export interface ParameterGroup {
  /** The parameters. */
  readonly params: NamedParameters;
  /** How they move. */
  readonly rule: UpdateRule;
  /** Initial learning rate. */
  readonly lr: number;
}

/** The JSON part of an optimizer's state. */
export interface OptimizerState {
  /** Type name, for example `Adam`. */
  readonly type: string;
  /** One entry a parameter group. */
  readonly groups: readonly {
    /** Rate in force. */
    readonly lr: number;
    /** Rate that the schedule started from. */
    readonly initial_lr: number;
    /** Steps taken. */
    readonly step: number;
  }[];
}

/** Where gradients go. */
export interface GradientReceiver {
  /** Factor of the loss, so that small gradients are not lost in float16; among the step's scalars. */
  lossScale?(scalars: readonly Scalar[]): Scalar;
  /** Takes one gradient for each parameter, borrowed; gives what is to be logged beside the losses. */
  take(
    gradients: readonly (Tensor | undefined)[],
    scalars: readonly Scalar[],
  ): Readonly<Record<string, Scalar>>;
}

interface Member {
  readonly name: string;
  readonly param: Parameter;
  readonly slots: readonly Variable[];
}

interface Group {
  readonly rule: UpdateRule;
  readonly members: readonly Member[];
  lr: number;
  initialLr: number;
  step: number;
}

/**
 * Moves parameters by their gradients. Owns the moments, borrows the parameters.
 *
 * `apply` is tensor code: it takes gradients, and the numbers of {@linkcode Optimizer.nextScalars} as scalar tensors.
 * `step` does all of it at once.
 */
export class Optimizer implements HasRates {
  readonly #groups: readonly Group[];
  /** What becomes of gradients; unless a training step has a plan of its own, they are applied. */
  receiver: GradientReceiver = {
    take: (gradients, scalars) => {
      this.apply(gradients, scalars);
      return {};
    },
  };

  /**
   * Makes the moments, all zero.
   *
   * @param type Name that is saved and compared when loading.
   * @throws {RangeError} If a parameter is there twice or a rate is negative.
   */
  constructor(readonly type: string, groups: readonly ParameterGroup[]) {
    const seen = new Set<string>();
    for (const { params, lr } of groups) {
      if (!(lr >= 0)) throw new RangeError(`lr must not be negative, received ${lr}`);
      for (const name of params.keys()) {
        if (seen.has(name)) throw new RangeError(`parameter ${name} is in an optimizer twice`);
        seen.add(name);
      }
    }
    this.#groups = groups.map(({ params, rule, lr }) => ({
      rule,
      lr,
      initialLr: lr,
      step: 0,
      members: [...params].map(([name, param]) => ({
        name,
        param,
        slots: rule.slots.map(() => tf.tidy(() => tf.variable(tf.zerosLike(param.value), false))),
      })),
    }));
  }

  /** The parameters of all groups, in the order in which `compute` takes their gradients. */
  parameters(): Parameter[] {
    return this.#groups.flatMap(({ members }) => members.map(({ param }) => param));
  }

  /** Learning rates in force. */
  rates(): number[] {
    return this.#groups.map(({ lr }) => lr);
  }

  /** Sets the learning rates from the next step on. */
  setRates(rates: readonly number[]): void {
    this.#groups.forEach((group, i) => group.lr = rates[i] ?? group.lr);
  }

  /** Rates that the optimizer was made with, or the saved ones. */
  initialRates(): number[] {
    return this.#groups.map(({ initialLr }) => initialLr);
  }

  /** Counts a step and gives the numbers for it, always as many and in the same order. */
  nextScalars(): number[] {
    return this.#groups.flatMap((group) => [...group.rule.scalars(group.lr, ++group.step)]);
  }

  /**
   * Moves the parameters and their moments, as tensor code that can be compiled; call it inside `tf.tidy`. A parameter
   * without a gradient stays as it is.
   *
   * @param gradients One for each of {@linkcode Optimizer.parameters}.
   * @param scalars Those of {@linkcode Optimizer.nextScalars}.
   */
  apply(gradients: readonly (Tensor | undefined)[], scalars: readonly Scalar[]): void {
    let next = 0, at = 0;
    for (const { rule, members } of this.#groups) {
      const count = rule.scalars(0, 1).length;
      const numbers = scalars.slice(at, at += count);
      for (const { param, slots } of members) {
        const gradient = gradients[next++];
        if (gradient !== undefined) rule.apply(param.value, gradient, slots, numbers);
      }
    }
  }

  /** Takes one step. */
  step(gradients: readonly (Tensor | undefined)[]): void {
    tf.tidy(() => this.apply(gradients, this.nextScalars().map((n) => tf.scalar(n, "float32"))));
  }

  /** Rates and counters, for the training state. */
  state(): OptimizerState {
    return {
      type: this.type,
      groups: this.#groups.map(({ lr, initialLr, step }) => ({ lr, initial_lr: initialLr, step })),
    };
  }

  /** The moments by `<parameter>.<slot>` in PyTorch's layout, with `<parameter>.step` where PyTorch keeps one. */
  async tensors(): Promise<Map<string, StateTensor>> {
    const tensors = new Map<string, StateTensor>();
    for (const { rule, members, step } of this.#groups) {
      if (step === 0) continue;
      for (const { name, param, slots } of members) {
        if (rule.keepsStep) {
          tensors.set(`${name}.step`, {
            shape: [],
            dtype: "F32",
            data: Float32Array.of(step),
          });
        }
        for (const [i, slot] of rule.slots.entries()) {
          const data = toTorch(await slots[i]!.data() as Float32Array, param.layout);
          tensors.set(`${name}.${slot}`, { shape: param.shape, dtype: "F32", data });
        }
      }
    }
    return tensors;
  }

  /**
   * Puts back what {@linkcode Optimizer.state} and {@linkcode Optimizer.tensors} gave.
   *
   * @throws {RangeError} If they are of another type, or a moment is missing or of another shape.
   */
  load(state: OptimizerState, tensors: ReadonlyMap<string, StateTensor>): void {
    if (state.type !== this.type || state.groups.length !== this.#groups.length) {
      throw new RangeError(
        `the saved optimizer is ${state.type} with ${state.groups.length} parameter groups, ` +
          `this one is ${this.type} with ${this.#groups.length}`,
      );
    }
    for (const [i, group] of this.#groups.entries()) {
      const saved = state.groups[i]!;
      for (const { name, param, slots } of group.members) {
        for (const [j, slot] of group.rule.slots.entries()) {
          restore(slots[j]!, param, `${name}.${slot}`, saved.step, tensors);
        }
      }
      group.lr = saved.lr;
      group.initialLr = saved.initial_lr;
      group.step = saved.step;
    }
  }

  /** Releases the moments. */
  dispose(): void {
    for (const { members } of this.#groups) {
      for (const { slots } of members) slots.forEach((slot) => slot.dispose());
    }
  }
}

function restore(
  slot: Variable,
  { shape, layout }: Parameter,
  name: string,
  step: number,
  tensors: ReadonlyMap<string, StateTensor>,
): void {
  const saved = tensors.get(name);
  if (saved === undefined) {
    if (step > 0) {
      throw new RangeError(`the saved optimizer has no ${name}: it belongs to another network`);
    }
    tf.tidy(() => slot.assign(tf.zerosLike(slot)));
    return;
  }
  if (!(saved.data instanceof Float32Array) || saved.shape.join() !== shape.join()) {
    throw new RangeError(
      `the saved ${name} is ${saved.dtype} [${saved.shape.join(", ")}], ` +
        `this network needs F32 [${shape.join(", ")}]`,
    );
  }
  const data = toDevice(saved.data, layout);
  tf.tidy(() => slot.assign(tf.tensor(data, slot.shape, "float32")));
}
