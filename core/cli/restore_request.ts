/**
 * What the flags of `restore` ask for, checked.
 *
 * @module
 */
import type { EngineChoice, Precision } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Extension } from "../restore/batch/extension.ts";
import { MAX_OUTPUT_SIDE } from "../restore/size.ts";
import type { AlphaMode, RestoreOptions } from "../restore/types.ts";
import type { FlagValues } from "./flags.ts";
import { DEFAULT_JOBS } from "./restore_flags.ts";

/** What the flags ask for. */
export interface RestoreRequest {
  /** Where to, if it was said. */
  readonly output: string | undefined;
  /** How outputs are named. */
  readonly names: { readonly ext: Extension; readonly suffix?: string };
  /** Quality of JPEG and WebP. */
  readonly quality?: number;
  /** What to do about outputs that are there. */
  readonly existing: "refuse" | "overwrite" | "skip";
  /** Whether metadata are kept. */
  readonly keepMetadata: boolean;
  /** Whether pages of before and after are written. */
  readonly compare: boolean;
  /** Names of the weights; none for the default or with `dni`. */
  readonly models: readonly string[];
  /** Interpolated weights. */
  readonly dni: string | undefined;
  /** How the model is loaded. */
  readonly load: {
    readonly engine: EngineChoice;
    readonly precision: Precision;
    readonly paramKey?: string;
    readonly plugins: readonly string[];
  };
  /** How pictures are restored. */
  readonly restore: Omit<RestoreOptions, "signal" | "onProgress" | "say">;
  /** Pictures in flight. */
  readonly jobs: number;
  /** Flags of videos that were given. */
  readonly video: {
    readonly resume?: boolean;
    readonly codec?: string;
    readonly crf?: string;
    readonly preset?: string;
  };
  /** Only say what would be done. */
  readonly dryRun: boolean;
  /** A line of JSON for each picture. */
  readonly json: boolean;
  /** Errors show their stack. */
  readonly debug: boolean;
}

/**
 * Reads and checks the flags.
 *
 * @throws {UserError} USAGE for values out of range and flags that contradict each other.
 */
export function readRequest(flags: FlagValues): RestoreRequest {
  const text = (name: string) => flags[name] as string | undefined;
  const suffix = text("suffix");
  if (suffix !== undefined && /[\\/\0]/.test(suffix)) {
    throw usage(`--suffix is a part of a name, without slashes, received "${suffix}"`);
  }
  if (flags["overwrite"] && flags["skip-existing"]) {
    throw usage("--overwrite and --skip-existing contradict each other");
  }
  const models = flags["model"] as readonly string[];
  if (models.includes("")) throw usage("--model names nothing");
  const dni = text("dni");
  if (dni !== undefined && models.length > 0) {
    throw usage("--dni names its weights itself: leave out --model");
  }
  const quality = number(flags, "quality", { integer: true, from: 1, to: 100 });
  const scale = number(flags, "scale", { above: 0, to: 64 });
  const width = number(flags, "width", { integer: true, from: 1, to: MAX_OUTPUT_SIDE });
  const height = number(flags, "height", { integer: true, from: 1, to: MAX_OUTPUT_SIDE });
  if (scale !== undefined && (width !== undefined || height !== undefined)) {
    throw usage("--scale and --width or --height both say the size: give one of them");
  }
  const tile = text("tile") === "auto"
    ? undefined
    : number(flags, "tile", { integer: true, from: 0, also: "auto" });
  const tilePad = number(flags, "tile-pad", { integer: true, from: 0 });
  const noise = number(flags, "noise", { from: 0, to: 255 });
  const alpha = text("alpha") as AlphaMode | undefined;
  const paramKey = text("param_key");
  return {
    output: text("output"),
    names: {
      ext: (text("ext") ?? "auto") as Extension,
      ...(suffix === undefined ? {} : { suffix }),
    },
    ...(quality === undefined ? {} : { quality }),
    existing: flags["overwrite"] ? "overwrite" : flags["skip-existing"] ? "skip" : "refuse",
    keepMetadata: text("metadata") !== "strip",
    compare: flags["compare"] === true,
    models,
    dni,
    load: {
      engine: (text("engine") ?? "auto") as EngineChoice,
      precision: (text("precision") ?? "fp32") as Precision,
      ...(paramKey === undefined ? {} : { paramKey }),
      plugins: flags["plugins"] as readonly string[],
    },
    restore: {
      ...(scale === undefined ? {} : { scale }),
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      ...(tile === undefined ? {} : { tile }),
      ...(tilePad === undefined ? {} : { tilePad }),
      ...(noise === undefined ? {} : { noise }),
      ...(alpha === undefined ? {} : { alpha }),
      ...(flags["tta"] ? { tta: true } : {}),
      ...(flags["gray"] ? { gray: true } : {}),
    },
    jobs: number(flags, "jobs", { integer: true, from: 1, to: 64 }) ?? DEFAULT_JOBS,
    video: {
      ...(flags["resume"] ? { resume: true } : {}),
      ...Object.fromEntries(
        ["codec", "crf", "preset"].flatMap((name) => flags[name] ? [[name, flags[name]]] : []),
      ),
    },
    dryRun: flags["dry-run"] === true,
    json: flags["json"] === true,
    debug: flags["debug"] === true,
  };
}

interface Range {
  readonly integer?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly also?: string;
}

function number(flags: FlagValues, name: string, range: Range): number | undefined {
  const text = flags[name] as string | undefined;
  if (text === undefined) return undefined;
  const value = /^\s*$/.test(text) ? NaN : Number(text);
  const { integer = false, from = -Infinity, above = -Infinity, to = Infinity, also } = range;
  const fits = Number.isFinite(value) && value >= from && value > above && value <= to &&
    (!integer || Number.isSafeInteger(value));
  if (fits) return value;
  const bounds = [
    from > -Infinity ? `from ${from}` : above > -Infinity ? `above ${above}` : "",
    to < Infinity ? `to ${to}` : "",
  ].filter(Boolean).join(" ");
  throw usage(
    `--${name} must be ${integer ? "a whole number" : "a number"} ${bounds}` +
      `${also === undefined ? "" : `, or ${also}`}, received "${text}"`,
  );
}

function usage(what: string): UserError {
  return new UserError(`restore: ${what}; see restore --help`, ExitCode.USAGE);
}
