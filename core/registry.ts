/**
 * Registries: how a file in `plugins/` makes its class known by name, and how a YAML `type:` finds it again.
 *
 * Registering a name twice is refused, an unknown name lists near matches and where was looked.
 *
 * @module
 */
import type { OptionsSchema, OptionsShape } from "./options/schema_types.ts";
import type { ArchClass } from "./nn/module.ts";
import type { LossClass } from "./nn/loss.ts";
import type { DatasetClass } from "./data/dataset.ts";
import type { MetricClass } from "./metrics/metric.ts";
import type { HookClass } from "./train/hook.ts";
import type { ModelClass } from "./train/base_model.ts";
import type { WeightsSignature } from "./weights/signature.ts";
import { ExitCode, UserError } from "./errors.ts";
import { nearest } from "./text.ts";
import { pathToFileURL } from "node:url";

/** The kinds of plugin, which are also the suffixes of their files (`plugins/archs/edsr_arch.ts`). */
export const PLUGIN_KINDS = ["arch", "model", "dataset", "loss", "metric", "hook"] as const;
/** A kind of plugin. */
export type PluginKind = (typeof PLUGIN_KINDS)[number];

/** Name of the folder that holds plugins of a kind: `archs`, `losses`. */
export function kindFolder(kind: PluginKind): string {
  return kind === "loss" ? "losses" : `${kind}s`;
}

/** What can be said when registering; all of it optional. */
export interface PluginMeta {
  /** Name in YAML; default the class name. */
  readonly name?: string;
  /**
   * Schema of the plugin's option block without `type` (datasets: without the loader's keys). Blocks are checked
   * against it, and its defaults applied, before the first tensor exists. Without one every key is accepted.
   */
  readonly options?: OptionsSchema;
  /** For archs: by what their weights are recognised in files. */
  readonly weights?: WeightsSignature;
  /** For models: keys that this model adds to the options file, by section. */
  readonly sections?: {
    /** At the top level. */
    readonly top?: OptionsShape;
    /** Under `train`. */
    readonly train?: OptionsShape;
    /** Under `val`. */
    readonly val?: OptionsShape;
    /** Under `path`. */
    readonly path?: OptionsShape;
  };
}

/** One registered plugin. */
export interface PluginEntry<T> extends PluginMeta {
  /** Name in YAML. */
  readonly name: string;
  /** The class itself. */
  readonly value: T;
  /** File URL that registered it. */
  readonly file: string;
}

/** A file that the scan could not import. */
export interface BrokenPlugin {
  /** File path as scanned. */
  readonly file: string;
  /** Why it could not be imported. */
  readonly error: Error;
}

/** What the plugin scan looked at; kept for error messages. */
export interface ScanRecord {
  /** URLs of all plugin files, in the order of the scan. */
  readonly files: readonly string[];
  /** Those that could not be imported, or registered nothing. */
  readonly broken: readonly BrokenPlugin[];
}

/** Names of one kind. `register` is a class decorator and can be called as a function as well. */
export class Registry<T extends { readonly name: string }> {
  readonly #entries = new Map<string, PluginEntry<T>>();
  #scan: ScanRecord = { files: [], broken: [] };

  /** Creates the registry of one kind. */
  constructor(
    /** The kind of everything in it. */
    readonly kind: PluginKind,
  ) {}

  /**
   * Registers a class: `@ARCH_REGISTRY.register()` above it, or `ARCH_REGISTRY.register()(MyNet)`.
   *
   * @throws {UserError} If the name is taken; the message names both files.
   */
  register(
    meta: PluginMeta = {},
  ): <C extends T>(value: C, context?: ClassDecoratorContext) => void {
    const file = callerFile();
    return (value, context) => {
      const name = meta.name ?? context?.name ?? value.name;
      if (!name) {
        throw new UserError(
          `${shortPath(file)} registers ${anA(this.kind)} without a name, ` +
            `give the class a name or call register({ name: "…" })`,
          ExitCode.USAGE,
        );
      }
      const taken = this.#entries.get(name);
      if (taken !== undefined) {
        throw new UserError(
          `${this.kind} "${name}" is registered twice, by ${shortPath(taken.file)} and by ` +
            `${shortPath(file)}: rename one of them`,
          ExitCode.USAGE,
        );
      }
      this.#entries.set(name, { ...meta, name, value, file });
    };
  }

  /** The entry of a name, or `undefined`. */
  find(name: string): PluginEntry<T> | undefined {
    return this.#entries.get(name);
  }

  /**
   * The entry of a name.
   *
   * @param where Option key for the message, for example `network_g.type`.
   * @throws {UserError} If there is none; lists near matches, files that failed to import, and what was scanned.
   */
  get(name: string, where?: string): PluginEntry<T> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new UserError(this.explain(name, where), ExitCode.USAGE);
    return entry;
  }

  /** What to tell a user who asked for `name`, which is not registered. */
  explain(name: string, where = `${this.kind} type`): string {
    const near = nearest(name, this.names());
    const parts = [`${where} "${name}" is unknown`];
    if (near.length > 0) parts.push(`did you mean ${near.map((n) => `"${n}"`).join(" or ")}?`);
    let text = parts.join(", ");
    const broken = this.#scan.broken;
    if (broken.length > 0) {
      text += `\n  these plugin files failed to import, so what they hold is missing:` +
        broken.map((b) => `\n    ${shortPath(b.file)}: ${firstLine(b.error.message)}`).join("");
    }
    const ours = this.#scan.files.filter((f) => f.endsWith(`_${this.kind}.ts`));
    text += `\n  known: ${this.names().join(", ") || "none"}`;
    text += ours.length > 0
      ? `\n  scanned: ${ours.map(shortPath).join(", ")}`
      : `\n  no file named *_${this.kind}.ts was found in the plugin folders`;
    return text;
  }

  /** All names, sorted. */
  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** All entries, sorted by name. */
  entries(): PluginEntry<T>[] {
    return this.names().map((name) => this.#entries.get(name)!);
  }

  /** Remembers what was scanned, for {@linkcode explain}. */
  noteScan(record: ScanRecord): void {
    this.#scan = record;
  }
}

/** The file that called into this module, as a URL, from the stack. */
function callerFile(): string {
  for (const line of (new Error().stack ?? "").split("\n").slice(1)) {
    const shown = /((?:file:\/\/.+|(?:https?|data|blob):\S+?)):\d+:\d+\)?$/.exec(line)?.[1];
    if (shown === undefined) continue;
    const url = shown.startsWith("file:") ? fileUrl(shown) : shown;
    if (url !== import.meta.url) return url;
  }
  return "unknown file";
}

/** Deno shows file URLs in stacks without their escapes, so that `#` or a space has to be escaped again. */
function fileUrl(shown: string): string {
  const url = new URL(shown);
  return url.href === shown ? shown : pathToFileURL(shown.slice("file://".length)).href;
}

/** A file URL or path relative to the working directory, where that is shorter. */
export function shortPath(file: string): string {
  const path = file.startsWith("file:") ? decodeURIComponent(new URL(file).pathname) : file;
  const cwd = Deno.cwd() + "/";
  return path.startsWith(cwd) ? path.slice(cwd.length) : path;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

function anA(kind: PluginKind): string {
  return kind === "arch" ? "an arch" : `a ${kind}`;
}

/** Networks: `network_g.type` and kin. */
export const ARCH_REGISTRY: Registry<ArchClass> = new Registry("arch");
/** Training and test procedures: `model_type`. */
export const MODEL_REGISTRY: Registry<ModelClass> = new Registry("model");
/** Datasets: `datasets.<phase>.type`. */
export const DATASET_REGISTRY: Registry<DatasetClass> = new Registry("dataset");
/** Losses: `train.pixel_opt.type` and kin. */
export const LOSS_REGISTRY: Registry<LossClass> = new Registry("loss");
/** Metrics: `val.metrics.<name>.type`. */
export const METRIC_REGISTRY: Registry<MetricClass> = new Registry("metric");
/** Hooks: `hooks[].type`. */
export const HOOK_REGISTRY: Registry<HookClass> = new Registry("hook");

/** Every registry by kind. */
export const REGISTRIES: {
  readonly arch: Registry<ArchClass>;
  readonly model: Registry<ModelClass>;
  readonly dataset: Registry<DatasetClass>;
  readonly loss: Registry<LossClass>;
  readonly metric: Registry<MetricClass>;
  readonly hook: Registry<HookClass>;
} = {
  arch: ARCH_REGISTRY,
  model: MODEL_REGISTRY,
  dataset: DATASET_REGISTRY,
  loss: LOSS_REGISTRY,
  metric: METRIC_REGISTRY,
  hook: HOOK_REGISTRY,
};
