import { describe, expect, it } from '@jest/globals';
import { catalogueOf, chosenLanguage, languages } from './catalogue.js';
import { en } from './en.js';
import type { TextKey } from './texts.js';

const keys = Object.keys(en) as TextKey[];
const places = (text: string): string[] => [...text.matchAll(/\{[a-z]+\}/g)].map(([place]) => place).sort();

describe.each(languages)('the texts in %s', (language) => {
  const catalogue = catalogueOf(language);

  it('say something for every key, with the places of the English text', () => {
    for (const key of keys) {
      expect(catalogue.text(key).trim()).not.toBe('');
      expect([key, places(catalogue.text(key))]).toEqual([key, places(en[key])]);
    }
  });

  it('carry no markup and no control character', () => {
    for (const key of keys) expect(catalogue.text(key)).toMatch(/^[^<>\p{Cc}\p{Cf}]+$/u);
  });

  it('go by the plural of the language, and name the zone of a time', () => {
    expect(catalogue.counted('server.witnesses', 1)).toBe(catalogue.text('server.witnesses.one', { count: 1 }));
    expect(catalogue.counted('server.witnesses', 3)).toBe(catalogue.text('server.witnesses.other', { count: 3 }));
    expect(catalogue.time(Date.UTC(2027, 0, 31, 5))).toMatch(/UTC|GMT|[A-Z]{3,4}|[+-]\d/);
  });
});

describe('a text', () => {
  it('is filled once, whatever stands in a value', () => {
    expect(catalogueOf('en').text('server.unwitnessed', { time: '{time} $&' })).toContain('{time} $&');
  });

  it('of the pseudo-language is longer, marked, and keeps its places', () => {
    const told = catalogueOf('en', true).text('server.unwitnessed');
    expect(told).toMatch(/^⟦.*\{time\}.*⟧$/);
    expect(told.length).toBeGreaterThan(en['server.unwitnessed'].length * 1.3);
  });
});

describe('the language', () => {
  it.each([
    [['nl-BE', 'fr'], 'nl'],
    [['pt', 'DE-at'], 'de'],
    [['pt'], 'en'],
    [[], 'en'],
  ])('of a reader of %j is %s', (wanted, chosen) => {
    expect(chosenLanguage(wanted)).toBe(chosen);
  });
});
