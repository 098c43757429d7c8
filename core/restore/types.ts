/**
 * What restoring pictures takes and gives: rows of pixels that come band by band, options, progress.
 *
 * Everything large is a stream of bands from top to bottom, so that a picture of any size passes in bounded memory:
 * decoder → {@linkcode Rows} → networks, tile by tile → resampling → rounding → encoder.
 *
 * @module
 */
import type { Channels, FloatImage, RawImage } from "../data/image.ts";
import type { PictureFormat, PictureMetadata } from "../data/picture.ts";
import type { Rows } from "../data/rows.ts";
import type { Engine, EngineChoice, Precision } from "../engine/engine.ts";

export type { Rows } from "../data/rows.ts";

/** What becomes of transparency: through the network, enlarged by bicubic interpolation, or left out. */
export type AlphaMode = "model" | "bicubic" | "ignore";

/** Names of {@linkcode AlphaMode}. */
export const ALPHA_MODES: readonly AlphaMode[] = ["model", "bicubic", "ignore"];

/** How a picture is restored. */
export interface RestoreOptions {
  /** Stops the work at the next tile; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told when a tile is done. */
  readonly onProgress?: (progress: RestoreProgress) => void;
  /**
   * Side of the square that is computed at a time, in pixels of the network's input without its surroundings; 0 for the
   * whole picture at once. Default `auto`: as large as memory allows.
   */
  readonly tile?: number | "auto";
  /** Pixels around each tile that are computed with it, at most; default what the network looks at, up to a limit. */
  readonly tilePad?: number;
  /** Averages the eight flips and turns of the picture: a little better, eight times as slow. */
  readonly tta?: boolean;
  /** Factor between input and output, resampled behind the network; default the networks' own. */
  readonly scale?: number;
  /** Width of the output in pixels; alone it keeps the aspect ratio. Not together with `scale`. */
  readonly width?: number;
  /** Height of the output in pixels; alone it keeps the aspect ratio. Not together with `scale`. */
  readonly height?: number;
  /** What becomes of transparency, default `model`. */
  readonly alpha?: AlphaMode;
  /** Makes a gray picture. */
  readonly gray?: boolean;
  /** Noise level (sigma, 0-255) for networks that take a map of it; default 15. */
  readonly noise?: number;
  /** Receives what is worth knowing about this picture: a smaller tile, a tile done again in fp32; default nothing. */
  readonly say?: (line: string) => void;
}

/** How far a picture is. */
export interface RestoreProgress {
  /** Tiles done, all networks of a chain counted. */
  readonly done: number;
  /** Tiles in all. */
  readonly total: number;
  /** Where the tile that was done last lies in the output of its network, in pixels of that output. */
  readonly rect: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** Which network of the chain, from 0. */
  readonly stage: number;
}

/** Pixels as browsers have them: 8-bit RGBA. */
export interface ImageDataLike {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** RGBA, row by row. */
  readonly data: Uint8ClampedArray;
}

/** What can be restored: a path or `file:` URL, the bytes of an image file, or pixels. */
export type ImageInput = string | URL | Uint8Array | RawImage | FloatImage | ImageDataLike;

/** One network of a model. */
export interface ModelStage {
  /** Where its weights came from, for messages. */
  readonly source: string;
  /** Name in `ARCH_REGISTRY`. */
  readonly arch: string;
  /** Options of the network. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Output pixels for each input pixel, along a side. */
  readonly scale: number;
  /** Channels that it takes, a map of noise levels included. */
  readonly inputChannels: number;
  /** Channels that it gives. */
  readonly outputChannels: number;
  /** Number of parameters. */
  readonly parameters: number;
}

/** Weights between those of two files of the same network: `share · first + (1 - share) · second`. */
export interface InterpolatedSource {
  /** Path, `zoo:NAME`, or name of a model of the zoo. */
  readonly first: string;
  /** The other. */
  readonly second: string;
  /** Share of the first, from 0 to 1. */
  readonly share: number;
}

/**
 * Where a network comes from: the path or `file:` URL of a weights file, `zoo:NAME`, the name of a model of the zoo, or two
 * files between which is interpolated.
 */
export type ModelSource = string | URL | InterpolatedSource;

/** How a model is loaded. */
export interface LoadModelOptions {
  /** What computes, if no engine runs yet; default `auto`. The model then stops it when it is disposed. */
  readonly engine?: EngineChoice;
  /** Arithmetic of the networks, default `fp32`. */
  readonly precision?: Precision;
  /** Set of parameters in the file, default `params_ema`, else `params`, else whatever is there. */
  readonly paramKey?: string;
  /** Further plugin folders. */
  readonly plugins?: readonly string[];
  /** Whether programs that run models of others may be fetched if they are not there; default true. */
  readonly fetchRuntimes?: boolean;
  /** Receives what is worth knowing, for example why an engine is passed over; default `console.warn`. */
  readonly say?: (line: string) => void;
}

/** A restored picture. */
export interface RestoredImage extends RawImage {
  /** What the input's file said about it and is worth keeping (colour profile, EXIF); empty for pixels. */
  readonly metadata: PictureMetadata;
  /** Its pixels as browsers have them: 8 bit, RGBA. */
  toImageData(): ImageDataLike;
  /**
   * The bytes of an image file, default PNG.
   *
   * @throws {RangeError} If the format cannot hold it and `narrow` is not set: 16 bit or transparency in JPEG, 16 bit in
   * WebP. With `narrow` it is rounded to 8 bit, and transparency laid over white.
   */
  encode(
    format?: PictureFormat,
    options?: { readonly quality?: number; readonly narrow?: boolean },
  ): Promise<Uint8Array>;
}

/** A loaded model: one network, or several of which each gets what the one before made. */
export interface RestoreModel extends AsyncDisposable, Disposable {
  /** Names of the weights' files or of the zoo, joined by ` + `. */
  readonly name: string;
  /** Output pixels for each input pixel, along a side: the product over its networks. */
  readonly scale: number;
  /** Its networks in order. */
  readonly stages: readonly ModelStage[];
  /** The engine that it computes on. */
  readonly engine: Engine;
  /** Arithmetic. */
  readonly precision: Precision;
  /**
   * Restores one picture.
   *
   * @throws {UserError} DATA if it cannot be read; ENVIRONMENT if memory does not suffice for the smallest tile.
   */
  restore(input: ImageInput, options?: RestoreOptions): Promise<RestoredImage>;
  /** Restores a picture that comes in bands: colour, transparency, all networks, resampling. Neither clipped nor rounded. */
  restoreRows(rows: Rows, options?: RestoreOptions): Rows;
  /** Size and channels of what comes of a picture with this size and these channels, and how it is cut into tiles. */
  plan(
    picture: { readonly width: number; readonly height: number; readonly channels: Channels },
    options?: RestoreOptions,
  ): RestorePlan;
  /** Releases the networks, and the engine if it is the model's. Safe to call twice. */
  dispose(): Promise<void>;
}

/** What will be done with a picture. */
export interface RestorePlan {
  /** Width of the output in pixels. */
  readonly width: number;
  /** Height of the output in pixels. */
  readonly height: number;
  /** Channels of the output. */
  readonly channels: Channels;
  /** Tiles in all, all networks counted. */
  readonly tiles: number;
  /** Side of a tile in pixels of the first network's input, without surroundings; 0 if the picture is computed at once. */
  readonly tile: number;
  /** Pixels around a tile. */
  readonly tilePad: number;
  /** Most bytes that are expected to be needed beyond the weights. */
  readonly bytes: number;
}
