/**
 * What a network wants and what a file gives, name by name.
 *
 * @module
 */
import { quote } from "./_safetensors_header.ts";
import type { StateDict } from "./state_dict.ts";

/** A tensor that is there under the right name with the wrong shape. */
export interface ShapeMismatch {
  /** Name in both. */
  readonly name: string;
  /** Shape that the network has. */
  readonly want: readonly number[];
  /** Shape in the file. */
  readonly got: readonly number[];
}

/** Differences between a network and a state dict; all three lists empty means that they fit. */
export interface KeyComparison {
  /** Names that the network has and the file lacks. */
  readonly missing: readonly string[];
  /** Names that the file has and the network lacks. */
  readonly unexpected: readonly string[];
  /** Names in both, with different shapes. */
  readonly mismatched: readonly ShapeMismatch[];
}

/** Compares names and shapes; `want` has the shapes in PyTorch's layout. */
export function compareKeys(
  want: ReadonlyMap<string, readonly number[]>,
  got: StateDict,
): KeyComparison {
  const mismatched: ShapeMismatch[] = [];
  for (const [name, shape] of want) {
    const found = got.get(name)?.shape;
    if (found && (found.length !== shape.length || found.some((n, i) => n !== shape[i]))) {
      mismatched.push({ name, want: shape, got: found });
    }
  }
  return {
    missing: [...want.keys()].filter((name) => !got.has(name)),
    unexpected: [...got.keys()].filter((name) => !want.has(name)),
    mismatched,
  };
}

/** Whether a state dict fits its network exactly. */
export function keysMatch({ missing, unexpected, mismatched }: KeyComparison): boolean {
  return missing.length + unexpected.length + mismatched.length === 0;
}

/** The differences as lines of text, ten of each kind at most; empty when there are none. */
export function describeMismatch({ missing, unexpected, mismatched }: KeyComparison): string {
  return [
    ...section("missing in the file", missing.map(quote)),
    ...section("unexpected in the file", unexpected.map(quote)),
    ...section(
      "of another shape",
      mismatched.map(({ name, want, got }) =>
        `${quote(name)}: the network has [${want.join(", ")}], the file [${got.join(", ")}]`
      ),
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const rest = lines.length > 10 ? [`  … and ${lines.length - 10} more`] : [];
  return [`${lines.length} ${title}:`, ...lines.slice(0, 10).map((line) => `  ${line}`), ...rest];
}
