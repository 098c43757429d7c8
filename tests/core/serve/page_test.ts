import { unzipSync } from "fflate";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { sortOut } from "../../../core/serve/page/files.js";
import { distinct, zip } from "../../../core/serve/page/zip.js";

const page = fileURLToPath(new URL("../../../core/serve/page/", import.meta.url));

Deno.test("the page's code has the types that its comments say", async () => {
  // In a program of its own: a browser's types and Deno's do not go together.
  const files = [...Deno.readDirSync(page)].map(({ name }) => name).filter((name) =>
    name.endsWith(".js")
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", "check.json", ...files],
    cwd: page,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test("every file of the page is served, and every one that it asks for is there", async () => {
  const { pageRoutes } = await import("../../../core/serve/assets.ts");
  const served = Object.keys(await pageRoutes()).map((route) => route.replace(/^GET \//, ""));
  const there = [...Deno.readDirSync(page)].map(({ name }) => name);
  assert.deepEqual(
    served.map((name) => name || "index.html").sort(),
    there.filter((name) => name !== "check.json").sort(),
  );
  for (const name of there) {
    const text = await Deno.readTextFile(page + name);
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, `${name} names another server`);
    for (const [, asked] of text.matchAll(/(?:from "\.|(?:src|href)=")\/([^"]+)"/g)) {
      assert.ok(there.includes(asked!), `${name} asks for ${asked}`);
    }
  }
});

Deno.test("zip() writes what fflate reads: UTF-8 names, folders, equal names kept apart", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const blob = await zip([
    { name: "a/Kätzchen 🐱.png", blob: new Blob(["one"]) },
    { name: "B.png", blob: new Blob(["two"]) },
    { name: "b.png", blob: new Blob([]) },
  ]);
  const files = unzipSync(await blob.bytes());
  assert.deepEqual(files, {
    "a/Kätzchen 🐱.png": bytes("one"),
    "B.png": bytes("two"),
    "b (2).png": bytes(""),
  });
});

Deno.test("zip() agrees with Python's zipfile, checksums included", async () => {
  const blob = await zip([{ name: "ä.bin", blob: new Blob([new Uint8Array(70000).fill(7)]) }]);
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, await blob.bytes());
    const script =
      "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), ascii(z.namelist()), " +
      "len(z.read(z.namelist()[0])))";
    let output;
    try {
      output = await new Deno.Command("python3", { args: ["-c", script, path] }).output();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log("skipped: there is no python3 here");
      return;
    }
    assert.equal(new TextDecoder().decode(output.stdout).trim(), "None ['\\xe4.bin'] 70000");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("distinct() numbers names that differ in nothing but case", () => {
  assert.deepEqual(distinct(["a.png", "A.png", "a (2).png", "x/a.png", "noext", "noext"]), [
    "a.png",
    "A (2).png",
    "a (2) (2).png",
    "x/a.png",
    "noext",
    "noext (2)",
  ]);
});

Deno.test("sortOut() leaves out what systems leave in folders, and tells pictures from the rest", () => {
  const file = (path: string, type = "") => ({
    path,
    file: new File(["x"], path.split("/").at(-1)!, { type }),
  });
  const { pictures, others } = sortOut([
    file("a.png", "image/png"),
    file("b.HEIC"),
    file("folder/.DS_Store"),
    file(".git/x.png", "image/png"),
    file("Thumbs.db"),
    file("notes.txt", "text/plain"),
    file("logo.svg", "image/svg+xml"),
  ]);
  assert.deepEqual(pictures.map(({ path }) => path), ["a.png", "b.HEIC"]);
  assert.deepEqual(others.map(({ path }) => path), ["notes.txt", "logo.svg"]);
});
