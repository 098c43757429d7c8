/**
 * What a batch says: a line of JSON for each picture, a line for what went wrong or is peculiar, and the sums.
 *
 * @module
 */
import { duration } from "../../text.ts";
import type { Job } from "./conflicts.ts";
import { STREAM } from "./inputs.ts";
import type { Prospect, Restored } from "./picture.ts";

/** What became of one picture. */
export type Outcome =
  | {
    readonly kind: "restored";
    readonly job: Job;
    readonly result: Restored;
    /** From opening to renaming, waiting included. */
    readonly seconds: number;
  }
  | { readonly kind: "skipped"; readonly job: Job }
  | { readonly kind: "failed"; readonly job: Job; readonly error: unknown }
  /** A stop came first. */
  | { readonly kind: "left"; readonly job: Job };

/** A path for a line of text: what would break the line is written as JavaScript escapes it. */
export function shown(path: string): string {
  if (path === STREAM) return "standard input";
  // deno-lint-ignore no-control-regex -- these are what breaks lines
  return path.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => {
    const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[c];
    return known ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The name of a model without folders and extensions: `x4plus + denoise`. */
export function modelLabel(name: string): string {
  return name.split(" + ").map((part) =>
    part.replaceAll(/zoo:|[^:]*[\\/](?=[^\\/:]+(?::|$))/g, "")
      .replaceAll(/\.(?:safetensors|pth|param|bin|json)(?=:|$)/gi, "")
  ).join(" + ");
}

/** Why a picture failed, in one line, without its path. */
export function failureReason({ input: { path } }: Job, error: unknown): string {
  const message = (error instanceof Error && error.message) || String(error);
  const name = shown(path);
  const text = message.replaceAll(path === STREAM ? name : path, () => name)
    .replaceAll(/\s*\n\s*/g, "; ");
  return text.startsWith(name) ? text.slice(name.length).replace(/^[:\s]+/, "") : text;
}

/** The line for a picture that failed: its path comes first. */
export function failureText(job: Job, error: unknown): string {
  return `${shown(job.input.path)}: failed: ${failureReason(job, error)}`;
}

/** The line for `--json`, without its newline. */
export function jsonLine(outcome: Outcome): string {
  const { job, kind } = outcome;
  const line: Record<string, unknown> = { input: job.input.path, status: kind };
  if (outcome.kind === "restored") {
    Object.assign(line, facts(outcome.result), {
      seconds: Math.round(outcome.seconds * 1000) / 1000,
      notes: outcome.result.notes,
    }, outcome.result.compare === undefined ? {} : { compare: outcome.result.compare });
  } else if (outcome.kind === "skipped") {
    line.output = job.target.path;
  } else if (outcome.kind === "failed") {
    line.error = failureReason(job, outcome.error);
  }
  return JSON.stringify(line);
}

/** The line of a dry run for `--json`, without its newline. */
export function prospectJson(job: Job, prospect: Prospect, model: string): string {
  return JSON.stringify({
    input: job.input.path,
    status: "planned",
    ...facts(prospect),
    model,
    tile: prospect.plan.tile,
    tilePad: prospect.plan.tilePad,
    notes: prospect.notes,
  });
}

function facts({ input, output, target, plan }: Prospect): Record<string, unknown> {
  return {
    output: target.path,
    inputWidth: input.width,
    inputHeight: input.height,
    outputWidth: output.width,
    outputHeight: output.height,
    channels: output.channels,
    depth: output.depth,
    format: output.format,
    tiles: plan.tiles,
  };
}

/** The line of a dry run. */
export function prospectText(job: Job, { input, output, target, plan, notes }: Prospect): string {
  const tiles = plan.tiles === 1
    ? "as a whole"
    : `${plan.tiles} tiles${plan.tile > 0 ? ` of ${plan.tile} px` : ""}`;
  const to = target.path === STREAM ? "standard output" : shown(target.path);
  const text = `${shown(job.input.path)} → ${to}, ${input.width}x${input.height} → ` +
    `${output.width}x${output.height}, ${tiles}`;
  return [text, ...notes.map((note) => `  ${note}`)].join("\n");
}

/** The line for a picture that is done alone. */
export function restoredText(
  job: Job,
  { input, output, target }: Restored,
  seconds: number,
): string {
  return `${shown(job.input.path)} → ${shown(target.path)}: ${input.width}x${input.height} → ` +
    `${output.width}x${output.height} in ${seconds.toFixed(1)} s`;
}

/** How many pictures became what. */
export class Sums {
  /** Written. */
  restored = 0;
  /** There already. */
  skipped = 0;
  /** Could not be done. */
  failed = 0;

  /** Nothing yet. */
  constructor(
    /** Pictures in all. */
    readonly found: number,
  ) {}

  /** Counts one. */
  add({ kind }: Outcome): void {
    if (kind !== "left") this[kind]++;
  }

  /** `12 pictures: 9 restored, 2 skipped, 1 failed; 0:00:31, 0.4 images/s`. */
  text(seconds: number): string {
    const left = this.found - this.restored - this.skipped - this.failed;
    const parts = [`${this.restored} restored`];
    if (this.skipped > 0) parts.push(`${this.skipped} skipped (there already)`);
    if (this.failed > 0) parts.push(`${this.failed} failed`);
    if (left > 0) parts.push(`${left} not done`);
    const rate = this.restored > 0 && seconds > 0
      ? `, ${(this.restored / seconds).toPrecision(2)} images/s`
      : "";
    return `${this.found} picture${this.found === 1 ? "" : "s"}: ${parts.join(", ")}; ` +
      `${duration(seconds)}${rate}`;
  }
}
