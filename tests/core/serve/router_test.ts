import assert from "node:assert/strict";
import { Problem } from "../../../core/serve/problem.ts";
import { Router } from "../../../core/serve/router.ts";

const answer = () => ({ status: 200 });
const router = new Router({
  "GET /": answer,
  "GET /v1/jobs/{id}": answer,
  "DELETE /v1/jobs/{id}": answer,
  "GET /v1/jobs/{id}/events": answer,
  "POST /v1/restore": answer,
});

function refusal(method: string, path: string): Problem {
  try {
    router.match(method, path);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error(`${method} ${path} was not refused`);
}

Deno.test("match() finds routes and the parts that they leave open; HEAD goes with GET", () => {
  assert.equal(router.match("GET", "/").key, "GET /");
  assert.equal(router.match("HEAD", "/").key, "GET /");
  const { key, params } = router.match("DELETE", "/v1/jobs/a%2e-1");
  assert.equal(key, "DELETE /v1/jobs/{id}");
  assert.deepEqual(params, { id: "a%2e-1" });
});

Deno.test("match() refuses paths that are not in the table as they stand, whatever they decode to", () => {
  for (
    const path of [
      "",
      "//",
      "/v1/jobs/",
      "/v1/jobs/a/b",
      "/v1/restore/",
      "/V1/restore",
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/page/../style.css",
      "/v1/./restore",
      "/v1/restore%00",
      "http://other/v1/restore",
      "/__proto__",
    ]
  ) assert.equal(refusal("GET", path).status, 404, path);
});

Deno.test("match() names the methods that a path takes", () => {
  const problem = refusal("PUT", "/v1/jobs/1");
  assert.equal(problem.status, 405);
  assert.equal(problem.headers["allow"], "GET, DELETE, HEAD");
  assert.equal(refusal("GET", "/v1/restore").headers["allow"], "POST");
});
