import assert from "node:assert/strict";
import { Problem } from "../../../core/serve/problem.ts";
import { checkSender, isLoopback, isOurs } from "../../../core/serve/security.ts";

const here = { host: "127.0.0.1", port: 8000 };

function refused(method: string, path: string, headers: Record<string, string>): boolean {
  try {
    checkSender(here, method, path, (name) => headers[name]);
    return false;
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.equal(error.status, 403);
    return true;
  }
}

Deno.test("isOurs() takes the names of this machine with the right port, and nothing else", () => {
  for (const host of ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000"]) {
    assert.ok(isOurs(here, host), host);
  }
  for (
    const host of [
      "",
      "127.0.0.1",
      "127.0.0.1:8001",
      "evil.test:8000",
      "localhost.evil.test:8000",
      "evil.test@localhost:8000",
      "localhost:8000/",
      "192.168.1.5:8000",
      "localhost:8000:8000",
      "[::2]:8000",
    ]
  ) assert.ok(!isOurs(here, host), host);
});

Deno.test("isOurs() on all addresses takes numbers, which cannot be rebound, and names that are allowed", () => {
  const all = { host: "0.0.0.0", port: 80, allowedHosts: ["pics.lan", "proxy.lan:8443"] };
  for (const host of ["192.168.1.5", "192.168.1.5:80", "[fe80::1]", "pics.lan", "proxy.lan:8443"]) {
    assert.ok(isOurs(all, host), host);
  }
  for (const host of ["evil.test", "192.168.1.5:81", "proxy.lan:8444", "pics.lan.evil.test"]) {
    assert.ok(!isOurs(all, host), host);
  }
});

Deno.test("checkSender() refuses other sites' pages where something happens or is read", () => {
  const host = "localhost:8000";
  assert.ok(!refused("POST", "/v1/restore", { host }), "programs send neither header");
  assert.ok(!refused("POST", "/v1/restore", { host, origin: "http://localhost:8000" }));
  assert.ok(!refused("POST", "/v1/restore", { host, "sec-fetch-site": "same-origin" }));
  for (
    const origin of ["http://evil.test", "null", "http://localhost:9000", "file://localhost:8000"]
  ) {
    assert.ok(refused("POST", "/v1/restore", { host, origin }), origin);
    assert.ok(refused("DELETE", "/v1/jobs/1", { host, origin }), origin);
    assert.ok(refused("GET", "/v1/models", { host, origin }), origin);
  }
  for (const site of ["cross-site", "same-site"]) {
    assert.ok(refused("POST", "/v1/jobs", { host, "sec-fetch-site": site }));
    assert.ok(refused("GET", "/v1/jobs/1/result", { host, "sec-fetch-site": site }));
    assert.ok(
      !refused("GET", "/", { host, "sec-fetch-site": site }),
      "a link to the page is no harm",
    );
  }
  assert.ok(refused("GET", "/", {}), "no Host header");
});

Deno.test("isLoopback() knows what only this machine reaches", () => {
  for (const host of ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"]) {
    assert.ok(isLoopback(host));
  }
  for (const host of ["0.0.0.0", "::", "192.168.0.2", "127.evil.test", "example.org"]) {
    assert.ok(!isLoopback(host), host);
  }
});
