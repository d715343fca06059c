import { isoMoment, toHex } from '@rogatory/kernel';
import type { ExportFormat } from './export-format.js';
import { type RecordFacts, recordFacts } from './record-facts.js';

const factColumns: readonly (keyof RecordFacts)[] = [
  ...(['actor', 'person', 'device', 'authority', 'case', 'compartment', 'objectKind', 'object', 'version'] as const),
  ...(['count', 'bytes', 'recipients', 'legalBasis', 'instrument', 'localTime', 'zone', 'address'] as const),
  ...(['client', 'detail'] as const),
];
const leafColumns = ['index', 'time', 'record', 'class', 'event', 'outcome', 'reason', 'state'] as const;
const columns = [...leafColumns, ...factColumns, 'leafHash'];

/** Invisible, reordering or controlling characters, line ends among them. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** What spreadsheets take for a formula, also behind white space (OWASP, CSV injection). */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20|%]/u;

/** RFC 4180, UTF-8: every field quoted, none of them a formula, none with a control character. */
export const csvFormat: ExportFormat = {
  head: () => rowOf(columns),
  line: (record, { hash }) => {
    const { index, leaf } = record;
    const facts = recordFacts(record);
    const { t, id, cls, ev, out, rc, ms } = leaf;
    const told = factColumns.map((column) => {
      const value = facts[column];
      return typeof value === 'object' ? value.join(' ') : String(value ?? '');
    });
    return rowOf([String(index), isoMoment(t), id, cls, ev, out, rc, ms, ...told, toHex(hash)]);
  },
};

function rowOf(fields: readonly string[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

/** One field as it may stand in a table of anybody. */
export function csvField(text: string): string {
  const plain = text.replace(HARMFUL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  const inert = FORMULA.test(plain) ? `'${plain}` : plain;
  return `"${inert.replaceAll('"', '""')}"`;
}
