/**
 * What `weights inspect` says of a file: for people, and as JSON.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import type { WeightsKind } from "../weights/open.ts";
import { listSets } from "../weights/select.ts";
import { elementCount, type StateDict } from "../weights/state_dict.ts";
import type { Looked } from "./weights.ts";

const KINDS: Readonly<Record<WeightsKind, string>> = {
  safetensors: "safetensors",
  pth: "PyTorch (.pth, zip)",
  "legacy pth": "PyTorch (.pth, format before 1.6)",
  ncnn: "ncnn model",
  "tfjs layers": "layers model of TensorFlow.js",
};

/** Names that are shown without `--keys`. */
const SHOWN = 8;
/** Longest text of the metadata that is shown, in characters. */
const MAX_TEXT = 200;

/** The report on a file, as text. */
export function describeFile(file: string, looked: Looked, keys: boolean): string {
  const { opened, weights, network, said } = looked;
  const known = network instanceof UserError ? undefined : network;
  const dtypes = Object.entries(countDtypes(weights)).map(([dtype, n]) => `${dtype} ${n}`);
  const rows: [string, string][] = [
    ["kind", `${KINDS[opened.kind]}, ${size(opened.byteLength)}`],
  ];
  if (opened.files.length > 1) rows.push(["files", opened.files.join(", ")]);
  const sets = listSets(opened.root).map(({ key, tensors }) => `${key ?? "(no key)"} ${tensors}`);
  if (sets.length > 1 || listSets(opened.root)[0]?.key) rows.push(["sets", sets.join(", ")]);
  rows.push(["tensors", `${weights.size} (${dtypes.join(", ")})`]);
  rows.push([
    "elements",
    count(elements(weights)) + (known ? `, parameters ${count(known.parameters)}` : ""),
  ]);
  if (known) {
    const { type, scale, inputChannels, outputChannels, purpose, noiseMap } = known;
    rows.push([
      "network",
      `${type}, ${purpose ?? (scale > 1 ? "super-resolution" : "restoration")}, scale ${scale}, ` +
      `${inputChannels} to ${outputChannels} channels${noiseMap ? ", the last of them noise" : ""}`,
    ]);
  }
  for (const [name, text] of Object.entries(opened.metadata)) {
    rows.push([name.slice(0, 40), text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) + "…" : text]);
  }
  for (const line of said) rows.push(["note", line]);
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const names = [...weights].slice(0, keys ? weights.size : SHOWN).map(([name, { dtype, shape }]) =>
    `    ${printable(name)}  ${dtype} [${shape.join(", ")}]`
  );
  const rest = weights.size - names.length;
  return [
    printable(file),
    ...rows.map(([name, text]) => `  ${printable(name).padEnd(width)}${printable(text)}`),
    "  keys",
    ...names,
    ...(rest > 0 ? [`    … and ${rest} more (--keys shows all)`] : []),
    ...(known
      ? ["", yamlBlock("network_g", known.type, known.options)]
      : ["", `network unknown: ${(network as UserError).message}`]),
  ].join("\n");
}

/** The report on a file, as plain data. */
export function inspection(file: string, looked: Looked): Record<string, unknown> {
  const { opened, weights, network, said } = looked;
  const known = network instanceof UserError ? undefined : network;
  return {
    file,
    kind: opened.kind,
    files: opened.files,
    bytes: opened.byteLength,
    sets: listSets(opened.root),
    dtypes: countDtypes(weights),
    elements: elements(weights),
    network: known
      ? {
        network_g: { type: known.type, ...known.options },
        parameters: known.parameters,
        scale: known.scale,
        inputChannels: known.inputChannels,
        outputChannels: known.outputChannels,
        purpose: known.purpose ?? (known.scale > 1 ? "super-resolution" : "restoration"),
        noiseMap: known.noiseMap ?? false,
      }
      : null,
    ...(known ? {} : { unknown: (network as UserError).message }),
    metadata: opened.metadata,
    notes: said,
    tensors: [...weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  };
}

/** An option block in YAML, ready for an options file. */
export function yamlBlock(
  key: string,
  type: string,
  options: Readonly<Record<string, unknown>>,
): string {
  const lines = Object.entries({ type, ...options })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${flow(name)}: ${flow(value)}`);
  return [`${key}:`, ...lines].join("\n");
}

/** A value in YAML's flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{ ${Object.entries(value).map(([k, v]) => `${flow(k)}: ${flow(v)}`).join(", ")} }`;
  }
  if (typeof value === "number") return yamlNumber(value);
  if (typeof value !== "string") return String(value ?? "~");
  // Words that YAML, or one of its versions, takes for something else.
  const plain = /^[A-Za-z][\w.+-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

/** `1e-7` would be text to some parsers: it needs its point. */
function yamlNumber(value: number): string {
  const text = String(value);
  return /^-?\de/.test(text) ? text.replace("e", ".0e") : text;
}

function countDtypes(weights: StateDict): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dtype } of weights.values()) counts[dtype] = (counts[dtype] ?? 0) + 1;
  return counts;
}

function elements(weights: StateDict): number {
  return weights.values().reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Without control characters: names of a file may hold anything, the terminal's commands too. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what has to go
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
