/**
 * Names in messages.
 *
 * @module
 */
import { quote } from "./_safetensors_header.ts";

/** The first ten names, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return names.slice(0, 10).map(quote).join(", ") + rest;
}
