import { describe, expect, it } from '@jest/globals';
import { UsageError } from '@rogatory/kernel';
import type { AuditEventCode } from '@rogatory/protocol';
import fc from 'fast-check';
import { compareFindings } from './compare.js';
import { type EngineSnapshot, FindingsEngine, type FindingsInput, findingsOf } from './engine.js';
import { compareFindingOrder, decodeFinding, encodeFinding, type Finding, type FindingId } from './finding.js';
import type { OpenedRecord } from './seen.js';
import { defaultFindingSettings } from './settings.js';
import { minuteMs, noonMs, testingIds, testingInput, testingRecord, type TestingRecord } from './testing/records.js';
import { whyOf } from './words.js';

const runs = process.env['ROGATORY_LONG'] === '1' ? 2_000 : 60;
const seeded = { seed: 20_261_123, numRuns: runs };

/** Low thresholds, so that every rule has something to say about a few dozen records. */
const settings = {
  ...defaultFindingSettings,
  ...{ bulkObjectsPerHour: 4, bulkDayFloor: 2, bulkMedianFactor: 1, bulkMedianMinDays: 1, newDeviceObjects: 3 },
  ...{ dormantMs: 20 * 60 * minuteMs, repeatedReasonCases: 2, exportBytesPerDay: 9_000, exportRecordsPerDay: 3 },
};

const events: readonly AuditEventCode[] = [
  ...(['doc.read', 'doc.read', 'doc.read', 'case.open', 'compartment.read', 'msg.send', 'member.leave'] as const),
  ...(['member.add', 'doc.delivered', 'audit.query', 'auth.login', 'system.job', 'case.create'] as const),
];

const recordFacts = fc
  .record({
    event: fc.constantFrom(...events),
    stepMs: fc.constantFrom(0, 1_000, 60_000, 20 * minuteMs, 5 * 60 * minuteMs, -90_000),
    person: fc.integer({ min: 1, max: 3 }),
    caseNumber: fc.integer({ min: 1, max: 4 }),
    object: fc.integer({ min: 1, max: 8 }),
    owner: fc.integer({ min: 1, max: 3 }),
    role: fc.constantFrom(0, 2, 2, 2),
    isDenied: fc.constantFrom(false, false, false, true),
    counter: fc.integer({ min: 1, max: 6 }),
    skewMs: fc.constantFrom(0, 0, 400_000),
    hasText: fc.boolean(),
    instrument: fc.constantFrom('', 'EIO/2026/7'),
    to: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ stepMs, isDenied, skewMs, hasText, instrument, to, ...facts }) => ({
    stepMs,
    isDenied,
    skewMs,
    hasText,
    instrument,
    to,
    facts,
  }));

type Drawn = typeof recordFacts extends fc.Arbitrary<infer Value> ? Value : never;

/** A log in which every person belongs to the authority of the same number. */
const log = fc.array(recordFacts, { minLength: 1, maxLength: 80 }).map((list) => {
  let timeMs = noonMs;
  return list.map((drawn, index): OpenedRecord => {
    timeMs += drawn.stepMs;
    return testingRecord(factsOf(drawn, timeMs), index);
  });
});

function factsOf(drawn: Drawn, timeMs: number): TestingRecord {
  const { facts, isDenied, skewMs, hasText, instrument, to } = drawn;
  const isService = facts.event === 'system.job' || facts.event === 'doc.delivered';
  const none = new Uint8Array(0);
  const recipient = {
    authorityId: testingIds.authority(to),
    personId: testingIds.person(to),
    deviceId: testingIds.device(to),
  };
  return {
    ...facts,
    ...{ timeMs, statedMs: timeMs + skewMs, authority: facts.person, outcome: isDenied ? 'denied' : 'allowed' },
    ...(isService ? { person: 0, outcome: 'allowed' } : {}),
    what: { recipients: [recipient], detail: '' },
    why: { instrument, ...(hasText ? {} : { kemCiphertext: none, sealedText: none }) },
  };
}

const input: FindingsInput = { ...testingInput, settings };

/** The newest state of each finding, as whoever stores them by id has it. */
function newest(batches: readonly (readonly Finding[])[]): readonly Finding[] {
  const byId = new Map<FindingId, Finding>();
  for (const finding of batches.flat()) byId.set(finding.id, finding);
  return [...byId.values()].toSorted(compareFindingOrder);
}

describe('findings', () => {
  it('are the same in one go and in pieces that are stored in between', () => {
    fc.assert(
      fc.property(log, fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 6 }), (records, cuts) => {
        let engine = new FindingsEngine(input);
        const batches: (readonly Finding[])[] = [];
        for (const record of records) {
          if (cuts.includes(record.index)) {
            batches.push(engine.take());
            const stored = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot;
            engine = new FindingsEngine({ ...input, resume: stored });
          }
          engine.push(record);
        }
        batches.push(engine.take());
        expect(newest(batches)).toEqual(findingsOf(records, input));
      }),
      seeded,
    );
  });

  it('of one authority are the same for whoever opens everything and for its own auditor', () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 1, max: 3 }), (records, number) => {
        const authority = testingIds.authority(number);
        const scope = new Set([authority]);
        const opened = records.map((record) => {
          const { who, what } = record.groups;
          const isOpen = who?.authorityId === authority || what?.ownerAuthorityId === authority;
          return isOpen ? record : { ...record, groups: {} };
        });
        const proposed = findingsOf(records, input);
        const recomputed = findingsOf(opened, { ...input, scope });
        expect(compareFindings({ proposed, recomputed, scope })).toEqual([]);
        expect(
          recomputed.every(
            ({ authorities: [first, ...more] }) => first === undefined || [first, ...more].includes(authority),
          ),
        ).toBe(true);
      }),
      seeded,
    );
  });

  it('come back from their bytes, have words, and rest on records of the log', () => {
    fc.assert(
      fc.property(log, (records) => {
        const found = findingsOf(records, input);
        for (const finding of found) {
          expect(decodeFinding(encodeFinding(finding))).toEqual(finding);
          expect(whyOf(finding)).toMatch(/^[^?]+\.$/);
          for (const { index, id } of finding.records) expect(records[index]?.leaf.id).toBe(id);
          expect(finding.records.length).toBe(Math.min(finding.recordCount, 100));
          expect(finding.fromMs).toBeLessThanOrEqual(finding.untilMs);
        }
        expect(found).toEqual(found.toSorted(compareFindingOrder));
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      }),
      seeded,
    );
  });

  it('show to the verifier what a server hides, makes up or changes', () => {
    fc.assert(
      fc.property(log, fc.nat(), (records, pick) => {
        const scope = new Set([1, 2, 3].map(testingIds.authority));
        const recomputed = findingsOf(records, input);
        const at = pick % Math.max(1, recomputed.length);
        const chosen = recomputed[at];
        fc.pre(chosen !== undefined);
        const rest = recomputed.toSpliced(at, 1);
        const kinds = (proposed: readonly Finding[], shown: readonly Finding[]) =>
          compareFindings({ proposed, recomputed: shown, scope }).map(({ kind }) => kind);
        expect(kinds(rest, recomputed)).toEqual(['hidden']);
        expect(kinds(recomputed, rest)).toEqual(['invented']);
        expect(kinds([...rest, { ...chosen, recordCount: chosen.recordCount + 1 }], recomputed)).toEqual(['altered']);
      }),
      seeded,
    );
  });
});

describe('an engine', () => {
  it('takes records in the order of the log only', () => {
    const engine = new FindingsEngine(input);
    const [first, second] = [0, 1].map((index) => testingRecord({ timeMs: noonMs }, index));
    expect(() => second && engine.push(second)).toThrow(UsageError);
    if (first !== undefined) engine.push(first);
    expect(() => first && engine.push(first)).toThrow(UsageError);
    expect(engine.nextIndex).toBe(1);
  });

  it('says nothing about what it may not see', () => {
    const closed = { ...testingRecord({ timeMs: noonMs, role: 0, caseNumber: 1 }, 0), groups: {} };
    expect(findingsOf([closed], input)).toEqual([]);
    expect(
      findingsOf([testingRecord({ timeMs: noonMs, role: 0, caseNumber: 1 }, 0)], { ...input, scope: new Set() }),
    ).toEqual([]);
  });
});
