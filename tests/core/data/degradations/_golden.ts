/**
 * The numbers of `tests/data/parity/degrade/golden.json`, whose README says where they come from.
 *
 * @module
 */

/** What the file holds. */
export interface Golden {
  readonly resize: readonly {
    readonly mode: "nearest" | "area" | "bilinear" | "bicubic";
    readonly shape: readonly [height: number, width: number];
    readonly size?: readonly [height: number, width: number];
    readonly factor?: number;
    readonly data: readonly number[];
  }[];
  readonly jpeg: readonly {
    readonly shape: readonly [height: number, width: number, channels: number];
    readonly quality: number;
    readonly data: readonly number[];
  }[];
  readonly bessel_j1: readonly (readonly [x: number, value: number])[];
}

/** Reads the file. */
export function golden(): Golden {
  const file = new URL("../../../data/parity/degrade/golden.json", import.meta.url);
  return JSON.parse(Deno.readTextFileSync(file)) as Golden;
}
