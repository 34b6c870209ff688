// The size budgets: script of the first route, brotli, per entry. Fails the build that is over.

import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const KB = 1024;
const BUDGETS = {
  'src/resident/main.tsx': 30 * KB,
  'phone.html': 180 * KB,
  'index.html': 400 * KB,
};

const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));

/** The entry's own file and everything it imports statically. */
function files(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  return [manifest[key].file, ...(manifest[key].imports ?? []).flatMap((i) => files(i, seen))];
}

let over = 0;
for (const [entry, budget] of Object.entries(BUDGETS)) {
  if (!manifest[entry]) continue;
  const bytes = files(entry)
    .filter((f) => f.endsWith('.js'))
    .reduce((sum, f) => sum + brotliCompressSync(readFileSync(`dist/${f}`)).length, 0);
  const verdict = bytes <= budget ? 'ok' : 'OVER';
  if (bytes > budget) over += 1;
  console.log(`${verdict.padEnd(5)} ${entry.padEnd(24)} ${(bytes / KB).toFixed(1)} of ${budget / KB} KB script, brotli`);
}
process.exitCode = over === 0 ? 0 : 1;
