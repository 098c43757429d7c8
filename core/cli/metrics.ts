/**
 * `metrics`: measures a folder of restored pictures, against ground truth where a metric wants it.
 *
 * All that is needed is looked for before the first picture: with weights missing, nothing is computed and the message
 * names every file that is wanted. What fails for single pictures is told at the end, the rest is computed. Exit codes:
 * 0 done; 1 some values could not be computed; 4 files without partner, weights missing, or nothing could be computed.
 *
 * @module
 */
import type { EngineChoice } from "../engine/engine.ts";
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { describeProblems } from "../data/files.ts";
import type { DataProblem } from "../data/dataset.ts";
import type { RawImage } from "../data/image.ts";
import { readImageBytes } from "../data/image_bytes.ts";
import { fromJsonNumber, type MetricReport, MetricTable } from "../metrics/collect.ts";
import type { FeatureSource } from "../metrics/fid.ts";
import { type FolderListing, listFolders, measurePair } from "../metrics/folders.ts";
import type { Metric } from "../metrics/metric.ts";
import { loadPlugins } from "../plugins.ts";
import { METRIC_REGISTRY } from "../registry.ts";
import { makeFolder, writeAtomicText } from "../storage/atomic.ts";
import { nearest, table } from "../text.ts";
import type { FlagValues, Parsed } from "./commands.ts";
import { basename, dirname, join, resolve } from "node:path";

/** The distance of whole folders, which is no metric of pictures. */
const FID = "fid";

/** What the flags ask for. */
interface Wanted {
  readonly restored: string;
  readonly gt: string | undefined;
  readonly suffix: string;
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly fid: boolean;
  readonly correctMeanVar: boolean;
}

/** What differs in tests. */
export interface MetricsParts {
  /** Opens the network of FID. */
  readonly openFid?: () => Promise<FeatureSource>;
}

/**
 * Runs `metrics`.
 *
 * @throws {UserError} USAGE for wrong flags, DATA if folders are empty or weights missing.
 */
export async function runMetrics(
  { flags }: Parsed,
  parts: MetricsParts = {},
): Promise<ExitCodeValue> {
  await loadPlugins(flags["plugins"] as readonly string[]);
  const wanted = readWanted(flags);
  const listing = await list(wanted);
  const { startEngine } = await import("../engine/start.ts");
  await using stack = new AsyncDisposableStack();
  const engine = stack.adopt(
    await startEngine({
      engine: flags["engine"] as EngineChoice | undefined,
      say: (line) => stderrTerminal.line(line),
    }),
    (e) => e.dispose(),
  );
  for (const metric of wanted.metrics.values()) stack.defer(() => metric.dispose?.());
  const fid = await prepare(wanted, parts);
  if (fid !== undefined) stack.use(fid);

  const read = async (path: string): Promise<RawImage> =>
    await engine.codec.decode(await readImageBytes(path), path);
  const dataset = basename(resolve(wanted.restored));
  const results = new MetricTable();
  const problems: DataProblem[] = [];
  if (wanted.metrics.size > 0) {
    using progress = new Progress({ label: dataset, total: listing.pairs.length, unit: "img" });
    for (const pair of listing.pairs) {
      const options = { ...wanted, read, table: results, dataset };
      problems.push(...await measurePair(pair, options));
      progress.advance(1, pair.name);
      await new Promise((done) => setTimeout(done, 0));
    }
    progress.finish();
  }
  const distance = fid && await folderDistance(fid, wanted, listing, read, problems);
  const report: MetricReport[string] = {
    ...results.toJSON()[dataset],
    ...(distance && {
      [FID]: { mean: distance.value, recipe: distance.recipe, better: "lower", images: {} },
    }),
  };
  await writeFiles(flags, wanted, report, listing.orphans, problems);
  await stderrTerminal.settled();
  print(summary(dataset, listing, report, problems));
  if (listing.orphans.length > 0 || Object.keys(report).length === 0) return ExitCode.DATA;
  return problems.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
}

/** Lists the folders. For FID alone pictures need no partner. */
async function list(wanted: Wanted): Promise<FolderListing> {
  const listing = await listFolders(wanted);
  if (wanted.metrics.size === 0) return { ...listing, pairs: [], orphans: [] };
  if (listing.pairs.length > 0) return listing;
  throw new UserError(
    `no two pictures of ${wanted.gt} and ${wanted.restored} belong together, check --suffix:` +
      describeProblems(listing.orphans),
    ExitCode.DATA,
  );
}

/** Reads and checks the flags. */
function readWanted(flags: FlagValues): Wanted {
  const border = Number(flags["crop-border"] ?? 0);
  if (!Number.isInteger(border) || border < 0) {
    throw usage(`--crop-border must be an integer of 0 or more, received ${flags["crop-border"]}`);
  }
  const names = String(flags["metric"]).split(",").map((name) => name.trim()).filter(Boolean);
  const metrics = new Map<string, Metric>();
  for (const name of names) {
    if (name === FID) continue;
    metrics.set(
      name,
      buildMetric(name, {
        crop_border: border,
        test_y_channel: flags["y"] === true,
        net: flags["lpips-net"],
      }),
    );
  }
  const fid = names.includes(FID);
  if (names.length === 0) throw usage("--metric names no metric");
  const gt = flags["gt"] as string | undefined;
  const comparing = [...metrics].filter(([, m]) => m.needsReference).map(([name]) => name);
  if (fid) comparing.push(FID);
  if (gt === undefined && comparing.length > 0) {
    throw usage(`${comparing.join(", ")} compares with ground truth: give its folder by --gt`);
  }
  const correctMeanVar = flags["correct-mean-var"] === true;
  if (correctMeanVar && gt === undefined) {
    throw usage("--correct-mean-var takes means of ground truth: give its folder by --gt");
  }
  return {
    restored: flags["restored"] as string,
    gt,
    suffix: (flags["suffix"] as string | undefined) ?? "",
    metrics,
    fid,
    correctMeanVar,
  };
}

/** Builds the metric that is registered as `calculate_<name>` (or `name`), with those of `options` that it has. */
function buildMetric(name: string, options: Readonly<Record<string, unknown>>): Metric {
  const entry = METRIC_REGISTRY.find(`calculate_${name}`) ?? METRIC_REGISTRY.find(name);
  if (entry === undefined) {
    const known = [...METRIC_REGISTRY.names().map((n) => n.replace(/^calculate_/, "")), FID].sort();
    const near = nearest(name, known);
    throw usage(
      `--metric "${name}" is unknown${near.length > 0 ? `, did you mean ${near[0]}?` : ""}; ` +
        `known: ${known.join(", ")}`,
    );
  }
  const shape = entry.options?.shape ?? options;
  const own = Object.fromEntries(
    Object.entries(options).filter(([key, value]) => key in shape && value !== undefined),
  );
  const checked = entry.options?.safeParse(own);
  if (checked?.success === false) {
    const lines = checked.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`);
    throw usage(`metric ${name} cannot be built from the command line: ${lines.join("; ")}`);
  }
  return new entry.value(checked?.data ?? own);
}

/** Loads what metrics need; everything that is missing is told at once. */
async function prepare(
  { metrics, fid }: Wanted,
  parts: MetricsParts,
): Promise<FeatureSource | undefined> {
  const missing: UserError[] = [];
  const attempt = async <T>(act: () => Promise<T> | undefined): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing.push(error);
      return undefined;
    }
  };
  for (const metric of metrics.values()) await attempt(() => metric.prepare?.());
  const openFid = parts.openFid ??
    (async () => await (await import("../metrics/fid.ts")).FidFeatures.open());
  const features = fid ? await attempt(openFid) : undefined;
  if (missing.length === 0) return features;
  features?.[Symbol.dispose]();
  const text = missing.map(({ message }) => message).join("\n");
  throw new UserError(
    `${text}\nNothing was computed; without these weights leave the metric out of --metric.`,
    missing[0]!.exitCode,
    { cause: missing[0] },
  );
}

/** FID of all pictures of both folders, those without partner too. Undefined if too few can be read. */
async function folderDistance(
  fid: FeatureSource,
  { restored, gt }: Wanted,
  listing: FolderListing,
  read: (path: string) => Promise<RawImage>,
  problems: DataProblem[],
): Promise<{ readonly value: number; readonly recipe: string } | undefined> {
  const { featureStatistics, fidRecipe, frechetDistance } = await import("../metrics/fid.ts");
  using progress = new Progress({
    label: FID,
    total: listing.restored.length + listing.gt.length,
    unit: "img",
  });
  const featuresOf = async (folder: string, files: readonly string[]): Promise<Float32Array[]> => {
    const found: Float32Array[] = [];
    for (const file of files) {
      const path = join(folder, file);
      try {
        found.push(await fid.of(await read(path)));
      } catch (error) {
        if (!(error instanceof UserError) || error.exitCode !== ExitCode.DATA) throw error;
        problems.push({ file: path, what: `${FID}: ${error.message}` });
      }
      progress.advance(1, file);
    }
    return found;
  };
  const a = await featuresOf(restored, listing.restored);
  const b = await featuresOf(gt!, listing.gt);
  progress.finish();
  if (Math.min(a.length, b.length) < 2) {
    problems.push({ file: restored, what: `${FID}: needs two pictures at least in each folder` });
    return undefined;
  }
  const value = frechetDistance(featureStatistics(a), featureStatistics(b));
  return { value, recipe: fidRecipe(a.length, b.length) };
}

/** Writes `--csv` and `--json`. */
async function writeFiles(
  flags: FlagValues,
  { restored, gt, suffix }: Wanted,
  report: MetricReport[string],
  orphans: readonly DataProblem[],
  problems: readonly DataProblem[],
): Promise<void> {
  const write = async (flag: string, text: () => string): Promise<void> => {
    const path = flags[flag] as string | undefined;
    if (path === undefined) return;
    await makeFolder(dirname(resolve(path)));
    await writeAtomicText(path, text());
  };
  await write("csv", () => csv(report));
  await write(
    "json",
    () =>
      JSON.stringify({ restored, gt, suffix, metrics: report, orphans, problems }, null, 2) + "\n",
  );
}

/** One line for each number: image (empty for means and FID), metric, value, which way is better, recipe. */
function csv(report: MetricReport[string]): string {
  const rows: (string | number)[][] = [["image", "metric", "value", "better", "recipe"]];
  for (const [name, { mean, recipe, better, images }] of Object.entries(report)) {
    for (const [image, value] of Object.entries(images)) {
      rows.push([image, name, value, better, recipe]);
    }
    rows.push(["", name, mean, better, recipe]);
  }
  const cell = (value: string | number): string => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",") + "\n").join("");
}

/** What is printed at the end. */
function summary(
  dataset: string,
  { pairs, orphans }: FolderListing,
  report: MetricReport[string],
  problems: readonly DataProblem[],
): string {
  const metrics = Object.entries(report);
  const number = (value: number | string | undefined): string =>
    value === undefined ? "" : typeof value === "number" ? value.toFixed(4) : value;
  const measured = pairs.filter(({ name }) => metrics.some(([, m]) => name in m.images));
  const lines = [
    "",
    table([
      [dataset, ...metrics.map(([name]) => name)],
      ...measured.map(({ name }) => [name, ...metrics.map(([, m]) => number(m.images[name]))]),
      ["mean", ...metrics.map(([, m]) => number(m.mean))],
    ], "  "),
    "",
    ...metrics.map(([name, { recipe, better, images, mean }]) => {
      const count = Object.keys(images).length;
      const of = count === measured.length || name === FID
        ? ""
        : `, mean of ${count} of ${measured.length} images`;
      const infinite = Math.abs(fromJsonNumber(mean)) === Infinity ? ", identical images" : "";
      return `  ${name}: ${recipe}, ${better} is better${of}${infinite}`;
    }),
  ];
  if (problems.length > 0) {
    lines.push("", `  could not be computed:${indented(problems)}`);
  }
  if (orphans.length > 0) {
    lines.push("", `  without partner, left out (not of fid):${indented(orphans)}`);
  }
  return lines.join("\n");
}

function indented(problems: readonly DataProblem[]): string {
  return describeProblems(problems, Infinity).replaceAll("\n", "\n  ");
}

function usage(what: string): UserError {
  return new UserError(`metrics: ${what}; see metrics --help`, ExitCode.USAGE);
}
