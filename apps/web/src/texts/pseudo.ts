const letters: Readonly<Record<string, string>> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', c: 'ç', n: 'ñ' };

/** A text as a longer language would have it, between marks; places for values stay. */
export function pseudo(told: string): string {
  const accented = told
    .split(/(\{[a-z]+\})/)
    .map((part) => (part.startsWith('{') ? part : part.replace(/[aeioucn]/g, (letter) => letters[letter] ?? letter)))
    .join('');
  return `⟦${accented}${'·'.repeat(Math.ceil(told.length * 0.4))}⟧`;
}
