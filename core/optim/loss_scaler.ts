/**
 * Dynamic scaling of the loss for float16: gradients are multiplied by a factor so that small ones are not lost, and the
 * factor is adapted to what the range of float16 allows.
 *
 * Paper: P. Micikevicius et al., "Mixed Precision Training", ICLR 2018, https://arxiv.org/abs/1710.03740. The numbers are
 * those of PyTorch's `torch.amp.GradScaler`.
 *
 * @module
 */

const INITIAL = 65536, GROWTH = 2, BACKOFF = 0.5, INTERVAL = 2000, SMALLEST = 2 ** -14;

/** What to save. */
export interface LossScalerState {
  /** Factor in force. */
  readonly scale: number;
  /** Steps taken since it was changed. */
  readonly steady: number;
  /** Steps skipped so far. */
  readonly skipped: number;
}

/** Keeps the factor. */
export class LossScaler {
  #scale = INITIAL;
  #steady = 0;
  #skipped = 0;

  /** The factor in force. */
  get scale(): number {
    return this.#scale;
  }

  /** Steps skipped so far. */
  get skipped(): number {
    return this.#skipped;
  }

  /** True once the factor is so small that it cannot be what makes gradients infinite. */
  get hasGivenUp(): boolean {
    return this.#scale < SMALLEST;
  }

  /** Takes note of a step: `finite` says whether its gradients were numbers, and so whether it is taken. */
  update(finite: boolean): void {
    if (!finite) {
      this.#scale *= BACKOFF;
      this.#steady = 0;
      this.#skipped++;
    } else if (++this.#steady === INTERVAL) {
      this.#scale *= GROWTH;
      this.#steady = 0;
    }
  }

  /** What to save. */
  state(): LossScalerState {
    return { scale: this.#scale, steady: this.#steady, skipped: this.#skipped };
  }

  /** Puts back what {@linkcode LossScaler.state} gave. */
  load(state: LossScalerState): void {
    this.#scale = state.scale;
    this.#steady = state.steady;
    this.#skipped = state.skipped;
  }
}
