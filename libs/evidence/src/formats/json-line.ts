/** What JSON leaves as it is and a terminal or a line reader would act upon. */
const HARMFUL = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One JSON value on one line of printable text: a text in it cannot begin a line of its own. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replace(HARMFUL, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
  return `${text}\n`;
}
