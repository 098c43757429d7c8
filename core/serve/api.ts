/**
 * The REST API, version 1.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { VERSION } from "../version.ts";
import { disposition } from "./disposition.ts";
import { eventStream } from "./events.ts";
import type { Job, JobQueue, Work } from "./jobs.ts";
import { type Answer, type Call, json } from "./message.ts";
import type { Models } from "./models.ts";
import { openApi } from "./openapi.ts";
import { Problem } from "./problem.ts";
import type { Routes } from "./router.ts";
import type { TokenCheck } from "./token.ts";
import { readUpload, type Upload } from "./upload.ts";

/** What the API stands on. */
export interface ApiParts {
  /** The models. */
  readonly models: Pick<Models, "list" | "idOf">;
  /** The jobs. */
  readonly queue: JobQueue;
  /** What is said of the engine. */
  readonly engine: Pick<Engine, "name" | "description" | "isGpu">;
  /** Makes the work of a job from what came in. */
  readonly workFor: (upload: Upload) => Work;
  /** Knows the token. */
  readonly token: TokenCheck;
}

/** The routes of the API. */
export function apiRoutes(parts: ApiParts): Routes {
  const { models, queue, engine, token } = parts;
  const started = performance.now();
  const description = JSON.stringify(openApi(queue.limits, token.demanded));
  const job = (call: Call): Job => queue.get(call.params["id"]!);
  return {
    "GET /openapi.json": () => ({
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: description,
    }),
    "GET /v1/health": () =>
      json(200, {
        status: "ok",
        version: VERSION,
        engine: engine.name,
        engine_description: engine.description,
        queued: queue.queued,
        running: queue.running,
        uptime_seconds: Math.round((performance.now() - started) / 1000),
      }, NO_STORE),
    "GET /v1/models": () => {
      const { maxBody, maxPixels, maxOutputPixels, maxJobs, timeout } = queue.limits;
      return json(200, {
        models: models.list(),
        limits: {
          body_bytes: maxBody,
          pixels: maxPixels,
          output_pixels: maxOutputPixels,
          jobs: maxJobs,
          seconds: timeout,
        },
      }, NO_STORE);
    },
    "POST /v1/session": async (call) => {
      const text = new TextDecoder().decode(await call.body(undefined, 4096));
      return { status: 204, headers: { "set-cookie": token.cookieFor(tokenIn(text)) } };
    },
    "POST /v1/restore": async (call) => {
      const job = await submit(parts, call);
      const leave = () => job.cancel(new Problem("cancelled", "the client has left"));
      call.signal.addEventListener("abort", leave);
      if (call.signal.aborted) leave();
      try {
        await job.settled;
        return resultOf(job);
      } finally {
        call.signal.removeEventListener("abort", leave);
        queue.remove(job);
      }
    },
    "POST /v1/jobs": async (call) => {
      const job = await submit(parts, call);
      // Who leaves before the answer never learns the job's id.
      call.signal.addEventListener("abort", () => queue.remove(job), { once: true });
      if (call.signal.aborted) queue.remove(job);
      return json(202, describe(job), { location: `/v1/jobs/${job.id}`, ...NO_STORE });
    },
    "GET /v1/jobs/{id}": (call) => json(200, describe(job(call)), NO_STORE),
    "GET /v1/jobs/{id}/events": (call) => eventStream(job(call), call),
    "GET /v1/jobs/{id}/result": (call) => resultOf(job(call)),
    "DELETE /v1/jobs/{id}": (call) => {
      queue.remove(job(call));
      return { status: 204 };
    },
  };
}

const NO_STORE = { "cache-control": "no-store" } as const;

/** Reads the request and puts its work into the queue. */
async function submit({ models, queue, workFor }: ApiParts, call: Call): Promise<Job> {
  const room = queue.reserve();
  try {
    const upload = await readUpload(call, room.add);
    const model = models.idOf(upload.options.model);
    const work = workFor({ ...upload, options: { ...upload.options, model } });
    return queue.submit(upload.name, work, room);
  } catch (error) {
    room.release();
    throw error;
  }
}

function describe(job: Job): Record<string, unknown> {
  const { id, name, state, progress, result, problem, seconds, created } = job;
  return {
    id,
    name,
    state,
    created: new Date(created).toISOString(),
    tiles: { done: progress.done, total: progress.total },
    ...(seconds === undefined ? {} : { seconds }),
    ...(problem === undefined ? {} : { error: problem.toJSON() }),
    ...(result === undefined ? {} : {
      result: {
        name: result.name,
        type: result.type,
        width: result.width,
        height: result.height,
        bytes: result.bytes.length,
      },
    }),
    links: {
      self: `/v1/jobs/${id}`,
      events: `/v1/jobs/${id}/events`,
      result: `/v1/jobs/${id}/result`,
    },
  };
}

/** The file that a job made, or why there is none. */
function resultOf(job: Job): Answer {
  const { result, problem } = job;
  if (problem !== undefined) throw problem;
  if (!job.over) {
    throw new Problem("not_finished", `the job is ${job.state}: its events say when it is done`);
  }
  if (result === undefined) {
    throw new Problem("gone", "the result is no longer kept: send the picture again");
  }
  const notes = job.events.filter(({ event }) => event === "note").map(({ data }) => data["text"]);
  return {
    status: 200,
    headers: {
      "content-type": result.type,
      "content-disposition": disposition(result.name),
      "x-denosr-size": `${result.width}x${result.height}`,
      "x-denosr-seconds": (job.seconds ?? 0).toFixed(3),
      ...(notes.length === 0
        ? {}
        : { "x-denosr-notes": encodeURIComponent(notes.join("; ")).slice(0, 4000) }),
      ...NO_STORE,
    },
    body: result.bytes,
  };
}

function tokenIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const token = value !== null && typeof value === "object"
      ? (value as Record<string, unknown>)["token"]
      : undefined;
    if (typeof token === "string") return token;
  } catch { /* said below */ }
  throw new Problem("bad_request", 'the body has to be JSON: {"token": "…"}');
}
