// The service worker: keeps what never changes of the page, and says so when the server cannot be reached.

const KEPT = "musegen-shell-1";
const ROOT = new URL("../", self.location.href); // this file lies in musegen/ below the app
const AWAY = new URL("musegen/away.html", ROOT).href;
const STATIC = new URL("static/", ROOT).href;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add(AWAY)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(AWAY)));
  } else if (request.url.startsWith(STATIC)) {
    event.respondWith(kept(request)); // the names of these files change with what is in them
  }
});

async function kept(request) {
  const cache = await caches.open(KEPT);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) {
    try {
      await cache.put(request, answer.clone());
    } catch {
      // the browser's storage is full: the page works without
    }
  }
  return answer;
}
