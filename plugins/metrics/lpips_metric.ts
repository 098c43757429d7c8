/**
 * `calculate_lpips`: learned perceptual distance; see `core/metrics/lpips.ts`. It needs weights that are not shipped; the
 * message for want of them says what to put where.
 *
 * @module
 */
import type { RawImage } from "../../core/data/image.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { LpipsMeter, lpipsRecipe } from "../../core/metrics/lpips.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { LPIPS, LPIPS_NETS, type LpipsNet } from "../../core/nets/lpips.ts";
import { z } from "../../core/options/zod.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** Options, spelled as in YAML under `val.metrics.<name>`. */
export interface LpipsMetricOptions {
  /** Network whose features are compared. Default `alex`, which the authors advise for measuring. */
  readonly net?: LpipsNet;
  /** Pixels cut off at each side. Default 0. */
  readonly crop_border?: number;
  /** Which way is better, for the best value in the log. Default `lower`. */
  readonly better?: "higher" | "lower";
}

/** What differs in tests. */
export interface LpipsMetricParts {
  /** Weights of the network and of the layers, in place of the files. */
  readonly weights?: { readonly network: StateDict; readonly layers: StateDict };
}

/** LPIPS v0.1, 0 for identical images. */
@METRIC_REGISTRY.register({
  name: "calculate_lpips",
  options: z.strictObject({
    net: z.enum(LPIPS_NETS).default("alex"),
    crop_border: z.int().min(0).default(0),
    better: z.enum(["higher", "lower"]).default("lower"),
  }),
})
export class Lpips implements Metric {
  /** How the number was made. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Always: it compares. */
  readonly needsReference = true as const;
  readonly #net: LpipsNet;
  readonly #cropBorder: number;
  readonly #weights: LpipsMetricParts["weights"];
  #meter: LpipsMeter | undefined;

  /** Applies the options; `parts` are for tests. */
  constructor(options: LpipsMetricOptions = {}, parts: LpipsMetricParts = {}) {
    this.#net = options.net ?? "alex";
    this.#cropBorder = options.crop_border ?? 0;
    this.#weights = parts.weights;
    this.recipe = lpipsRecipe(this.#net, this.#cropBorder);
    this.better = options.better ?? "lower";
  }

  /**
   * Loads the network.
   *
   * @throws {UserError} If its weights are missing.
   */
  async prepare(): Promise<void> {
    if (this.#meter !== undefined) return;
    if (this.#weights === undefined) {
      this.#meter = await LpipsMeter.open(this.#net, this.#cropBorder);
      return;
    }
    const net = new LPIPS(this.#net);
    net.load(this.#weights.network, this.#weights.layers);
    this.#meter = new LpipsMeter(net, this.#cropBorder);
  }

  /**
   * LPIPS of two 8-bit images.
   *
   * @throws {UserError} With exit code DATA if `gt` is missing, the images do not fit together, or weights are missing.
   */
  async compute(restored: RawImage, gt: RawImage | undefined): Promise<number> {
    if (gt === undefined) {
      throw new UserError("calculate_lpips needs GT images, this dataset has none", ExitCode.DATA);
    }
    await this.prepare();
    return await this.#meter!.of(restored, gt);
  }

  /** Releases the network. */
  dispose(): void {
    this.#meter?.[Symbol.dispose]();
    this.#meter = undefined;
  }
}
