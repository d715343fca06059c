/** Invisible, reordering or controlling characters: C0, C1, format characters, line and paragraph separators, surrogates. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** A run of combining marks longer than any script needs climbs over neighbouring lines. */
const MARKS = /(\p{M}{4})\p{M}+/gu;
const MAX_SHOWN_CHARACTERS = 4_000;

/**
 * Text of others as it may stand on a terminal: one line, in reading order, nothing invisible. Whatever could move the
 * cursor, colour, hide or reorder shows as `\u{…}`.
 */
export function harmless(text: string, maxCharacters = MAX_SHOWN_CHARACTERS): string {
  const escaped = text
    .replace(MARKS, '$1')
    .replace(HARMFUL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return escaped.length <= maxCharacters ? escaped : `${escaped.slice(0, maxCharacters)}…`;
}

/** Text of several lines: its line breaks stay, each line is harmless by itself. */
export function harmlessLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) => harmless(line.replaceAll('\t', '    ')));
}

/** What `HARMFUL` names and JSON leaves as it is; its own line breaks stand between tokens and stay. */
const HARMFUL_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

/**
 * JSON that may stand on a terminal: whatever could move the cursor or reorder is escaped, and a program reads the same
 * values out of it. @param indent spaces of each level; one line without it.
 */
export function harmlessJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null';
  return text.replace(HARMFUL_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$/i;
const MAX_NAME_BYTES = 200;

/**
 * A file name made of a name that somebody else chose: no folder, nothing hidden, reserved, invisible or too long.
 * Answers the fallback when nothing harmless is left.
 */
export function safeFileName(name: string, fallback: string): string {
  const flat = name
    .normalize('NFC')
    .replace(MARKS, '$1')
    .replace(HARMFUL, '_')
    .replace(/[\\/:*?"<>|]/g, '_')
    .replace(/^[.\s~-]+/, '')
    .replace(/[.\s]+$/, '');
  const short = shortened(flat);
  return short.replaceAll('_', '').trim() === '' || RESERVED.test(short) ? fallback : short;
}

/** Keeps the end, where the kind of file is told. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  const characters = [...name.slice(0, name.length - ending.length)];
  while (Buffer.byteLength(characters.join('') + ending) > MAX_NAME_BYTES) characters.pop();
  return characters.join('') + ending;
}
