import { describe, expect, it } from '@jest/globals';
import { RogatoryError, toBase64, utf8 } from '@rogatory/kernel';
import { addCosignatures, checkpointBytes, cosignAndAppend, cosignCheckpoint } from './checkpoint.js';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { encodeCheckpointText, parseCheckpointText } from './checkpoint-text.js';
import { cosignatureMessage } from './cosignature.js';
import { emptyRoot } from './hashing.js';
import { encodeNote, parseNote } from './note.js';
import { testingSigner } from './testing/memory-log.js';
import { keyTypes } from './verifier-key.js';

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

const log = testingSigner('log.example/audit', keyTypes.log, 1);
const nextLog = testingSigner('log.example/audit', keyTypes.log, 2);
const witness = testingSigner('witness.example/fr', keyTypes.cosignature, 3);
const head = { origin: 'log.example/audit', size: 20_852_163, root: new Uint8Array(32).fill(5) };
const trust = { origin: head.origin, logKeys: [log.key], witnessKeys: [witness.key] };
const root64 = toBase64(head.root);

describe('checkpoint text', () => {
  it('is three lines and comes back', () => {
    expect(encodeCheckpointText(head)).toBe(`log.example/audit\n20852163\n${root64}\n`);
    expect(parseCheckpointText(encodeCheckpointText(head))).toEqual(head);
    const empty = { origin: 'go.sum database tree', size: 0, root: emptyRoot() };
    expect(parseCheckpointText(encodeCheckpointText(empty))).toEqual(empty);
  });

  it.each([
    ['an extension line', `o\n1\n${root64}\nextension\n`],
    ['an empty line behind', `o\n1\n${root64}\n\n`],
    ['no last newline', `o\n1\n${root64}`],
    ['no origin', `\n1\n${root64}\n`],
    ['a leading zero', `o\n01\n${root64}\n`],
    ['a sign', `o\n+1\n${root64}\n`],
    ['a negative size', `o\n-1\n${root64}\n`],
    ['a size beyond 2^48', `o\n281474976710657\n${root64}\n`],
    ['a size that no double holds', `o\n18446744073709551615\n${root64}\n`],
    ['a size in other digits', `o\n١\n${root64}\n`],
    ['a short root', `o\n1\n${toBase64(new Uint8Array(31))}\n`],
    ['a long root', `o\n1\n${toBase64(new Uint8Array(33))}\n`],
    ['no base64', `o\n1\n!\n`],
    ['an empty tree with a root', `o\n0\n${root64}\n`],
    ['two lines', `o\n1\n`],
    ['nothing', ''],
  ])('%s is refused', (_, text) => {
    expect(code(() => parseCheckpointText(text))).toBe('tlog/checkpoint');
  });

  it('of a head that cannot be is not written', () => {
    for (const bad of [{ size: -1 }, { size: 0.5 }, { size: 0 }, { origin: '' }, { origin: 'a\nb' }]) {
      expect(code(() => encodeCheckpointText({ ...head, ...bad }))).toBe('tlog/checkpoint');
    }
  });
});

describe('opening a checkpoint', () => {
  it('gives the head once the log signed, with either key while the log changes it', async () => {
    const bytes = await signCheckpoint(head, [log, nextLog]);
    expect(openCheckpoint(bytes, { ...trust, logKeys: [log.key] })).toMatchObject(head);
    expect(openCheckpoint(bytes, { ...trust, logKeys: [nextLog.key] })).toMatchObject(head);
    const both = openCheckpoint(bytes, { ...trust, logKeys: [log.key, nextLog.key] });
    expect(both.signatures).toHaveLength(2);
    expect(checkpointBytes(both)).toEqual(bytes);
  });

  it('refuses another log, another key, and witnesses without the log', async () => {
    const bytes = await signCheckpoint(head, [log]);
    expect(code(() => openCheckpoint(bytes, { ...trust, origin: 'log.example/other' }))).toBe('tlog/origin');
    expect(code(() => openCheckpoint(bytes, { ...trust, logKeys: [nextLog.key] }))).toBe('tlog/unknown-signer');
    const cosignature = await cosignCheckpoint(openCheckpoint(bytes, trust), witness, 1_700_000_000);
    const onlyWitness = encodeNote({ text: parseNote(bytes).text, signatures: [cosignature] });
    expect(code(() => openCheckpoint(onlyWitness, trust))).toBe('tlog/unknown-signer');
    expect(code(() => openCheckpoint(bytes, { ...trust, logKeys: [witness.key] }))).toBe('tlog/key-type');
    expect(code(() => openCheckpoint(bytes, { ...trust, witnessKeys: [log.key] }))).toBe('tlog/key-type');
  });
});

describe('cosignatures', () => {
  it('sign a header, the time and the whole text', () => {
    expect(new TextDecoder().decode(cosignatureMessage('a\nb\n', 1_679_315_147))).toBe(
      'cosignature/v1\ntime 1679315147\na\nb\n',
    );
    expect(code(() => cosignatureMessage('a\n', 1.5))).toBe('tlog/time');
    expect(code(() => cosignatureMessage('a\n', -1))).toBe('tlog/time');
  });

  it('carry their time, replace older ones, and the latest counts', async () => {
    const open = openCheckpoint(await signCheckpoint(head, [log]), trust);
    const early = await cosignCheckpoint(open, witness, 1_700_000_000);
    const late = await cosignCheckpoint(open, witness, 1_700_000_600);
    const once = openCheckpoint(addCosignatures(open, [early], [witness.key]), trust);
    expect(once.signatures.map((line) => line.timeSeconds)).toEqual([undefined, 1_700_000_000]);
    const twice = openCheckpoint(addCosignatures(once, [late], [witness.key]), trust);
    expect(twice.note.signatures).toHaveLength(2);
    const made = await cosignAndAppend(once, [witness], 1_700_000_600);
    expect(made).toEqual({ lines: [late], note: checkpointBytes(twice) });
    expect(twice.signatures.map((line) => line.timeSeconds)).toEqual([undefined, 1_700_000_600]);
    for (const signatures of [
      [early, late],
      [late, early],
    ]) {
      const note = encodeNote({ text: open.note.text, signatures: [...open.note.signatures, ...signatures] });
      expect(openCheckpoint(note, trust).signatures[1]?.timeSeconds).toBe(1_700_000_600);
    }
  });

  it('of unknown witnesses are left out, of known ones that do not hold refused', async () => {
    const open = openCheckpoint(await signCheckpoint(head, [log]), trust);
    const stranger = await cosignCheckpoint(open, testingSigner('w.example', keyTypes.cosignature, 9), 1);
    expect(addCosignatures(open, [stranger], [witness.key])).toEqual(checkpointBytes(open));
    const line = await cosignCheckpoint(open, witness, 1_700_000_000);
    const tampered = { ...line, signature: line.signature.slice() };
    tampered.signature[7] = (tampered.signature[7] as number) ^ 1;
    expect(code(() => addCosignatures(open, [tampered], [witness.key]))).toBe('tlog/signature');
    const cut = { ...line, signature: line.signature.subarray(8) };
    expect(code(() => addCosignatures(open, [cut], [witness.key]))).toBe('tlog/signature');
    const farFuture = { ...line, signature: line.signature.slice() };
    farFuture.signature[0] = 0x7f;
    expect(code(() => addCosignatures(open, [farFuture], [witness.key]))).toBe('tlog/signature');
  });

  it('of another head do not hold', async () => {
    const open = openCheckpoint(await signCheckpoint(head, [log]), trust);
    const other = openCheckpoint(await signCheckpoint({ ...head, size: head.size + 1 }, [log]), trust);
    const line = await cosignCheckpoint(other, witness, 1_700_000_000);
    expect(code(() => addCosignatures(open, [line], [witness.key]))).toBe('tlog/signature');
  });

  it('are not made with the key of a log', async () => {
    const open = openCheckpoint(await signCheckpoint(head, [log]), trust);
    await expect(cosignCheckpoint(open, log, 1)).rejects.toMatchObject({ code: 'tlog/key-type' });
  });

  it('the key id of the specification example is that of its own key only', () => {
    const example =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
      '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';
    const note = parseNote(utf8(example));
    expect(parseCheckpointText(note.text)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(note.signatures.map((line) => line.signature.length)).toEqual([64, 72]);
  });
});
