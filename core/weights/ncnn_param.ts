/**
 * ncnn's `.param` files: a network as text, one layer a line.
 *
 * Format: https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure
 *
 * @module
 */
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";

/** First line of the text, and as four bytes the beginning of the binary form. */
export const NCNN_MAGIC = 7767517;
/** Longest text that is read, in bytes; large networks take a few hundred thousand. */
const MAX_PARAM_BYTES = 1 << 24;
const MAX_LAYERS = 50_000;
/** Most blobs that a layer takes or gives, and most numbers of a list. */
const MAX_LIST = 4096;
/** Keys of lists are this minus the key: `-23310` is list 10. */
const LIST_BASE = -23300;

/** A parameter of a layer: a number, or a list of them. */
export type NcnnValue = number | readonly number[];

/** One layer. */
export interface NcnnLayer {
  /** Kind of layer, for example `Convolution`. */
  readonly type: string;
  /** Its own name. */
  readonly name: string;
  /** Blobs that it takes. */
  readonly inputs: readonly string[];
  /** Blobs that it gives. */
  readonly outputs: readonly string[];
  /** Parameters by number, as ncnn's documentation of the kind numbers them. */
  readonly params: ReadonlyMap<number, NcnnValue>;
}

/** Whether `bytes`, from the start of a file, are a `.param` file in text form. */
export function looksLikeNcnnParam(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  return /^7767517\s*[\r\n]/.test(head);
}

/** Whether `bytes`, from the start of a file, are a `.param` file in ncnn's binary form. */
export function looksLikeNcnnParamBin(bytes: Uint8Array): boolean {
  return bytes.length >= 12 &&
    new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === NCNN_MAGIC;
}

/**
 * Reads the text of a `.param` file.
 *
 * @throws {WeightsFileError} If it is of another form, damaged, or absurdly long.
 */
export function parseNcnnParam(bytes: Uint8Array): NcnnLayer[] {
  if (looksLikeNcnnParamBin(bytes)) {
    throw new WeightsFileError(
      "unsupported",
      "it is a .param file in ncnn's binary form (of ncnn2mem), use the text it was made from",
    );
  }
  if (!looksLikeNcnnParam(bytes)) {
    throw new WeightsFileError("unsupported", `it is no .param file: these begin with 7767517`);
  }
  if (bytes.length > MAX_PARAM_BYTES) {
    throw new WeightsFileError("refused", `the .param text has ${bytes.length} bytes`);
  }
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const [layers, blobs] = (lines[1] ?? "").trim().split(/\s+/).map(Number);
  if (!isCount(layers) || !isCount(blobs)) throw damaged(2, "gives no counts of layers and blobs");
  if (layers > MAX_LAYERS) {
    throw new WeightsFileError("refused", `${layers} layers, at most ${MAX_LAYERS} are read`);
  }
  const parsed: NcnnLayer[] = [];
  for (let at = 2; at < lines.length; at++) {
    const words = lines[at]!.trim().split(/\s+/);
    if (words[0] === "" || words[0]!.startsWith("#")) continue;
    parsed.push(parseLayer(words, at + 1));
    if (parsed.length > layers) break;
  }
  if (parsed.length !== layers) {
    throw new WeightsFileError(
      "damaged",
      `the .param text announces ${layers} layers, but has ${
        parsed.length > layers ? "more" : parsed.length
      }`,
    );
  }
  checkBlobs(parsed);
  return parsed;
}

/** The parameter `key` as a whole number; `fallback` where it is not given. */
export function intParam({ params, name }: NcnnLayer, key: number, fallback: number): number {
  const value = params.get(key) ?? fallback;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new WeightsFileError("damaged", `ncnn layer ${quote(name)}: ${key}= is no whole number`);
  }
  return value;
}

/** The parameter `key` as a list; empty where it is not given. */
export function listParam({ params }: NcnnLayer, key: number): readonly number[] {
  const value = params.get(key) ?? [];
  return typeof value === "number" ? [value] : value;
}

function parseLayer(words: readonly string[], line: number): NcnnLayer {
  const [type, name, inputs, outputs] = [words[0]!, words[1], Number(words[2]), Number(words[3])];
  if (name === undefined || !isCount(inputs) || !isCount(outputs)) {
    throw damaged(line, "has no name, or no counts of blobs");
  }
  if (inputs > MAX_LIST || outputs > MAX_LIST || words.length < 4 + inputs + outputs) {
    throw damaged(line, "names fewer blobs than it counts");
  }
  const params = new Map<number, NcnnValue>();
  for (const word of words.slice(4 + inputs + outputs)) {
    if (/^[@$#]|^[A-Za-z_]\w*=/.test(word)) {
      throw new WeightsFileError(
        "unsupported",
        "it is pnnx's own .pnnx.param, use the .ncnn.param that lies beside it",
      );
    }
    const [key, value] = parseParam(word, line);
    if (params.has(key)) throw damaged(line, `gives ${key}= twice`);
    params.set(key, value);
  }
  const blobs = words.slice(4, 4 + inputs + outputs);
  return { type, name, inputs: blobs.slice(0, inputs), outputs: blobs.slice(inputs), params };
}

function parseParam(word: string, line: number): [number, NcnnValue] {
  const [, digits, text] = /^(-?\d{1,6})=(.*)$/s.exec(word) ?? [];
  if (digits === undefined) throw damaged(line, `has ${quote(word)} where a parameter should be`);
  const numbers = text!.split(",", MAX_LIST + 2).map((part) => part === "" ? NaN : Number(part));
  if (!numbers.every(Number.isFinite)) throw damaged(line, `has no number in ${quote(word)}`);
  const key = Number(digits);
  if (key > LIST_BASE) {
    if (numbers.length !== 1) throw damaged(line, `has a list in ${quote(word)}`);
    return [key, numbers[0]!];
  }
  const [count, ...list] = numbers;
  if (list.length > MAX_LIST || list.length !== count) {
    throw damaged(line, `counts the list in ${quote(word)} wrongly`);
  }
  return [LIST_BASE - key, list];
}

/** Every blob is made once, before it is taken. */
function checkBlobs(layers: readonly NcnnLayer[]): void {
  const made = new Set<string>();
  for (const { name, inputs, outputs } of layers) {
    for (const blob of inputs) {
      if (!made.has(blob)) {
        throw new WeightsFileError(
          "damaged",
          `ncnn layer ${quote(name)} takes blob ${quote(blob)}, which nothing before it makes`,
        );
      }
    }
    for (const blob of outputs) {
      if (made.has(blob)) {
        throw new WeightsFileError("damaged", `blob ${quote(blob)} of the .param is made twice`);
      }
      made.add(blob);
    }
  }
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}

function damaged(line: number, what: string): WeightsFileError {
  return new WeightsFileError("damaged", `line ${line} of the .param text ${what}`);
}
