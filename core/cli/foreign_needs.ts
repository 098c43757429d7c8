/**
 * What models of other programs need: to be read, and the programs that run them.
 *
 * @module
 */
import { FOREIGN } from "../restore/foreign/runtimes.ts";
import { type ForeignKind, type ForeignSpec, modelPath } from "../restore/foreign/spec.ts";
import { real } from "../restore/batch/inputs.ts";
import { grantsOfNeeds, hasNeeds } from "../runtimes/needs.ts";
import { resolve } from "node:path";

/** What is read, opened and fetched. */
export interface ForeignNeeds {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Folders of libraries. */
  readonly ffi: readonly string[];
  /** Whether libraries are called in a way that no list of folders allows. */
  readonly anyLibrary: boolean;
  /** Whether libtensorflow is needed, whatever engine computes. */
  readonly tensorflow: boolean;
  /** Kinds whose programs have to be fetched first. */
  readonly missing: readonly ForeignKind[];
}

/** Looks at the models. */
export async function foreignNeeds(models: readonly ForeignSpec[]): Promise<ForeignNeeds> {
  const read = new Set<string>(), ffi = new Set<string>(), missing = new Set<ForeignKind>();
  let anyLibrary = false, tensorflow = false;
  for (const { kind, path } of models) {
    const place = modelPath(kind, path);
    read.add(resolve(place)).add(real(place));
    const program = FOREIGN[kind];
    tensorflow ||= program.tensorflow;
    const needs = await program.needs();
    if (!await hasNeeds(needs)) missing.add(kind);
    const grants = await grantsOfNeeds(needs);
    for (const folder of grants.read) read.add(folder);
    for (const folder of grants.ffi ?? []) ffi.add(folder);
    anyLibrary ||= grants.ffi === undefined;
  }
  return { read: [...read], ffi: [...ffi], anyLibrary, tensorflow, missing: [...missing] };
}
