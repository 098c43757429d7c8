/**
 * Settings of the C library's memory allocator for the way in which TensorFlow uses memory.
 *
 * @module
 */
import type { NativeLibrary } from "./native_library.ts";

/** Parameters of glibc's `mallopt` (malloc.h). */
const M_TRIM_THRESHOLD = -1, M_TOP_PAD = -2, M_MMAP_THRESHOLD = -3, M_ARENA_MAX = -8;

const MIB = 2 ** 20;

/**
 * Keeps freed memory for the next step, instead of handing it back to the system and having it cleared again page by page:
 * every activation of a network is a block of megabytes that comes and goes once a step. One arena for all threads, since
 * TensorFlow frees on one thread what it allocated on another and the arenas of all of them would grow: a step of RCAN at
 * batch 16 held 18 GB, with one arena 13 GB.
 *
 * To be called before TensorFlow starts threads. Does nothing where there is no `mallopt`. Variables of the environment
 * that say the same (`MALLOC_ARENA_MAX`, …) are read by the C library before, so these numbers win.
 */
export function tuneAllocator({ c }: NativeLibrary): void {
  const set = c.mallopt;
  if (set === null) return;
  set(M_ARENA_MAX, 1);
  set(M_MMAP_THRESHOLD, 1024 * MIB);
  set(M_TRIM_THRESHOLD, 2047 * MIB);
  set(M_TOP_PAD, 64 * MIB);
}
