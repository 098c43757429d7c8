/**
 * Imports that happen when they are needed, and not a moment sooner.
 *
 * @module
 */

/**
 * Imports a module of `core`, named by its path in there. Of `import("./literal.ts")` Deno reads the module and everything behind
 * it before it runs the first line of the program: several hundred files that most commands never touch.
 *
 * @example
 * ```ts
 * import { later } from "./_later.ts";
 * const { VERSION } = await later<typeof import("../version.ts")>("version.ts");
 * console.assert(VERSION.length > 0);
 * ```
 */
export async function later<M>(path: string): Promise<M> {
  return await import(new URL(`../${path}`, import.meta.url).href) as M;
}
