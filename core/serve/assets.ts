/**
 * The files of the page: a fixed table, read at the start, so that no path of a request ever reaches the disk.
 *
 * @module
 */
import type { Answer, Handler } from "./message.ts";
import type { Routes } from "./router.ts";
import { createHash } from "node:crypto";

/** Files of the folder `page`, by the path at which they are served, and their MIME types. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
  "/viewer.css": ["viewer.css", "text/css; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/api.js": ["api.js", "text/javascript; charset=utf-8"],
  "/card.js": ["card.js", "text/javascript; charset=utf-8"],
  "/dom.js": ["dom.js", "text/javascript; charset=utf-8"],
  "/files.js": ["files.js", "text/javascript; charset=utf-8"],
  "/lens.js": ["lens.js", "text/javascript; charset=utf-8"],
  "/login.js": ["login.js", "text/javascript; charset=utf-8"],
  "/queue.js": ["queue.js", "text/javascript; charset=utf-8"],
  "/settings.js": ["settings.js", "text/javascript; charset=utf-8"],
  "/theme.js": ["theme.js", "text/javascript; charset=utf-8"],
  "/tiles.js": ["tiles.js", "text/javascript; charset=utf-8"],
  "/viewer.js": ["viewer.js", "text/javascript; charset=utf-8"],
  "/zip.js": ["zip.js", "text/javascript; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/** Reads the page's files and gives a route for each. */
export async function pageRoutes(): Promise<Routes> {
  const routes: Record<string, Handler> = {};
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const bytes = await Deno.readFile(new URL(`page/${file}`, import.meta.url));
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
    const headers = { "content-type": type, "cache-control": "no-cache", etag };
    routes[`GET ${path}`] = (call): Answer =>
      call.header("if-none-match") === etag
        ? { status: 304, headers: { etag } }
        : { status: 200, headers, body: bytes };
  }
  return routes;
}
