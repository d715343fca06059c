import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const program = [
  process.env['ROGATORY_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

/** Declares a suite that needs a real browser; without one it is shown as skipped. */
export function inChromium(name: string, suite: () => void): void {
  if (program === undefined) describe.skip(`${name} (skipped: no Chromium found)`, suite);
  else describe(name, suite);
}

/** It reaches nothing but loopback. */
export function launchChromium(): Promise<Browser> {
  const apart = ['--disable-background-networking', '--disable-component-update', '--no-first-run'];
  const nowhere = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost, EXCLUDE 127.0.0.1';
  return chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox', ...apart, nowhere] });
}

/** A program of ours in one file for browsers: by its path, or by what is written here. */
export async function bundled(source: { readonly path: string } | { readonly text: string }): Promise<string> {
  const resolveDir = import.meta.dirname;
  const input =
    'path' in source
      ? { entryPoints: [source.path] }
      : { stdin: { contents: source.text, resolveDir, loader: 'ts' as const } };
  const { outputFiles } = await build({ ...input, bundle: true, format: 'esm', platform: 'browser', write: false });
  return outputFiles[0]?.text ?? '';
}

/** Lets an origin show a page that runs `/page.js`, beside what else it serves, in all tabs of a context. */
export async function servePage(
  context: BrowserContext,
  origin: string,
  scripts: Readonly<Record<string, string>>,
): Promise<string> {
  const html = '<!doctype html><title>check</title><input type="file"><script type="module" src="/page.js"></script>';
  const address = `${origin}/page.html`;
  await context.route(address, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  for (const [path, body] of Object.entries(scripts)) {
    await context.route(`${origin}${path}`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
  }
  return address;
}

/** A tab whose `/page.js` ran to its end: it set `globalThis.isReady`. */
export async function openTab(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction('globalThis.isReady === true');
  return page;
}
