import { describe, expect, it } from '@jest/globals';
import { needsOf } from './browser-needs.js';

const whole = {
  isSecureContext: true,
  indexedDB: { databases: () => [] },
  Worker: class {},
  navigator: { locks: { request: () => undefined }, storage: { getDirectory: () => undefined } },
};

describe('what a browser needs', () => {
  it('is all there in a current one', () => {
    expect(needsOf(whole).every(({ isThere }) => isThere)).toBe(true);
  });

  it.each([
    ['browser.secure', { isSecureContext: false }],
    ['browser.keys', { indexedDB: undefined }],
    ['browser.keys', { indexedDB: {} }],
    ['browser.workers', { Worker: undefined }],
    ['browser.tabs', { navigator: { storage: whole.navigator.storage } }],
    ['browser.files', { navigator: { locks: whole.navigator.locks } }],
  ])('lacks %s where %j', (key, changed) => {
    const missing = needsOf({ ...whole, ...changed }).filter(({ isThere }) => !isThere);
    expect(missing.map((need) => need.key)).toEqual([key]);
  });
});
