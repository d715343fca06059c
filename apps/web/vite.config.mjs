/**
 * How the pages are built: one folder of files with hashed names, no code that is written at run time, nothing inline.
 * @type {import('vite').InlineConfig}
 */
export const settings = {
  root: import.meta.dirname,
  base: '/',
  appType: 'spa',
  clearScreen: false,
  logLevel: 'error',
  mode: 'production',
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
};
