/**
 * What of the packages an executable of `restore` does without.
 *
 * @module
 */
import { join, relative, sep } from "node:path";

/** Packages that restoring never loads: tests, documentation, other commands, and what only installs tfjs-node. */
const UNUSED =
  /^(?:@types\+|@seriousme\+|@webgpu\+types|@mapbox\+|playwright-core@|fast-check@|pure-rand@|ajv@|fast-uri@|undici-types@|tar@|adm-zip@)/;

/** What of a package is for people, other tools or other systems. */
const LEFT_OUT =
  /\.(?:map|d\.[mc]?ts|[mc]?ts|md|html|flow)$|\.min\.js$|(?:fesm|es2017)\.js$|@tensorflow[\\/].*[\\/](?:src|miniprogram)[\\/]/;

/** Bundles of TensorFlow.js for browsers, of which Node's are the twins that are loaded. */
const BROWSER_BUNDLE = /@tensorflow[\\/]tfjs[^\\/]*[\\/]dist[\\/]tf[^\\/]*(?<!\.node)\.js$/;

/** Addons of imagescript for other machines. */
const ADDON = /imagescript[\\/]codecs[\\/]node[\\/]bin[\\/]([\w-]+)\.node$/;

/** Smaller files are not worth naming each. */
const SMALL = 30_000;

/**
 * Files and folders under `node_modules` to leave out, sorted.
 *
 * @param root The folder that holds `node_modules`.
 * @param addon Name of imagescript's addon for the machine: `x64-linux`.
 */
export async function unusedParts(root: string, addon: string): Promise<string[]> {
  const packages = join(root, "node_modules", ".deno");
  const unused: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(packages)) {
    const folder = join(packages, name);
    if (!isDirectory) continue;
    if (UNUSED.test(name)) unused.push(folder);
    else await collect(folder, packages, addon, unused);
  }
  return unused.sort();
}

async function collect(
  folder: string,
  packages: string,
  addon: string,
  unused: string[],
): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await collect(path, packages, addon, unused);
    if (!isFile || !isUnused(relative(packages, path), addon)) continue;
    if ((await Deno.stat(path)).size > SMALL) unused.push(path);
  }
}

/** Whether a file, named from the folder of packages, is never loaded. */
export function isUnused(path: string, addon: string): boolean {
  const own = ADDON.exec(path)?.[1];
  if (own !== undefined) return own !== addon;
  return LEFT_OUT.test(path) || BROWSER_BUNDLE.test(path.split(sep).join("/"));
}
