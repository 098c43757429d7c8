import assert from "node:assert/strict";
import { checkHeaders, headerOf } from "../../../core/data/check.ts";
import { gradient, put, withFolder } from "./_files.ts";

Deno.test("checkHeaders() lists unreadable files and what the judge says, in order, and goes on", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "good.png": gradient(4, 3),
      "empty.png": "",
      "text.png": "this is no image at all",
      "wide.png": gradient(40, 3),
    });
    const names = ["wide", "empty", "good", "text", "none"];
    const problems = await checkHeaders(
      names.map((name) => [`${folder}/${name}.png`]),
      ([header]) => header!.width > 10 ? `is ${header!.width} wide` : undefined,
    );
    assert.deepEqual(problems.map(({ file }) => file), [
      `${folder}/wide.png`,
      `${folder}/empty.png`,
      `${folder}/text.png`,
      `${folder}/none.png`,
    ]);
    assert.equal(problems[0]!.what, "is 40 wide");
    assert.equal(problems[1]!.what, "is empty");
    assert.match(problems[2]!.what, /\w/);
    assert.ok(!problems[2]!.what.includes(folder), "the path is not repeated");
    assert.equal(problems[3]!.what, "does not exist");
  });
});

Deno.test("headerOf() finds the size of a JPEG behind more metadata than the first read holds", async () => {
  await withFolder(async (folder) => {
    const segment = new Uint8Array(65535 + 2);
    segment.set([0xff, 0xe1, 0xff, 0xff]);
    const frame = [0xff, 0xc0, 0, 17, 8, 0, 30, 0, 50, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
    const bytes = Uint8Array.from([0xff, 0xd8, ...segment, ...segment, ...frame, 0xff, 0xd9]);
    await put(folder, { "a.jpg": bytes });
    const { width, height, format } = await headerOf(`${folder}/a.jpg`);
    assert.deepEqual([width, height, format], [50, 30, "jpeg"]);
  });
});
