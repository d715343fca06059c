import { describe, expect, it } from '@jest/globals';
import { limits, toHex, utf8 } from '@rogatory/kernel';
import { argon2id } from '@noble/hashes/argon2.js';
import { checkPassphraseCost, derivePassphraseKey, floorPassphraseCost, type PassphraseCost } from './passphrase.js';

const salt = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const tooCheapOrDear = expect.objectContaining({ code: 'crypto/passphrase-cost', family: 'refused' });
const { passes, memoryBytes } = floorPassphraseCost;

// The second implementation takes half a minute under the test runner.
const inLongMode = process.env['ROGATORY_LONG'] === '1' ? it : it.skip;
const PUBLISHED = 'ff833d5c10cd56cffa6fa8ffb23a6406ea9e71cc26bfe0f77c72d69d570e457e';

const badCosts: readonly PassphraseCost[] = [
  { passes: limits.argon2FloorPasses - 1, memoryBytes },
  { passes: limits.argon2CeilingPasses + 1, memoryBytes },
  { passes, memoryBytes: limits.argon2FloorMemoryBytes - 1024 },
  { passes, memoryBytes: limits.argon2CeilingMemoryBytes + 1024 },
  { passes, memoryBytes: memoryBytes + 1 },
  { passes: 0, memoryBytes: 0 },
  { passes: 2.5, memoryBytes },
  { passes: Number.NaN, memoryBytes },
  { passes, memoryBytes: Number.NaN },
  { passes: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY },
  { passes: -2, memoryBytes: -memoryBytes },
];

describe('the cost of a passphrase', () => {
  it.each(badCosts)('is refused outside the compiled bounds: $passes passes, $memoryBytes bytes', (cost) => {
    expect(() => checkPassphraseCost(cost)).toThrow(tooCheapOrDear);
    // The cost is looked at before anything else: a passphrase and salt that are refused too do not change the answer.
    expect(() => derivePassphraseKey({ passphrase: '', salt: new Uint8Array(0), cost })).toThrow(tooCheapOrDear);
  });

  it('is accepted at the floor and at the ceiling', () => {
    expect(() => checkPassphraseCost(floorPassphraseCost)).not.toThrow();
    const ceiling = { passes: limits.argon2CeilingPasses, memoryBytes: limits.argon2CeilingMemoryBytes };
    expect(() => checkPassphraseCost(ceiling)).not.toThrow();
  });
});

describe('derivePassphraseKey', () => {
  const cost = floorPassphraseCost;
  const key = derivePassphraseKey({ passphrase: 'Großmutters Käsekuchen', salt, cost });

  it('is Argon2id v1.3 with one lane: the value that @noble/hashes 2.4.0 gives', () => {
    expect(key.use(toHex)).toBe(PUBLISHED);
  });

  inLongMode('is what a second implementation gives now', () => {
    const options = { t: passes, m: memoryBytes / 1024, p: 1, dkLen: 32, version: 0x13 };
    expect(toHex(argon2id(utf8('Großmutters Käsekuchen'), salt, options))).toBe(PUBLISHED);
  });

  it('does not depend on how the keyboard composes a letter', () => {
    const decomposed = 'Großmutters Käsekuchen'.normalize('NFD');
    expect(decomposed).not.toBe('Großmutters Käsekuchen');
    expect(derivePassphraseKey({ passphrase: decomposed, salt, cost }).use(toHex)).toBe(key.use(toHex));
  });

  it('depends on passphrase and salt', () => {
    const otherSalt = salt.map((byte) => byte ^ 1);
    const others = [
      derivePassphraseKey({ passphrase: 'grossmutters Käsekuchen', salt, cost }),
      derivePassphraseKey({ passphrase: 'Großmutters Käsekuchen', salt: otherSalt, cost }),
    ];
    for (const other of others) expect(other.use(toHex)).not.toBe(key.use(toHex));
  });

  it('refuses an empty or endless passphrase and a salt of another length', () => {
    const no = expect.objectContaining({ code: 'crypto/passphrase', family: 'refused' });
    expect(() => derivePassphraseKey({ passphrase: '', salt, cost })).toThrow(no);
    const endless = 'ä'.repeat(limits.maxPassphraseBytes / 2 + 1);
    expect(() => derivePassphraseKey({ passphrase: endless, salt, cost })).toThrow(no);
    expect(() => derivePassphraseKey({ passphrase: 'x', salt: salt.slice(1), cost })).toThrow(
      expect.objectContaining({ code: 'crypto/length' }),
    );
  });
});
