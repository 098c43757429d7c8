/**
 * Flags that several commands share.
 *
 * @module
 */
import { PRECISIONS } from "../engine/engine.ts";
import type { Flag } from "./flags.ts";

/** `--engine`. */
export const ENGINE: Flag = {
  name: "engine",
  value: "NAME",
  choices: ["auto", "native", "webgpu", "wasm", "cpu"],
  fallback: "auto, or engine: in the options file",
  help: "What computes: native (TensorFlow's library), webgpu, wasm or cpu",
};
/** `--debug` of commands that have no debug mode. */
export const STACKS: Flag = { name: "debug", help: "Errors show their stack" };
/** `--plugins`. */
export const PLUGINS: Flag = {
  name: "plugins",
  value: "DIR",
  repeat: true,
  complete: "folder",
  help: "Further plugin folder",
};

/** `--tile-pad`. */
export const TILE_PAD: Flag = {
  name: "tile-pad",
  value: "N",
  fallback: "what the network looks at",
  help: "Pixels around each tile that are computed with it",
};
/** `--precision` of commands that restore. */
export const PRECISION: Flag = {
  name: "precision",
  value: "NAME",
  choices: PRECISIONS,
  fallback: "fp32",
  help: "Arithmetic; bf16 and fp16 are faster where the hardware has them",
};

/** Shells that `completion` writes for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
