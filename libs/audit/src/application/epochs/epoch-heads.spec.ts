import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type CompartmentId, limits, toHex } from '@rogatory/kernel';
import { decodeEpochEntry, encodeEpochEntry, epochSubjectKinds } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import fc from 'fast-check';
import { SqlEpochStore } from '../../storage/sql-epoch.store.js';
import { SqlLogTreeStore } from '../../storage/sql-log-tree.store.js';
import { openTestingAudit, type TestingAudit, TestingClock, testingRandom } from '../../testing.js';
import { testingMigrations } from '../../testing/tampering.js';
import { type CompartmentHeads, headsEntry, withHeads } from './compartment-heads.js';
import { Epochs } from './epochs.js';

const numRuns = process.env['ROGATORY_LONG'] === '1' ? 500 : 25;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const id = fc.integer({ min: 1, max: 4 }).map((n) => n.toString(16).padStart(64, '0') as CompartmentId);
const heads: fc.Arbitrary<CompartmentHeads> = fc
  .record({
    compartmentId: id,
    links: fc.integer({ min: 1, max: 50 }),
    items: fc.nat(50),
    linkHash: hash,
    contentRoot: hash,
  })
  .map(({ items, ...rest }) => ({ ...rest, contentSize: rest.links + items }));
const someHeads = fc.uniqueArray(heads, { selector: ({ compartmentId }) => compartmentId, maxLength: 4 });

it('X02: an entry of a compartment is read as it was written, and no other bytes are one', () => {
  fc.assert(
    fc.property(heads, (given) => {
      const bytes = encodeEpochEntry(headsEntry(given));
      expect(decodeEpochEntry(bytes)).toEqual(headsEntry(given));
      for (const bad of [
        [4, 5], // no such kind
        [52, 1], // an authority
        [4, epochSubjectKinds.actorAuthority], // a compartment where none belongs
      ] as const) {
        const changed = bytes.slice();
        changed[bad[0]] = bad[1];
        expect(() => decodeEpochEntry(changed)).toThrow();
      }
      const none = { ...headsEntry(given), count: 0, lastIndex: 0, digest: new Uint8Array(32) };
      expect(() => decodeEpochEntry(encodeEpochEntry(none))).toThrow();
      const tooMany = { ...headsEntry(given), count: given.contentSize + 1 };
      expect(() => decodeEpochEntry(encodeEpochEntry(tooMany))).toThrow();
    }),
    { seed: 27, numRuns },
  );
});

it('an epoch names every compartment as it stands, whichever part of it moved', () => {
  fc.assert(
    fc.property(someHeads, someHeads, (before, now) => {
      const known = before.map(headsEntry);
      const { entries, moved } = withHeads(known, now);
      for (const entry of now.map(headsEntry)) expect(entries).toContainEqual(entry);
      const kept = known.filter((entry) => !moved.some(({ subject }) => same(subject, entry.subject)));
      for (const entry of kept) expect(entries).toContainEqual(entry);
      expect(entries.length).toBe(new Set([...before, ...now].map(({ compartmentId }) => compartmentId)).size);
      expect(withHeads(entries, now).moved).toEqual([]);
    }),
    { seed: 28, numRuns },
  );
});

const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

eachEngine('heads in epochs', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const random = testingRandom(62);
  let standing: readonly CompartmentHeads[] = [];
  let testing: TestingAudit;
  const compartments = { heads: async (_: unknown, limit: number) => standing.slice(0, limit) };
  const another = () =>
    new Epochs({
      ...{ database: at.database(), store: new SqlEpochStore('2026h2'), tree: new SqlLogTreeStore(testing.origin) },
      ...{ recorder: testing.audit.recorder, clock, random, origin: testing.origin, compartments },
    });

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, random, { compartments });
  });
  afterAll(async () => testing.close());

  it('are stored with the epoch that says them: another server makes the same map of them', async () => {
    const compartmentId = 'c1'.repeat(32) as CompartmentId;
    const subject = { kind: epochSubjectKinds.compartment, compartmentId } as const;
    const first = { compartmentId, links: 2, contentSize: 5, linkHash: random(32), contentRoot: random(32) };
    const steps: readonly CompartmentHeads[] = [
      first,
      { ...first, contentSize: 6 },
      { ...first, contentSize: 6, contentRoot: random(32) },
      { ...first, contentSize: 7, links: 3, linkHash: random(32) },
    ];
    for (const step of steps) {
      standing = [step, { ...first, compartmentId: 'c2'.repeat(32) as CompartmentId }];
      clock.advance(limits.minEpochGapMs);
      const made = await testing.audit.epochs.fresh([], limits.minEpochGapMs);
      const read = await another().last();
      expect(toHex(read?.map.root ?? new Uint8Array(0))).toBe(toHex(made.map.root));
      expect(read?.map.show(subject)?.entry).toEqual(encodeEpochEntry(headsEntry(step)));
    }
  });

  it('are those of the moment in which the epoch was made, until the next one', async () => {
    const compartmentId = 'c3'.repeat(32) as CompartmentId;
    standing = [{ compartmentId, links: 1, contentSize: 1, linkHash: random(32), contentRoot: random(32) }];
    const { map } = await testing.audit.epochs.fresh([], limits.epochMs);
    expect(map.has({ kind: epochSubjectKinds.compartment, compartmentId })).toBe(false);
    clock.advance(limits.epochMs);
    const next = await testing.audit.epochs.fresh([], limits.epochMs);
    expect(next.map.has({ kind: epochSubjectKinds.compartment, compartmentId })).toBe(true);
  });
});
