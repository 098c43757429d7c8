/**
 * The description of the API (OpenAPI 3.1.1), made from the same tables that requests are read with.
 *
 * @module
 */
import { VERSION } from "../version.ts";
import { FIELDS } from "./fields.ts";
import type { Limits } from "./limits.ts";
import { type ProblemCode, PROBLEMS } from "./problem.ts";

/** The document, or a part of it. */
export type Json = Readonly<Record<string, unknown>>;

/** The document; `secured` if the server demands its token. */
export function openApi(limits: Limits, secured: boolean): Json {
  return {
    openapi: "3.1.1",
    info: {
      title: "DenoSR",
      version: VERSION,
      summary: "Restores pictures on this machine",
      description:
        "Pictures are sent as they are, and come back restored: at once by /v1/restore, or as jobs whose " +
        "progress can be watched. " +
        `Limits here: ${limits.maxBody} bytes, ${limits.maxPixels} pixels in, ${limits.maxOutputPixels} pixels out, ` +
        `${limits.maxJobs} pictures at a time, ${limits.timeout} s for each. A client that leaves cancels its work.`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    ...(secured ? { security: [{ token: [] }] } : {}),
    paths: paths(),
    components: {
      ...(secured ? { securitySchemes: { token: { type: "http", scheme: "bearer" } } } : {}),
      schemas: SCHEMAS,
    },
  };
}

function paths(): Json {
  const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
  return {
    "/v1/restore": {
      post: {
        operationId: "restore",
        summary: "Restores a picture and gives it back",
        parameters: query(),
        requestBody: pictureBody(),
        responses: { "200": picture(), ...problems("bad_request", ...WORK) },
      },
    },
    "/v1/jobs": {
      post: {
        operationId: "createJob",
        summary: "Puts a picture into the queue",
        parameters: query(),
        requestBody: pictureBody(),
        responses: {
          "202": {
            ...content("The job", "Job"),
            headers: { Location: { description: "The job", schema: { type: "string" } } },
          },
          ...problems("bad_request", ...SUBMIT),
        },
      },
    },
    "/v1/jobs/{id}": {
      parameters: [id],
      get: {
        operationId: "getJob",
        summary: "Says where a job stands",
        responses: { "200": content("The job", "Job"), ...problems("not_found") },
      },
      delete: {
        operationId: "deleteJob",
        summary: "Cancels a job, or forgets it with its result",
        responses: { "204": { description: "It is gone" }, ...problems("not_found") },
      },
    },
    "/v1/jobs/{id}/events": {
      parameters: [id],
      get: {
        operationId: "watchJob",
        summary: "What happened and happens to a job, as server-sent events",
        description: "Events: queued {ahead}, started, plan {input, output, tiles, stages}, " +
          "progress {done, total, stage, rect}, note {text}, and at the end done {type, name, width, height, bytes, " +
          "seconds}, failed {error} or cancelled {error}. rect is in pixels of the output of its network, whose size " +
          "is in stages. When the last one who watches leaves before the end, the job is cancelled.",
        responses: {
          "200": {
            description: "The events, to the end of the job",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...problems("not_found"),
        },
      },
    },
    "/v1/jobs/{id}/result": {
      parameters: [id],
      get: {
        operationId: "getResult",
        summary: "The restored picture of a job",
        responses: {
          "200": picture(),
          ...problems(
            "not_found",
            "not_finished",
            "gone",
            ...WORK.filter((c) => c !== "bad_option"),
          ),
        },
      },
    },
    "/v1/models": {
      get: {
        operationId: "listModels",
        summary: "The models that are offered, the default first, and the limits",
        responses: { "200": content("Models and limits", "Models"), ...problems() },
      },
    },
    "/v1/health": {
      get: {
        operationId: "health",
        summary: "Says that the server lives, and how much waits",
        security: [],
        responses: { "200": content("It lives", "Health"), ...problems() },
      },
    },
    "/v1/session": {
      post: {
        operationId: "login",
        summary: "Exchanges the token for a cookie, for pages in a browser",
        security: [],
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["token"],
                properties: { token: { type: "string" } },
              },
            },
          },
        },
        responses: { "204": { description: "The cookie is set" }, ...problems("bad_request") },
      },
    },
    "/openapi.json": {
      get: {
        operationId: "describe",
        summary: "This description",
        security: [],
        responses: {
          "200": {
            description: "OpenAPI 3.1",
            content: { "application/json": { schema: { type: "object" } } },
          },
          ...problems(),
        },
      },
    },
  };
}

const SUBMIT: readonly ProblemCode[] = [
  "body_too_slow",
  "body_too_large",
  "not_an_image",
  "bad_option",
  "too_many_jobs",
  "stopping",
];
const WORK: readonly ProblemCode[] = [...SUBMIT, "internal", "time_limit"];

/** Answers for these errors and those that any request can meet, one for each status. */
function problems(...codes: readonly ProblemCode[]): Json {
  const byStatus = new Map<number, string[]>();
  const all: readonly ProblemCode[] = [...codes, "unauthorized", "forbidden"];
  for (const [code, status] of Object.entries(PROBLEMS)) {
    const wanted = all.some((one) => PROBLEMS[one] === status);
    if (wanted) byStatus.set(status, [...byStatus.get(status) ?? [], code]);
  }
  return Object.fromEntries([...byStatus].map(([status, names]) => [status, {
    ...content(names.join(", "), "Problem"),
    ...(status === 429
      ? {
        headers: {
          "Retry-After": { description: "Seconds to wait", schema: { type: "integer" } },
        },
      }
      : {}),
  }]));
}

function content(description: string, schema: keyof typeof SCHEMAS): Json {
  return {
    description,
    content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function query(): Json[] {
  return [
    ...Object.entries(FIELDS).map(([name, { description, schema }]) => ({
      name,
      in: "query",
      description,
      schema,
    })),
    { name: "name", in: "query", description: "Name of the picture", schema: { type: "string" } },
  ];
}

function pictureBody(): Json {
  const fields = Object.entries(FIELDS).map(([name, { description, schema }]) =>
    [name, { ...schema, description }] as const
  );
  return {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["image"],
          additionalProperties: false,
          properties: {
            image: {
              type: "string",
              contentMediaType: "application/octet-stream",
              description: "The picture",
            },
            ...Object.fromEntries(fields),
          },
        },
      },
      "image/*": {},
      "application/octet-stream": {},
    },
  };
}

function picture(): Json {
  const text = { schema: { type: "string" } };
  return {
    description: "The restored picture",
    headers: {
      "Content-Disposition": { description: "Name for the file", ...text },
      "X-Denosr-Size": { description: "Width x height in pixels", ...text },
      "X-Denosr-Seconds": { description: "Seconds of work", ...text },
      "X-Denosr-Notes": { description: "What is worth knowing, percent-encoded", ...text },
    },
    content: { "image/png": {}, "image/jpeg": {}, "image/webp": {} },
  };
}

const text = { type: "string" } as const;
const whole = { type: "integer" } as const;
const number = { type: "number" } as const;

function object(properties: Json, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", required, properties };
}

const error = object({ code: { enum: Object.keys(PROBLEMS) }, message: text, status: whole }, [
  "status",
]);

const SCHEMAS = {
  Problem: object({ error }),
  Job: object({
    id: text,
    name: text,
    state: { enum: ["queued", "running", "done", "failed", "cancelled"] },
    created: { type: "string", format: "date-time" },
    tiles: object({ done: whole, total: whole }),
    seconds: number,
    error,
    result: object({ name: text, type: text, width: whole, height: whole, bytes: whole }),
    links: object({ self: text, events: text, result: text }),
  }, ["seconds", "error", "result"]),
  Models: object({
    models: {
      type: "array",
      items: object({
        id: text,
        purpose: text,
        scale: number,
        arch: text,
        parameters: whole,
        macs_per_pixel: { type: ["integer", "null"] },
        speed: { enum: ["fast", "medium", "slow", "unknown"] },
        license: text,
        source: text,
        seconds_per_megapixel: { type: ["number", "null"] },
      }, ["license", "source"]),
    },
    limits: object({
      body_bytes: whole,
      pixels: whole,
      output_pixels: whole,
      jobs: whole,
      seconds: whole,
    }),
  }),
  Health: object({
    status: { const: "ok" },
    version: text,
    engine: text,
    engine_description: text,
    queued: whole,
    running: whole,
    uptime_seconds: whole,
  }),
} as const;
