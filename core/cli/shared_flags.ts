/**
 * Flags that several commands share.
 *
 * @module
 */
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

/** Shells that `completion` writes for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
