import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { harmless, harmlessJson, harmlessLines, safeFileName } from './harmless.js';

const seed = 20261123;

describe('text of others on a terminal', () => {
  it.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a carriage return', 'safe\rfake', 'safe\\u{d}fake'],
    ['a line break', 'one\ntwo', 'one\\u{a}two'],
    ['C1 control', '\u009b31m', '\\u{9b}31m'],
    ['right-to-left override', 'invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
    ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ])('shows %s as what it is', (_, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it('leaves letters of all scripts alone', () => {
    const text = 'Žofie Ångström, Άννα, Иван, 李明, محمد';
    expect(harmless(text)).toBe(text);
  });

  it('bounds towers of marks and length', () => {
    expect(harmless(`Z${'\u0301'.repeat(100)}`)).toBe(`Z${'\u0301'.repeat(4)}`);
    expect(harmless('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}…`);
  });

  it.each([
    undefined,
    2,
  ])('writes JSON that carries the same values and nothing that moves a cursor (indent %s)', (indent) => {
    const name = 'evil\u009b31m\u202etxt.exe\u2066\u{e0041}\u001b[2J\n';
    const text = harmlessJson({ name, [name]: [1] }, indent);
    expect(text).toContain('evil\\u009b31m\\u202etxt.exe\\u2066\\udb40\\udc41\\u001b[2J\\n');
    expect(JSON.parse(text)).toEqual({ name, [name]: [1] });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => {
        const shown = harmlessJson([value], indent);
        return (
          (JSON.parse(shown) as string[])[0] === value &&
          !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown.replaceAll('\n', ''))
        );
      }),
      { seed, numRuns: 300 },
    );
  });

  it('lets nothing through that moves a cursor, whatever comes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, (value) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(harmless(value))),
      { seed, numRuns: 500 },
    );
    fc.assert(
      fc.property(text, (value) => harmlessLines(value).every((line) => !/[\p{Cc}\p{Cf}]/u.test(line))),
      { seed, numRuns: 500 },
    );
  });
});

describe('a file name that somebody else chose', () => {
  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['/absolute', '_absolute'],
    ['..', 'fallback'],
    ['.ssh', 'ssh'],
    ['-rf', 'rf'],
    ['C:\\Windows\\x.dll', 'C__Windows_x.dll'],
    ['con.txt', 'fallback'],
    ['', 'fallback'],
    ['///', 'fallback'],
    ['name\u0000.pdf', 'name_.pdf'],
    ['invoice\u202efdp.exe', 'invoice_fdp.exe'],
    ['report.pdf. ', 'report.pdf'],
    ['Gutachten März.pdf', 'Gutachten März.pdf'],
  ])('makes of %j %j', (name, safe) => {
    expect(safeFileName(name, 'fallback')).toBe(safe);
  });

  it('never leaves its folder, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeFileName(name, 'fallback');
        const isFlat =
          !/[\\/:]/.test(safe) && !safe.includes('\0') && safe !== '.' && safe !== '..' && !safe.startsWith('-');
        return isFlat && safe.length > 0 && Buffer.byteLength(safe) <= 200;
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it('keeps the kind of a long name', () => {
    expect(safeFileName(`${'ä'.repeat(300)}.pdf`, 'fallback')).toMatch(/^ä+\.pdf$/);
  });
});
