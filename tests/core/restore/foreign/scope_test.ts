import assert from "node:assert/strict";
import { permissionsFor, requireScopes } from "../../../../core/restore/foreign/scope.ts";

Deno.test("the thread of a model may read it, open its library, and do nothing else", () => {
  const nothing = { write: false, net: false, env: false, run: false, sys: false, import: false };
  const { ffi, ...rest } = permissionsFor("savedmodel", "/m/x", "/lib/tf/libtensorflow.so", false);
  assert.deepEqual(rest, { ...nothing, read: ["/m/x", "/lib/tf"] });
  // libc alone comes with it, where this process may open it.
  assert.equal((ffi as string[])[0], "/lib/tf");
  assert.ok((ffi as string[]).slice(1).every((path) => /libc\.so|libSystem/.test(path)));
  assert.deepEqual(permissionsFor("onnx", "/m/x.onnx", "/lib/ort/libonnxruntime.so", true), {
    ...nothing,
    ffi: true,
    read: ["/m/x.onnx", "/lib/ort"],
  });
  const { ffi: none, read } = permissionsFor("tfjs", "/m/model.json", undefined, false);
  assert.equal(none, false);
  assert.equal(read[0], "/m");
  assert.ok(read.slice(1).every((path) => /[\\/](?:core|node_modules)$/.test(path)));
});

Deno.test("Deno really holds a thread to them", async () => {
  await requireScopes();
  const permissions = permissionsFor("onnx", import.meta.dirname!, undefined, false);
  const source = "self.onmessage = ({ data }) => { let what = 'read'; " +
    "try { Deno.readTextFileSync(data) } catch (error) { what = error.name } self.postMessage(what) }";
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, {
    type: "module",
    deno: { permissions },
  } as WorkerOptions);
  try {
    const ask = (path: string) =>
      new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage(path);
      });
    assert.equal(await ask(import.meta.filename!), "read");
    assert.equal(await ask("deno.json"), "NotCapable");
  } finally {
    worker.terminate();
  }
});
