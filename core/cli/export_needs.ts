/**
 * What `export` needs: to read weights and pictures, to write its folder, and what its targets are verified with.
 *
 * @module
 */
import { blockNeeds, readNetworkBlock } from "../export/found.ts";
import { loadTarget } from "../export/registry.ts";
import type { TargetName } from "../export/target.ts";
import { globRoot, isGlob } from "../restore/batch/glob.ts";
import { real } from "../restore/batch/inputs.ts";
import { grantsOfNeeds, hasNeeds } from "../runtimes/needs.ts";
import { exportRequest } from "./export_request.ts";
import type { FlagValues } from "./flags.ts";
import { modelNeeds } from "./restore_needs.ts";
import { resolve } from "node:path";

/** What the flags of an `export` command need. */
export interface ExportNeeds {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Folders to write to. */
  readonly write: readonly string[];
  /** Folders of libraries. */
  readonly ffi: readonly string[];
  /** Whether libraries are called in a way that no list of folders allows. */
  readonly anyLibrary: boolean;
  /** Programs to start. */
  readonly run: readonly string[];
  /** Addresses. */
  readonly net: readonly string[];
  /** Names of models of the zoo. */
  readonly models: readonly string[];
  /** Targets whose runtimes have to be fetched first. */
  readonly missing: readonly TargetName[];
}

/**
 * Looks at the flags of an `export` command.
 *
 * @throws {UserError} USAGE for values that are none, or an options file that cannot be read.
 */
export async function exportNeeds(flags: FlagValues): Promise<ExportNeeds> {
  const request = exportRequest(flags);
  const { read: weights, models } = await modelNeeds(flags);
  const block = request.optionsFile === undefined
    ? undefined
    : blockNeeds(await readNetworkBlock(request.optionsFile, request.plugins));
  const folder = [resolve(request.folder), real(request.folder)];
  const pictures = (request.calibrate ?? []).map((word) => isGlob(word) ? globRoot(word) : word);
  const needs = {
    read: [...weights, ...block?.read ?? [], ...folder],
    write: folder,
    ffi: [] as string[],
    anyLibrary: false,
    run: [] as string[],
    net: [] as string[],
    // Weights on the command line go before those of the options file.
    models: [...models, ...flags["model"] === undefined ? block?.models ?? [] : []],
    missing: [] as TargetName[],
  };
  for (const word of pictures) needs.read.push(resolve(word), real(word));
  if (request.verify === false) return needs;
  for (const name of request.targets) {
    const { needs: wanted } = await loadTarget(name);
    if (!await hasNeeds(wanted)) needs.missing.push(name);
    const grants = await grantsOfNeeds(wanted);
    needs.read.push(...grants.read);
    needs.write.push(...grants.write);
    needs.run.push(...grants.run);
    needs.net.push(...grants.net);
    needs.ffi.push(...grants.ffi ?? []);
    needs.anyLibrary ||= grants.ffi === undefined;
  }
  return needs;
}
