import assert from "node:assert/strict";
import { FIELDS, readFields } from "../../../core/serve/fields.ts";
import { Problem } from "../../../core/serve/problem.ts";

const refusal = (...entries: [string, string][]): string => {
  try {
    readFields(entries);
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.equal(error.status, 422);
    return error.message;
  }
  throw new Error("it was not refused");
};

Deno.test("readFields() reads every field", () => {
  const read = readFields([
    ["model", "m"],
    ["scale", "2.5"],
    ["tile", "auto"],
    ["tile_pad", "8"],
    ["tta", "on"],
    ["alpha", "bicubic"],
    ["gray", "0"],
    ["noise", "12.5"],
    ["format", "jpg"],
    ["quality", "80"],
    ["metadata", "strip"],
  ]);
  assert.deepEqual(read, {
    model: "m",
    scale: 2.5,
    tile: "auto",
    tile_pad: 8,
    tta: true,
    alpha: "bicubic",
    gray: false,
    noise: 12.5,
    format: "jpeg",
    quality: 80,
    metadata: "strip",
  });
  assert.deepEqual(readFields([["width", "10"], ["height", "20"], ["tile", "0"]]), {
    width: 10,
    height: 20,
    tile: 0,
  });
});

Deno.test("readFields() refuses unknown fields with what is near, and fields that come twice", () => {
  assert.match(refusal(["scael", "2"]), /no field "scael", did you mean scale\?/);
  assert.match(refusal(["path", "/etc"]), /no field "path"/);
  assert.match(refusal(["__proto__", "1"]), /no field "__proto__"/);
  assert.match(refusal(["tta", "1"], ["tta", "1"]), /tta was given twice/);
  assert.match(refusal(["scale", "2"], ["width", "9"]), /exclude each other/);
});

Deno.test("readFields() refuses what no field can be, and says what it has to be", () => {
  for (
    const [name, text, wanted] of [
      ["scale", "0", /from 0.05 to 32/],
      ["scale", "33", /from 0.05 to 32/],
      ["scale", "1e3", /a number from/],
      ["scale", "NaN", /a number from/],
      ["scale", "", /a number from/],
      ["width", "1.5", /a whole number from 1 to 65500/],
      ["quality", "101", /from 1 to 100/],
      ["tile", "-1", /auto, or a whole number/],
      ["tta", "yes please", /true or false/],
      ["format", "gif", /auto, png, jpeg, webp/],
      ["alpha", "x".repeat(1000), /received "x{40}…"/],
    ] as const
  ) assert.match(refusal([name, text]), wanted, `${name}=${text}`);
});

Deno.test("the schema of each field takes what the field takes", () => {
  for (const [name, { schema }] of Object.entries(FIELDS)) {
    for (const text of (schema["enum"] ?? []) as string[]) {
      assert.doesNotThrow(() => readFields([[name, text]]), `${name}=${text}`);
    }
    for (const end of ["minimum", "maximum"]) {
      if (schema[end] === undefined) continue;
      assert.doesNotThrow(() => readFields([[name, String(schema[end])]]), `${name} ${end}`);
    }
  }
});
