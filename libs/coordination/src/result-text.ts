import { parseUtf8, VerificationError } from '@rogatory/kernel';
import { decodeCanonicalJson } from '@rogatory/protocol';
import { substanceOf } from './board-substances.js';
import { resultSheetFormat, resultSheetHash } from './result-sheet.js';
import { sheetFingerprint } from './result-verification.js';

interface Sum {
  readonly counts: Readonly<Record<string, number>>;
  readonly substances: readonly {
    readonly code: number;
    readonly other: string;
    readonly quantity: string;
    readonly unit: string;
  }[];
  readonly values: readonly { readonly of: string; readonly currency: string; readonly value: string }[];
}

/** The members of a sheet that its print shows. */
interface PrintedSheet {
  readonly format: string;
  readonly title: string;
  readonly kind: string;
  readonly outcome: string;
  readonly operationId: string;
  readonly start: { readonly timeMs: number; readonly offsetMinutes: number; readonly zone: string };
  readonly head: { readonly size: number; readonly root: string };
  readonly parties: readonly { readonly state: string }[];
  readonly steps: readonly {
    readonly id: number;
    readonly state: string;
    readonly title: string;
    readonly mark: string;
  }[];
  readonly alerts: readonly {
    readonly schengenId: string;
    readonly article: number;
    readonly issuingState: string;
    readonly state: string;
  }[];
  readonly entries: readonly {
    readonly place: number;
    readonly state: string;
    readonly isLate: boolean;
    readonly note: string;
    readonly body: { readonly kind?: string; readonly type?: string };
    readonly acted: { readonly timeMs: number; readonly offsetMinutes: number };
  }[];
  readonly tallies: { readonly total: Sum; readonly states: readonly (Sum & { readonly state: string })[] };
  readonly setAside: readonly object[];
}

/**
 * A result sheet as Markdown for print. The caller has verified the bytes (`verifyResult`).
 * @throws VerificationError `result/edited` for bytes that are no sheet.
 */
export function resultSheetText(bytes: Uint8Array): string {
  const hash = resultSheetHash(bytes);
  const sheet = sheetIn(bytes);
  return [
    `# ${plain(sheet.title)}`,
    '',
    `${sheet.kind}, ${sheet.outcome}. Began ${clockTime(sheet.start)} (${sheet.start.zone}). States: ${sheet.parties.map(({ state }) => state).join(', ')}.`,
    `Operation ${sheet.operationId}. Content log of ${sheet.head.size} entries, root ${sheet.head.root}.`,
    `Sheet ${sheetFingerprint(hash)}.`,
    ...['', '## Results', '', ...countsOf(sheet), ...substancesOf(sheet), ...valuesOf(sheet)],
    ...['', '## Steps', '', '| | state | step | |', '|---|---|---|---|'],
    ...sheet.steps.map(({ id, state, title, mark }) => `| ${id} | ${state} | ${plain(title)} | ${mark || 'open'} |`),
    ...['', '## Alerts', ''],
    ...sheet.alerts.map(
      (alert) => `- ${plain(alert.schengenId)}, article ${alert.article}, ${alert.issuingState}: ${alert.state}`,
    ),
    ...['', '## Entries', '', '| place | time | state | | |', '|---|---|---|---|---|'],
    ...sheet.entries.map(({ place, state, acted, isLate, body, note }) => {
      const what = body.kind === undefined ? 'void' : (body.type ?? body.kind);
      return `| ${place} | ${clockTime(acted)}${isLate ? ' (late)' : ''} | ${state} | ${what} | ${plain(note)} |`;
    }),
    ...['', `Set aside: ${sheet.setAside.length}.`, ''],
  ].join('\n');
}

function sheetIn(bytes: Uint8Array): PrintedSheet {
  const value = decodeCanonicalJson(parseUtf8(bytes));
  const isSheet = typeof value === 'object' && 'format' in value && value.format === resultSheetFormat;
  if (!isSheet) throw new VerificationError('result/edited', 'not a result sheet');
  return value as object as PrintedSheet;
}

function countsOf({ tallies: { states, total } }: PrintedSheet): string[] {
  const names = Object.keys(total.counts);
  const row = (name: string, { counts }: Sum) => `| ${name} | ${names.map((each) => counts[each] ?? 0).join(' | ')} |`;
  const head = [`| state | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`];
  return [...head, ...states.map((sum) => row(sum.state, sum)), row('all', total), ''];
}

function substancesOf({ tallies: { states, total } }: PrintedSheet): string[] {
  const rows = (name: string, { substances }: Sum) =>
    substances.map(({ code, other, quantity, unit }) => {
      const what = other === '' ? (substanceOf(code)?.name ?? String(code)) : plain(other);
      return `| ${name} | ${what} | ${quantity} ${unit} |`;
    });
  const head = ['| state | substance | quantity |', '|---|---|---|'];
  return [...head, ...states.flatMap((sum) => rows(sum.state, sum)), ...rows('all', total), ''];
}

function valuesOf({ tallies: { states, total } }: PrintedSheet): string[] {
  const rows = (name: string, { values }: Sum) =>
    values.map(({ of, value, currency }) => `| ${name} | ${of} | ${value} ${currency} |`);
  return [
    '| state | of | value |',
    '|---|---|---|',
    ...states.flatMap((sum) => rows(sum.state, sum)),
    ...rows('all', total),
  ];
}

/** The end of the year 9999: no clock that is right shows more. */
const LAST_MS = 253_402_300_799_999;

/** As the author's clock showed it. */
function clockTime({ timeMs, offsetMinutes }: { readonly timeMs: number; readonly offsetMinutes: number }): string {
  return new Date(Math.min(timeMs + 60_000 * offsetMinutes, LAST_MS)).toISOString().slice(0, 16).replace('T', ' ');
}

/** Text of people stays text: no line ends, no tables, no markup. */
function plain(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').replace(/[\\|`*_#<>[\]]/g, (mark) => `\\${mark}`);
}
