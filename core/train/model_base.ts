/**
 * The shared half of all models: networks with their pretrained weights and moving averages, optimizers with their
 * schedules, the batch on the device, and the state for checkpoints.
 *
 * @module
 */
import type { Batch } from "../data/dataset.ts";
import { compile, type CompiledFunction } from "../engine/compile.ts";
import type { Precision } from "../engine/engine.ts";
import { precisionProblem } from "../engine/precision.ts";
import { seedRandomOps } from "../engine/random_ops.ts";
import { type Tensor4D, tf, type Variable } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { buildNetwork } from "../nn/build.ts";
import type { Loss, LossResources, PerceptualLossLike } from "../nn/loss.ts";
import { checkpointBlocks } from "../nn/container.ts";
import { copyParameters, type Module } from "../nn/module.ts";
import { buildOptimizer } from "../optim/build.ts";
import type { Ema } from "../optim/ema.ts";
import { updateLearningRate } from "../optim/learning_rate.ts";
import type { LossScalerState } from "../optim/loss_scaler.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { buildScheduler } from "../optim/scheduler.ts";
import { type ComputeStep, TrainingStep } from "../optim/training_step.ts";
import {
  networkOptions,
  type RunOptions,
  type TrainOptions,
  type TypedOptions,
} from "../options/types.ts";
import { LOSS_REGISTRY } from "../registry.ts";
import type { StateDict } from "../weights/state_dict.ts";
import type { Model, ModelContext, ModelState, SavedNetwork, Visuals } from "./base_model.ts";
import { DeviceBatch } from "./device_batch.ts";
import { loadTraining, saveTraining, type Scalers, type TrainedNetwork } from "./model_state.ts";
import { resolveWeights } from "../zoo/resolve.ts";
import { paddedForward } from "./padded_forward.ts";
import { loadPretrained, makeEma, type PretrainedWeights } from "./pretrained.ts";
import { selfEnsemble } from "./self_ensemble.ts";

/** A network of a model, from one image tensor to another. */
export interface ModelNetwork extends SavedNetwork {
  /** BasicSR's letter: `g`, `d`. */
  readonly which: string;
  /** The network that is trained. */
  readonly net: Module<Tensor4D>;
  /** Its moving average, in evaluation mode. */
  readonly ema?: Module<Tensor4D>;
}

type Forward = CompiledFunction<[lq: Tensor4D], Tensor4D>;

type Derived = CompiledFunction<[images: readonly Tensor4D[]], Readonly<Record<string, Tensor4D>>>;

/**
 * What models are made of. A subclass calls {@linkcode ModelBase.addNetwork} and, when training,
 * {@linkcode ModelBase.addOptimizer} from its `setup`, and writes the step.
 */
export abstract class ModelBase implements Model {
  /** The options of the run. */
  protected readonly opt: RunOptions;
  /** Writes one line to the log. */
  protected readonly say: (line: string) => void;
  readonly #steps = new Map<Optimizer, TrainingStep>();
  readonly #forwards = new Map<Module<Tensor4D>, Forward>();
  /** Scalers of checkpoints whose steps have not been prepared yet. */
  readonly #scalers = new Map<Optimizer, LossScalerState>();
  readonly #networks: ModelNetwork[] = [];
  readonly #averages: Ema[] = [];
  readonly #trained: TrainedNetwork[] = [];
  readonly #losses: LossResources[] = [];
  readonly #derived = new Map<string, Derived>();
  readonly #batch = new DeviceBatch();
  /** Averages that the step of this iteration has moved already. */
  readonly #moved = new Set<Ema>();

  /** Keeps the options; everything else happens in `setup`. */
  constructor(opt: RunOptions, context: ModelContext) {
    this.opt = opt;
    this.say = context.say;
  }

  /** See {@linkcode Model.setup}. */
  abstract setup(): Promise<void>;
  /** See {@linkcode Model.optimizeParameters}. */
  abstract optimizeParameters(iter: number): Promise<Record<string, number>>;
  /** See {@linkcode Model.test}. */
  abstract test(): Promise<Visuals>;

  /** See {@linkcode Model.networks}. */
  networks(): readonly ModelNetwork[] {
    return this.#networks;
  }

  /** See {@linkcode Model.feedData}. */
  feedData(batch: Batch): void {
    this.#batch.feed(batch);
  }

  /** See {@linkcode Model.stageData}. */
  stageData(batch: Batch): void {
    this.#batch.stage(batch);
  }

  /** See {@linkcode Model.updateLearningRate}. */
  updateLearningRate(iter: number): void {
    updateLearningRate(this.#trained, iter, this.trainOptions.warmup_iter);
  }

  /** Rates of the first optimizer, as BasicSR logs them. */
  learningRates(): readonly number[] {
    return this.#trained[0]?.optimizer.rates() ?? [];
  }

  /** See {@linkcode Model.updateEma}. */
  updateEma(): void {
    for (const average of this.#averages) {
      if (!this.#moved.has(average)) average.update();
    }
    this.#moved.clear();
  }

  /** See {@linkcode Model.trainingState}; moments are named `optimizer_g.<parameter>.exp_avg`. */
  async trainingState(): Promise<ModelState> {
    return await saveTraining(this.#trained, this.#scalerStates());
  }

  /**
   * See {@linkcode Model.loadTrainingState}. Rates and counters come from the state; the shape of the schedule
   * (milestones, periods) from the options.
   *
   * @throws {UserError} STORAGE, if the state belongs to other options.
   */
  loadTrainingState(state: ModelState): void {
    loadTraining(state, this.#trained, this.#scalerStates());
  }

  /** See {@linkcode Model.loadNetwork}. Without averaged weights the average starts anew from `params`. */
  loadNetwork(label: string, params: StateDict, paramsEma: StateDict | undefined): void {
    const network = this.#networks.find((network) => network.label === label);
    if (network === undefined) {
      const known = this.#networks.map((network) => network.label).join(", ");
      throw new UserError(`the model has no network ${label}, it has ${known}`, ExitCode.STORAGE);
    }
    network.net.loadStateDict(params);
    network.ema?.loadStateDict(paramsEma ?? params);
  }

  /** Class and number of parameters of each network, a line each, as BasicSR logs them. */
  describe(): string {
    return this.#networks.map(({ net }) =>
      `Network: ${net.constructor.name}, with parameters: ${
        net.numParameters().toLocaleString("en-US")
      }`
    ).join("\n");
  }

  /** See {@linkcode Model.dispose}. */
  dispose(): void {
    this.#batch.dispose();
    for (const step of this.#steps.values()) step.dispose();
    this.#steps.clear();
    for (const compiled of [...this.#forwards.values(), ...this.#derived.values()]) {
      compiled.dispose();
    }
    this.#forwards.clear();
    this.#derived.clear();
    for (const loss of this.#losses.splice(0)) loss.dispose?.();
    for (const { optimizer } of this.#trained.splice(0)) optimizer.dispose();
    this.#averages.length = 0;
    for (const { net, ema } of this.#networks.splice(0)) {
      net.dispose();
      ema?.dispose();
    }
  }

  /**
   * The section `train`.
   *
   * @throws {UserError} USAGE, if there is none.
   */
  protected get trainOptions(): TrainOptions {
    if (this.opt.train === undefined) throw this.mistake("train is missing, training needs it");
    return this.opt.train;
  }

  /** An error about the options file. */
  protected mistake(what: string, cause?: unknown): UserError {
    return new UserError(`${this.opt.opt_path}: ${what}`, ExitCode.USAGE, { cause });
  }

  /**
   * Builds `network_<which>`, loads `path.pretrain_network_<which>` into it, and when training with an `average` and
   * `train.ema_decay` above 0 makes its moving average: from `params_ema` of that file, else as a copy.
   *
   * @throws {UserError} If the options are wrong or the file does not fit.
   */
  protected async addNetwork(
    which: string,
    { average }: { readonly average: boolean },
  ): Promise<ModelNetwork> {
    if (this.opt.is_train) this.#assertPrecision("train.precision", this.trainOptions.precision);
    this.#assertPrecision("val.precision", this.opt.val?.precision);
    const key = `network_${which}`;
    const options = networkOptions(this.opt, which);
    if (options === undefined) throw this.mistake(`${key} is missing`);
    // Every network draws from streams of its own.
    const seed = this.opt.manual_seed + this.#networks.length;
    const build = (): Module<Tensor4D> =>
      this.explained(key, () => buildNetwork(options, seed, key));
    const net = build();
    const pretrained = (paramKey: string | null): PretrainedWeights => ({
      which,
      type: options.type,
      file: file!,
      paramKey,
      strict: this.opt.path[`strict_load_${which}`] !== false,
    });
    const spec = this.opt.path[`pretrain_network_${which}`] as string | null | undefined;
    const file = spec
      ? await resolveWeights(spec, { plugins: this.opt.plugins, say: this.say })
      : undefined;
    const paramKey = this.opt.path[`param_key_${which}`] as string | null | undefined;
    if (file) {
      await loadPretrained(net, pretrained(paramKey === undefined ? "params" : paramKey), this.say);
    }
    let ema: Module<Tensor4D> | undefined;
    const decay = this.opt.is_train && average ? this.trainOptions.ema_decay : 0;
    if (decay > 0) {
      this.say(`Use Exponential Moving Average with decay: ${decay}`);
      ema = build();
      if (file) await loadPretrained(ema, pretrained("params_ema"), this.say);
      else copyParameters(net, ema);
      ema.requiresGrad(false).eval();
      this.#averages.push(this.explained("train", () => makeEma(net, ema!, decay)));
    }
    net.train(this.opt.is_train);
    const blocks = this.opt.train?.checkpoint_blocks ?? 0;
    if (this.opt.is_train && blocks > 0 && checkpointBlocks(net, blocks) === 0) {
      this.say(
        `train.checkpoint_blocks: ${net.constructor.name} has no sequence of blocks, all of it is kept`,
      );
    }
    const network: ModelNetwork = { which, label: `net_${which}`, net, ema };
    this.#networks.push(network);
    return network;
  }

  /**
   * Builds `train.optim_<which>` over the parameters of `net` that are not frozen, with a schedule of its own after
   * `train.scheduler`.
   *
   * @throws {UserError} If the options are wrong.
   */
  protected addOptimizer(which: string, net: Module): Optimizer {
    const key = `optim_${which}`;
    const { scheduler: schedule } = this.trainOptions;
    const options = this.trainOptions[key] as TypedOptions | undefined;
    if (options === undefined) throw this.mistake(`train.${key} is missing`);
    const params = new Map(
      [...net.namedParameters()].filter(([name, { requiresGrad }]) => {
        if (!requiresGrad) this.say(`Params ${name} will not be optimized.`);
        return requiresGrad;
      }),
    );
    const optimizer = this.explained(`train.${key}`, () => buildOptimizer(options, params));
    const scheduler = schedule &&
      this.explained("train.scheduler", () => buildScheduler(schedule, optimizer.initialRates()));
    if (scheduler) optimizer.setRates(scheduler.step(optimizer.rates()));
    this.#trained.push({ which, optimizer, scheduler });
    return optimizer;
  }

  /**
   * Builds the loss under `train.<key>` and loads the weights that it needs, or gives `undefined` if there is none. The
   * loss belongs to this model.
   *
   * @throws {UserError} If the options are wrong, or weights are missing.
   */
  protected async buildLoss<T = Loss>(key: string): Promise<T | undefined> {
    const block = this.trainOptions[key] as TypedOptions | null | undefined;
    if (!block) return undefined;
    const { type, ...options } = block;
    const entry = LOSS_REGISTRY.get(type, `train.${key}.type`);
    const loss = this.explained(`train.${key}`, () => new entry.value(options));
    this.#losses.push(loss);
    try {
      await loss.prepare?.();
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      throw new UserError(
        `${this.opt.opt_path}: train.${key}: ${cause.message}`,
        cause.exitCode,
        { cause },
      );
    }
    // What kind of loss stands under a key, the model says.
    return loss as T;
  }

  /**
   * {@linkcode ModelBase.buildLoss} of a loss that compares images and gives one number.
   *
   * @throws {UserError} If its reduction gives none, too.
   */
  protected async buildImageLoss(key: string): Promise<Loss | undefined> {
    const block = this.trainOptions[key] as TypedOptions | null | undefined;
    if (block?.["reduction"] === "none") {
      throw this.mistake(
        `train.${key}.reduction must be mean or sum, received none, which gives no single loss`,
      );
    }
    return await this.buildLoss(key);
  }

  /**
   * {@linkcode ModelBase.buildLoss} of a loss on features, whose parts are logged apart.
   *
   * @throws {UserError} If it is another kind of loss, too.
   */
  protected async buildPerceptualLoss(key: string): Promise<PerceptualLossLike | undefined> {
    const loss = await this.buildLoss<PerceptualLossLike>(key);
    if (loss !== undefined && typeof loss.components !== "function") {
      const { type } = this.trainOptions[key] as TypedOptions;
      throw this.mistake(
        `train.${key}.type must be a perceptual loss such as PerceptualLoss, received ${type}`,
      );
    }
    return loss;
  }

  /** Runs a constructor; what it throws about its options becomes a `UserError` that names file and `key`. */
  protected explained<T>(key: string, build: () => T): T {
    try {
      return build();
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
      throw this.mistake(`${key}: ${cause.message}`, cause);
    }
  }

  /**
   * An image tensor of the batch on the device, `[n, h, w, c]`; borrowed. What a step kept aside and what
   * {@linkcode ModelBase.derive} made is there too, until the next batch is fed.
   *
   * @throws {UserError} DATA, if the data set does not give it.
   */
  protected input(name: string): Tensor4D {
    return this.#batch.get(name);
  }

  /** The images of the batch, for what changes them: see {@linkcode ModelBase.input}. */
  protected get batchImages(): {
    /** An image tensor of the batch; borrowed. */
    input(name: string): Tensor4D;
    /** Puts an image tensor in place of one of the batch, or beside them, and takes it over. */
    setInput(name: string, image: Tensor4D): void;
  } {
    return {
      input: (name) => this.#batch.get(name),
      setInput: (name, image) => this.#batch.set(name, image),
    };
  }

  /** Whether the batch has such images. */
  protected hasInput(name: string): boolean {
    return this.#batch.has(name);
  }

  /**
   * Makes images out of those of the batch, by tensor code that is compiled, and puts them beside them.
   *
   * @param key Names the code; what it takes from elsewhere is fixed by the first call.
   * @param random Key of the random numbers that it draws, for example the iteration.
   */
  protected async derive(
    key: string,
    random: readonly (string | number)[],
    names: readonly string[],
    make: (images: readonly Tensor4D[]) => Readonly<Record<string, Tensor4D>>,
  ): Promise<void> {
    let derived = this.#derived.get(key);
    if (derived === undefined) {
      const { precision } = this.trainOptions;
      derived = compile(make, {
        name: `${this.constructor.name}'s ${key}`,
        precision,
        say: this.say,
      });
      this.#derived.set(key, derived);
    }
    seedRandomOps(this.opt.manual_seed, ...random);
    const made = await derived(names.map((name) => this.input(name)));
    for (const [name, image] of Object.entries(made)) this.#batch.set(name, image);
  }

  /**
   * Takes one step of `optimizer` and reads the losses back; images that the step keeps aside become
   * {@linkcode ModelBase.input}s. A step is: forward, losses, gradients, clipping, update, and the moving
   * averages of what the optimizer trains, by the settings of `train`. All of it is compiled, so what `compute` takes from
   * elsewhere is fixed by the first step.
   *
   * @param iter Number of the iteration, from 1: what is drawn at random on the device depends on it, the network and the
   * seed alone.
   * @param names Images of the batch that `compute` gets, in this order.
   * @param compute Gets the images and the numbers of this step as tensors, and hands them to `gradientStep`. With
   * `train.grad_accum` it is called for each part of the batch.
   */
  protected async step(
    iter: number,
    optimizer: Optimizer,
    names: readonly string[],
    compute: ComputeStep,
  ): Promise<Record<string, number>> {
    const averages = this.#averagesOf(optimizer);
    let step = this.#steps.get(optimizer);
    if (step === undefined) {
      step = this.#prepareStep(optimizer, averages, compute);
      this.#steps.set(optimizer, step);
    }
    const images = names.map((name) => this.input(name));
    const which = this.#trained.findIndex((trained) => trained.optimizer === optimizer);
    seedRandomOps(this.opt.manual_seed, iter, ...(which > 0 ? [which] : []));
    const { traces } = step;
    const { losses, images: aside } = await step.run(images);
    for (const [name, image] of Object.entries(aside)) this.#batch.set(name, image);
    for (const average of averages) this.#moved.add(average);
    if (step.traces > traces) { for (const line of step.report()) this.say(line); }
    return losses;
  }

  /** Restores the first image of the batch, of any size, with the average of `network` if it has one. */
  protected async restore({ net, ema }: ModelNetwork): Promise<Visuals> {
    const lq = this.input("lq");
    const network = ema ?? net;
    const wasTraining = network.training;
    network.eval();
    const forward = this.#forwardOf(network);
    const first = lq.shape[0] > 1 ? tf.slice(lq, 0, 1) : tf.clone(lq);
    try {
      const output = await forward(first);
      try {
        const [, height, width, channels] = output.shape;
        const data = await output.data() as Float32Array;
        const result = { width, height, channels, data };
        return { lq: this.#batch.first("lq")!, result, gt: this.#batch.first("gt") };
      } finally {
        output.dispose();
      }
    } finally {
      first.dispose();
      network.train(wasTraining);
    }
  }

  #prepareStep(
    optimizer: Optimizer,
    averages: readonly Ema[],
    compute: ComputeStep,
  ): TrainingStep {
    const { precision, xla, grad_accum, clip_grad_norm, clip_grad_value } = this.trainOptions;
    if (xla && tf.getBackend() !== "tensorflow") {
      this.say(`train.xla is of no effect on the ${tf.getBackend()} engine, which has no compiler`);
    }
    if (precision !== undefined && precision !== "fp32") {
      this.say(
        `The step computes in ${precision} where that is safe; weights, moments and losses are float32.`,
      );
    }
    const step = new TrainingStep(optimizer, {
      name: `${this.constructor.name}'s step`,
      precision,
      xla,
      accumulate: grad_accum,
      clipNorm: clip_grad_norm ?? undefined,
      clipValue: clip_grad_value ?? undefined,
      averages,
      say: this.say,
    }, compute);
    const scaler = this.#scalers.get(optimizer);
    if (scaler) step.scaler?.load(scaler);
    return step;
  }

  /** Averages all of whose weights the optimizer moves. */
  #averagesOf(optimizer: Optimizer): readonly Ema[] {
    const own = new Set<Variable>(optimizer.parameters().map(({ value }) => value));
    return this.#averages.filter(({ pairs }) => pairs.every(({ value }) => own.has(value)));
  }

  /** The forward pass of a network, compiled for every size that comes. */
  #forwardOf(network: Module<Tensor4D>): Forward {
    let forward = this.#forwards.get(network);
    if (forward === undefined) {
      const precision = this.opt.val?.precision;
      if (precision !== undefined && precision !== "fp32") {
        this.say(`Pictures are restored in ${precision} where that is safe.`);
      }
      const ensemble = this.opt.val?.self_ensemble === true;
      const restored = (lq: Tensor4D) => paddedForward(network, lq);
      forward = compile((lq: Tensor4D) => ensemble ? selfEnsemble(lq, restored) : restored(lq), {
        name: network.constructor.name,
        precision,
        // Pictures of every size are what it is for.
        warnAfter: Infinity,
        maxForms: 8,
      });
      this.#forwards.set(network, forward);
    }
    return forward;
  }

  #assertPrecision(key: string, precision: Precision | undefined): void {
    const problem = precisionProblem(precision ?? "fp32");
    if (problem !== undefined) {
      throw new UserError(`${this.opt.opt_path}: ${key}: ${problem}`, ExitCode.ENVIRONMENT);
    }
  }

  /** Scalers of steps that are prepared, and of checkpoints whose steps are not yet. */
  #scalerStates(): Scalers {
    return {
      get: (optimizer) =>
        this.#steps.get(optimizer)?.scaler?.state() ?? this.#scalers.get(optimizer),
      set: (optimizer, state) => void this.#scalers.set(optimizer, state),
    };
  }
}
