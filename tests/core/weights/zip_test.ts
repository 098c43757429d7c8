import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { ZipArchive } from "../../../core/weights/zip.ts";
import { bytesOf, zip } from "./_build.ts";

const hello = { name: "a/hello", bytes: bytesOf("hello hello hello hello") };

function fails(kind: string, message: RegExp, run: () => unknown): void {
  assert.throws(
    run,
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

Deno.test("ZipArchive reads stored and deflated entries, with and without zip64", () => {
  for (const zip64 of [false, true]) {
    const deflated = { ...hello, name: "b", deflate: true };
    const archive = new ZipArchive(zip([hello, deflated], { zip64 }));
    assert.deepEqual(archive.names, ["a/hello", "b"]);
    assert.deepEqual(archive.read("a/hello"), hello.bytes);
    assert.deepEqual(archive.read("b"), hello.bytes);
    assert.equal(archive.read("c"), undefined);
  }
});

Deno.test("ZipArchive finds the end record before a comment", () => {
  const bytes = bytesOf(zip([hello]), "a comment PK\x05\x06");
  bytes[bytes.length - "a comment PK\x05\x06".length - 2] = 13;
  assert.deepEqual(new ZipArchive(bytes).read("a/hello"), hello.bytes);
});

Deno.test("ZipArchive refuses names that leave the folder, and links", () => {
  for (
    const name of ["../x", "a/../../x", "a/..", "/etc/passwd", "C:/x", "a\\..\\x", "a\0b"]
  ) {
    fails("refused", /would leave its folder/, () => new ZipArchive(zip([{ ...hello, name }])));
  }
  fails(
    "refused",
    /"a\/hello" is a link/,
    () => new ZipArchive(zip([{ ...hello, mode: 0o120777 }])),
  );
  for (const name of ["a..b", "..a/b", "a/...", "a b"]) {
    assert.deepEqual(new ZipArchive(zip([{ ...hello, name, mode: 0o100644 }])).names, [name]);
  }
});

Deno.test("ZipArchive refuses entries whose checksum or size is wrong", () => {
  const read = (claim: { size?: number; crc?: number; flags?: number }, deflate = false) => () =>
    new ZipArchive(zip([{ ...hello, deflate, claim }])).read(hello.name);
  fails("damaged", /does not match its checksum/, read({ crc: 1 }));
  fails("damaged", /two sizes differ/, read({ size: 5 }));
  fails("damaged", /cannot be inflated/, read({ size: 5 }, true));
  fails("damaged", /does not match its checksum/, read({ size: 500 }, true));
  fails("unsupported", /encrypted/, read({ flags: 1 }));
});

Deno.test("ZipArchive refuses archives that are cut off", () => {
  const bytes = zip([hello]);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => new ZipArchive(bytes.subarray(0, length)), WeightsFileError);
  }
});

Deno.test("ZipArchive refuses a zip bomb before inflating it", () => {
  const bomb = { name: "bomb", bytes: new Uint8Array(100 << 20), deflate: true };
  const archive = new ZipArchive(zip([bomb]));
  const before = performance.now();
  fails("refused", /unpacks to more than 20 times its size/, () => archive.read("bomb"));
  assert.ok(performance.now() - before < 100);
});

Deno.test("ZipArchive refuses entries that overlap and names that come twice", () => {
  const archive = new ZipArchive(zip([hello]));
  for (let i = 0; i < 5; i++) archive.read(hello.name);
  fails("refused", /entries overlap/, () => {
    for (let i = 0; i < 100; i++) archive.read(hello.name);
  });
  fails("damaged", /two entries are named "a\/hello"/, () => new ZipArchive(zip([hello, hello])));
});

Deno.test("ZipArchive refuses a table of contents that claims more than the file has", () => {
  const bytes = zip([hello]);
  bytes[bytes.length - 12] = 0xff; // number of entries
  fails("damaged", /table of contents is broken|reaches beyond/, () => new ZipArchive(bytes));
  const many = zip([hello], { zip64: true });
  many[many.length - 22 - 20 - 56 + 32 + 3] = 1; // 2^24 entries
  assert.throws(() => new ZipArchive(many), WeightsFileError);
});
