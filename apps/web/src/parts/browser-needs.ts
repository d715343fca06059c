import type { TextKey } from '../texts/texts.js';

export interface BrowserNeed {
  readonly key: Extract<TextKey, `browser.${string}`>;
  readonly isThere: boolean;
}

/** What a device needs of its browser, and whether it is there. Only secure pages get most of it. */
export function needsOf(world: object): readonly BrowserNeed[] {
  const navigator = partOf(world, 'navigator');
  const hasFiles = typeof partOf(partOf(navigator, 'storage'), 'getDirectory') === 'function';
  return [
    { key: 'browser.secure', isThere: partOf(world, 'isSecureContext') === true },
    { key: 'browser.keys', isThere: typeof partOf(partOf(world, 'indexedDB'), 'databases') === 'function' },
    { key: 'browser.tabs', isThere: typeof partOf(partOf(navigator, 'locks'), 'request') === 'function' },
    { key: 'browser.workers', isThere: typeof partOf(world, 'Worker') === 'function' },
    { key: 'browser.files', isThere: hasFiles },
  ];
}

function partOf(whole: unknown, name: string): unknown {
  return typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined;
}
