/**
 * Files on disk: written whole or not at all, locked, and checked.
 *
 * @module
 */
export {
  type ByteSource,
  removeAbandonedTemporaries,
  removeStaleTemporaries,
  writeAtomic,
  writeAtomicText,
} from "./atomic.ts";
export {
  type CheckpointFile,
  type CheckResult,
  findCheckpoints,
  modelPath,
  type NewestCheckpoint,
  newestValid,
  readChecked,
  type SkippedCheckpoint,
  verifyChecked,
  writeChecked,
} from "./checkpoint.ts";
export { storageError } from "./_os_errors.ts";
export { FolderLock, lockFolder } from "./lock.ts";
export { readWhole } from "./read.ts";
