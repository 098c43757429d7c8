/**
 * The server: sockets, limits of time, security, and from requests to handlers.
 *
 * It stands on `node:http`, because `Deno.serve` waits for the rest of a head or body for as long as a client likes.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { readBody } from "./body.ts";
import type { Limits } from "./limits.ts";
import type { Answer, Call } from "./message.ts";
import { Problem, problemOf } from "./problem.ts";
import { Router, type Routes } from "./router.ts";
import { type Binding, checkSender, SECURITY_HEADERS } from "./security.ts";
import type { TokenCheck } from "./token.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What a server is made of. */
export interface ServerParts {
  /** Where to listen; port 0 takes any that is free. */
  readonly binding: Binding;
  /** Limits. */
  readonly limits: Limits;
  /** Who answers. */
  readonly routes: Routes;
  /** Routes, as in {@linkcode routes}, that are answered without the token. */
  readonly open: ReadonlySet<string>;
  /** Knows the token. */
  readonly token: TokenCheck;
  /** Receives defects of the program. */
  readonly log: (line: string) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** Port that it listens at. */
  readonly port: number;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws {UserError} ENVIRONMENT, if the port is in use or the address is not one of this machine.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { limits, binding } = parts;
  const router = new Router(parts.routes);
  let port = binding.port;
  const server = createServer(
    {
      headersTimeout: limits.headTimeout * 1000,
      requestTimeout: limits.bodyTimeout * 1000,
      keepAliveTimeout: limits.headTimeout * 1000,
      connectionsCheckingInterval: Math.min(1000, limits.headTimeout * 500),
      maxHeaderSize: 16384,
      // Answered by `checkSender`, with a reason.
      requireHostHeader: false,
    },
    (request, response) => void serve(parts, router, { ...binding, port }, request, response),
  );
  server.maxConnections = limits.maxConnections;
  // Asking first whether a large body is wanted: the handler's answer is the answer.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers["content-length"] ?? 0) <= limits.maxBody) response.writeContinue();
    server.emit("request", request, response);
  });
  server.on("clientError", refuse);
  await listen(server, binding);
  const address = server.address();
  if (address !== null && typeof address === "object") port = address.port;
  return {
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** What cannot be read as a request, or does not come in time, is answered shortly, and closed. */
function refuse(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const large = error.code === "HPE_HEADER_OVERFLOW";
  const [status, code, message] = slow
    ? ["408 Request Timeout", "body_too_slow", "the request did not come in time"]
    : large
    ? ["431 Request Header Fields Too Large", "bad_request", "the head of the request is too large"]
    : ["400 Bad Request", "bad_request", "this is not a request that HTTP knows"];
  const body = JSON.stringify({ error: { code, message, status: parseInt(status) } });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function listen(server: Server, { host, port }: Binding): Promise<void> {
  return new Promise((done, fail) => {
    const failed = (error: Error & { readonly code?: string }) => {
      const where = `${host}:${port}`;
      const inUse = error.code === "EADDRINUSE" || /in use/i.test(error.message);
      const why = inUse
        ? `port ${port} is in use: choose another with --port`
        : error.code === "EACCES" || /permission denied/i.test(error.message)
        ? `listening at ${where} is not permitted: choose a port above 1023 with --port`
        : `cannot listen at ${where} (${error.message}): check --host`;
      fail(new UserError(`serve: ${why}`, ExitCode.ENVIRONMENT, { cause: error }));
    };
    server.once("error", failed);
    server.listen(port, host.replace(/^\[(.*)\]$/, "$1"), () => {
      server.off("error", failed);
      done();
    });
  });
}

async function serve(
  parts: ServerParts,
  router: Router,
  binding: Binding,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) {
      gone.abort(new DOMException("the client has left", "AbortError"));
    }
  });
  request.on("error", () => {}); // its end is seen by `close`
  response.on("error", () => {});
  let answer: Answer;
  try {
    answer = await answerTo(parts, router, binding, request, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) {
      response.destroy();
      return;
    }
    answer = problemOf(error, parts.log).answer();
  }
  try {
    await send(answer, request, response, gone.signal, parts.limits);
  } catch (error) {
    if (!gone.signal.aborted) problemOf(error, parts.log);
    response.destroy();
  }
}

async function answerTo(
  { open, token, limits }: ServerParts,
  router: Router,
  binding: Binding,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<Answer> {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  const method = request.method ?? "GET";
  const hosts = request.rawHeaders.filter((text, i) => i % 2 === 0 && /^host$/i.test(text)).length;
  if (hosts > 1) throw new Problem("bad_request", "the request has several Host headers");
  const [, path = "", query = ""] = /^([^?]*)(?:\?(.*))?$/s.exec(request.url ?? "")!;
  checkSender(binding, method, path, header);
  const { key, handler, params } = router.match(method, path);
  if (!open.has(key)) token.check(header);
  const call: Call = {
    method,
    path,
    params,
    query: new URLSearchParams(query),
    header,
    signal,
    body: (count, most) => readBody(request, limits, count, most),
  };
  return await handler(call);
}

async function send(
  { status, headers = {}, body = "" }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
  limits: Limits,
): Promise<void> {
  const stream = typeof body === "string" || body instanceof Uint8Array ? undefined : body;
  const bytes = stream !== undefined
    ? undefined
    : typeof body === "string"
    ? new TextEncoder().encode(body)
    : body as Uint8Array;
  const unread = !request.complete;
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    ...(bytes === undefined || status === 204 || status === 304
      ? {}
      : { "content-length": String(bytes.length) }),
    ...(unread ? { connection: "close" } : {}),
  });
  if (request.method === "HEAD") {
    response.end();
  } else if (stream !== undefined) {
    response.flushHeaders();
    for await (const part of stream) {
      if (gone.aborted) break;
      if (!response.write(part)) await drained(response, gone);
    }
    response.end();
  } else if (unread) {
    if (bytes!.length > 0) response.write(bytes!);
    await swallow(request, limits, gone);
    response.end();
  } else {
    response.end(bytes!.length > 0 ? bytes! : undefined);
  }
}

/**
 * Takes the rest of a body that nobody wants, within limits: a connection that is closed while the client still sends
 * would take the answer from it.
 */
function swallow(request: IncomingMessage, { maxBody }: Limits, gone: AbortSignal): Promise<void> {
  return new Promise((done) => {
    let left = maxBody;
    const clock = setTimeout(finish, SWALLOW_MS);
    function finish() {
      clearTimeout(clock);
      gone.removeEventListener("abort", finish);
      request.off("data", onData).off("end", finish);
      done();
    }
    function onData(part: Uint8Array) {
      left -= part.length;
      if (left < 0) finish();
    }
    gone.addEventListener("abort", finish);
    request.on("data", onData).on("end", finish).resume();
    if (gone.aborted) finish();
  });
}

const SWALLOW_MS = 2000;

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = () => {
      gone.removeEventListener("abort", finish);
      response.off("drain", finish);
      done();
    };
    response.on("drain", finish);
    gone.addEventListener("abort", finish);
    if (gone.aborted) finish();
  });
}
