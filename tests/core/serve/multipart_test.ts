import assert from "node:assert/strict";
import { readForm } from "../../../core/serve/multipart.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const type = "multipart/form-data; boundary=B";
const part = (disposition: string, content: string) =>
  `--B\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: a/b\r\n\r\n${content}\r\n`;

function read(body: string, contentType = type): [string, string | undefined, string][] {
  return readForm(bytes(body), contentType)
    .map(({ name, filename, bytes }) => [name, filename, new TextDecoder().decode(bytes)]);
}

Deno.test("a form is read as the platform writes and reads it", async () => {
  const form = new FormData();
  form.append("scale", "2");
  form.append("empty", "");
  form.append("image", new File(["--\r\n\r\n--x"], 'K"ä\r\n.png'));
  const { headers, body } = new Request("http://x", { method: "POST", body: form });
  const all = await new Response(body).bytes();
  const parts = readForm(all, headers.get("content-type")!);
  assert.deepEqual(
    parts.map(({ name, filename, bytes }) => [name, filename, new TextDecoder().decode(bytes)]),
    [["scale", undefined, "2"], ["empty", undefined, ""], [
      "image",
      'K"ä\r\n.png',
      "--\r\n\r\n--x",
    ]],
  );
});

Deno.test("the boundary counts at the begin of a line only, and followed by its end", () => {
  const content = "a--B\r\n\r\n--Bx\r\n--B \t?\r\n";
  const body = `before\r\n${part('name=image; filename="a \\"b\\".png"', content)}--B--\r\nafter`;
  const wanted = [["image", 'a "b".png', content]];
  assert.deepEqual(read(body), wanted);
  assert.deepEqual(read(body, 'multipart/form-data; charset=x; boundary="B"'), wanted);
});

Deno.test("what is no form, cut off or too much is refused with the reason", () => {
  const one = part('name="a"', "1");
  assert.throws(() => read(`${one}--B--`, "multipart/form-data"), /names no boundary/);
  assert.throws(
    () => read(`${one}--B--`, `multipart/form-data; boundary=${"B".repeat(71)}`),
    /names no boundary of up to 70/,
  );
  assert.throws(() => read(one.replaceAll("--B", "--C")), /its boundary does not stand in it/);
  assert.throws(() => read(one), /cut off/);
  assert.throws(() => read("--B\r\nrubbish\r\n--B--"), /lacks its headers/);
  assert.throws(() => read(`${part(`name="${"a".repeat(9000)}"`, "1")}--B--`), /too long/);
  assert.throws(() => read(`${part('filename="a"', "1")}--B--`), /has no name/);
  assert.equal(read(`${one.repeat(64)}--B--`).length, 64);
  assert.throws(() => read(`${one.repeat(65)}--B--`), /more than 64 parts/);
});

Deno.test("a hostile form of many megabytes is read in a moment", () => {
  for (const filling of ["-", "\r\n--", "\r\n--B"]) {
    const body = bytes(filling.repeat(8e6 / filling.length));
    const start = performance.now();
    assert.throws(() => readForm(body, type), /damaged/);
    assert.ok(performance.now() - start < 1000);
  }
});
