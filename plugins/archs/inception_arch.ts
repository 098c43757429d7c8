/**
 * InceptionV3: the features that FID compares, as a network; see `core/nets/inception.ts`.
 *
 * @module
 */
import { InceptionV3 as Extractor, type InceptionV3Options } from "../../core/nets/inception.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";

/** `[n, h, w, 3]`, RGB in [0, 1], to `[n, h', w', c]` for each block that was asked for. */
@ARCH_REGISTRY.register({
  options: z.strictObject({
    output_blocks: z.array(z.int().min(0).max(3)).min(1).default([3]),
    resize_input: z.boolean().default(true),
    normalize_input: z.boolean().default(true),
    requires_grad: z.boolean().default(false),
    use_fid_inception: z.literal(true).default(true),
  }),
})
export class InceptionV3 extends Extractor {
  /** Creates it with random weights; `loadPretrained` loads those of FID. */
  constructor(options: InceptionV3Options) {
    super(options);
  }
}
