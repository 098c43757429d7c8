/**
 * Errors of the operating system as messages that say what to do.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EFBIG: "the file system does not take files of this size",
  EACCES: "permission denied: check the owner and the mode of the folder",
  EPERM: "not permitted: check the owner and the mode of the folder",
  EROFS: "the file system is read-only: choose another folder or mount it writable",
  ENOENT: "the folder does not exist: create it",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file of that name",
  EISDIR: "there is a folder of that name",
  ENAMETOOLONG: "the name is too long",
  EIO: "the disk reports an error: check the system log",
  ESTALE: "the network file system lost the file: check the mount",
  EMFILE: "too many files are open: raise the limit with ulimit -n",
  ENOLCK: "the file system has no locks: choose a folder on a local disk",
};

/** Numbers of Linux for errors that Deno gives no `code`. */
const NAMES: Readonly<Record<string, string>> = {
  "27": "EFBIG",
  "37": "ENOLCK",
  "116": "ESTALE",
  "122": "EDQUOT",
};

/** The name of the operating system's error, as in `ENOSPC` or `os error 999`, if `error` carries one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number && ((Deno.build.os === "linux" && NAMES[number]) || `os error ${number}`);
}

/**
 * Turns an error of the operating system into a `UserError` (STORAGE) that names `path`, the error's name and what to do.
 * Other errors, and permissions that Deno was not given, are returned as they are.
 *
 * @param doing What failed, as in "cannot be written".
 */
export function storageError(path: string, doing: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (error instanceof Deno.errors.NotCapable || !(error instanceof Error) || !code) return error;
  const text = ADVICE[code] ?? error.message;
  return new UserError(`${path}: ${doing}, ${text} (${code})`, ExitCode.STORAGE, { cause: error });
}
