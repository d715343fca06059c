import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { nl } from './nl.js';
import { pseudo } from './pseudo.js';
import type { CountedKey, TextKey, Texts } from './texts.js';

/** English is complete and reviewed; the others are marked until somebody who speaks them reviewed them. */
export const languages = ['en', 'fr', 'de', 'es', 'nl'] as const;
export type Language = (typeof languages)[number];

/** Longer and accented, for tests: what stays plain on a page is no text of the catalogue. */
export const PSEUDO = 'en-XA';

export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
  nl: 'Nederlands',
};

const catalogues: Readonly<Record<Language, Texts>> = { en, fr, de, es, nl };

export type Values = Readonly<Record<string, string | number>>;

/** The texts of one language, and its ways with numbers and times. */
export interface Catalogue {
  readonly language: Language;
  readonly locale: string;
  readonly isReviewed: boolean;
  readonly text: (key: TextKey, values?: Values) => string;
  /** By the plural of the language. */
  readonly counted: (key: CountedKey, count: number) => string;
  /** With its zone. */
  readonly time: (timeMs: number) => string;
  readonly number: (value: number) => string;
}

export function catalogueOf(language: Language, isPseudo = false): Catalogue {
  const texts = catalogues[language];
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' });
  const shown = isPseudo ? pseudo : (told: string) => told;
  const text = (key: TextKey, values: Values = {}) => filled(shown(texts[key]), values);
  return {
    language,
    locale: isPseudo ? PSEUDO : language,
    isReviewed: language === 'en',
    text,
    counted: (key, count) => {
      const form = plural.select(count) === 'one' ? 'one' : 'other';
      return text(`${key}.${form}`, { count: numbers.format(count) });
    },
    time: (timeMs) => times.format(timeMs),
    number: (value) => numbers.format(value),
  };
}

/** The first language that is wanted and there; English otherwise. */
export function chosenLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => tag.toLowerCase().split('-')[0] === language);
    if (found !== undefined) return found;
  }
  return 'en';
}

const PLACE = /\{([a-z]+)\}/g;

/** A value is put in once, as it is: what looks like a place inside it stays. */
function filled(told: string, values: Values): string {
  return told.replace(PLACE, (place, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : place));
}
