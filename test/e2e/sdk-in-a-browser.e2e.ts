import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { SdkCheck } from '../browser/sdk-check.js';

const browser = [
  process.env['ROGATORY_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

/** The check as one module that sets its outcome on the page. */
async function bundle(): Promise<string> {
  const source = join(import.meta.dirname, '..', 'browser', 'sdk-check.ts');
  const contents = `import { checkSdk } from ${JSON.stringify(source)};
    globalThis.outcome = checkSdk().catch((error) => ({ failed: String(error.code ?? error) }));`;
  const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' } as const;
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'browser', write: false });
  return outputFiles[0]?.text ?? '';
}

const suite = browser === undefined ? describe.skip : describe;

suite(`the SDK in a browser${browser === undefined ? ' (skipped: no Chromium found)' : ''}`, () => {
  it('does the main job of two people on libsodium alone', async () => {
    const script = await bundle();
    const program = await chromium.launch({ executablePath: browser ?? '', args: ['--no-sandbox'] });
    try {
      const page = await program.newPage();
      await page.addScriptTag({ content: script, type: 'module' });
      await page.waitForFunction('globalThis.outcome !== undefined');
      const outcome: SdkCheck = await page.evaluate('globalThis.outcome');
      expect(outcome).toEqual({ texts: ['We open on Monday.'], isFileEqual: true, concerns: 0 });
    } finally {
      await program.close();
    }
  });
});
