/**
 * Fetches one file from one of its addresses: to a part file beside its place, which becomes the file only when its
 * length and its SHA-256 are right.
 *
 * What has come before a cut is kept and gone on with, if the server has still the same file. Two processes that want
 * the same file take turns, and the second finds it there. What is in the file is never looked at.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { makeFolder } from "../storage/atomic.ts";
import { type FolderLock, lockFolder } from "../storage/lock.ts";
import { bytes as inWords } from "../text.ts";
import { VERSION } from "../version.ts";
import { Part } from "./_part.ts";
import { request } from "./_request.ts";
import { explained, Trouble, Watchdog } from "./_trouble.ts";

/** What is fetched. */
export interface DownloadTarget {
  /** Where it goes. */
  readonly path: string;
  /** SHA-256 that it must have, in hexadecimal. */
  readonly sha256?: string;
  /** The first digits of it. */
  readonly sha256_prefix?: string;
  /** Bytes that it must have. */
  readonly size?: number;
  /** Hosts that the addresses may lead on to, besides their own and the built-in ones. */
  readonly redirects?: readonly string[];
}

/** What is used of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    /** Headers of the request. */
    readonly headers: Record<string, string>;
    /** Redirects are followed by the caller. */
    readonly redirect: "manual";
    /** Ends the request. */
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** How it is fetched. */
export interface DownloadOptions {
  /** Milliseconds without data after which an attempt ends, default 30 000. */
  readonly stallMs?: number;
  /** Attempts at one address while each brings something, default 3. */
  readonly attempts?: number;
  /** Receives the bytes so far, and in the end, if that is known. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Receives what is worth saying, line by line. */
  readonly say?: (line: string) => void;
  /** Default `fetch`. */
  readonly fetch?: Fetch;
}

/** What has come. */
export interface Downloaded {
  /** Its SHA-256. */
  readonly sha256: string;
  /** Its bytes. */
  readonly size: number;
  /** False if it was there already. */
  readonly fetched: boolean;
}

/** Without a known size, more than this is not taken for weights. */
const MAX_BYTES = 20e9;

/**
 * Fetches a file, unless it is there and right.
 *
 * @param urls Its addresses, tried in this order.
 * @throws {UserError} ENVIRONMENT if no server answers, the connection breaks or stalls, or a redirect is refused;
 * DATA if there is no such file or it is another one (length, SHA-256); STORAGE if it cannot be written. The message
 * says how to get it by hand.
 */
export async function download(
  urls: readonly string[],
  target: DownloadTarget,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { path } = target;
  const { say = () => {}, attempts = 3 } = options;
  await makeFolder(dirname(path));
  using _lock = await turn(path, say);
  const there = await inspect(path);
  if (there !== undefined) {
    const fault = faultOf(there, target);
    if (fault === undefined) return { ...there, fetched: false };
    say(`${path} ${fault}: it is fetched anew`);
  }
  const troubles: string[] = [];
  let last: Trouble | undefined;
  for (const url of urls) {
    for (let attempt = 1;; attempt++) {
      try {
        return { ...await attemptAt(url, target, options), fetched: true };
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        last = error;
        if (error.passing && attempt < attempts) {
          say(`${basename(path)}: ${error.message}; going on`);
          continue;
        }
        troubles.push(`${url}: ${error.message}`);
        break;
      }
    }
  }
  throw new UserError(
    `${basename(path)} could not be fetched.\n  ${troubles.join("\n  ")}\n${byHand(urls, target)}`,
    last?.exitCode ?? ExitCode.DATA,
    { cause: last },
  );
}

/** How to get a file without this program. */
export function byHand(urls: readonly string[], target: DownloadTarget, where?: string): string {
  const { path, sha256, sha256_prefix: prefix, size } = target;
  const facts = [
    size === undefined ? "" : `${size} bytes`,
    sha256 === undefined ? "" : `SHA-256 ${sha256}`,
    prefix === undefined ? "" : `SHA-256 beginning with ${prefix}`,
  ].filter(Boolean).join(", ");
  return [
    "By hand:",
    ...(where === undefined ? [] : [`  ${where}`]),
    ...urls.map((url) => `  download ${url}`),
    `  and save it as ${path}${facts === "" ? "" : ` (${facts})`}`,
  ].join("\n");
}

/** What is wrong with a file of this length and hash, or undefined. */
function faultOf(
  found: { readonly size: number; readonly sha256: string },
  { size, sha256, sha256_prefix: prefix }: DownloadTarget,
): string | undefined {
  if (size !== undefined && found.size !== size) return `has ${found.size} bytes, not ${size}`;
  const wanted = sha256 ?? prefix ?? "";
  if (found.sha256.startsWith(wanted)) return undefined;
  return `has SHA-256 ${found.sha256}, not ${wanted}${sha256 === undefined ? "…" : ""}`;
}

/** Length and SHA-256 of the file at `path`, if there is one. */
export async function inspect(
  path: string,
): Promise<{ readonly size: number; readonly sha256: string } | undefined> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(1 << 20);
    let size = 0;
    for (let n; (n = await file.read(buffer)) !== null; size += n) {
      hash.update(buffer.subarray(0, n));
    }
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Waits until no other process fetches this file. */
async function turn(path: string, say: (line: string) => void): Promise<FolderLock> {
  const folder = join(dirname(path), ".locks", basename(path));
  for (let waited = false;; waited = true) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      // A lock that is held is the one error of lockFolder() that has no cause.
      if (!(error instanceof UserError) || error.cause !== undefined) throw error;
      if (!waited) say(`another process is fetching ${basename(path)}, waiting`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

async function attemptAt(
  url: string,
  target: DownloadTarget,
  options: DownloadOptions,
): Promise<{ readonly size: number; readonly sha256: string }> {
  using part = await Part.open(target.path, url);
  const { origin } = part;
  if (part.length > (origin?.total ?? target.size ?? MAX_BYTES)) await part.restart();
  if (part.length === 0 || part.length !== origin?.total) {
    try {
      await transfer(part, url, target, options);
    } finally {
      if (part.length === 0) await part.remove();
    }
  }
  const found = { size: part.length, sha256: await part.seal() };
  const fault = faultOf(found, target);
  if (fault !== undefined) {
    await part.remove();
    throw new Trouble(`what came ${fault}: it was thrown away`, ExitCode.DATA);
  }
  await part.rename(target.path);
  return found;
}

/** Brings the rest of the file, or all of it. */
async function transfer(
  part: Part,
  url: string,
  target: DownloadTarget,
  options: DownloadOptions,
): Promise<void> {
  const { stallMs = 30_000, progress = () => {} } = options;
  using watchdog = new Watchdog(stallMs);
  const headers: Record<string, string> = {
    // Lengths and ranges are those of the file only if it comes as it is.
    "accept-encoding": "identity",
    "user-agent": `denosr/${VERSION}`,
  };
  const validator = part.origin?.validator;
  if (part.length > 0 && validator !== undefined) {
    headers["range"] = `bytes=${part.length}-`;
    headers["if-range"] = validator;
  }
  const fetcher = options.fetch ?? fetch;
  const response = await request(url, headers, target.redirects ?? [], watchdog, fetcher);
  try {
    if (response.status === 416 || (response.status === 206 && !continues(response, part))) {
      // The file there is no longer the one that was begun.
      await response.body?.cancel();
      await part.remove();
      throw new Trouble("the file has changed there since it was begun", ExitCode.DATA, true);
    }
    if (response.status !== 206) refuse(response);
    if (response.status !== 206 && part.length > 0) await part.restart();
    const total = totalOf(response, part.length);
    if (target.size !== undefined && total !== undefined && total !== target.size) {
      throw new Trouble(
        `the file there has ${total} bytes, not ${target.size}: it is another one`,
        ExitCode.DATA,
      );
    }
    await part.note({ url, validator: validatorOf(response), total });
    await receive(response, part, total, target.size, watchdog, progress);
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

async function receive(
  response: Response,
  part: Part,
  total: number | undefined,
  size: number | undefined,
  watchdog: Watchdog,
  progress: (done: number, total: number | undefined) => void,
): Promise<void> {
  const most = total ?? size ?? MAX_BYTES;
  const state = () =>
    `after ${inWords(part.length)}${total === undefined ? "" : ` of ${inWords(total)}`}`;
  progress(part.length, total ?? size);
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    let piece: ReadableStreamReadResult<Uint8Array>;
    try {
      piece = await reader.read();
    } catch (error) {
      reader.releaseLock();
      throw explained(error, watchdog, state());
    }
    if (piece.done) break;
    watchdog.fed();
    if (part.length + piece.value.length > most) {
      await reader.cancel();
      throw new Trouble(
        `more than ${inWords(most)} came: it is another file`,
        ExitCode.DATA,
      );
    }
    try {
      await part.write(piece.value);
    } catch (error) {
      await reader.cancel();
      throw error;
    }
    progress(part.length, total ?? size);
  }
  reader?.releaseLock();
  if (total !== undefined && part.length < total) {
    throw new Trouble(`the file broke off ${state()}`, ExitCode.ENVIRONMENT, true);
  }
}

/** Whether a partial answer is the rest of what is here. */
function continues(response: Response, part: Part): boolean {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  const validator = validatorOf(response);
  return part.length > 0 && Number(range?.[1]) === part.length &&
    (range?.[3] === "*" || Number(range?.[3]) === (part.origin?.total ?? Number(range?.[3]))) &&
    (validator === undefined || validator === part.origin?.validator);
}

/** @throws {Trouble} If the answer brings no file. */
function refuse({ status, headers }: Response): void {
  if (status === 404 || status === 410) {
    throw new Trouble(`there is no such file (${status}): it was moved or removed`, ExitCode.DATA);
  }
  if (status === 401 || status === 403) {
    throw new Trouble(`the server does not give it to everybody (${status})`, ExitCode.DATA);
  }
  if (status === 429 || status >= 500) {
    throw new Trouble(`the server has trouble of its own (${status}): try again later`);
  }
  if (status !== 200) throw new Trouble(`the server answers with status ${status}`, ExitCode.DATA);
  if (/^text\/html\b/i.test(headers.get("content-type") ?? "")) {
    throw new Trouble("the server sends a web page in place of the file", ExitCode.DATA);
  }
}

/** Bytes of the whole file, if the answer says so. */
function totalOf({ headers }: Response, begun: number): number | undefined {
  const encoding = headers.get("content-encoding");
  const length = headers.get("content-length");
  if (length === null || (encoding !== null && encoding !== "identity")) return undefined;
  return begun + Number(length);
}

/** What `If-Range` may compare: weak ETags may not be. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get("etag");
  if (etag !== null && etag.startsWith('"')) return etag;
  return headers.get("last-modified") ?? undefined;
}
