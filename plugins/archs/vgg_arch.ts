/**
 * VGGFeatureExtractor: the features of VGG under the name that BasicSR registers; see `core/nets/vgg.ts`.
 *
 * @module
 */
import {
  VGG_TYPES,
  VGGFeatureExtractor as Extractor,
  type VGGFeatureExtractorOptions,
} from "../../core/nets/vgg.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";

/** `[n, h, w, 3]`, RGB in [0, 1], to `[n, h', w', c]` for each layer by name. */
@ARCH_REGISTRY.register({
  options: z.strictObject({
    layer_name_list: z.array(z.string()).min(1),
    vgg_type: z.enum(VGG_TYPES).default("vgg19"),
    use_input_norm: z.boolean().default(true),
    range_norm: z.boolean().default(false),
    requires_grad: z.boolean().default(false),
    remove_pooling: z.boolean().default(false),
    pooling_stride: z.int().min(1).default(2),
  }),
})
export class VGGFeatureExtractor extends Extractor {
  /** Creates it with random weights; `loadPretrained` loads torchvision's. */
  constructor(options: VGGFeatureExtractorOptions) {
    super(options);
  }
}
