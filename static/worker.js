// Keeps the page for when there is no network. What the network has goes first, so that a page is never older than it need
// be; without one, all files come from the same build. `cargo xtask build` puts its files and its name here.
const FILES = [];
const NAME = "podscope-0";
const PREFIX = `${self.registration.scope} `;

self.addEventListener("install", (event) => {
  // Asked of the server, as the browser may have kept older ones.
  const fresh = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(PREFIX + NAME).then((kept) => kept.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  // Those of other builds; other places on this site keep their own.
  const old = (names) => names.filter((name) => name.startsWith(`${PREFIX}podscope-`) && name !== PREFIX + NAME);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(fetch(request).catch(async (failed) => {
    const kept = await caches.open(PREFIX + NAME);
    const found = await kept.match(request, { ignoreSearch: true });
    if (found) return found;
    throw failed;
  }));
});
