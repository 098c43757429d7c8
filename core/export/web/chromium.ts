/**
 * Where a Chromium is, to look at the page with.
 *
 * @module
 */
import { join } from "node:path";
import { cacheDir, type Environment, ifPermitted, processEnvironment } from "../../places.ts";

/** Usual places. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/microsoft-edge",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** The browser that `CHROME` names, even if there is none, else one in a usual place; undefined without one. */
export function findChromium(env: Environment = processEnvironment): string | undefined {
  return env("CHROME") ??
    PLACES.find((path) => ifPermitted(() => Deno.statSync(path).isFile, false));
}

/** Where profiles of browsers lie while they run. */
export function profileFolder(env: Environment = processEnvironment): string {
  const temporary = env("TMPDIR") ?? env("TEMP") ?? "/tmp";
  return join(cacheDir(env) ?? join(temporary, "denosr"), "browser");
}
