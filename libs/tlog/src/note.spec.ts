import { describe, expect, it } from '@jest/globals';
import { RogatoryError, Secret, concatBytes, fromBase64, toBase64, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import fc from 'fast-check';
import { encodeNote, encodeSignatureLine, parseNote, signNoteText, verifyNote, type Note } from './note.js';
import { flipBit, testingSigner } from './testing/memory-log.js';
import { encodeVerifierKey, keyTypes, parseVerifierKey, verifierKey } from './verifier-key.js';

/** The error code of a refusal; undefined when nothing was refused. */
function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

// Keys, signatures and text of golang.org/x/mod/sumdb/note (BSD-style licence, the Go Authors).
const peterKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const enochKey = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const peterLine =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const enochLine =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const peter = parseVerifierKey(peterKey);
const enoch = parseVerifierKey(enochKey);
const open = (note: string, keys = [peter]): readonly string[] =>
  verifyNote(parseNote(utf8(note)), keys).map(({ key }) => key.name);

describe('verifier keys', () => {
  it('come back as the same text', () => {
    for (const vkey of [peterKey, enochKey]) expect(encodeVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
  });

  it('every part of one, and every one with a changed character, is refused', () => {
    for (let from = 0; from <= peterKey.length; from++) {
      for (let to = from + 1; to <= peterKey.length; to++) {
        if (to - from < peterKey.length) expect(code(() => parseVerifierKey(peterKey.slice(from, to)))).toBeDefined();
      }
    }
    for (let at = 0; at < peterKey.length; at++) {
      const changed = String.fromCharCode(peterKey.charCodeAt(at) + 1);
      expect(code(() => parseVerifierKey(peterKey.slice(0, at) + changed + peterKey.slice(at + 1)))).toBeDefined();
    }
  });

  it.each([
    ['a longer key', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==', 'tlog/key'],
    ['an unknown type', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'tlog/key-type'],
    ['a key id in capitals', peterKey.replace('c74f20a3', 'C74F20A3'), 'tlog/key'],
    ['a space before', ` ${peterKey}`, 'tlog/key'],
    ['nothing', '', 'tlog/key'],
  ])('%s is refused', (_, vkey, expected) => {
    expect(code(() => parseVerifierKey(vkey))).toBe(expected);
  });

  it('names with white space, plus or control characters, empty or too long, are refused', () => {
    const bad = ['', 'a b', 'a+b', 'a\tb', 'a\u00a0b', 'a\u2003b', 'a\u3000b', 'a\u0085b', 'a\u0001b', '\ud800'];
    for (const name of [...bad, 'a'.repeat(256)]) {
      expect(code(() => verifierKey({ ...peter, name }))).toBe('tlog/key');
    }
    expect(verifierKey({ ...peter, name: 'prokuratura.example/ł' }).name).toBe('prokuratura.example/ł');
  });

  it('weak keys are refused', () => {
    const identity = new Uint8Array(32);
    identity[0] = 1;
    for (const publicKey of [new Uint8Array(32), identity, new Uint8Array(32).fill(255)]) {
      expect(code(() => verifierKey({ name: 'weak', type: keyTypes.log, publicKey }))).toBe('crypto/weak-key');
    }
  });

  it('one key has another id as log and as witness', () => {
    expect(verifierKey({ ...peter, type: keyTypes.cosignature }).keyId).not.toBe(peter.keyId);
  });
});

describe('signed notes', () => {
  it('of the specification and of the Go suite are read', () => {
    const example =
      'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n' +
      '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
    const note = parseNote(utf8(example));
    expect(note.text.endsWith('sole:\n\ned è subito sera.\n')).toBe(true);
    expect(note.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: '367ba04b' }]);
    expect(new TextDecoder().decode(encodeNote(note))).toBe(example);
    expect(open(`${text}\n${peterLine}${enochLine}`)).toEqual(['PeterNeumann']);
    expect(open(`${text}\n${peterLine}${enochLine}`, [peter, enoch])).toEqual(['PeterNeumann', 'EnochRoot']);
  });

  it.each([
    ['no signature', text],
    ['an empty list of signatures', `${text}\n`],
    ['a missing last newline', `${text}\n${peterLine.slice(0, -1)}`],
    ['a control character', `\u0001${text}\n${peterLine}`],
    ['a carriage return', `${text}\r\n${peterLine}`],
    ['a tab', `a\t${text}\n${peterLine}`],
    ['a name of two words', `${text}\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZI=\n`],
    ['a line that is no signature', `${text}\n${peterLine}Unexpected line.\n`],
    ['a hyphen for the dash', `${text}\n${peterLine.replace('—', '-')}`],
    ['two spaces', `${text}\n${peterLine.replace(' ', '  ')}`],
    ['a space at the end', `${text}\n${peterLine.replace('\n', ' \n')}`],
    ['a key id without signature', `${text}\n— PeterNeumann x08gow==\n`],
    ['a plus in the name', `${text}\n${peterLine.replace('PeterNeumann', 'Peter+Neumann')}`],
    ['101 signatures', `${text}\n${peterLine.repeat(101)}`],
    ['a huge text', `${'a'.repeat(300_000)}\n\n${peterLine}`],
  ])('%s is refused', (_, note) => {
    expect(code(() => parseNote(utf8(note)))).toBe('tlog/note');
  });

  it.each([
    ['without padding', peterLine.replace('=\n', '\n')],
    ['with stray bits', peterLine.replace('AM=\n', 'AN=\n')],
    ['of another alphabet', peterLine.replaceAll('/', '_')],
    ['with a space inside', peterLine.replace('ZJku', 'ZJ\u00a0ku')],
  ])('base64 %s is refused', (_, line) => {
    expect(code(() => parseNote(utf8(`${text}\n${line}`)))).toBe('tlog/note-signature');
  });

  it('bytes that are not UTF-8 are refused', () => {
    expect(code(() => parseNote(concatBytes(Uint8Array.of(0xff), utf8(`${text}\n${peterLine}`))))).toBe('tlog/note');
  });

  it('100 signatures are taken and a key counts once', () => {
    expect(open(`${text}\n${peterLine.repeat(100)}`)).toEqual(['PeterNeumann']);
  });

  it('a note without a trusted signature says nothing', () => {
    expect(code(() => open(`${text}\n${enochLine}`))).toBe('tlog/unknown-signer');
    expect(code(() => open(`${text}\n${peterLine}`, []))).toBe('tlog/unknown-signer');
    // Same name with another id, same id with another name: other keys.
    expect(code(() => open(`${text}\n${peterLine.replace('x08g', 'xxxx')}`))).toBe('tlog/unknown-signer');
    expect(code(() => open(`${text}\n${peterLine.replace('Peter', 'Paul')}`))).toBe('tlog/unknown-signer');
  });

  it('one bad signature of a trusted key spoils the note, also beside good ones', () => {
    const bad = peterLine.replace('ZJkuBS', 'ZJkuBT');
    expect(code(() => open(`${text}\n${bad}`))).toBe('tlog/signature');
    expect(code(() => open(`${text}\n${peterLine}${bad}`))).toBe('tlog/signature');
    expect(code(() => open(`${text}\n${enochLine}${bad}`, [peter, enoch]))).toBe('tlog/signature');
    const long = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`;
    expect(code(() => open(`${text}\n${long}`))).toBe('tlog/signature');
  });

  it('two keys that cannot be told apart are refused', () => {
    expect(code(() => open(`${text}\n${peterLine}`, [peter, enoch, parseVerifierKey(enochKey)]))).toBe('tlog/key');
  });

  it('any flipped bit in text or signature fails', async () => {
    const signer = testingSigner('log.example/a', keyTypes.log);
    const line = await signNoteText('one\ntwo\n', signer);
    const bytes = encodeNote({ text: 'one\ntwo\n', signatures: [line] });
    expect(verifyNote(parseNote(bytes), [signer.key])).toHaveLength(1);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        expect(code(() => verifyNote(parseNote(flipBit(bytes, bit)), [signer.key]))).toMatch(/^tlog\//);
      }),
      { seed: 20_261_123, numRuns: 300 },
    );
  });

  it('come back after encoding, or are not encoded', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'ß', '/', '.', '—', '-'), minLength: 1, maxLength: 12 });
    const line = fc.record({
      name,
      keyId: fc.stringMatching(/^[0-9a-f]{8}$/),
      signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    });
    const note = fc.record({
      text: fc.string({ unit: fc.constantFrom('a', 'é', '\n', '— ', ' ', '\t'), maxLength: 20 }).map((t) => `${t}\n`),
      signatures: fc.array(line, { maxLength: 3 }),
    });
    const encoded = (value: Note): Uint8Array | undefined => {
      try {
        return encodeNote(value);
      } catch {
        return undefined;
      }
    };
    let kept = 0;
    fc.assert(
      fc.property(note, (value) => {
        const bytes = encoded(value);
        if (bytes === undefined) return;
        kept++;
        expect(parseNote(bytes)).toEqual(value);
      }),
      { seed: 20_261_123, numRuns: 300 },
    );
    expect(kept).toBeGreaterThan(50);
  });
});

describe('signing', () => {
  it('refuses a text without last newline or with a control character', async () => {
    const signer = testingSigner('log.example/a', keyTypes.log);
    for (const bad of ['abc', '', 'a\rb\n', '\ud800\n']) {
      await expect(signNoteText(bad, signer)).rejects.toMatchObject({ code: 'tlog/note' });
    }
  });

  it('with the key of the Go suite gives the line of the Go suite', async () => {
    const seed = fromBase64('gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=');
    const key = SigningKey.fromSeed(new Secret(seed));
    const signer = { key: peter, sign: (message: Uint8Array) => key.signRaw(message) };
    expect(encodeSignatureLine(await signNoteText(text, signer))).toBe(peterLine);
  });

  it('does not publish what does not fit the key', async () => {
    const signer = testingSigner('log.example/a', keyTypes.log, 1);
    const other = testingSigner('log.example/a', keyTypes.log, 2);
    const swapped = { key: signer.key, sign: (message: Uint8Array) => other.sign(message) };
    await expect(signNoteText('a\n', swapped)).rejects.toMatchObject({ code: 'tlog/signer' });
    const short = { key: signer.key, sign: () => new Uint8Array(63) };
    await expect(signNoteText('a\n', short)).rejects.toMatchObject({ code: 'tlog/signer' });
    const witness = testingSigner('w.example', keyTypes.cosignature);
    await expect(signNoteText('a\n', witness)).rejects.toMatchObject({ code: 'tlog/key-type' });
  });

  it('writes lines that the format knows', () => {
    const signature = Uint8Array.of(1, 2, 3);
    const line = encodeSignatureLine({ name: 'a', keyId: '00000001', signature });
    expect(line).toBe(`— a ${toBase64(Uint8Array.of(0, 0, 0, 1, 1, 2, 3))}\n`);
    expect(code(() => encodeSignatureLine({ name: 'a b', keyId: '00000001', signature }))).toBe('tlog/note');
    expect(code(() => encodeSignatureLine({ name: 'a', keyId: '1', signature }))).toBe('tlog/note');
  });
});
