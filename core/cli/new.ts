/**
 * `new`: writes a plugin template and its test.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { kindFolder, PLUGIN_KINDS, type PluginKind } from "../registry.ts";
import { writeAtomicText } from "../storage/atomic.ts";
import { nearest } from "../text.ts";
import type { Parsed } from "./commands.ts";
import { TEMPLATES } from "./templates.ts";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs `new KIND NAME`. */
export async function runNew({ flags, words }: Parsed): Promise<number> {
  const [kind, name, ...more] = words;
  if (kind === undefined || name === undefined || more.length > 0) {
    throw new UserError(
      "new: needs a kind and a name, for example: new arch MyNet",
      ExitCode.USAGE,
    );
  }
  if (!(PLUGIN_KINDS as readonly string[]).includes(kind)) {
    const near = nearest(kind, PLUGIN_KINDS);
    throw new UserError(
      `new: "${kind}" is no kind of plugin${near[0] ? `, did you mean ${near[0]}?` : ""}; ` +
        `kinds: ${PLUGIN_KINDS.join(", ")}`,
      ExitCode.USAGE,
    );
  }
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    throw new UserError(
      `new: "${name}" is no class name, use letters and digits and begin with a capital, for example MyNet`,
      ExitCode.USAGE,
    );
  }
  if (takenNames(kind as PluginKind).has(name) || name in globalThis) {
    throw new UserError(
      `new: ${name} means something else in TypeScript or in the template, choose another name`,
      ExitCode.USAGE,
    );
  }
  const dir = (flags["dir"] as string | undefined) ?? "plugins";
  const files = templateFiles(kind as PluginKind, name, dir);
  if (!flags["force"]) {
    for (const { path } of files) {
      try {
        await Deno.lstat(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw error;
      }
      throw new UserError(`new: ${path} exists already, --force overwrites it`, ExitCode.USAGE);
    }
  }
  for (const { path, text } of files) {
    await Deno.mkdir(resolve(path, ".."), { recursive: true });
    await writeAtomicText(path, text);
    console.log(`wrote ${path}`);
  }
  const yaml = (isOwn(dir) ? "" : `plugins: [${JSON.stringify(dir)}]\n`) +
    TEMPLATES[kind as PluginKind].yaml(name);
  console.log(
    [
      "",
      "It works as it stands; make it yours. In an options file:",
      "",
      ...yaml.split("\n").map((line) => `  ${line}`),
      "",
      `Test it:  deno test -A ${files[1]!.path}`,
      ...(isOwn(dir) ? ["Tell editors about its options:  deno task schema"] : []),
    ].join("\n"),
  );
  return ExitCode.OK;
}

/** The files of a template, with their imports pointing at the core: the plugin, then its test. */
export function templateFiles(
  kind: PluginKind,
  name: string,
  dir: string,
): { path: string; text: string }[] {
  const stem = `${snake(name).replace(new RegExp(`_${kind}$`), "")}_${kind}.ts`;
  const own = isOwn(dir);
  const folder = own ? `plugins/${kindFolder(kind)}` : dir;
  const plugin = join(folder, stem);
  const test = own
    ? join(`tests/plugins/${kindFolder(kind)}`, stem.replace(/\.ts$/, "_test.ts"))
    : join(dir, stem.replace(/\.ts$/, "_test.ts"));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const core = (from: string) => {
    const path = relative(resolve(from, ".."), join(root, "core")).replaceAll("\\", "/");
    return path.startsWith(".") ? path : `./${path}`;
  };
  const toPlugin = relative(resolve(test, ".."), resolve(plugin)).replaceAll("\\", "/");
  const template = TEMPLATES[kind];
  return [
    { path: plugin, text: template.plugin(name, core(plugin)) },
    {
      path: test,
      text: template.test(name, core(test), toPlugin.startsWith(".") ? toPlugin : `./${toPlugin}`),
    },
  ];
}

/** True for the program's own plugin folder, whose plugins lie in a folder for each kind and need no naming. */
function isOwn(dir: string): boolean {
  return resolve(dir) === resolve("plugins");
}

/** Names that the files of a template import or declare. */
function takenNames(kind: PluginKind): Set<string> {
  const { plugin, test } = TEMPLATES[kind];
  const text = plugin("_", "core") + test("_", "core", "plugin");
  const declared = text.matchAll(/^import (?:type )?\{([^}]*)\}|^class (\w+)/gm);
  return new Set(
    [...declared].flatMap(([, names, name]) =>
      (names ?? name)!.split(",").map((word) => word.trim().replace(/^type /, ""))
    ),
  );
}

/** `MyNet2x` becomes `my_net2x`. */
function snake(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}
