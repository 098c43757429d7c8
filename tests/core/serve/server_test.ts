import assert from "node:assert/strict";
import { endless, fakeServer, noise, PNG, raw, until } from "./_server.ts";

interface Told {
  readonly error: { readonly code: string; readonly message: string; readonly status: number };
}

async function refused(response: Response, status: number, code: string): Promise<Told["error"]> {
  const { error } = await response.json() as Told;
  assert.deepEqual([response.status, error.status, error.code], [status, status, code]);
  assert.match(response.headers.get("content-type")!, /^application\/json/);
  return error;
}

function form(
  fields: Record<string, string> = {},
  image: Uint8Array<ArrayBuffer> | null = PNG,
): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (image !== null) data.append("image", new File([image], "Kätzchen.png"));
  return data;
}

const post = (url: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body, headers });

Deno.test("restore takes forms and raw bytes, with options in either", async () => {
  const seen: unknown[] = [];
  await using server = await fakeServer({
    work: ({ bytes, name, options }) => {
      seen.push({ name, options });
      return () => Promise.resolve({ bytes, type: "image/png", name, width: 1, height: 1 });
    },
  });
  const restore = `${server.url}/v1/restore`;
  const answer = await post(`${restore}?tta=1`, form({ scale: "2" }));
  assert.deepEqual(await answer.bytes(), PNG);
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.match(answer.headers.get("content-disposition")!, /filename\*=UTF-8''K%C3%A4tzchen\.png/);
  const second = await post(`${restore}?format=jpeg&name=..%2Fa.png`, PNG, {
    "content-type": "image/png",
  });
  assert.deepEqual(await second.bytes(), PNG);
  assert.deepEqual(seen, [
    { name: "Kätzchen.png", options: { tta: true, scale: 2, model: "first" } },
    { name: "a.png", options: { format: "jpeg", model: "first" } },
  ]);
  assert.equal(server.queue.size, 0, "nothing is kept of what was given back");
});

Deno.test("what is wrong with a request is told with its status and in words", async () => {
  await using server = await fakeServer({ limits: { maxBody: 5000 } });
  const restore = `${server.url}/v1/restore`;
  const text = new TextEncoder().encode("no picture at all");
  const multipart = { "content-type": "multipart/form-data; boundary=x" };
  await refused(await post(restore, form({}, null)), 400, "bad_request");
  await refused(await post(restore, "--x\r\nrubbish", multipart), 400, "bad_request");
  await refused(
    await post(restore, "a", { "content-type": "multipart/form-data" }),
    400,
    "bad_request",
  );
  await refused(await post(restore, "--x\r\n".repeat(70), multipart), 400, "bad_request");
  await refused(await post(restore, new Uint8Array()), 400, "bad_request");
  await refused(await post(restore, text), 415, "not_an_image");
  await refused(await post(restore, form({}, text)), 415, "not_an_image");
  await refused(await post(restore, "a=1", { "content-type": "text/plain" }), 415, "not_an_image");
  await refused(await post(restore, form({ scale: "x" })), 422, "bad_option");
  await refused(await post(restore, form({ path: "/etc" })), 422, "bad_option");
  await refused(await post(restore, form({ model: "second" })), 422, "bad_option");
  await refused(await post(`${server.url}/v1/session`, "{}"), 400, "bad_request");
  await refused(await fetch(`${server.url}/v1/jobs/none`), 404, "not_found");
  await refused(await fetch(`${server.url}/v2`), 404, "not_found");
  await refused(await fetch(restore), 405, "method_not_allowed");
  const large = await refused(await post(restore, new Uint8Array(5001)), 413, "body_too_large");
  assert.match(large.message, /5000 bytes/);
  assert.deepEqual(server.logged, [], "none of these is a defect of the program");
});

Deno.test("a body that does not say how large it is, is cut off at the limit", async () => {
  await using server = await fakeServer({ limits: { maxBody: 100_000 } });
  let sent = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      sent += 10_000;
      if (sent > 300_000) controller.close();
      else controller.enqueue(new Uint8Array(10_000));
    },
  });
  await refused(await post(`${server.url}/v1/restore`, body), 413, "body_too_large");
});

Deno.test("too many pictures are answered with 429 and a time to wait, before their bodies are read", async () => {
  await using server = await fakeServer({ limits: { maxJobs: 1 }, work: endless(() => {}) });
  const first = await post(`${server.url}/v1/jobs`, form());
  assert.equal(first.status, 202);
  const { id } = await first.json() as { id: string };
  const second = await post(`${server.url}/v1/restore`, form());
  assert.match(second.headers.get("retry-after")!, /^\d+$/);
  await refused(second, 429, "too_many_jobs");
  const gone = await fetch(`${server.url}/v1/jobs/${id}`, { method: "DELETE" });
  assert.equal(gone.status, 204);
  await until(() => server.queue.running === 0);
  const third = await post(`${server.url}/v1/jobs`, form());
  assert.equal(third.status, 202);
  await third.body?.cancel();
});

Deno.test("a job is described, watched, and gives its result, until it is deleted", async () => {
  await using server = await fakeServer();
  const created = await post(`${server.url}/v1/jobs`, form());
  const { id } = await created.json() as { id: string };
  assert.equal(created.headers.get("location"), `/v1/jobs/${id}`);
  const address = `${server.url}/v1/jobs/${id}`;
  const events = await fetch(`${address}/events`);
  assert.match(events.headers.get("content-type")!, /^text\/event-stream/);
  const text = await events.text();
  assert.deepEqual(text.match(/(?<=event: ).*/g), ["queued", "started", "done"]);
  assert.deepEqual(text.match(/(?<=id: ).*/g), ["0", "1", "2"]);
  const late = await fetch(`${address}/events`, { headers: { "last-event-id": "1" } });
  assert.match(await late.text(), /^id: 2\nevent: done\ndata: \{.*\}\n\n$/);
  const job = await (await fetch(address)).json() as Record<string, unknown>;
  assert.equal(job["state"], "done");
  assert.deepEqual(await (await fetch(`${address}/result`)).bytes(), PNG);
  await (await fetch(address, { method: "DELETE" })).body?.cancel();
  await refused(await fetch(`${address}/result`), 404, "not_found");
});

Deno.test("a result that is not there yet is 409, of a cancelled job 499", async () => {
  const stopped = Promise.withResolvers<void>();
  await using server = await fakeServer({ work: endless(stopped.resolve) });
  const { id } = await (await post(`${server.url}/v1/jobs`, form())).json() as { id: string };
  await refused(await fetch(`${server.url}/v1/jobs/${id}/result`), 409, "not_finished");
  const leaving = new AbortController();
  const events = await fetch(`${server.url}/v1/jobs/${id}/events`, { signal: leaving.signal });
  await events.body!.getReader().read();
  leaving.abort();
  await stopped.promise;
  await refused(await fetch(`${server.url}/v1/jobs/${id}/result`), 499, "cancelled");
});

Deno.test("who leaves during a restore stops its work", async () => {
  const stopped = Promise.withResolvers<void>();
  await using server = await fakeServer({ work: endless(stopped.resolve) });
  const leaving = new AbortController();
  const request = fetch(`${server.url}/v1/restore`, {
    method: "POST",
    body: form(),
    signal: leaving.signal,
  });
  await until(() => server.queue.running === 1);
  leaving.abort();
  await assert.rejects(request);
  await stopped.promise;
  await until(() => server.queue.running === 0 && server.queue.size === 0);
  server.queue.reserve().release();
});

Deno.test("a job beyond its time ends with 504", async () => {
  await using server = await fakeServer({ limits: { timeout: 0.05 }, work: endless(() => {}) });
  const { message } = await refused(
    await post(`${server.url}/v1/restore`, form()),
    504,
    "time_limit",
  );
  assert.match(message, /0\.05 s/);
});

Deno.test("heads and bodies that stop coming are closed, and idle connections too", async () => {
  await using server = await fakeServer({ limits: { headTimeout: 0.4, bodyIdle: 0.3 } });
  const head = "POST /v1/restore HTTP/1.1\r\nHost: localhost:" + server.port;
  const [half, body, idle] = await Promise.all([
    raw(server.port, head),
    raw(server.port, `${head}\r\nContent-Length: 50\r\n\r\nabc`),
    raw(server.port, ""),
  ]);
  assert.match(half, /^HTTP\/1\.1 408 .*"body_too_slow"/s);
  assert.match(body, /^HTTP\/1\.1 408 .*"body_too_slow"/s);
  assert.match(idle, /^(?:HTTP\/1\.1 408 .*)?$/s);
  await (await fetch(`${server.url}/v1/health`)).body?.cancel();
  const garbage = await raw(server.port, "GARBAGE\r\n\r\n");
  assert.match(garbage, /^HTTP\/1\.1 400 .*"bad_request"/s);
});

Deno.test("paths never reach the disk, and hosts and origins of others are refused", async () => {
  await using server = await fakeServer();
  const get = (path: string, more = "", host = `localhost:${server.port}`) =>
    raw(server.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`);
  for (
    const path of [
      "/../../../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/style.css/../../../../mod.ts",
      "/page/index.html",
      "/style.css%00.png",
      "//etc/passwd",
      "/.git/config",
    ]
  ) assert.match(await get(path), /^HTTP\/1\.1 404 /, path);
  assert.match(await get("/"), /^HTTP\/1\.1 200 .*<!DOCTYPE html>/s);
  assert.match(await get("/", "", "evil.test"), /^HTTP\/1\.1 403 .*"forbidden"/s);
  assert.match(await get("/v1/models", "Origin: http://evil.test\r\n"), /^HTTP\/1\.1 403 /);
  const none = await raw(server.port, "GET / HTTP/1.0\r\n\r\n");
  assert.match(none, /^HTTP\/1\.[01] 403 /);
});

Deno.test("every answer carries the headers of security, errors too", async () => {
  await using server = await fakeServer();
  for (const path of ["/", "/app.js", "/v1/health", "/nothing"]) {
    const response = await fetch(server.url + path);
    await response.body?.cancel();
    const { headers } = response;
    assert.match(
      headers.get("content-security-policy")!,
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
    );
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("with a token the API is closed, the page is not, and the cookie opens both", async () => {
  const token = "0123456789abcdef";
  await using server = await fakeServer({ token });
  const models = `${server.url}/v1/models`;
  const closed = await fetch(models);
  assert.match(closed.headers.get("www-authenticate")!, /^Bearer/);
  await refused(closed, 401, "unauthorized");
  await refused(await post(`${server.url}/v1/restore`, form()), 401, "unauthorized");
  for (const path of ["/", "/app.js", "/v1/health"]) {
    const open = await fetch(server.url + path);
    assert.equal(open.status, 200);
    await open.body?.cancel();
  }
  const bearer = await fetch(models, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(bearer.status, 200);
  await bearer.body?.cancel();
  const session = `${server.url}/v1/session`;
  await refused(await post(session, JSON.stringify({ token: "wrong" })), 401, "unauthorized");
  const login = await post(session, JSON.stringify({ token }));
  assert.equal(login.status, 204);
  const cookie = login.headers.get("set-cookie")!.split(";")[0]!;
  const again = await fetch(models, { headers: { cookie } });
  assert.equal(again.status, 200);
  await again.body?.cancel();
});

Deno.test("HEAD gives no body, and what the browser has is not sent again", async () => {
  await using server = await fakeServer();
  const head = await fetch(`${server.url}/style.css`, { method: "HEAD" });
  assert.ok(Number(head.headers.get("content-length")) > 1000);
  assert.equal(await head.text(), "");
  const etag = head.headers.get("etag")!;
  const same = await fetch(`${server.url}/style.css`, { headers: { "if-none-match": etag } });
  assert.equal(same.status, 304);
  await same.body?.cancel();
});

Deno.test("a port that is in use is said, and how to mend it", async () => {
  const { startServer } = await import("../../../core/serve/server.ts");
  const { DEFAULT_LIMITS } = await import("../../../core/serve/limits.ts");
  const { TokenCheck } = await import("../../../core/serve/token.ts");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await assert.rejects(
    startServer({
      binding: { host: "127.0.0.1", port },
      limits: DEFAULT_LIMITS,
      routes: {},
      open: new Set(),
      token: new TokenCheck(),
      log: () => {},
    }),
    (error: Error) => error.message === `serve: port ${port} is in use: choose another with --port`,
  );
});

Deno.test("64 large uploads at once are held within the limit of bytes", async () => {
  await using server = await fakeServer({ limits: { maxJobs: 100, maxHeld: 300_000 } });
  const picture = Uint8Array.from(noise(100, 100, 3)); // about 30 kB
  const answers = await Promise.all(Array.from({ length: 64 }, async () => {
    const answer = await post(`${server.url}/v1/restore`, picture);
    await answer.body?.cancel();
    return answer.status;
  }));
  assert.deepEqual([...new Set(answers)].filter((status) => status !== 200 && status !== 429), []);
  assert.ok(answers.includes(200));
  const room = server.queue.reserve();
  room.add(300_000);
});

Deno.test("pictures that cannot be read are called by their kind", async () => {
  await using server = await fakeServer();
  const kinds = {
    heic: /^HEIC pictures cannot/,
    avif: /^AVIF pictures cannot/,
    mp42: /no picture/,
  };
  for (const [brand, message] of Object.entries(kinds)) {
    const answer = await post(`${server.url}/v1/restore`, `\0\0\0\x18ftyp${brand}\0\0\0\0`, {
      "content-type": "image/x",
    });
    assert.match((await refused(answer, 415, "not_an_image")).message, message);
  }
});

Deno.test("a request with two Host headers is refused", async () => {
  await using server = await fakeServer();
  const answer = await raw(
    server.port,
    `GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nHost: evil.example\r\n` +
      "Connection: close\r\n\r\n",
  );
  assert.match(answer, /^HTTP\/1.1 400 [^]*several Host headers/);
});
