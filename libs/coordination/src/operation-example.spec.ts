import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ObjectId, type PersonId, toHex, utf8 } from '@rogatory/kernel';
import { encodeBoardEntry, encodeOperationFacts } from '@rogatory/protocol';
import { substances } from './board-substances.js';
import { resultSheetHash } from './result-sheet.js';

const text = readFileSync(join(import.meta.dirname, '../../../docs/spec/operations.md'), 'utf8');
const example = text.split(/^## 10/m)[1] ?? '';
const [facts, entry, sheet] = [...example.matchAll(/```\n([0-9a-f\n]+)```/g)].map(([, hex]) =>
  hex?.replaceAll('\n', ''),
);
const id = <Id extends string>(pair: string): Id => pair.repeat(16) as Id;

describe('docs/spec/operations.md', () => {
  it('has the facts of a plan', () => {
    const time = { timeMs: 1_796_104_800_000, offsetMinutes: 60 };
    const bytes = encodeOperationFacts({
      ...{ act: 'plan', operationId: id<ObjectId>('41'), state: 'FR', kind: 2, start: { time, zone: 'Europe/Paris' } },
      needed: 2,
      parties: [
        { state: 'BE', isRequired: false, representatives: [id<PersonId>('51')] },
        { state: 'FR', isRequired: true, representatives: [id<PersonId>('52')] },
      ],
    });
    expect(facts).toBe(toHex(bytes));
  });

  it('has a seizure', () => {
    const haul = { code: 111, other: '', quantity: { digits: 125, scale: 1 }, unit: 2 } as const;
    const worth = { value: { digits: 437_500, scale: 0 }, currency: 'EUR' };
    const seizure = { kind: 'event', type: 5, leg: 1, count: 1, haul, worth, note: 'dock 4' } as const;
    expect(entry).toBe(toHex(encodeBoardEntry(seizure)));
  });

  it('has the hash of a sheet', () => {
    expect(sheet).toBe(toHex(resultSheetHash(utf8('{"format":"rogatory result sheet 1"}'))));
  });

  it('lists the substances of the code', () => {
    const rows = [...text.matchAll(/^\| (\d{3,5}) \| (.+) \| ([a-z, ]+) \|$/gm)].map((row) => row.slice(1));
    expect(rows).toEqual(substances.map(({ code, name, dimensions }) => [String(code), name, dimensions.join(', ')]));
  });
});
