// Types do most of the checking; this adds promises left alone, hooks used wrongly, and files grown too long.

import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist', 'node_modules', 'e2e/out', 'public', 'src/shared/api/schema.d.ts'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [ts.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  { files: ['src/desktop/**/*.tsx', 'src/phone/**/*.tsx'], rules: { 'max-lines': ['error', 250] } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: Object.fromEntries(['process', 'console', 'document', 'window', 'location', 'globalThis', 'sessionStorage', 'localStorage', 'fetch', 'URL', 'Buffer', 'setTimeout', 'clearTimeout', 'addEventListener', 'FormData', 'Blob', 'File', 'navigator', 'indexedDB', 'caches', 'self', 'performance', 'getComputedStyle', 'CustomEvent', 'innerWidth', 'Event', 'Response', 'Request', 'URLSearchParams', 'structuredClone'].map((g) => [g, 'readonly'])) },
  },
);
