/** docs/spec/directory.md 10. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from './primitives.js';
import { hex, refuse } from './wire.js';

const LIST_HASH = '2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda';

/** The list of BIP-0039, known by its hash, wherever it is read from. */
function wordList(): string[] {
  const file = readFileSync(join(import.meta.dirname, '../../../libs/pki/src/word-list.ts'), 'utf8');
  const words = (file.split('`')[1] ?? '').trim().split(/\s+/);
  return hex(sha256(Buffer.from(`${words.join('\n')}\n`))) === LIST_HASH ? words : refuse('another list');
}

/** The first 110 bits, eleven a word. */
export function wordsOf(digest: Uint8Array): string[] {
  const list = wordList();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from(
    { length: 10 },
    (_, i) => list[Number.parseInt(bits.slice(11 * i, 11 * i + 11), 2)] ?? refuse('word'),
  );
}
