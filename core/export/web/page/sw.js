/**
 * Keeps all files of the page, so that it works without network.
 *
 * The export writes the list of files and a version, which is made of their content, into the next two lines.
 */
const VERSION = "";
const FILES = /** @type {string[]} */ ([]);

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** Caches belong to the whole origin: those of this page begin with its address. */
const MINE = `denosr ${worker.registration.scope} `;
const NAME = MINE + VERSION;

worker.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(NAME);
    // What the page has just loaded is asked for again with its date alone.
    await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
    await worker.skipWaiting();
  })());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(MINE) && name !== NAME) await caches.delete(name);
    }
    await worker.clients.claim();
  })());
});

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(worker.registration.scope)) return;
  event.respondWith((async () => {
    const cache = await caches.open(NAME);
    return await cache.match(event.request, { ignoreSearch: true }) ?? await fetch(event.request);
  })());
});
