/**
 * DenoSR: trains and tests image-restoration networks from YAML files.
 *
 * Run as a program it is the command line (`deno run -A mod.ts --help`); imported it is the library that plugins and
 * scripts stand on.
 *
 * @module
 */
export { ExitCode, type ExitCodeValue, UserError } from "./core/errors.ts";
export { main } from "./core/cli/main.ts";

if (import.meta.main) {
  const { main } = await import("./core/cli/main.ts");
  Deno.exit(await main(Deno.args));
}
