import { ExitCode, UserError } from "../../core/errors.ts";
import assert from "node:assert/strict";

Deno.test("a UserError carries message, exit code, name and cause", () => {
  const cause = new TypeError("inner");
  const error = new UserError("outer", ExitCode.DATA, { cause });
  assert.ok(error instanceof Error);
  assert.equal(error.message, "outer");
  assert.equal(error.exitCode, 4);
  assert.equal(error.name, "UserError");
  assert.equal(error.cause, cause);
  assert.match(error.stack!, /^UserError: outer|^Error: outer/);
});

Deno.test("exit codes are what scripts rely on", () => {
  assert.deepEqual({ ...ExitCode }, {
    OK: 0,
    SOME_FAILED: 1,
    USAGE: 2,
    ENVIRONMENT: 3,
    DATA: 4,
    DIVERGED: 5,
    STORAGE: 6,
    INTERRUPTED: 130,
    TERMINATED: 143,
  });
});
