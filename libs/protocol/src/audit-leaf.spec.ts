import { describe, expect, it } from '@jest/globals';
import { type ActId, isRogatoryError, parseUtf8, utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { auditEvents, auditOutcomes } from './audit-events.js';
import { type AuditLeaf, decodeAuditLeaf, encodeAuditLeaf } from './audit-leaf.js';

const com = (letter: string) => letter.repeat(43);
const leaf: AuditLeaf = {
  v: 1,
  id: '0192f0c1a2b37c4d8e5f60718293a4b5' as ActId,
  t: 1_795_435_200_000,
  cls: 'consultation',
  ev: 'doc.read',
  out: 'allowed',
  rc: 'ok',
  ms: 'FR',
  com: { who: com('A'), what: com('B'), why: com('C'), src: com('D'), act: com('E') },
};

function codeOf(change: Record<string, unknown>): string {
  try {
    decodeAuditLeaf(
      utf8(
        JSON.stringify(Object.fromEntries(Object.entries({ ...leaf, ...change }).sort(([a], [b]) => (a < b ? -1 : 1)))),
      ),
    );
    return 'none';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

describe('leaf of the audit log', () => {
  it('is canonical JSON in the bytes of the specification', () => {
    const text = parseUtf8(encodeAuditLeaf(leaf));
    expect(text).toBe(
      `{"cls":"consultation","com":{"act":"${com('E')}","src":"${com('D')}","what":"${com('B')}","who":"${com('A')}","why":"${com('C')}"},` +
        '"ev":"doc.read","id":"0192f0c1a2b37c4d8e5f60718293a4b5","ms":"FR","out":"allowed","rc":"ok","t":1795435200000,"v":1}',
    );
    expect(decodeAuditLeaf(utf8(text))).toEqual(leaf);
  });

  it('commits to every group of an allowed event and to no other', () => {
    const { why: _why, ...withoutWhy } = leaf.com;
    expect(codeOf({ com: withoutWhy })).toBe('codec/json');
    const denied = { ...leaf, out: 'denied', rc: 'access/refused', com: withoutWhy } as const;
    expect(decodeAuditLeaf(encodeAuditLeaf(denied))).toEqual(denied);
    const { what: _what, ...withoutWhat } = leaf.com;
    for (const wrong of [
      { ...leaf, com: withoutWhy },
      { ...denied, com: withoutWhat },
      { ...leaf, ev: 'msg.send', cls: 'collection' } as const,
      { ...leaf, com: { ...leaf.com, extra: com('F') } },
    ]) {
      expect(() => decodeAuditLeaf(encodeAuditLeaf(wrong))).toThrow('not an audit leaf');
    }
  });

  it('says unsupported of an unknown version or event, and refuses the rest', () => {
    expect(() => decodeAuditLeaf(encodeAuditLeaf({ ...leaf, v: 2 as 1 }))).toThrow('unknown version');
    expect(() => decodeAuditLeaf(encodeAuditLeaf({ ...leaf, ev: 'doc.shred' as 'doc.read' }))).toThrow(
      'unknown version or event',
    );
    for (const wrong of [
      { ...leaf, cls: 'collection' as const },
      { ...leaf, rc: 'access/refused' },
      { ...leaf, out: 'denied' as const },
      { ...leaf, ms: 'fr' },
      { ...leaf, t: -1 },
      { ...leaf, com: { ...leaf.com, who: 'short' } },
    ]) {
      expect(() => decodeAuditLeaf(encodeAuditLeaf(wrong))).toThrow('not an audit leaf');
    }
  });

  it('is its own canonical form whatever is changed in its text, and as the event demands', () => {
    const text = parseUtf8(encodeAuditLeaf(leaf));
    const piece = fc.constantFrom(
      ',',
      '"',
      '}',
      '{',
      ':',
      '0',
      '-',
      'A',
      'é',
      '\\u0041',
      '"com":{',
      ' ',
      '',
      '\n',
      '9'.repeat(16),
    );
    const anyChange = fc.record({ at: fc.nat(text.length), cut: fc.nat(60), put: piece });
    let taken = 0;
    fc.assert(
      fc.property(anyChange, ({ at, cut, put }) => {
        const bytes = utf8(text.slice(0, at) + put + text.slice(at + cut));
        let read: AuditLeaf;
        try {
          read = decodeAuditLeaf(bytes);
        } catch (error) {
          expect(isRogatoryError(error)).toBe(true);
          return;
        }
        taken++;
        expect(encodeAuditLeaf(read)).toEqual(bytes);
      }),
      { seed: 1126, numRuns: process.env['ROGATORY_LONG'] === '1' ? 50_000 : 1_000 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it('comes back for every event and outcome, with all groups and with those an attempt may show', () => {
    for (const [ev, { class: cls, groups }] of Object.entries(auditEvents)) {
      for (const out of auditOutcomes) {
        const shown = out === 'allowed' ? groups : groups.filter((name) => name === 'what' || name === 'src');
        const made = Object.fromEntries(shown.map((name) => [name, com('x')]));
        const rc = out === 'allowed' ? 'ok' : 'access/refused';
        const one = { ...leaf, ev: ev as AuditLeaf['ev'], cls, out, rc, com: made };
        expect(decodeAuditLeaf(encodeAuditLeaf(one))).toEqual(one);
      }
    }
  });

  it('refuses a byte order mark', () => {
    const marked = utf8(`\ufeff${parseUtf8(encodeAuditLeaf(leaf))}`);
    expect(marked.length).toBe(encodeAuditLeaf(leaf).length + 3);
    expect(() => decodeAuditLeaf(marked)).toThrow(expect.objectContaining({ code: 'codec/json' }));
  });

  it('refuses commas where none belong', () => {
    const text = parseUtf8(encodeAuditLeaf(leaf));
    for (const other of [text.replace('"},"ev"', '",},"ev"'), text.replace('","src"', '",,"src"')]) {
      expect(() => decodeAuditLeaf(utf8(other))).toThrow(expect.objectContaining({ code: 'codec/json' }));
    }
  });

  it('has one form: other spacing, order or escapes are refused', () => {
    const text = parseUtf8(encodeAuditLeaf(leaf));
    for (const other of [
      ` ${text}`,
      text.replace('"FR"', '"\\u0046R"'),
      text.replace('1795435200000', '1795435200000.0'),
    ]) {
      expect(() => decodeAuditLeaf(utf8(other))).toThrow('JSON is not canonical');
    }
  });
});
