/**
 * The service worker: hashed assets from the cache, pages from the network, the offline page when there is none.
 * Pages are never kept: they hold what only their reader may see. Push messages become notifications.
 */
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** Filled in by the build. */
/** @type {{version: string, files: string[]}} */
const SHELL = /** @type {any} */ (globalThis)["__SHELL__"];
const CACHE = `veche-${SHELL.version}`;
const OFFLINE = "/offline";
const ASSETS = "/static/";

worker.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.allSettled([OFFLINE, ...SHELL.files.map((name) => ASSETS + name)].map((url) => cache.add(url)));
    await worker.skipWaiting();
  })());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const stale = (await caches.keys()).filter((name) => name.startsWith("veche-") && name !== CACHE);
    await Promise.all(stale.map((name) => caches.delete(name)));
    await worker.clients.claim();
  })());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) ?? Response.error()));
  } else if (url.pathname.startsWith(ASSETS)) {
    event.respondWith((async () => {
      const kept = await caches.match(request);
      if (kept) return kept;
      const fresh = await fetch(request);
      if (fresh.ok) await (await caches.open(CACHE)).put(request, fresh.clone());
      return fresh;
    })());
  }
});

worker.addEventListener("push", (event) => {
  /** @type {{title?: string, body?: string, url?: string, tag?: string}} */
  const message = event.data?.json() ?? {};
  if (!message.title) return;
  event.waitUntil(worker.registration.showNotification(message.title, {
    body: message.body ?? "",
    tag: message.tag ?? "",
    data: { url: message.url ?? "/" },
  }));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data?.url ?? "/", worker.location.origin).href;
  event.waitUntil((async () => {
    const open = await worker.clients.matchAll({ type: "window" });
    const same = open.find((client) => client.url === target);
    await (same ? same.focus() : worker.clients.openWindow(target));
  })());
});
