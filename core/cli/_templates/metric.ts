/**
 * Template of a metric: working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new metric` writes. */
export const METRIC: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: mean absolute error of 8-bit images, in levels (0-255).
 *
 * Put your formula into \`compute\`, and say here where it comes from: authors, "title", venue and year, link.
 *
 * @module
 */
import type { RawImage } from "${core}/data/image.ts";
import { ExitCode, UserError } from "${core}/errors.ts";
import type { Metric } from "${core}/metrics/metric.ts";
import { levelPair, recipeOf } from "${core}/metrics/planes.ts";
import { z } from "${core}/options/zod.ts";
import { METRIC_REGISTRY } from "${core}/registry.ts";

/** Options of {@linkcode ${name}}, spelled as in YAML under \`val.metrics.<name>\`. */
export interface ${name}Options {
  /** Pixels cut off at each side, usually the scale; default 0. */
  readonly crop_border?: number;
}

const options = z.strictObject({ crop_border: z.int().min(0).default(0) });

/** Mean of |restored - gt| over all pixels and channels. */
@METRIC_REGISTRY.register({ options })
export class ${name} implements Metric {
  /** How the number was made; it is printed beside it. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better = "lower" as const;
  /** It compares with GT. */
  readonly needsReference = true;
  readonly #cropBorder: number;

  /** Applies the options. */
  constructor(opt: ${name}Options = {}) {
    this.#cropBorder = options.parse(opt).crop_border;
    this.recipe = recipeOf({ cropBorder: this.#cropBorder });
  }

  /**
   * Compares two images of one size.
   *
   * @throws {UserError} With exit code DATA if \`gt\` is missing, or the images do not fit together.
   */
  compute(restored: RawImage, gt: RawImage | undefined): number {
    if (gt === undefined) {
      const what = "${name} needs GT images, this dataset has none";
      throw new UserError(what, ExitCode.DATA);
    }
    const { a, b } = levelPair(restored, gt, { cropBorder: this.#cropBorder });
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
    return sum / a.length;
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import type { RawImage } from "${core}/data/image.ts";
import { METRIC_REGISTRY } from "${core}/registry.ts";
import { ${name} } from "${plugin}";

function gray(width: number, height: number, ...levels: number[]): RawImage {
  return { width, height, channels: 1, data: Uint8Array.from(levels) };
}

Deno.test("${name} is the mean difference in levels, and 0 for equal images", () => {
  const metric = new ${name}();
  const gt = gray(2, 2, 0, 100, 200, 255);
  assert.equal(metric.compute(gt, gt), 0);
  assert.equal(metric.compute(gray(2, 2, 4, 100, 190, 255), gt), 3.5);
});

Deno.test("${name} ignores crop_border pixels at each side, and says so", () => {
  const metric = new ${name}({ crop_border: 1 });
  const gt = gray(3, 3, 9, 9, 9, 9, 50, 9, 9, 9, 9);
  assert.equal(metric.compute(gray(3, 3, 0, 0, 0, 0, 52, 0, 0, 0, 0), gt), 2);
  assert.match(metric.recipe, /crop 1/);
});

Deno.test("${name} refuses images without GT, and options that it does not have", () => {
  const metric = new ${name}();
  assert.throws(() => metric.compute(gray(1, 1, 0), undefined), /needs GT images/);
  const { options } = METRIC_REGISTRY.get("${name}");
  assert.equal(options!.safeParse({ crop: 2 }).success, false);
});
`,
  yaml: (name) =>
    `val:
  metrics:
    my_metric: # the name in tables is yours
      type: ${name}
      crop_border: 2`,
};
