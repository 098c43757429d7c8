import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { requireToken } from "../../../core/serve/start.ts";
import { TokenCheck } from "../../../core/serve/token.ts";

const SECRET = "a-secret-of-length";

function allowed(check: TokenCheck, headers: Record<string, string>): boolean {
  try {
    check.check((name) => headers[name]);
    return true;
  } catch {
    return false;
  }
}

Deno.test("check() takes the token as bearer, or the cookie that it was exchanged for", () => {
  const check = new TokenCheck(SECRET);
  assert.ok(allowed(check, { authorization: `Bearer ${SECRET}` }));
  const cookie = check.cookieFor(SECRET);
  assert.match(cookie, /; HttpOnly; SameSite=Strict$/);
  assert.ok(!cookie.includes(SECRET), "the cookie is not the token");
  const pair = cookie.split(";")[0]!;
  assert.ok(allowed(check, { cookie: `a=b; ${pair}` }));
  for (
    const headers of [
      {},
      { authorization: "Bearer" },
      { authorization: `Bearer ${SECRET}x` },
      { authorization: `Basic ${SECRET}` },
      { cookie: pair.slice(0, -1) },
      { cookie: `denosr_session=${SECRET}` },
      { cookie: new TokenCheck(SECRET).cookieFor(SECRET).split(";")[0]! },
    ] as Record<string, string>[]
  ) assert.ok(!allowed(check, headers), JSON.stringify(headers));
  assert.throws(() => check.cookieFor("another"), /not the token/);
});

Deno.test("check() without a token lets everybody pass", () => {
  assert.ok(allowed(new TokenCheck(), {}));
});

Deno.test("requireToken() refuses addresses that others reach without a token worth its name", () => {
  const usage = (host: string, token?: string) => {
    try {
      requireToken({ host, port: 1 }, token);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof UserError && error.exitCode === ExitCode.USAGE);
      return error.message;
    }
  };
  for (const host of ["127.0.0.1", "localhost", "::1"]) assert.equal(usage(host), undefined);
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "my.lan"]) {
    assert.match(usage(host)!, /demands a token: give --token SECRET or set DENOSR_TOKEN/);
    assert.match(usage(host, "short")!, /at least 16/);
    assert.equal(usage(host, SECRET), undefined);
  }
  assert.match(usage("127.0.0.1", "a b")!, /letters, digits/);
});
