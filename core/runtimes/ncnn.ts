/**
 * ncnn as a program of others: its Python package, in a process of its own.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { PYTHON_VARIABLE, type PythonOptions, pythonWith } from "./python.ts";
import type { ImageTensor, Runtime, RuntimeModel, RuntimeNeeds } from "./types.ts";

/** The package, which brings NumPy with it. */
const PACKAGES: readonly string[] = ["ncnn==1.0.20261020"];

/** Bytes to download, about. */
const DOWNLOAD = 50e6;

/** What {@linkcode ncnn} stands on. */
export const NCNN_NEEDS: RuntimeNeeds = { python: { packages: PACKAGES, download: DOWNLOAD } };

/**
 * ncnn, on the processor and in float32, whatever the weights are kept in. It opens the `.param` file of a model, beside which the
 * `.bin` file lies; images go in as `data` and come out as `output`.
 *
 * @throws {UserError} ENVIRONMENT, if there is no Python with the package, and none can be made; says what to do.
 */
export async function ncnn(options: PythonOptions = {}): Promise<Runtime> {
  const python = await pythonWith(PACKAGES, { ...options, download: DOWNLOAD });
  const probe = await PythonProcess.start(python, []);
  try {
    const { version } = await probe.answer("ncnn");
    return {
      title: "ncnn",
      version: String(version),
      open: (path) => NcnnModel.open(python, path),
    };
  } finally {
    await probe[Symbol.asyncDispose]();
  }
}

class NcnnModel implements RuntimeModel {
  #last: Promise<unknown> = Promise.resolve();

  private constructor(readonly path: string, readonly process: PythonProcess) {}

  static async open(python: string, path: string): Promise<NcnnModel> {
    const process = await PythonProcess.start(python, [path, path.replace(/\.param$/i, ".bin")]);
    try {
      await process.answer(path);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
    return new NcnnModel(path, process);
  }

  run(images: ImageTensor): Promise<ImageTensor> {
    const result = this.#last.then(() => this.#compute(images));
    this.#last = result.catch(() => {});
    return result;
  }

  async #compute({ shape, data }: ImageTensor): Promise<ImageTensor> {
    await this.process.ask({ shape }, data);
    const [n, h, w, c] = (await this.process.answer(this.path)).shape as number[];
    const made = await this.process.floats(n! * h! * w! * c!);
    return { shape: [n!, h!, w!, c!], data: made };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.process[Symbol.asyncDispose]();
  }
}

/** The process with our script. */
class PythonProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #in: WritableStreamDefaultWriter<Uint8Array>;
  readonly #out: ReadableStreamDefaultReader<Uint8Array>;
  readonly #errors: Promise<string>;
  readonly #python: string;
  #rest = new Uint8Array(0);

  private constructor(python: string, child: Deno.ChildProcess) {
    this.#python = python;
    this.#child = child;
    this.#in = child.stdin.getWriter();
    this.#out = child.stdout.getReader();
    this.#errors = new Response(child.stderr).text();
  }

  static async start(python: string, args: readonly string[]): Promise<PythonProcess> {
    const script = await Deno.readTextFile(new URL("./ncnn_run.py", import.meta.url));
    try {
      const child = new Deno.Command(python, {
        args: ["-c", script, ...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      return new PythonProcess(python, child);
    } catch (error) {
      throw new UserError(
        `${python} does not start: name a Python with ${
          PACKAGES.join(" ")
        } in ${PYTHON_VARIABLE}, ` +
          `or leave that unset to have one made`,
        ExitCode.ENVIRONMENT,
        { cause: error },
      );
    }
  }

  /** Sends a question. */
  async ask(head: object, data: Float32Array): Promise<void> {
    try {
      await this.#in.write(new TextEncoder().encode(`${JSON.stringify(head)}\n`));
      await this.#in.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice());
    } catch (error) {
      throw await this.#ended(error);
    }
  }

  /** The next answer, about `what`. */
  async answer(what: string): Promise<Readonly<Record<string, unknown>>> {
    let end: number;
    while ((end = this.#rest.indexOf(10)) < 0) await this.#more();
    const line = new TextDecoder().decode(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end + 1);
    const answer = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (answer.missing !== undefined) {
      throw new UserError(
        `${this.#python} lacks a package (${answer.missing}): run ${this.#python} -m pip install ` +
          `${PACKAGES.join(" ")}, or name another Python in ${PYTHON_VARIABLE}`,
        ExitCode.ENVIRONMENT,
      );
    }
    if (answer.error !== undefined) {
      throw new UserError(`${what}: ${answer.error}`, ExitCode.DATA);
    }
    return answer;
  }

  /** Numbers behind an answer. */
  async floats(count: number): Promise<Float32Array> {
    const bytes = new Uint8Array(4 * count);
    let filled = 0;
    while (filled < bytes.length) {
      if (this.#rest.length === 0) await this.#more();
      const part = this.#rest.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return new Float32Array(bytes.buffer);
  }

  async #more(): Promise<void> {
    const { value } = await this.#out.read();
    if (value === undefined) throw await this.#ended();
    const joined = new Uint8Array(this.#rest.length + value.length);
    joined.set(this.#rest);
    joined.set(value, this.#rest.length);
    this.#rest = joined;
  }

  async #ended(cause?: unknown): Promise<UserError> {
    const { code, signal } = await this.#child.status;
    const lines = (await this.#errors).trimEnd().split("\n").slice(-6).join("\n");
    return new UserError(
      `ncnn's process ended with ${signal ?? `code ${code}`}:\n${lines}`,
      ExitCode.DATA,
      { cause },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#in.close().catch(() => {});
    await this.#out.cancel();
    await this.#errors;
    await this.#child.status;
  }
}
