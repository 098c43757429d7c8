/**
 * Degradations as a list in the options file, made in the order that they are written in.
 *
 * ```yaml
 * degradations:                        # Real-ESRGAN's order, for example
 *   - type: usm
 *   - { type: blur, blur_sigma: [0.2, 3], sinc_prob: 0.1 }
 *   - { type: resize, resize_prob: [0.2, 0.7, 0.1], resize_range: [0.15, 1.5] }
 *   - { type: noise, noise_range: [1, 30], gray_noise_prob: 0.4 }
 *   - { type: jpeg, jpeg_range: [30, 95] }
 *   - type: shuffle                    # in any order
 *     steps:
 *       - type: sequence               # in this order
 *         steps:
 *           - { type: resize, resize_base: lq, resize_prob: [0, 0, 1] }
 *           - { type: sinc, prob: 0.8 }
 *       - type: jpeg
 * ```
 *
 * Groups are `sequence`, `shuffle` and `one_of` (one step, drawn by `step_prob`); a group may stand in a group, once.
 * Every step has a `prob`. In the end the image is brought to the size of LQ, if no step did (MATLAB's bicubic), and
 * rounded to 8 bits, as if it had been read from a file.
 *
 * @module
 */
import type { AnySchema, OptionsSchema } from "../../options/schema_types.ts";
import { z } from "../../options/zod.ts";
import type { Rng } from "../../random.ts";
import { toRaw8 } from "../convert.ts";
import type { FloatImage, RawImage } from "../image.ts";
import { imresizeTo } from "../resize.ts";
import { choose } from "./random_kernels.ts";
import { probShape, runSimpleStep, type SimpleStep, simpleStepSchemas } from "./steps.ts";
import type { StepContext } from "./steps.ts";
import { parseOptions, weightsSchema } from "./schemas.ts";

/** Several steps as one. */
export interface GroupStep {
  /** `sequence`: in this order; `shuffle`: in any order; `one_of`: one of them. */
  readonly type: "sequence" | "shuffle" | "one_of";
  /** Probability that the group is made. */
  readonly prob: number;
  /** Of `one_of`: how often each step is taken. Default: all alike. */
  readonly step_prob?: readonly number[];
  /** The steps. */
  readonly steps: readonly DegradationStep[];
}

/** One entry of the list. */
export type DegradationStep = SimpleStep | GroupStep;

/** An entry as it stands in YAML: what is left out has its default. */
export interface DegradationOptions {
  /** Which step, or which group. */
  readonly type: DegradationStep["type"];
  /** The step's own keys. */
  readonly [key: string]: unknown;
}

const innermost = steps(simpleStepSchemas);
const inner = steps([...simpleStepSchemas, group(innermost)]);

/** Schema of the list; adds the defaults. */
export const degradationsSchema: AnySchema = steps([...simpleStepSchemas, group(inner)]).min(1);

/**
 * Reads a list of degradations, as it stands in YAML.
 *
 * @throws {TypeError} If it is not one; the message names the key.
 */
export function parseDegradations(value: unknown): readonly DegradationStep[] {
  return parseOptions(degradationsSchema, value, "degradations") as DegradationStep[];
}

/**
 * Makes LQ from GT.
 *
 * @param gt Float32 `[h, w, c]` in [0, 1], sides multiples of `scale`.
 * @returns `[h / scale, w / scale, c]`, 8 bits.
 * @throws {RangeError} If a side is no multiple of `scale`.
 */
export function degrade(
  gt: FloatImage,
  steps: readonly DegradationStep[],
  scale: number,
  rng: Rng,
): RawImage {
  const width = gt.width / scale, height = gt.height / scale;
  if (!(Number.isInteger(width) && Number.isInteger(height))) {
    throw new RangeError(
      `degrade: sides must be multiples of scale ${scale}, received ${gt.width}x${gt.height}`,
    );
  }
  const context: StepContext = { rng, lq: { width, height } };
  let image = gt;
  for (const step of steps) image = runStep(image, step, context);
  if (image.width !== width || image.height !== height) image = imresizeTo(image, width, height);
  return toRaw8(image);
}

function runStep(image: FloatImage, step: DegradationStep, context: StepContext): FloatImage {
  const { rng } = context;
  if (!rng.chance(step.prob)) return image;
  switch (step.type) {
    case "sequence":
      return step.steps.reduce((before, inner) => runStep(before, inner, context), image);
    case "shuffle":
      for (const i of rng.permutation(step.steps.length)) {
        image = runStep(image, step.steps[i]!, context);
      }
      return image;
    case "one_of": {
      const weights = step.step_prob ?? step.steps.map(() => 1);
      return runStep(image, choose(step.steps, weights, rng), context);
    }
    default:
      return runSimpleStep(image, step, context);
  }
}

function group(inside: AnySchema): OptionsSchema {
  return z.strictObject({
    type: z.enum(["sequence", "shuffle", "one_of"]),
    ...probShape,
    step_prob: weightsSchema().optional(),
    steps: inside,
  }).superRefine(({ type, step_prob, steps }, context) => {
    if (step_prob === undefined) return;
    const count = (steps as unknown[]).length;
    const message = type !== "one_of"
      ? "belongs to one_of alone; give the steps a prob each"
      : (step_prob as unknown[]).length !== count
      ? `must hold a number for each of the ${count} steps`
      : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message, path: ["step_prob"] });
  });
}

function steps(schemas: readonly OptionsSchema[]): z.ZodArray {
  const types = schemas.flatMap((schema) => {
    const type = schema.shape["type"];
    return type instanceof z.ZodEnum ? type.options : [(type as z.ZodLiteral<string>).value];
  });
  type Options = [z.ZodObject, ...z.ZodObject[]];
  return z.array(
    z.discriminatedUnion("type", schemas as unknown as Options, {
      error: (issue) =>
        issue.code === "invalid_union"
          ? `must be one of ${types.join(", ")}, received ${JSON.stringify(typeOf(issue.input))}`
          : undefined,
    }),
  );
}

function typeOf(step: unknown): unknown {
  return (step as { type?: unknown } | null)?.type ?? null;
}
