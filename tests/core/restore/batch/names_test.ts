import { ExitCode, UserError } from "../../../../core/errors.ts";
import type { BatchInput } from "../../../../core/restore/batch/inputs.ts";
import {
  comparePath,
  fitFormat,
  type NameOptions,
  type Output,
  readOutput,
  targetOf,
} from "../../../../core/restore/batch/names.ts";
import assert from "node:assert/strict";

const FOLDER = { kind: "folder", path: "out" } as const satisfies Output;

function input(
  path: string,
  format?: BatchInput["format"],
  relative = path.slice(path.lastIndexOf("/") + 1),
): BatchInput {
  return { path, relative, kind: "picture", ...(format === undefined ? {} : { format }) };
}

function nameOf(from: BatchInput, options: NameOptions = {}, output: Output = FOLDER): string {
  return targetOf(from, output, options).path;
}

Deno.test("the tree is kept, and the extension where it is right for the content", () => {
  assert.equal(nameOf(input("in/x/a.png", "png", "x/a.png")), "out/x/a.png");
  assert.equal(nameOf(input("in/a.JPEG", "jpeg")), "out/a.JPEG");
  assert.equal(nameOf(input("in/a.png", "jpeg")), "out/a.jpg");
  assert.equal(nameOf(input("in/a.gif", "gif")), "out/a.png");
  assert.equal(nameOf(input("in/a", "webp")), "out/a.webp");
});

Deno.test("what follows a dot is no extension unless it is one of a picture", () => {
  assert.equal(nameOf(input("in/IMG 2024.01.31", "jpeg")), "out/IMG 2024.01.31.jpg");
  assert.equal(nameOf(input("in/v1.2.png", "png"), { suffix: "_x4" }), "out/v1.2_x4.png");
  assert.equal(nameOf(input("in/.png", "png")), "out/.png.png");
});

Deno.test("--ext and --suffix name the outputs; beside the input there is always a suffix", () => {
  assert.equal(nameOf(input("in/a.jpeg", "jpeg"), { ext: "jpg" }), "out/a.jpg");
  assert.equal(
    nameOf(input("in/a.jpeg", "jpeg"), { ext: "webp", suffix: "-big" }),
    "out/a-big.webp",
  );
  const here: Output = { kind: "folder", path: "in" };
  assert.equal(nameOf(input("in/a.png", "png"), {}, here), "in/a_out.png");
  assert.equal(nameOf(input("in/a.png", "png"), { suffix: "" }, here), "in/a.png");
});

Deno.test("names stay within 255 bytes and do not end in half a letter", () => {
  const long = "ü".repeat(125) + ".png"; // 254 bytes
  const { path, notes } = targetOf(input(`in/${long}`, "png"), FOLDER, { suffix: "_out" });
  const name = path.slice("out/".length);
  const bytes = new TextEncoder().encode(name).length;
  assert.ok(bytes <= 255 && bytes > 252, `${bytes}`);
  assert.match(name, /^ü+_out\.png$/);
  assert.deepEqual(notes, ["name shortened to 255 bytes"]);
  assert.deepEqual(targetOf(input(`in/${long}`, "png"), FOLDER, {}).notes, []);
  assert.ok(new TextEncoder().encode(comparePath(path).slice("out/".length)).length <= 255);
});

Deno.test("-o is a folder, a file for one input, or standard output", () => {
  const first = input("in/a.png", "png");
  const read = (out: string | undefined, single: boolean, from = first) =>
    readOutput(out, single, from, {});
  assert.deepEqual(read(undefined, true), { kind: "folder", path: "results" });
  assert.deepEqual(read(undefined, true, input("-")), { kind: "stream" });
  assert.deepEqual(read("-", true), { kind: "stream" });
  assert.deepEqual(read("big.JPG", true), { kind: "file", path: "big.JPG", format: "jpeg" });
  assert.deepEqual(read("some/folder", true), { kind: "folder", path: "some/folder" });
  assert.deepEqual(read("v1.2/", true), { kind: "folder", path: "v1.2/" });
  assert.deepEqual(read("v1.2", false), { kind: "folder", path: "v1.2" });
  const refused = (act: () => unknown, what: RegExp) =>
    assert.throws(
      act,
      (e) => e instanceof UserError && e.exitCode === ExitCode.USAGE && what.test(e.message),
    );
  refused(() => read("-", false), /one picture to standard output/);
  refused(() => read("big.png", false), /big\.png is one file, and here are several inputs/);
  refused(() => read("big.bmp", true), /\.bmp cannot be written, take \.png, \.jpg or \.webp/);
  refused(() => read("", true), /names nothing/);
  refused(() => readOutput("a.png", true, first, { ext: "jpg" }), /two formats/);
});

Deno.test("a format that cannot hold the picture gives way to PNG, or is narrowed where it was asked for", () => {
  const target = (
    options: NameOptions,
    format: BatchInput["format"] = "jpeg",
    output: Output = FOLDER,
  ) => targetOf(input("in/a", format), output, options);
  const size = { width: 9, height: 9 };
  const rgba = { ...size, channels: 4, depth: 8 } as const;
  const deep = { ...size, channels: 3, depth: 16 } as const;
  const alpha = fitFormat(target({ ext: "jpg" }), rgba, "in/a");
  assert.equal(alpha.target.path, "out/a.png");
  assert.deepEqual(alpha.notes, ["written as PNG: JPEG holds no transparency"]);
  const auto = fitFormat(target({}, "webp"), deep, "in/a");
  assert.deepEqual([auto.target.path, auto.depth], ["out/a.png", 16]);
  assert.equal(auto.notes.length, 1);
  const asked = fitFormat(target({ ext: "webp" }), deep, "in/a");
  assert.deepEqual([asked.target.path, asked.depth], ["out/a.webp", 8]);
  assert.deepEqual(asked.notes, ["16 bit rounded to 8: WebP holds no more"]);
  assert.deepEqual(fitFormat(target({ ext: "webp" }), rgba, "in/a").notes, []);
  assert.equal(fitFormat(target({ ext: "png" }), deep, "in/a").depth, 16);
  const wide = fitFormat(target({}, "webp"), { ...rgba, width: 16384 }, "in/a");
  assert.deepEqual([wide.target.path, wide.target.format], ["out/a.png", "png"]);
  assert.deepEqual(wide.notes, ["written as PNG: WebP holds at most 16383 pixels a side"]);
  assert.throws(
    () => fitFormat(target({ ext: "jpg" }), { ...deep, height: 65501 }, "in/a"),
    /in\/a would become 9x65501, and JPEG holds at most 65500 pixels a side/,
  );
  const file: Output = { kind: "file", path: "mine.jpg", format: "jpeg" };
  assert.throws(
    () => fitFormat(target({}, "png", file), rgba, "in/a"),
    /in\/a has transparency, which JPEG cannot hold: write \.png or \.webp, or give --alpha ignore/,
  );
});
