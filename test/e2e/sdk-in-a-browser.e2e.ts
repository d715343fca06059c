import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeVerifierKey } from '@rogatory/tlog';
import type { SdkCheck } from '../browser/sdk-check.js';
import { type BrowserVerdict, makeExport } from '../browser/verify-check.js';
import { bundled, inChromium, launchChromium } from '../world/chromium.js';

/** A check as one module that sets its outcome on the page. */
function bundle(file: string, call: string): Promise<string> {
  const source = join(import.meta.dirname, '..', 'browser', file);
  const text = `import * as check from ${JSON.stringify(source)};
    globalThis.outcome = check.${call}.catch((error) => ({ failed: String(error.code ?? error) }));`;
  return bundled({ text });
}

async function outcomeOf<Outcome>(script: string): Promise<Outcome> {
  const program = await launchChromium();
  try {
    const page = await program.newPage();
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction('globalThis.outcome !== undefined');
    return await page.evaluate('globalThis.outcome');
  } finally {
    await program.close();
  }
}

describe('the SDK in one file for a browser', () => {
  it('holds libsodium in WebAssembly, and no way to an addon', async () => {
    const script = await bundle('sdk-check.ts', 'checkSdk()');
    expect(script).toContain('crypto_sign_verify_detached');
    expect(script).not.toMatch(/sodium-native|createRequire|dlopen/);
  });
});

inChromium('the SDK in a browser', () => {
  it('does the main job of two people on libsodium alone', async () => {
    const outcome = await outcomeOf<SdkCheck>(await bundle('sdk-check.ts', 'checkSdk()'));
    expect(outcome).toEqual({ texts: ['We open on Monday.'], isFileEqual: true, concerns: 0 });
  });

  it('verifies an export with the code of the verifier, and names the place of an edit', async () => {
    const { log, file } = await makeExport();
    const witnesses = log.witnessKeys.map((key, i) => `witness w${i} ${encodeVerifierKey(key)}\n`).join('');
    const policy = `log ${encodeVerifierKey(log.logKey)}\n${witnesses}group all 2 w0 w1 w2\nquorum all\n`;
    const handed = { file, origin: log.origin, logKey: encodeVerifierKey(log.logKey), policy };
    const script = await bundle('verify-check.ts', `verifyInPage(${JSON.stringify(handed)})`);
    const verdict = await outcomeOf<BrowserVerdict>(script);
    expect(verdict).toMatchObject({ isSound: true, size: 300, edited: 'tree 7' });
    const held = ['checkpoint', 'witnesses', 'tree', 'leaves', 'order', 'openings', 'counters', 'erasures'];
    expect(Object.entries(verdict.claims).flatMap(([claim, told]) => (told === 'holds' ? [claim] : []))).toEqual(held);
  });
});
