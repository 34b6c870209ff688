// The size budgets, brotli: script of each entry's first route, and of every page of the desktop. Fails the build
// that is over. Map and charts are chunks of their own, loaded when there is something to draw.

import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const KB = 1024;
const BUDGETS = {
  'src/resident/main.tsx': 30 * KB,
  'phone.html': 180 * KB,
  'index.html': 400 * KB,
};
const ROUTE_BUDGET = 80 * KB;
/** What a page loads only when it draws. */
const DRAWING_BUDGET = 320 * KB;

const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const packed = new Map();

function weight(file) {
  if (!file.endsWith('.js')) return 0;
  if (!packed.has(file)) packed.set(file, brotliCompressSync(readFileSync(`dist/${file}`)).length);
  return packed.get(file);
}

/** The entry's own chunk and everything it imports statically. */
function chunks(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const one of manifest[key].imports ?? []) chunks(one, seen);
  return seen;
}

const sum = (keys) => [...keys].reduce((bytes, key) => bytes + weight(manifest[key].file), 0);

let over = 0;
function judge(name, bytes, budget) {
  const verdict = bytes <= budget ? 'ok' : 'OVER';
  if (bytes > budget) over += 1;
  console.log(`${verdict.padEnd(5)} ${name.padEnd(36)} ${(bytes / KB).toFixed(1)} of ${budget / KB} KB script, brotli`);
}

for (const [entry, budget] of Object.entries(BUDGETS)) if (manifest[entry]) judge(entry, sum(chunks(entry)), budget);

/** A page adds what the entry has not loaded; what several pages share is loaded once. */
const base = chunks('index.html');
const added = (key) => [...chunks(key)].filter((k) => !base.has(k));
const pages = Object.keys(manifest).filter((key) => /^src\/desktop\/[^/]+\/page\.tsx$/.test(key));
const uses = new Map();
for (const key of pages.flatMap(added)) uses.set(key, (uses.get(key) ?? 0) + 1);
for (const key of pages) {
  const name = key.slice('src/desktop/'.length);
  judge(`${name}, alone`, sum(added(key).filter((k) => uses.get(k) === 1)), ROUTE_BUDGET);
  judge(`${name}, opened first`, sum(base) + sum(added(key)), BUDGETS['index.html']);
}

const drawn = new Set(pages.flatMap((key) => manifest[key].dynamicImports ?? []).filter((key) => manifest[key] && !pages.includes(key)));
for (const key of drawn) judge(`drawn: ${key.replace('src/desktop/', '')}`, sum(added(key)), DRAWING_BUDGET);

if (pages.length === 0) {
  console.log('OVER  no page of the desktop was found in the build');
  over += 1;
}
process.exitCode = over === 0 ? 0 : 1;
