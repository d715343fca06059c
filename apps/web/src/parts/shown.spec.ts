import { describe, expect, it } from '@jest/globals';
import { shown, shownLines } from './shown.js';

describe('words of other people', () => {
  it.each([
    ['Harbour – Überwachung № 7', 'Harbour – Überwachung № 7'],
    ['exe\u202Efdp.', 'exe�fdp.'],
    ['a\u200Bb\u0000c\nd', 'a�b�c�d'],
    ['\u{E0041}tag', '�tag'],
    ['\uD800', '\uD800'],
  ])('%j are shown as %j', (words, expected) => {
    expect(shown(words)).toBe(expected);
  });

  it('are bounded, by whole signs', () => {
    expect(shown('🚢'.repeat(5), 3)).toBe('🚢🚢🚢…');
  });

  it('keep their lines where they have some', () => {
    expect(shownLines('one\ntwo\u2067')).toBe('one\ntwo�');
  });
});
