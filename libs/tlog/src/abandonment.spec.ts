import { describe, expect, it } from '@jest/globals';
import { RogatoryError, utf8 } from '@rogatory/kernel';
import { openAbandonment, signAbandonment } from './abandonment.js';
import { signCheckpoint } from './checkpoint.js';
import { emptyRoot } from './hashing.js';
import { testingSigner } from './testing/memory-log.js';
import { keyTypes } from './verifier-key.js';

const signer = testingSigner('log.example/audit/2026h2', keyTypes.log);
const next = testingSigner('log.example/audit/2026h2-2', keyTypes.log);
const trust = { origin: 'log.example/audit/2026h2', logKeys: [signer.key] };
const abandonment = { origin: trust.origin, size: 0, root: emptyRoot(), nextKey: next.key, timeMs: 1_800_000_000_000 };

function code(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

describe('the abandonment of a log', () => {
  it('says what was signed, under the key of the log that is given up and no other', async () => {
    const note = await signAbandonment(abandonment, signer);
    expect(openAbandonment(note, trust)).toEqual(abandonment);
    const others = { ...trust, logKeys: [next.key] };
    expect(code(() => openAbandonment(note, others))).toBe('tlog/unknown-signer');
    expect(code(() => openAbandonment(note, { ...trust, origin: next.key.name }))).toBe('tlog/origin');
    const foreign = await signAbandonment(abandonment, next);
    expect(code(() => openAbandonment(foreign, trust))).toBe('tlog/unknown-signer');
  });

  it('is no checkpoint, and no checkpoint is one', async () => {
    const checkpoint = await signCheckpoint({ origin: trust.origin, size: 0, root: emptyRoot() }, [signer]);
    expect(code(() => openAbandonment(checkpoint, trust))).toBe('tlog/abandonment');
  });

  it('holds for no other text: each line counts', async () => {
    const text = new TextDecoder().decode(await signAbandonment(abandonment, signer));
    const lines = text.split('\n').slice(0, 6);
    for (const line of lines) {
      const changed = text.replace(line, line.slice(0, -1) + (line.endsWith('1') ? '2' : '1'));
      expect(code(() => openAbandonment(utf8(changed), trust))).not.toBe('none');
    }
  });
});
