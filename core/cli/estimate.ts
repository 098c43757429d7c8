/**
 * `estimate`: what restoring a picture of some size will take on this machine.
 *
 * @module
 */
import type { Engine, EngineChoice, Precision } from "../engine/engine.ts";
import { precisionProblem } from "../engine/precision.ts";
import { startEngine } from "../engine/start.ts";
import { ExitCode, UserError } from "../errors.ts";
import { print } from "../log/terminal.ts";
import { loadPlugins } from "../plugins.ts";
import { type Estimate, estimate } from "../restore/estimate.ts";
import { DEFAULT_MODEL } from "../restore/model.ts";
import type { Size } from "../restore/size.ts";
import { findNetwork, type FoundNetwork } from "../restore/source.ts";
import { bytes, duration } from "../text.ts";
import type { FlagValues, Parsed } from "./flags.ts";

/** Most pixels that are estimated; more tiles than anybody would wait for. */
const MOST_PIXELS = 2 ** 32;

/**
 * Runs `estimate`.
 *
 * @param show Prints the result.
 *
 * @throws {UserError} USAGE for a wrong command line; else what reading the weights or starting the engine throws.
 */
export async function runEstimate(
  { flags, words }: Parsed,
  show: (text: string) => void = print,
): Promise<number> {
  const text = (name: string) => flags[name] as string | undefined;
  if (words.length > 0) {
    throw usage(`takes no words, received "${words[0]}": name the model with --model`);
  }
  const size = sizeOf(text("size")!);
  const tile = text("tile") === "auto" ? undefined : pixels(flags, "tile");
  const tilePad = pixels(flags, "tile-pad");
  const precision = (text("precision") ?? "fp32") as Precision;
  const plugins = flags["plugins"] as readonly string[];
  const say = (line: string) => console.error(line);
  await loadPlugins(plugins);
  const model = text("model") ?? DEFAULT_MODEL;
  const found = await findNetwork(model, { paramKey: text("param_key"), plugins, say });
  const engine = await startEngine({ engine: (text("engine") ?? "auto") as EngineChoice, say });
  try {
    const problem = precisionProblem(precision);
    if (problem !== undefined) throw new UserError(`--precision: ${problem}`, ExitCode.USAGE);
    const made = await estimate(found, engine, { size, precision, tile, tilePad, say });
    show(
      flags["json"]
        ? JSON.stringify(asJson(found, made, engine, precision), undefined, 2)
        : describe(found, made, engine, precision),
    );
  } finally {
    await engine.dispose();
  }
  return ExitCode.OK;
}

/**
 * A size as `WIDTHxHEIGHT`.
 *
 * @throws {UserError} USAGE if it is none.
 */
export function sizeOf(text: string): Size {
  const [, width, height] = /^\s*(\d+)\s*[xX×*]\s*(\d+)\s*$/.exec(text)?.map(Number) ?? [];
  if (!width || !height) {
    throw usage(`--size must be WIDTHxHEIGHT in pixels, for example 1920x1080, received "${text}"`);
  }
  if (width * height > MOST_PIXELS) {
    throw usage(`--size ${text} has more than ${MOST_PIXELS.toLocaleString("en-US")} pixels`);
  }
  return { width, height };
}

function pixels(flags: FlagValues, name: string): number | undefined {
  const text = flags[name] as string | undefined;
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const auto = name === "tile" ? " or auto" : "";
  throw usage(`--${name} must be a whole number of pixels${auto}, received "${text}"`);
}

function usage(what: string): UserError {
  return new UserError(`estimate: ${what}; see estimate --help`, ExitCode.USAGE);
}

/** Everything, with plain names; numbers in bytes, pixels and seconds. */
function asJson(
  found: FoundNetwork,
  made: Estimate,
  engine: Engine,
  precision: Precision,
): Record<string, unknown> {
  const { profile, plan, free, measured } = made;
  return {
    model: found.source,
    arch: found.type,
    scale: found.scale,
    parameters: profile.parameters,
    receptiveField: Number.isFinite(profile.radius) ? profile.radius : null,
    sizeMultiple: profile.multiple,
    input: { width: plan.width, height: plan.height },
    output: outputOf(made),
    tiles: plan.tiles.length,
    window: plan.window,
    tilePad: plan.tiles.length === 1 ? 0 : plan.context,
    macs: made.macs ?? null,
    macsWithTiles: made.tiledMacs ?? null,
    weightBytes: made.weightBytes,
    activationBytes: made.wholeBytes,
    activationBytesWithTiles: made.tiledBytes,
    freeBytes: free.bytes,
    freeFrom: free.source,
    seconds: made.seconds,
    measuredOn: measured,
    engine: engine.name,
    precision,
  };
}

function outputOf({ plan: { width, height, scale } }: Estimate): Size {
  return { width: width * scale, height: height * scale };
}

function describe(
  found: FoundNetwork,
  made: Estimate,
  engine: Engine,
  precision: Precision,
): string {
  const { profile, plan, free, measured } = made;
  const output = outputOf(made);
  const looks = Number.isFinite(profile.radius)
    ? `${profile.radius} pixels around each`
    : "the whole picture";
  const { width, height } = plan.window;
  const cut = plan.tiles.length > 1;
  const core = (spans: TileSpans) => Math.max(...spans.map(({ core, coreEnd }) => coreEnd - core));
  const tiles = cut
    ? `${plan.tiles.length.toLocaleString("en-US")} of at most ${core(plan.columns.spans)}x${
      core(plan.rows.spans)
    } pixels, computed as ${width}x${height} with what surrounds them (${plan.context} pixels)`
    : "the whole picture at once";
  const rows = [
    ["Model", found.source],
    [
      "Network",
      `${found.type}, x${found.scale}, ${profile.parameters.toLocaleString("en-US")} parameters`,
    ],
    ["Looks at", looks],
    ["Picture", `${plan.width}x${plan.height} to ${output.width}x${output.height}`],
    ["Tiles", tiles],
    ["Work", `${macsText(made.macs)}${cut ? `, ${macsText(made.tiledMacs)} with tiles` : ""}`],
    [
      "Memory",
      `${bytes(made.weightBytes)} of weights, ${
        bytes(Math.round(made.wholeBytes))
      } for the whole picture` +
      `${cut ? `, ${bytes(Math.round(made.tiledBytes))} with tiles` : ""}; ` +
      `${bytes(Math.round(free.bytes))} are free (${free.source})`,
    ],
    [
      "Time",
      `about ${
        timeText(made.seconds)
      } with ${engine.name} in ${precision}: an estimate, measured on ` +
      `${measured.width}x${measured.height} pixels, without reading and writing files`,
    ],
  ];
  return rows.map(([name, value]) => `${name!.padEnd(9)}${value}`).join("\n");
}

type TileSpans = Estimate["plan"]["rows"]["spans"];

function macsText(macs: number | undefined): string {
  if (macs === undefined) return "an unknown number of MACs";
  const [divisor, unit] = macs >= 1e12 ? [1e12, "T"] : macs >= 1e9 ? [1e9, "G"] : [1e6, "M"];
  return `${(macs / divisor).toLocaleString("en-US", { maximumSignificantDigits: 4 })} ${unit}MACs`;
}

function timeText(seconds: number): string {
  return seconds < 60
    ? `${seconds.toLocaleString("en-US", { maximumSignificantDigits: 2 })} s`
    : duration(seconds);
}
