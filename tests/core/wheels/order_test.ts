import assert from "node:assert/strict";
import { checkRoom, failure } from "../../../core/wheels/order.ts";

const ORDER = { what: "libx", hint: "name it in DENOSR_X" };

Deno.test("a disk without room is refused before anything is fetched", () => {
  checkRoom(ORDER, "/cache", 1.25e9, 1.25e9);
  checkRoom(ORDER, "/cache", 1.25e9, undefined);
  assert.throws(
    () => checkRoom(ORDER, "/cache", 1.25e9, 0.5e9),
    /libx cannot be installed: \/cache has 0\.5 GB free, 1\.3 GB are needed: make room, or name another folder in DENOSR_CACHE; name it in DENOSR_X/,
  );
});

Deno.test("failure() says what cannot be had, why, and what to do", () => {
  const { message, exitCode } = failure(ORDER, "there is none");
  assert.equal(message, "libx cannot be installed: there is none; name it in DENOSR_X");
  assert.equal(exitCode, 3);
  assert.equal(
    failure(ORDER, "pip failed. Its last lines:\nno\n").message,
    "libx cannot be installed: pip failed. Its last lines:\nno\nname it in DENOSR_X",
  );
});
