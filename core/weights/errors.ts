/**
 * What is wrong with the bytes of a weights file, before anybody knows the file's path.
 *
 * @module
 */

/**
 * Kinds of fault: `damaged`, the bytes break the rules of their own format (cut off, flipped bits, lies about sizes);
 * `unsupported`, a sound file of a kind that is not read here; `refused`, a file that asks for something a weights file
 * never needs (Python code, absurd amounts of memory).
 */
export type WeightsFaultKind = "damaged" | "unsupported" | "refused";

/**
 * A weights file that cannot be read. Readers of bytes throw it; `loadWeights()` turns it into a `UserError` that names
 * the path.
 */
export class WeightsFileError extends Error {
  /** Class name, as `Error` shows it. */
  override readonly name: string = "WeightsFileError";

  /** Creates the error; `kind` says whether the file is broken, foreign or hostile. */
  constructor(readonly kind: WeightsFaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
