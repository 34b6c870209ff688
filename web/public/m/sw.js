// Service worker of the phone pages: the shell opens without a network.
//
// 1. Pages of /m/: the network first, for at most three seconds, then the shell that was kept.
// 2. Built files carry their content's hash in their name: kept once, served from the phone for ever after.
// 3. The API is never answered from here: what is read offline, and what waits for upload, the page itself
//    keeps per account (IndexedDB) and clears at sign-out.

const SHELL = 'linli-shell-1';
const SHELL_PAGE = '/m/';
const PATIENCE_MS = 3_000;

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('linli-shell-') && n !== SHELL).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  if (event.request.mode === 'navigate' && url.pathname.startsWith('/m/')) event.respondWith(page(event.request));
  else if (isHashed(url.pathname)) event.respondWith(built(event.request));
});

/** /assets/name-3fA9c_x1.js and the like. */
function isHashed(pathname) {
  return /\/assets\/.+-[\w-]{8,}\.(js|css|svg|woff2)$/.test(pathname);
}

async function keepShell() {
  const cache = await caches.open(SHELL);
  const response = await fetch(SHELL_PAGE, { cache: 'no-store' });
  if (!response.ok) return;
  const html = await response.clone().text();
  await cache.put(SHELL_PAGE, response);
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => new URL(m[1], location.origin).pathname);
  await Promise.all(files.filter(isHashed).map((file) => cache.add(file)));
}

async function page(request) {
  const kept = () => caches.match(SHELL_PAGE);
  try {
    const response = await Promise.race([
      fetch(request),
      new Promise((_, late) => setTimeout(() => late(new Error('slow network')), PATIENCE_MS)),
    ]);
    if (response.ok) void keepShell().catch(() => undefined);
    return response.status >= 500 ? ((await kept()) ?? response) : response;
  } catch (fault) {
    const shell = await kept();
    if (shell) return shell;
    return fetch(request);
  }
}

async function built(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(SHELL)).put(request, response.clone());
  return response;
}
