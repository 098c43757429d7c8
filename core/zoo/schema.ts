/**
 * What a catalogue of pretrained models says: `plugins/zoo/*.yml`.
 *
 * A file holds `models:`, a list of entries, and above it, if they are the same for all of them, `license`, `source` and
 * `facts`.
 *
 * @module
 */
import type { AnySchema } from "../options/schema_types.ts";
import { z } from "../options/zod.ts";

/** A published figure. */
export interface ZooScore {
  /** Test set, for example `Set5`. */
  readonly set: string;
  /** Channels that were compared: `rgb`, `y` of YCbCr, or `gray`. */
  readonly channel: "rgb" | "y" | "gray";
  /** Pixels that were cropped at each border; absent where the publication does not say. */
  readonly crop?: number;
  /** Peak signal-to-noise ratio in dB. */
  readonly psnr: number;
  /** Structural similarity. */
  readonly ssim?: number;
}

/** A network block as in options files. */
export interface ZooNetwork {
  /** The arch. */
  readonly type: string;
  /** Its options. */
  readonly [option: string]: unknown;
}

/** One model of the zoo. */
export interface ZooEntry {
  /** Name, unique whatever the case of its letters. */
  readonly name: string;
  /** What it is good for, in a few words. */
  readonly purpose: string;
  /** The network that the weights belong to; absent for discriminators and for networks inside metrics and losses. */
  readonly network_g?: ZooNetwork;
  /** The discriminator that the weights belong to. */
  readonly network_d?: ZooNetwork;
  /** Scale factor; 1 for denoising and the like. */
  readonly scale?: number;
  /** Name of the file in the cache. */
  readonly file: string;
  /** Addresses of the same file, the first to be tried first; empty if it has to be fetched by hand. */
  readonly url: readonly string[];
  /** How to get it by hand. */
  readonly where?: string;
  /** Path in the program's folder, if it comes with it. */
  readonly shipped?: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256?: string;
  /** The first digits of it, where no more is published. */
  readonly sha256_prefix?: string;
  /** Bytes. */
  readonly size?: number;
  /** Entry of the file to load, for `path.param_key_g`; absent where the first that is there will do. */
  readonly param_key?: string;
  /** Hosts that the addresses may lead on to, besides the built-in ones. */
  readonly redirects: readonly string[];
  /** License of the weights. */
  readonly license: string;
  /** Home of the model. */
  readonly source: string;
  /** Where the facts of this entry come from. */
  readonly facts: string;
  /** Published figures. */
  readonly psnr: readonly ZooScore[];
  /** What else is to be known. */
  readonly note?: string;
  /** The catalogue file. */
  readonly catalogue: string;
}

const text = z.string().trim().min(1);
const https = z.string().regex(
  /^https:\/\/[^\s/@]+\/\S+$/,
  "must be an address that begins with https:// and names a file",
);
const network = z.looseObject({ type: text });
const hex = (length: string, what: string) =>
  z.string().regex(
    new RegExp(`^[0-9a-f]{${length}}$`),
    `must be ${what} hexadecimal digits, small`,
  );

const shared = {
  license: text.optional(),
  source: text.optional(),
  facts: text.optional(),
};

const entry = z.strictObject({
  name: z.string().regex(
    /^[A-Za-z0-9][\w.+-]*$/,
    "must be letters, digits and _ . + -, and begin with a letter or digit",
  ),
  purpose: text,
  network_g: network.optional(),
  network_d: network.optional(),
  scale: z.int().min(1).optional(),
  file: z.string().regex(
    /^[A-Za-z0-9][\w.+-]*\.(?:pth|pt|safetensors)$/,
    "must be a file name without folders that ends in .pth, .pt or .safetensors",
  ),
  url: z.union([https, z.array(https).min(1)]).optional(),
  where: text.optional(),
  shipped: z.string().regex(
    /^(?!\/)(?!.*\.\.)[\w./-]+$/,
    "must be a path inside the program's folder",
  ).optional(),
  sha256: hex("64", "64").optional(),
  sha256_prefix: hex("8,63", "8 to 63").optional(),
  size: z.int().min(1).optional(),
  param_key: text.optional(),
  redirects: z.array(z.string().regex(/^[a-z0-9.-]+$/, "must be a host name, small"))
    .default([]),
  ...shared,
  psnr: z.array(z.strictObject({
    set: text,
    channel: z.enum(["rgb", "y", "gray"]),
    crop: z.int().min(0).optional(),
    psnr: z.number().positive().max(100),
    ssim: z.number().min(0).max(1).optional(),
  })).default([]),
  note: text.optional(),
}).superRefine((value, context) => {
  const add = (message: string) => context.addIssue({ code: "custom", message });
  if (value.url === undefined && value.where === undefined && value.shipped === undefined) {
    add("names no way to get it: give url:, where: (by hand) or shipped:");
  }
  if (value.sha256 !== undefined && value.sha256_prefix !== undefined) {
    add("has both sha256 and sha256_prefix, keep the whole one");
  }
  if (value.shipped !== undefined && value.sha256 === undefined) {
    add("is shipped, so its sha256 is known: give it");
  }
  if (value.network_g !== undefined && value.network_d !== undefined) {
    add("has both network_g and network_d, a file holds one network");
  }
  if (value.network_g !== undefined && value.scale === undefined) {
    add("has network_g but no scale");
  }
});

/** An entry as it is written, before the file's own `license`, `source` and `facts` are filled in. */
export type WrittenEntry = Omit<ZooEntry, "url" | "license" | "source" | "facts" | "catalogue"> & {
  /** One address or several. */
  readonly url?: string | readonly string[];
  /** See {@linkcode ZooEntry.license}. */
  readonly license?: string;
  /** See {@linkcode ZooEntry.source}. */
  readonly source?: string;
  /** See {@linkcode ZooEntry.facts}. */
  readonly facts?: string;
};

/** A whole catalogue file. */
export interface WrittenCatalogue {
  /** License of all entries that name none. */
  readonly license?: string;
  /** Home of all entries that name none. */
  readonly source?: string;
  /** Where the facts of all entries that name none come from. */
  readonly facts?: string;
  /** The entries. */
  readonly models: readonly WrittenEntry[];
}

/** Schema of {@linkcode WrittenCatalogue}. */
export const catalogueSchema: AnySchema = z.strictObject({
  ...shared,
  models: z.array(entry).min(1),
});
