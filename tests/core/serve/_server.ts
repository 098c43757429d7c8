/**
 * Servers for tests: with work that is made up, and with a tiny network.
 *
 * @module
 */
import { encodePng } from "../../../core/data/png.ts";
import { apiRoutes } from "../../../core/serve/api.ts";
import { pageRoutes } from "../../../core/serve/assets.ts";
import { JobQueue, type Work } from "../../../core/serve/jobs.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../core/serve/limits.ts";
import { Problem } from "../../../core/serve/problem.ts";
import { startServer } from "../../../core/serve/server.ts";
import { TokenCheck } from "../../../core/serve/token.ts";
import type { Upload } from "../../../core/serve/upload.ts";
import { Rng } from "../../../core/random.ts";
import { writeWeights } from "../../../core/weights/convert.ts";
import { float32Tensor, type StateDict } from "../../../core/weights/state_dict.ts";

/** A server whose work is made up. */
export interface FakeServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly queue: JobQueue;
  /** What was logged: defects of the program. */
  readonly logged: readonly string[];
}

/** Starts a server; `work` answers with the bytes that came in by default. */
export async function fakeServer(
  options: {
    readonly limits?: Partial<Limits>;
    readonly token?: string;
    readonly work?: (upload: Upload) => Work;
  } = {},
): Promise<FakeServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const queue = new JobQueue(limits, log);
  const token = new TokenCheck(options.token);
  const page = await pageRoutes();
  const server = await startServer({
    binding: { host: "127.0.0.1", port: 0 },
    limits,
    token,
    log,
    open: new Set([
      ...Object.keys(page),
      "POST /v1/session",
      "GET /v1/health",
      "GET /openapi.json",
    ]),
    routes: {
      ...page,
      ...apiRoutes({
        queue,
        token,
        engine: { name: "cpu", description: "cpu: made up", isGpu: false },
        models: {
          list: () => [],
          idOf: (wanted = "first") => {
            if (wanted === "first") return wanted;
            throw new Problem("bad_option", `there is no model "${wanted}"`);
          },
        },
        workFor: options.work ?? echo,
      }),
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    queue,
    logged,
    async [Symbol.asyncDispose]() {
      await server.close();
      await queue.stop();
    },
  };
}

/** Work that gives back what came in. */
export function echo({ bytes, name }: Upload): Work {
  return () => Promise.resolve({ bytes, type: "image/png", name, width: 1, height: 1 });
}

/** Work that tells of the same tile, a quarter of the picture, every few milliseconds until it is stopped; `stopped` is told when that is. */
export function endless(stopped: () => void): () => Work {
  return () => async (signal, tell) => {
    const size = { width: 40, height: 40 };
    tell({ event: "plan", data: { input: size, output: size, tiles: 1e6, stages: [size] } });
    try {
      for (let done = 1;; done++) {
        signal.throwIfAborted();
        tell({
          event: "progress",
          data: { done, total: 1e6, stage: 0, rect: { x: 0, y: 0, width: 20, height: 20 } },
        });
        await new Promise((next) => setTimeout(next, 5));
      }
    } finally {
      stopped();
    }
  };
}

/** A small PNG. */
export const PNG: Uint8Array<ArrayBuffer> = Uint8Array.from(noise(12, 9, 1));

/** A PNG of noise. */
export function noise(width: number, height: number, seed: number): Uint8Array {
  const rng = new Rng("serve", seed);
  const data = Uint8Array.from({ length: width * height * 3 }, () => rng.int(256));
  return encodePng({ width, height, channels: 3, data });
}

/** Answers of HTTP that nothing but a socket can ask for: sends `text`, reads until the server closes. */
export async function raw(port: number, text: string | Uint8Array): Promise<string> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  try {
    for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
  } catch { /* the server has closed */ }
  let answer = "";
  const buffer = new Uint8Array(4096);
  try {
    for (let n; (n = await socket.read(buffer)) !== null;) {
      answer += new TextDecoder().decode(buffer.subarray(0, n));
    }
  } catch { /* reset */ }
  return answer;
}

/** Waits until `test` holds. */
export async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    if (await test()) return;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error("it did not come to pass");
}

/** Writes weights of a tiny SRVGGNetCompact, scale 2, of random numbers. */
export async function writeTinyModel(path: string): Promise<void> {
  const rng = new Rng("tiny", 5);
  const tensor = (...shape: number[]) =>
    float32Tensor(
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (rng.float() - 0.5) * 0.2),
    );
  const set: StateDict = new Map([
    ["body.0.weight", tensor(8, 3, 3, 3)],
    ["body.0.bias", tensor(8)],
    ["body.1.weight", tensor(8)],
    ["body.2.weight", tensor(8, 8, 3, 3)],
    ["body.2.bias", tensor(8)],
    ["body.3.weight", tensor(8)],
    ["body.4.weight", tensor(12, 8, 3, 3)],
    ["body.4.bias", tensor(12)],
  ]);
  await writeWeights(path, { sets: new Map([["params", set]]) });
}
