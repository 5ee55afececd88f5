import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: a gateway on its usual port, or GATEWAY. */
const gateway = process.env['GATEWAY'] ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    manifest: true,
    // The page's policy allows scripts and styles of its own origin only, so nothing may be put into a data: URL but images.
    assetsInlineLimit: (file) => (/\.(svg|png)$/.test(file) ? undefined : false),
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': { target: gateway, changeOrigin: false } },
    fs: { allow: ['.', '../contracts/openapi'] },
  },
  test: {
    restoreMocks: true,
    testTimeout: 30_000,
    // Tests of what needs a browser are .tsx files: to make one takes a second a file.
    projects: [
      { extends: true, test: { name: 'logic', include: ['{*,src/**/*}.test.{ts,mjs}'], environment: 'node' } },
      { extends: true, test: { name: 'page', include: ['src/**/*.test.tsx'], environment: 'jsdom', setupFiles: ['src/testing/setup.ts'] } },
    ],
  },
});
