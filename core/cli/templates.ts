/**
 * The templates that `new` writes, one for each kind of plugin.
 *
 * @module
 */
import type { PluginKind } from "../registry.ts";
import { ARCH } from "./_templates/arch.ts";
import { DATASET } from "./_templates/dataset.ts";
import { HOOK } from "./_templates/hook.ts";
import { LOSS } from "./_templates/loss.ts";
import { METRIC } from "./_templates/metric.ts";
import { MODEL } from "./_templates/model.ts";
import type { Template } from "./_templates/template.ts";

export type { Template } from "./_templates/template.ts";

/** All templates. */
export const TEMPLATES: Readonly<Record<PluginKind, Template>> = {
  arch: ARCH,
  model: MODEL,
  dataset: DATASET,
  loss: LOSS,
  metric: METRIC,
  hook: HOOK,
};
