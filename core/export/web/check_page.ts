/**
 * The page beside the page: starts the same worker under the same policy, and hands numbers to it.
 *
 * It is part of no export.
 *
 * @module
 */

/** What the page may do; the same words stand in `page/index.html`. */
export const POLICY: string =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
  "connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'";

/** The document. Its picture is never there: once it fails, the page is loaded, and the browser has done what it was started for. */
export function checkPage(secret: string): string {
  return `<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Check</title>
<link rel="icon" href="data:,">
<script type="module" src="${secret}.js"></script>
<img src="${secret}/alive" alt="">
`;
}

/** Its script. */
export function checkScript(secret: string): string {
  return `const worker = new Worker("worker.js", { type: "module" });
const tell = (action, body, headers) => fetch("${secret}/" + action, { method: "POST", body, headers });
const ask = (message) => new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => {
    if (data.kind === "failed") reject(new Error(data.why));
    else if (data.kind !== "loading") resolve(data);
  };
  worker.onerror = (event) => reject(new Error(event.message || "the worker cannot be loaded"));
  worker.postMessage(message);
});
try {
  await ask({ kind: "open", backend: new URLSearchParams(location.search).get("engine") ?? undefined });
  await tell("opened");
  for (;;) {
    const response = await fetch("${secret}/next");
    if (response.status !== 200) break;
    const shape = response.headers.get("x-shape").split(",").map(Number);
    const data = new Float32Array(await response.arrayBuffer());
    const { image } = await ask({ kind: "infer", id: 1, image: { shape, data } });
    await tell("done", image.data, { "x-shape": image.shape.join() });
  }
} catch (error) {
  await tell("failed", error.message);
}
`;
}
