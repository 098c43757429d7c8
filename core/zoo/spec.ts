/**
 * How options name models of the zoo where they would name a file: `zoo:RealESRGAN_x4plus`.
 *
 * @module
 */

const PREFIX = "zoo:";

/** The name of the model in `zoo:NAME`, or undefined if `spec` is a path. */
export function zooName(spec: string): string | undefined {
  return spec.startsWith(PREFIX) ? spec.slice(PREFIX.length).trim() : undefined;
}
