import assert from "node:assert/strict";
import { downloadSize, platformTags, quarters } from "../../../core/wheels/wheel.ts";

Deno.test("tags of platforms name this machine, newest systems first", {
  ignore: Deno.build.os !== "linux",
}, () => {
  const { arch } = Deno.build;
  assert.deepEqual(platformTags(27), [
    `manylinux_2_27_${arch}`,
    `manylinux_2_26_${arch}`,
    `manylinux_2_24_${arch}`,
    `manylinux_2_17_${arch}`,
    `manylinux2014_${arch}`,
  ]);
});

Deno.test("progress is said at every quarter, once", () => {
  const lines: string[] = [];
  const report = quarters("libx", (line) => lines.push(line));
  for (const bytes of [0, 10, 26, 27, 90, 100, 100]) {
    report({ phase: "download", bytes, total: 100 });
  }
  report({ phase: "unpack", bytes: 50, total: 100 });
  assert.deepEqual(lines, [
    "download of libx: 25 %",
    "download of libx: 75 %",
    "download of libx: 100 %",
    "unpack of libx: 50 %",
  ]);
});

Deno.test("sizes of downloads are whole megabytes, or gigabytes", () => {
  assert.deepEqual([274e6, 3.5e9, 2e5].map(downloadSize), ["274 MB", "3.5 GB", "1 MB"]);
});
