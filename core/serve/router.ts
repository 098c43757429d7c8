/**
 * Finds the handler of a path and method.
 *
 * @module
 */
import type { Handler } from "./message.ts";
import { Problem } from "./problem.ts";

/** Handlers by `METHOD /path/{name}`. */
export type Routes = Readonly<Record<string, Handler>>;

/** Where a request goes. */
export interface Match {
  /** The route as it was given. */
  readonly key: string;
  /** Who answers it. */
  readonly handler: Handler;
  /** Parts of the path that the route left open. */
  readonly params: Readonly<Record<string, string>>;
}

interface Route {
  readonly key: string;
  readonly method: string;
  readonly parts: readonly string[];
  readonly handler: Handler;
}

/** A table of routes. Paths are compared as they were sent, part by part: nothing in them is decoded or resolved. */
export class Router {
  readonly #routes: readonly Route[];

  /** Takes routes such as `"GET /v1/jobs/{id}"`. */
  constructor(routes: Routes) {
    this.#routes = Object.entries(routes).map(([key, handler]) => {
      const [method, path] = key.split(" ") as [string, string];
      return { key, method, parts: path.split("/"), handler };
    });
  }

  /**
   * The handler of `method` and `path`; HEAD is answered like GET.
   *
   * @throws {Problem} 404 if there is no such path, 405 with `Allow` if it does not take this method.
   */
  match(method: string, path: string): Match {
    const parts = path.split("/");
    const allowed: string[] = [];
    for (const route of this.#routes) {
      const params = fit(route.parts, parts);
      if (params === undefined) continue;
      if (route.method === (method === "HEAD" ? "GET" : method)) {
        return { key: route.key, handler: route.handler, params };
      }
      allowed.push(route.method);
    }
    if (allowed.length === 0) throw new Problem("not_found", "there is nothing at this address");
    if (allowed.includes("GET")) allowed.push("HEAD");
    throw new Problem(
      "method_not_allowed",
      `${method.slice(0, 20)} is not possible here, but ${allowed.join(", ")}`,
      { allow: allowed.join(", ") },
    );
  }
}

function fit(
  route: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (route.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of route.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== parts[i] : parts[i] === "") return undefined;
    if (name !== undefined) params[name] = parts[i]!;
  }
  return params;
}
