/**
 * Where PyTorch and BasicSR are: a virtual environment in the cache folder, unless the user names a Python.
 *
 * @module
 */
import { ExitCode, UserError } from "../../core/errors.ts";
import { cacheDir, expandHome, ifPermitted } from "../../core/places.ts";
import { HERE } from "./_commands.ts";
import { join, resolve } from "node:path";

/** BasicSR, which is installed after all else: its setup wants to see PyTorch. */
export const BASICSR = "basicsr==1.4.2";

/** What to do when there is no PyTorch; the end of messages. */
export const WAYS_ON: string =
  "--ours-only measures this project alone; --python PATH takes a Python that has " +
  "what tests/bench/peer_requirements.txt lists, and " + BASICSR;

/** A virtual environment. */
export interface PeerEnvironment {
  /** Its folder. */
  readonly folder: string;
  /** Its Python. */
  readonly python: string;
  /** The file that is written when everything is installed; it holds what was. */
  readonly mark: string;
}

/** The pinned packages, a line each, as pip reads them. */
export const REQUIREMENTS_FILE: string = join(HERE, "peer_requirements.txt");

/**
 * Our own environment, whether it is there or not.
 *
 * @throws {UserError} ENVIRONMENT, if there is no cache folder.
 */
export function peerEnvironment(): PeerEnvironment {
  const cache = cacheDir();
  if (cache === undefined) {
    throw new UserError(
      `PyTorch has no place: there is no cache folder, set DENOSR_CACHE, or HOME; ${WAYS_ON}`,
      ExitCode.ENVIRONMENT,
    );
  }
  const folder = join(cache, "bench-peer");
  const program = Deno.build.os === "windows" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return { folder, python: join(folder, ...program), mark: join(folder, "installed.txt") };
}

/** The Python to run: the one that the user names, or our own. */
export function peerPython(named: string | undefined): string {
  // Not resolved through links: a virtual environment is known by the name of its Python.
  return named === undefined ? peerEnvironment().python : resolve(expandHome(named));
}

/** What the mark of a complete environment holds. */
export function wanted(): string {
  return `${Deno.readTextFileSync(REQUIREMENTS_FILE)}${BASICSR}\n`;
}

/** True if our own environment holds everything that is pinned now. */
export function isInstalled({ mark }: PeerEnvironment): boolean {
  return ifPermitted(() => Deno.readTextFileSync(mark), "") === wanted();
}
