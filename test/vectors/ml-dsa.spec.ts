import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromHex, isRogatoryError, Secret, toHex, utf8 } from '@rogatory/kernel';
import { isMlDsaSignature, MlDsaKey, mlDsaSizes } from '@rogatory/crypto/post-quantum';
import {
  encodeVerifierKey,
  openCheckpoint,
  parsePolicy,
  parseVerifierKey,
  subtreeMessage,
  verifyCheckpoint,
} from '@rogatory/tlog';

interface Vector {
  readonly origin: string;
  readonly size: number;
  readonly timeSeconds: number;
  readonly logKey: string;
  readonly witnessSeed: string;
  readonly witnessKey: string;
  readonly message: string;
  readonly note: string;
}

const made = JSON.parse(readFileSync(new URL('./ml-dsa-44.json', import.meta.url), 'utf8')) as Vector;
const witness = parseVerifierKey(made.witnessKey);
const trust = { origin: made.origin, logKeys: [parseVerifierKey(made.logKey)], witnessKeys: [witness] };
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return isRogatoryError(error) ? error.code : String(error);
  }
};

describe('an ML-DSA-44 cosignature that another implementation made', () => {
  it('has the message, the key and the note that ours has', () => {
    const text = made.note.slice(0, made.note.indexOf('\n\n') + 1);
    expect(toHex(subtreeMessage(witness.name, text, made.timeSeconds))).toBe(made.message);
    expect(encodeVerifierKey(witness)).toBe(made.witnessKey);
    const random = (length: number) => new Uint8Array(length).fill(5);
    const key = MlDsaKey.fromSeed(new Secret(fromHex(made.witnessSeed)), random);
    expect(key.publicKey).toEqual(witness.publicKey);
    expect(isMlDsaSignature(key.publicKey, utf8('both ways'), key.sign(utf8('both ways')))).toBe(true);
    const head = openCheckpoint(utf8(made.note), trust);
    expect(head).toMatchObject({ size: made.size, origin: made.origin });
    expect(head.signatures.map(({ timeSeconds }) => timeSeconds)).toEqual([undefined, made.timeSeconds]);
    const policy = `log ${made.logKey}\nwitness fr ${made.witnessKey}\nquorum fr\n`;
    expect(verifyCheckpoint(utf8(made.note), parsePolicy(utf8(policy))).quorum.fulfilled).toBe(true);
  });

  it('holds for its own time, size, root, origin, name and bytes alone', () => {
    const changed = (from: RegExp | string, to: string) => utf8(made.note.replace(from, to));
    const line = /— witness\S* (\S+)\n$/.exec(made.note)?.[1] ?? '';
    for (const at of [4, 11, 12, 1_000, 2_431]) {
      const bytes = Buffer.from(line, 'base64');
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect([at, codeOf(() => openCheckpoint(changed(line, bytes.toString('base64')), trust))]).toEqual([
        at,
        'tlog/signature',
      ]);
    }
    const cut = Buffer.from(line, 'base64').subarray(0, -1).toString('base64');
    expect(codeOf(() => openCheckpoint(changed(line, cut), trust))).toBe('tlog/signature');
    const renamed = parseVerifierKey(made.witnessKey);
    expect(codeOf(() => parseVerifierKey(made.witnessKey.replace('example/fr', 'example/nl')))).toBe('tlog/key');
    expect(isMlDsaSignature(renamed.publicKey.subarray(1), utf8('x'), new Uint8Array(mlDsaSizes.signature))).toBe(
      false,
    );
    expect(isMlDsaSignature(renamed.publicKey, utf8('x'), new Uint8Array(mlDsaSizes.signature))).toBe(false);
  });

  it('cannot stand for the log itself', () => {
    expect(codeOf(() => openCheckpoint(utf8(made.note), { ...trust, logKeys: [witness] }))).toBe('tlog/key-type');
    expect(codeOf(() => parsePolicy(utf8(`log ${made.witnessKey}\nquorum none\n`)))).toBe('tlog/policy');
  });
});
