/**
 * `zoo`: lists pretrained models, fetches them, and says where they lie.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { bytes, nearest, table } from "../text.ts";
import { type Catalogue, readCatalogue } from "../zoo/catalogue.ts";
import { byHand, type DownloadOptions } from "../zoo/download.ts";
import type { ZooEntry, ZooScore } from "../zoo/schema.ts";
import { fetchModel, isHere, placeOf } from "../zoo/store.ts";
import type { Parsed } from "./commands.ts";

const ACTIONS = ["list", "fetch", "info", "path"] as const;

/**
 * Runs `zoo`.
 *
 * @param options How files are fetched; tests have a server of their own.
 * @param show Receives what it prints.
 * @throws {UserError} USAGE for unknown actions and names; otherwise as fetching does.
 */
export async function runZoo(
  { flags, words }: Parsed,
  options: DownloadOptions = {},
  show: (text: string) => void = print,
): Promise<number> {
  const [action = "list", ...names] = words;
  if (!(ACTIONS as readonly string[]).includes(action)) {
    const near = nearest(action, ACTIONS);
    throw new UserError(
      `zoo: unknown action "${action}"${near.length > 0 ? `, did you mean ${near[0]}?` : ""}; ` +
        `it is one of ${ACTIONS.join(", ")}`,
      ExitCode.USAGE,
    );
  }
  const catalogue = await readCatalogue((flags["plugins"] ?? []) as readonly string[]);
  if (action === "list") {
    show(await list(catalogue, names));
    return ExitCode.OK;
  }
  if (names.length === 0) {
    throw new UserError(
      `zoo ${action}: name a model, for example: deno task zoo ${action} RealESRGAN_x4plus`,
      ExitCode.USAGE,
    );
  }
  const entries = names.map((name) => catalogue.get(name));
  if (action === "info") {
    show((await Promise.all(entries.map(describe))).join("\n\n"));
    return ExitCode.OK;
  }
  if (action === "path") {
    for (const entry of entries) await requireHere(entry);
    show(entries.map((entry) => placeOf(entry)).join("\n"));
    return ExitCode.OK;
  }
  return await fetchAll(entries, options, show);
}

async function requireHere(entry: ZooEntry): Promise<void> {
  if (await isHere(entry)) return;
  const target = { ...entry, path: placeOf(entry) };
  throw new UserError(
    entry.shipped === undefined
      ? `${entry.name} is not here. ${
        entry.url.length > 0
          ? `deno task zoo fetch ${entry.name} fetches it`
          : byHand([], target, entry.where)
      }`
      : `${target.path} is missing or damaged: bring it back with git checkout ${entry.shipped}`,
    ExitCode.DATA,
  );
}

/** The table of models whose name, arch, license or purpose holds each of `words`. */
async function list(catalogue: Catalogue, words: readonly string[]): Promise<string> {
  const wanted = catalogue.entries.filter(({ name, license, purpose, ...rest }) => {
    const text = [name, license, purpose, archOf(rest)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word.toLowerCase()));
  });
  if (wanted.length === 0) return `The zoo has no model with "${words.join('" and "')}".`;
  const rows = await Promise.all(wanted.map(async (entry) => [
    entry.name,
    archOf(entry),
    entry.scale === undefined ? "" : `x${entry.scale}`,
    entry.size === undefined ? "?" : bytes(entry.size),
    entry.license,
    await isHere(entry)
      ? entry.shipped === undefined ? "here" : "shipped"
      : entry.url.length > 0
      ? "-"
      : "by hand",
  ]));
  return table([["name", "arch", "scale", "size", "license", "here"], ...rows]);
}

function archOf({ network_g, network_d }: Pick<ZooEntry, "network_g" | "network_d">): string {
  return (network_g ?? network_d)?.type ?? "";
}

async function describe(entry: ZooEntry): Promise<string> {
  const network = entry.network_g ?? entry.network_d;
  const place = placeOf(entry);
  const here = await isHere(entry);
  const lines: [string, string | undefined][] = [
    ["purpose", entry.purpose],
    [
      entry.network_d === undefined ? "network_g" : "network_d",
      network && JSON.stringify(network).replaceAll(/"(\w+)":/g, "$1: ").replaceAll(",", ", "),
    ],
    ["scale", entry.scale?.toString()],
    ["param_key", entry.param_key],
    ["license", entry.license],
    ["source", entry.source],
    ["facts", `${entry.facts} (${entry.catalogue})`],
    ["size", entry.size === undefined ? undefined : `${entry.size} bytes`],
    [
      "sha256",
      entry.sha256 ?? (entry.sha256_prefix && `${entry.sha256_prefix}…`) ?? "not published",
    ],
    ...entry.url.map((url): [string, string] => ["url", url]),
    ["by hand", entry.where],
    ["note", entry.note],
    ...entry.psnr.map((score): [string, string] => ["published", figures(score)]),
    [here ? "path" : "would be", place],
    [
      "options",
      network && `path.pretrain_${entry.network_d ? "network_d" : "network_g"}: zoo:${entry.name}`,
    ],
  ];
  return [
    entry.name,
    ...lines.flatMap(([key, value]) => value === undefined ? [] : [`  ${key.padEnd(10)}${value}`]),
  ].join("\n");
}

function figures({ set, channel, crop, psnr, ssim }: ZooScore): string {
  const recipe = [channel.toUpperCase(), ...(crop === undefined ? [] : [`crop ${crop}`])];
  return `${set}: ${psnr} dB${ssim === undefined ? "" : `, SSIM ${ssim}`} (${recipe.join(", ")})`;
}

/** Fetches one after the other; a failure does not keep the others from being tried. */
async function fetchAll(
  entries: readonly ZooEntry[],
  options: DownloadOptions,
  show: (text: string) => void,
): Promise<number> {
  let worst: number = ExitCode.OK;
  let done = 0;
  for (const entry of entries) {
    using shown = new ShownProgress(entry.file);
    try {
      const { path, sha256, fetched } = await fetchModel(entry, {
        say: (line) => stderrTerminal.line(line),
        progress: (bytes, total) => shown.update(bytes, total),
        ...options,
      });
      shown.finish();
      const known = entry.sha256 ?? entry.sha256_prefix;
      show(
        `${entry.name} ${fetched ? "was fetched" : "is here"}: ${path}` +
          (known === undefined
            ? `\n  SHA-256 ${sha256}; none is published to compare it with`
            : "") +
          `\n  license ${entry.license}, ${entry.source}`,
      );
      done++;
    } catch (error) {
      if (!(error instanceof UserError) || entries.length === 1) throw error;
      stderrTerminal.line(`error: ${error.message}`);
      worst = error.exitCode;
    }
  }
  return worst === ExitCode.OK || done === 0 ? worst : ExitCode.SOME_FAILED;
}

/** A bar that appears with the first bytes. */
class ShownProgress implements Disposable {
  #bar: Progress | undefined;

  constructor(private readonly label: string) {}

  update(done: number, total: number | undefined): void {
    this.#bar ??= new Progress({
      label: this.label,
      initial: done,
      unit: "B",
      ...(total === undefined ? {} : { total }),
    });
    this.#bar.update(done);
  }

  finish(): void {
    this.#bar?.finish();
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}
