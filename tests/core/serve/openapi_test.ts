import { Validator } from "@seriousme/openapi-schema-validator";
import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../../core/serve/limits.ts";
import { openApi } from "../../../core/serve/openapi.ts";
import { fakeServer } from "./_server.ts";

interface Operations {
  readonly [method: string]: { readonly responses?: Record<string, unknown> };
}

Deno.test("the description is valid OpenAPI 3.1, with and without a token", async () => {
  for (const secured of [false, true]) {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      structuredClone(openApi(DEFAULT_LIMITS, secured)) as Record<string, unknown>,
    );
    assert.ok(valid, JSON.stringify(errors, null, 1));
    assert.equal(validator.version, "3.1");
  }
});

Deno.test("the description has the routes that the server answers, no more and no less", async () => {
  await using server = await fakeServer();
  const response = await fetch(`${server.url}/openapi.json`);
  const { paths } = await response.json() as { paths: Record<string, Operations> };
  for (const [path, operations] of Object.entries(paths)) {
    const address = server.url + path.replace("{id}", "none");
    const described = Object.keys(operations).filter((name) => name !== "parameters");
    // A method that nobody has is answered with those that there are.
    const allowed = await fetch(address, { method: "PATCH" });
    await allowed.body?.cancel();
    const methods = allowed.headers.get("allow")!.toLowerCase().split(", ")
      .filter((name) => name !== "head");
    assert.deepEqual(methods.sort(), described.sort(), path);
    for (const { responses } of described.map((name) => operations[name]!)) {
      assert.ok(responses?.["403"], `${path} can be refused`);
    }
  }
});
