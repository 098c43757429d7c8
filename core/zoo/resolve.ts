/**
 * From what options name to a file: a path, or `zoo:NAME`.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { readCatalogue } from "./catalogue.ts";
import type { DownloadOptions } from "./download.ts";
import { zooName } from "./spec.ts";
import { fetchModel, isHere, placeOf } from "./store.ts";

/** How {@linkcode resolveWeights} looks and fetches. */
export interface ResolveOptions extends DownloadOptions {
  /** Further plugin folders, whose `zoo/*.yml` count as well. */
  readonly plugins?: readonly string[];
}

/**
 * The path of the weights that `spec` names: `spec` itself, or for `zoo:NAME` where that model lies. A model that is
 * not there is fetched if this process may use the network without asking; under `deno task` that has been done before.
 *
 * @throws {UserError} USAGE if the zoo has no such model; DATA or ENVIRONMENT if it is not there and cannot be fetched.
 *
 * @example
 * ```ts
 * import { resolveWeights } from "./mod.ts";
 * console.assert(await resolveWeights("experiments/net_g.pth") === "experiments/net_g.pth");
 * const path = await resolveWeights("zoo:realesr-animevideov3"); // comes with the program
 * console.assert(path.endsWith("realesr-animevideov3.safetensors"));
 * ```
 */
export async function resolveWeights(
  spec: string,
  options: ResolveOptions = {},
): Promise<string> {
  const name = zooName(spec);
  if (name === undefined) return spec;
  const { plugins = [], say = console.warn } = options;
  const catalogue = await readCatalogue(plugins);
  const entry = catalogue.get(name);
  if (await isHere(entry)) return placeOf(entry);
  const mayFetch = entry.url.length > 0 &&
    catalogue.hosts([entry]).every((host) =>
      Deno.permissions.querySync({ name: "net", host }).state === "granted"
    );
  if (entry.url.length > 0 && !mayFetch) {
    throw new UserError(
      `${spec} is not here: run deno task zoo fetch ${entry.name}`,
      ExitCode.DATA,
    );
  }
  if (mayFetch) {
    say(`fetching ${entry.name} (${entry.license}) from ${new URL(entry.url[0]!).host}`);
  }
  const { path } = await fetchModel(entry, { ...options, say });
  return path;
}
