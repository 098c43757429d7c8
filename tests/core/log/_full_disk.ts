/**
 * A disk that is full: files can be opened, but every write fails. (`/dev/full` takes all permissions to open.)
 *
 * @module
 */

/** Runs `act` while `Deno.openSync` gives files that cannot be written; they need not exist. */
export function onFullDisk<T>(act: () => T): T {
  const { openSync } = Deno;
  const file = {
    writeSync(): number {
      throw new Error("No space left on device (os error 28)");
    },
    close(): void {},
    [Symbol.dispose](): void {},
  };
  try {
    Deno.openSync = () => file as unknown as Deno.FsFile;
    return act();
  } finally {
    Deno.openSync = openSync;
  }
}
