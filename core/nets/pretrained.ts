/**
 * Pretrained weights of the networks that losses and metrics look through: which file each one needs, where it is looked
 * for, and what to say if it is not there.
 *
 * The files cannot be shipped with the program: most of them are too large. They are looked for in
 * `experiments/pretrained_models`, where BasicSR keeps its own, and in the cache of `deno task zoo`. A file of the
 * cache must be the one meant: its SHA-256, or the 8 digits of it that PyTorch writes into file names, must be right. One that
 * somebody put into the first folder by hand is taken as it is, and said to be another.
 *
 * Addresses and names: torchvision (`torchvision/models`), `richzhang/PerceptualSimilarity`, `mseitzer/pytorch-fid`.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { cacheDir } from "../places.ts";
import { loadWeights } from "../weights/load.ts";
import type { StateDict } from "../weights/state_dict.ts";
import type { VggType } from "./vgg.ts";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

/** One file of weights. */
export interface PretrainedFile {
  /** What it holds. */
  readonly what: string;
  /** Name under which it is looked for. */
  readonly file: string;
  /** Where it can be fetched. */
  readonly url: string;
  /** SHA-256 in hexadecimal digits, or the first 8 of them. */
  readonly sha256: string;
  /** License of the weights, as their authors give it. */
  readonly license: string;
}

function torchvision(stem: string, what: string, hash: string): PretrainedFile {
  const file = `${stem}-${hash}.pth`;
  return {
    what: `${what} of torchvision, trained on ImageNet`,
    file,
    url: `https://download.pytorch.org/models/${file}`,
    sha256: hash,
    license: "BSD-3-Clause",
  };
}

function lpips(net: "alex" | "vgg" | "squeeze", sha256: string): PretrainedFile {
  return {
    what: `LPIPS v0.1, weights of the layers of ${net}`,
    // In the original package it is just alex.pth or vgg.pth.
    file: `lpips_${net}_v0.1.pth`,
    url:
      `https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/${net}.pth`,
    sha256,
    license: "BSD-2-Clause",
  };
}

/** A name in {@linkcode PRETRAINED}. */
export type PretrainedName =
  | VggType
  | "alexnet"
  | "squeezenet1_1"
  | "lpips_alex"
  | "lpips_vgg"
  | "lpips_squeeze"
  | "pt_inception";

/** Every file by the name that `deno task zoo fetch` takes. */
export const PRETRAINED: Readonly<Record<PretrainedName, PretrainedFile>> = {
  vgg11: torchvision("vgg11", "VGG11", "8a719046"),
  vgg13: torchvision("vgg13", "VGG13", "19584684"),
  vgg16: torchvision("vgg16", "VGG16", "397923af"),
  vgg19: torchvision("vgg19", "VGG19", "dcbb9e9d"),
  vgg11_bn: torchvision("vgg11_bn", "VGG11 with batch normalisation", "6002323d"),
  vgg13_bn: torchvision("vgg13_bn", "VGG13 with batch normalisation", "abd245e5"),
  vgg16_bn: torchvision("vgg16_bn", "VGG16 with batch normalisation", "6c64b313"),
  vgg19_bn: torchvision("vgg19_bn", "VGG19 with batch normalisation", "c79401a0"),
  alexnet: torchvision("alexnet-owt", "AlexNet", "7be5be79"),
  lpips_alex: lpips("alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
  lpips_vgg: lpips("vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"),
  squeezenet1_1: torchvision("squeezenet1_1", "SqueezeNet 1.1", "b8a52dc0"),
  lpips_squeeze: lpips(
    "squeeze",
    "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
  ),
  pt_inception: {
    what: "InceptionV3 of TensorFlow's FID (2015-12-05), as pytorch-fid has it",
    file: "pt_inception-2015-12-05-6726825d.pth",
    url:
      "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    sha256: "6726825d",
    license: "Apache-2.0",
  },
};

/** Folders in which files are looked for, in this order; relative ones are of the working directory. */
export function pretrainedPlaces(): string[] {
  const cache = cacheDir();
  return ["experiments/pretrained_models", ...(cache === undefined ? [] : [join(cache, "zoo")])];
}

/** Path of a file that is there, or undefined. Whether it is the right one is seen when it is loaded. */
export async function findPretrained(
  name: PretrainedName,
  places: readonly string[] = pretrainedPlaces(),
): Promise<string | undefined> {
  for (const place of places) {
    const path = join(place, PRETRAINED[name].file);
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      const absent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.NotCapable;
      if (!absent) throw error;
    }
  }
  return undefined;
}

/**
 * Path of a file, or paths of several in the same order.
 *
 * @param use What needs it, for the message: `train.perceptual_opt`, `LPIPS`.
 * @throws {UserError} DATA if one is missing; the message says of all that are what to put where, and the command that does
 * so.
 */
export async function requirePretrained(
  names: PretrainedName | readonly PretrainedName[],
  use?: string,
  places: readonly string[] = pretrainedPlaces(),
): Promise<string[]> {
  const found: string[] = [], missing: PretrainedName[] = [];
  for (const name of typeof names === "string" ? [names] : names) {
    const path = await findPretrained(name, places);
    if (path === undefined) missing.push(name);
    else found.push(path);
  }
  if (missing.length === 0) return found;
  const files = missing.map((name) => PRETRAINED[name]);
  throw new UserError(
    `${use === undefined ? "" : `${use}: `}weights are missing: ` +
      `${files.map(({ file, what }) => `${file} (${what})`).join(", ")}\n` +
      `  fetch them:  deno task zoo fetch ${missing.join(" ")}\n` +
      `  or put them there yourself:` +
      files.map(({ file, url, license }) =>
        `\n    ${join(places[0]!, file)}  from ${url} (${license})`
      ).join("") +
      `\n  looked in ${places.join(", ")}`,
    ExitCode.DATA,
  );
}

/**
 * Loads the weights of a file, after its checksum has been looked at. The tensors belong to the caller.
 *
 * @param say Is told of a file that somebody put there by hand and that is another than its name says.
 * @throws {UserError} DATA if the file is missing, STORAGE if it is damaged, or in the cache another one.
 */
export async function loadPretrained(
  name: PretrainedName,
  use?: string,
  places: readonly string[] = pretrainedPlaces(),
  say: (line: string) => void = console.warn,
): Promise<StateDict> {
  const [path] = await requirePretrained(name, use, places) as [string];
  try {
    await checkHash(path, PRETRAINED[name]);
  } catch (error) {
    const isOwn = dirname(path) === places[0] && places.length > 1;
    if (!(error instanceof UserError) || !isOwn) throw error;
    say(`${error.message}, or compare its numbers with nobody's: it is taken as it is`);
  }
  return await loadWeights(path, { paramKey: null });
}

/**
 * Reads a file and compares its SHA-256 with the one that is known.
 *
 * @throws {UserError} STORAGE if it differs.
 */
export async function checkHash(
  path: string,
  { sha256, url }: Pick<PretrainedFile, "sha256" | "url">,
): Promise<void> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let n; (n = await file.read(buffer)) !== null;) hash.update(buffer.subarray(0, n));
  const found = hash.digest("hex");
  if (found.startsWith(sha256)) return;
  throw new UserError(
    `${path} is damaged or another file than its name says: its SHA-256 begins with ` +
      `${found.slice(0, 8)} instead of ${sha256.slice(0, 8)}. Remove it and fetch ${url} again`,
    ExitCode.STORAGE,
  );
}
