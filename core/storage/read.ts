/**
 * Reads whole files.
 *
 * @module
 */

/**
 * Reads a file into a buffer of its size. `Deno.readFile()` grows its buffer as it reads, which for the weights of a large
 * network takes several times as long.
 *
 * @throws {Error} As `Deno.readFile()` does.
 */
export async function readWhole(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const { isFile, size } = await file.stat();
  if (!isFile) return await Deno.readFile(path); // a pipe has no size, a folder gives its error
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break; // somebody has cut the file off meanwhile
    length += count;
  }
  return bytes.subarray(0, length);
}
