/**
 * How a model that was exported is compared with our own engine.
 *
 * @module
 */
import { ExitCode, UserError } from "../../core/errors.ts";
import { loadTarget } from "../../core/export/registry.ts";
import { grantsOfNeeds } from "../../core/runtimes/needs.ts";
import { HERE, type Machinery, oursCommand, ROOT, taskCommand } from "./_commands.ts";
import { type Contender, StepContender } from "./_contender.ts";
import type { ExportJob } from "./_work.ts";
import { dirname, join, resolve } from "node:path";

/** Both sides of a row; the export, which is verified, is made in `folder`. */
export async function exportContenders(
  job: ExportJob,
  folder: string,
  machinery: Machinery,
  oursOnly: boolean,
): Promise<Contender[]> {
  const ours = new StepContender("ours", oursCommand(job, machinery));
  if (oursOnly) return [ours];
  const path = await exported(job, folder, machinery);
  const { needs } = await loadTarget(job.target);
  const { read, ffi, run } = await grantsOfNeeds(needs);
  const command = oursCommand({ ...job, path }, machinery);
  const granted = command.command.map((word) =>
    word.startsWith("--allow-read=")
      ? [word, dirname(path), ...read].join(",")
      : word.startsWith("--allow-ffi=")
      ? ffi === undefined ? "--allow-ffi" : [word, ...ffi].join(",")
      : word
  );
  const at = granted.indexOf(join(HERE, "ours.ts"));
  if (run.length > 0) granted.splice(at, 0, `--allow-run=${run.join(",")}`);
  return [ours, new StepContender("exported", { ...command, command: granted })];
}

/** Exports as `deno task export` does, and gives the path of the model. */
async function exported(
  { model, target }: ExportJob,
  folder: string,
  machinery: Machinery,
): Promise<string> {
  const weights = join(ROOT, "experiments", "pretrained_models", `${model}.safetensors`);
  const { command: [deno, ...args], ...where } = taskCommand([
    ...["export", "--model", weights, "--to", target, "-o", folder, "--overwrite", "--json"],
  ], machinery);
  const { success, stdout, stderr } = await new Deno.Command(deno!, {
    args,
    ...where,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) {
    throw new UserError(
      `${target}: the export failed\n${text(stderr)}`,
      ExitCode.ENVIRONMENT,
    );
  }
  const { targets: [result] } = JSON.parse(text(stdout)) as {
    readonly targets: readonly {
      readonly folder: string;
      readonly files: readonly { readonly path: string }[];
    }[];
  };
  const path = resolve(ROOT, result!.folder, result!.files[0]!.path);
  return target === "savedmodel" ? dirname(path) : path;
}
