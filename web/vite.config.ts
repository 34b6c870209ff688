// One build, three entries: desktop (/), phone (/m/), and the script of the resident pages (/r, /f).

import { existsSync } from 'node:fs';
import { defineConfig } from 'vite';

const pages = { desktop: 'index.html', phone: 'phone.html' };
const entries = Object.fromEntries(Object.entries(pages).filter(([, file]) => existsSync(file)));

export default defineConfig({
  build: {
    manifest: true,
    // The server's policy allows scripts and styles from files only.
    assetsInlineLimit: 0,
    // The server finds the resident script by its name, `resident-HASH.js`.
    rollupOptions: { input: { ...entries, resident: 'src/resident/main.tsx' } },
  },
});
