// One build, three entries: desktop (/), phone (/m/), and the script of the resident pages (/r, /f).

import { existsSync } from 'node:fs';
import { defineConfig } from 'vite';

const entries = ['index.html', 'phone.html'].filter((file) => existsSync(file));

export default defineConfig({
  build: {
    manifest: true,
    // The server's policy allows scripts and styles from files only.
    assetsInlineLimit: 0,
    rollupOptions: { input: [...entries, 'src/resident/main.tsx'] },
  },
});
