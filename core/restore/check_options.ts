/**
 * Whether options can be meant.
 *
 * @module
 */
import { ALPHA_MODES, type RestoreOptions } from "./types.ts";

/**
 * Refuses what no picture can be restored with. Sizes are looked at by `outputSize()`.
 *
 * @throws {RangeError} Naming the option and what it may be.
 */
export function checkOptions(options: RestoreOptions): void {
  const { tile, tilePad, noise, alpha } = options;
  for (const [name, pixels] of Object.entries({ tile: tile === "auto" ? 0 : tile, tilePad })) {
    if (pixels !== undefined && !(Number.isInteger(pixels) && pixels >= 0)) {
      throw new RangeError(`${name} must be a whole number of pixels, received ${pixels}`);
    }
  }
  if (noise !== undefined && !(noise >= 0 && noise <= 255)) {
    throw new RangeError(`noise must lie between 0 and 255, received ${noise}`);
  }
  if (alpha !== undefined && !ALPHA_MODES.includes(alpha)) {
    throw new RangeError(`alpha must be ${ALPHA_MODES.join(", ")}, received ${alpha}`);
  }
}
