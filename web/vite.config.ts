// One build, three entries: desktop (/), phone (/m/), and the script of the resident pages (/r, /f).

import { existsSync } from 'node:fs';
import { defineConfig } from 'vite';

const pages = { desktop: 'index.html', phone: 'phone.html' };
const entries = Object.fromEntries(Object.entries(pages).filter(([, file]) => existsSync(file)));

export default defineConfig({
  // `npm run dev` shows the pages over a server that already runs.
  server: { proxy: { '/api': process.env.LINLI_URL ?? 'http://127.0.0.1:8080', '/r/': process.env.LINLI_URL ?? 'http://127.0.0.1:8080' } },
  build: {
    manifest: true,
    // One chunk of MapLibre is large and loaded only with the map.
    chunkSizeWarningLimit: 1500,
    // The server's policy allows scripts and styles from files only.
    assetsInlineLimit: 0,
    // The server finds the resident script by its name, `resident-HASH.js`.
    rollupOptions: {
      input: { ...entries, resident: 'src/resident/main.tsx' },
      // Directives for servers that render; there is none here.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
