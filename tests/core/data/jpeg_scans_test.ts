/** Tests of `core/data/jpeg_scans.ts`. */
import assert from "node:assert/strict";
import { jpegScanFault } from "../../../core/data/jpeg_scans.ts";
import { picturesFolder } from "./_pictures.ts";

const JPEGS = [...Deno.readDirSync(picturesFolder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".jpg"));
const read = (name: string) => Deno.readFileSync(new URL(name, picturesFolder));

Deno.test("whole files of every kind have no fault", async () => {
  assert.ok(JPEGS.length >= 12);
  for (const name of JPEGS) assert.equal(await jpegScanFault(read(name)), undefined, name);
});

Deno.test("a component without a scan, too many scans and a wrong table are faults", async () => {
  const bytes = read("progressive.jpg");
  const find = (marker: number) => bytes.findIndex((v, i) => v === 0xff && bytes[i + 1] === marker);
  const first = find(0xda), end = Uint8Array.of(0xff, 0xd9);
  assert.match(
    (await jpegScanFault(Uint8Array.of(...bytes.subarray(0, first), ...end)))!,
    /cut off/,
  );

  const gray = read("gray.jpg");
  const scan = gray.findIndex((v, i) => v === 0xff && gray[i + 1] === 0xda);
  const again = Array<Uint8Array>(1001).fill(gray.subarray(scan, -2));
  const many = new Uint8Array(
    await new Blob([gray.slice(0, scan), ...again.map((part) => part.slice()), end]).arrayBuffer(),
  );
  assert.equal(await jpegScanFault(many), "it has more than 1000 scans");

  const table = find(0xc4);
  bytes.fill(255, table + 5, table + 21);
  assert.equal(await jpegScanFault(bytes), "a table of its codes is not legal");
});

Deno.test("the signal stops it", async () => {
  await assert.rejects(jpegScanFault(read("rgb.jpg"), AbortSignal.abort(new Error("no"))), /no/);
});
