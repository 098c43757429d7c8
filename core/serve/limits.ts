/**
 * How much a server takes: bytes, pixels, jobs, time.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

/** Limits of a server. */
export interface Limits {
  /** Most bytes of a request's body. */
  readonly maxBody: number;
  /** Most pixels of a picture that comes in. */
  readonly maxPixels: number;
  /** Most pixels of a picture that would come out. */
  readonly maxOutputPixels: number;
  /** Most jobs that wait or run at a time. */
  readonly maxJobs: number;
  /** Most bytes of pictures that are on their way in, wait or are worked on. */
  readonly maxHeld: number;
  /** Seconds that a job may run. */
  readonly timeout: number;
  /** Seconds within which a request's head has to be there. */
  readonly headTimeout: number;
  /** Seconds without a byte of the body after which a request is given up. */
  readonly bodyIdle: number;
  /** Seconds within which a request has to be there whole. */
  readonly bodyTimeout: number;
  /** Seconds for which the result of a job is kept. */
  readonly keepSeconds: number;
  /** Most bytes of results that are kept; the oldest go first, the newest stays whatever its size. */
  readonly keepBytes: number;
  /** Most connections at a time. */
  readonly maxConnections: number;
}

/** Limits of a server that was told nothing. */
export const DEFAULT_LIMITS: Limits = {
  maxBody: 64e6,
  maxPixels: 40e6,
  maxOutputPixels: 200e6,
  maxJobs: 32,
  maxHeld: 256e6,
  timeout: 1800,
  headTimeout: 10,
  bodyIdle: 20,
  bodyTimeout: 600,
  keepSeconds: 600,
  keepBytes: 512e6,
  maxConnections: 256,
};

/**
 * The number that a flag gives, with `k`, `M` or `G` (thousand, million, thousand million) behind it if wanted, also as
 * `kB`, `MB`, `GB`, `MP`.
 *
 * @throws {UserError} USAGE, naming the flag, if it is not a number from 1 on.
 */
export function quantity(flag: string, text: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kKmMgG]?)[bBpP]?$/.exec(text) ?? [];
  const factor = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 1;
  const value = Math.round(Number(digits) * factor);
  if (!(value >= 1 && Number.isSafeInteger(value))) {
    throw new UserError(
      `serve: --${flag} must be a number such as 64 or 64M, received "${text}"; see serve --help`,
      ExitCode.USAGE,
    );
  }
  return value;
}
