import assert from "node:assert/strict";
import { disposition, harmlessName, outputName } from "../../../core/serve/disposition.ts";

Deno.test("harmlessName() leaves the last part of a path without anything but letters and the like", () => {
  for (
    const [name, harmless] of [
      ["cat.png", "cat.png"],
      ["../../etc/passwd", "passwd"],
      ["C:\\Users\\me\\cat.png", "cat.png"],
      ["a\r\nSet-Cookie: x=1.png", "a__Set-Cookie_ x=1.png"],
      ['q"uote<b>.png', "q_uote_b_.png"],
      ["\u202egnp.exe", "_gnp.exe"],
      ["..", "picture"],
      [".hidden", "hidden"],
      ["", "picture"],
      ["Kätzchen 🐱.png", "Kätzchen 🐱.png"],
      ["\ud800.png", "\ufffd.png"],
    ] as const
  ) assert.equal(harmlessName(name), harmless);
  assert.equal(harmlessName("x".repeat(500)).length, 120);
});

Deno.test("outputName() replaces the extension and says how much larger it is", () => {
  assert.equal(outputName("a/cat.final.jpg", "_x4", "png"), "cat.final_x4.png");
  assert.equal(outputName("cat", "_x2", "jpg"), "cat_x2.jpg");
});

Deno.test("disposition() gives names beyond ASCII as RFC 8187 has it, and never leaves its line", () => {
  assert.equal(disposition("cat.png"), 'inline; filename="cat.png"');
  assert.equal(
    disposition("Kätzchen (1)*.png"),
    `inline; filename="K_tzchen (1)*.png"; filename*=UTF-8''K%C3%A4tzchen%20%281%29%2A.png`,
  );
  assert.equal(disposition('a"b\\c'), `inline; filename="a_b_c"; filename*=UTF-8''a%22b%5Cc`);
});
