/** Signs that are not seen, or that turn around what stands beside them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * Words of other people as a page may show them, in one line: nothing hidden, nothing that turns text around, bounded. Stands
 * inside `bdi`.
 */
export function shown(words: string, most = 200): string {
  const plain = words.replace(HIDDEN, '�');
  const signs = [...plain];
  return signs.length <= most ? plain : `${signs.slice(0, most).join('')}…`;
}

/** As `shown`, with its lines. */
export function shownLines(words: string): string {
  return words
    .split('\n')
    .map((line) => shown(line, 20_000))
    .join('\n');
}
