/**
 * Starts everything that `serve` consists of: engine, models, queue, page and API.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";
import type { EngineChoice, Precision } from "../engine/engine.ts";
import { startEngine } from "../engine/start.ts";
import { ExitCode, UserError } from "../errors.ts";
import { loadPlugins } from "../plugins.ts";
import { apiRoutes } from "./api.ts";
import { pageRoutes } from "./assets.ts";
import { JobQueue, type Work } from "./jobs.ts";
import type { Limits } from "./limits.ts";
import { modelEntries, Models } from "./models.ts";
import { type Binding, isLoopback } from "./security.ts";
import { type RunningServer, startServer } from "./server.ts";
import { TokenCheck } from "./token.ts";
import type { Upload } from "./upload.ts";
import { restoreUpload } from "./work.ts";

/** What `serve` is told. */
export interface ServeOptions {
  /** Where to listen. */
  readonly binding: Binding;
  /** Limits. */
  readonly limits: Limits;
  /** Token that is demanded; needed beyond loopback. */
  readonly token?: string;
  /** Models to offer: names of the zoo or files; empty for those that are here. */
  readonly models: readonly string[];
  /** What computes. */
  readonly engine?: EngineChoice;
  /** Arithmetic of the networks. */
  readonly precision?: Precision;
  /** Further plugin folders. */
  readonly plugins?: readonly string[];
  /** Receives lines for the terminal. */
  readonly say: (line: string) => void;
}

/** A server at work. */
export interface Served extends AsyncDisposable {
  /** Port that it listens at. */
  readonly port: number;
  /** One line about the engine. */
  readonly engine: string;
  /** Ids of the models that are offered. */
  readonly models: readonly string[];
  /** Cancels all jobs, closes all connections and releases models and engine. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Routes that are answered without the token: the page, which asks for it, and what says nothing. */
const ALWAYS_OPEN = ["POST /v1/session", "GET /v1/health", "GET /openapi.json"];

/** Shortest token that is worth its name, in characters. */
const SHORTEST_TOKEN = 16;

/**
 * Refuses to listen beyond this machine without a token.
 *
 * @throws {UserError} USAGE.
 */
export function requireToken({ host }: Binding, token: string | undefined): void {
  if (token !== undefined && !/^[\w.~+/=-]+$/.test(token)) {
    throw new UserError(
      "serve: the token may consist of letters, digits and - . _ ~ + / = only",
      ExitCode.USAGE,
    );
  }
  if (isLoopback(host)) return;
  if (token === undefined) {
    throw new UserError(
      `serve: --host ${host} can be reached from other machines, which demands a token: give --token SECRET or set ` +
        `DENOSR_TOKEN, for example to ${crypto.randomUUID()}`,
      ExitCode.USAGE,
    );
  }
  if (token.length < SHORTEST_TOKEN) {
    throw new UserError(
      `serve: the token has ${token.length} characters; beyond this machine it takes at least ${SHORTEST_TOKEN}`,
      ExitCode.USAGE,
    );
  }
}

/**
 * Starts the engine and the server.
 *
 * @throws {UserError} USAGE without a token where one is demanded; ENVIRONMENT if the port is in use; what starting an
 * engine and reading weights throw.
 */
export async function serveRestore(options: ServeOptions): Promise<Served> {
  const { binding, limits, say, token: secret, plugins = [] } = options;
  requireToken(binding, secret);
  await loadPlugins(plugins);
  const entries = await modelEntries(options.models, plugins);
  await using started = new AsyncDisposableStack();
  const models = started.use(
    await Models.open(entries, options.models.length > 0, { ...options, plugins }),
  );
  const engine = await startEngine({
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    say,
  });
  // The models go before the engine that they were loaded on.
  const owned = new AsyncDisposableStack();
  owned.defer(() => engine.dispose());
  owned.use(started.move());
  await using both = owned;
  const queue = new JobQueue(limits, say);
  both.defer(() => queue.stop());
  const token = new TokenCheck(secret);
  const page = await pageRoutes();
  const server: RunningServer = await startServer({
    binding,
    limits,
    token,
    log: say,
    open: new Set([...Object.keys(page), ...ALWAYS_OPEN]),
    routes: {
      ...page,
      ...apiRoutes({
        models,
        queue,
        engine,
        token,
        workFor: (upload) => workFor(upload, models, engine.codec, limits),
      }),
    },
  });
  both.defer(() => server.close());
  const all = both.move();
  // So that the first picture does not wait for it; what is wrong with it is said to the first who wants it.
  void models.load(models.idOf(undefined)).catch(() => {});
  return {
    port: server.port,
    engine: engine.description,
    models: models.list().map(({ id }) => id),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function workFor(
  upload: Upload,
  models: Models,
  codec: ImageCodec,
  limits: Limits,
): Work {
  return async (signal, tell) => {
    const id = models.idOf(upload.options.model);
    const model = await models.load(id);
    signal.throwIfAborted();
    const start = performance.now();
    let pixels = 0;
    const result = await restoreUpload(
      upload,
      model,
      models.largestTile(id),
      codec,
      limits,
      signal,
      (event) => {
        if (event.event === "plan") {
          const { width, height } = event.data["input"] as { width: number; height: number };
          pixels = width * height;
        }
        tell(event);
      },
    );
    models.measured(id, pixels, (performance.now() - start) / 1000);
    return result;
  };
}
