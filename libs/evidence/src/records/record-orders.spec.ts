import { describe, expect, it } from '@jest/globals';
import { idFromBytes, limits, type ObjectId, utf8 } from '@rogatory/kernel';
import { seededRandom } from '@rogatory/pki/testing';
import {
  type AuditOrder,
  type AuditWhat,
  auditOrderText,
  auditPurposes,
  epochDetail,
  expiredErasureText,
  type IndexRange,
  legalBases,
  orderedErasureText,
  type RetentionSettings,
} from '@rogatory/protocol';
import { type ExportReport, verifyExport } from '../export/verify-export.js';
import type { AuditClaim } from '../log/claims.js';
import { TestLog } from '../testing/test-log.js';
import { type TestRecord, TestRecords } from '../testing/test-records.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const settings: RetentionSettings = { defaultMonths: 36, months: new Map([[legalBases.trial, 12]]) };
const terms = { reference: 'file-7', expiresMs: Date.UTC(2027, 0, 1) };
const fourth = [{ first: 4, last: 4 }];

/** A log that a test writes record by record, with one day between the parts. */
class Story {
  readonly records = new TestRecords(seededRandom(42));
  readonly list: TestRecord[] = [];
  readonly shard = '2026h2';

  acts(count: number): this {
    for (let i = 0; i < count; i++) this.list.push(this.records.act());
    return this;
  }

  order(order: AuditOrder, ev: 'audit.restrict.approve' | 'audit.hold.approve', objectId?: ObjectId): this {
    const what = { detail: auditOrderText(order), ...(objectId === undefined ? {} : { objectId }) };
    this.list.push(this.records.act({ ev, what }));
    return this;
  }

  restrict(verb: 'restrict' | 'release', records: readonly IndexRange[], shard = this.shard): this {
    const set = { shard, records, ...terms };
    const order = verb === 'release' ? { verb, ...set } : { verb, ...set, purpose: auditPurposes.criminalProceedings };
    return this.order(order, 'audit.restrict.approve');
  }

  expired(records: readonly IndexRange[]): this {
    const detail = expiredErasureText({ shard: this.shard, records, groups: ['who', 'what', 'why', 'src', 'act'] });
    this.list.push(this.records.system('audit.erase.retention', { detail }));
    return this;
  }

  /** An erasure of `src`, with those of the two acts that are asked for. */
  erased(records: readonly IndexRange[], acts: readonly ('propose' | 'approve')[]): this {
    const order = { verb: 'erase' as const, shard: this.shard, records, groups: ['src' as const], ...terms };
    const text = auditOrderText({ ...order, legalBasis: legalBases.oversight });
    const made = (['propose', 'approve'] as const).map((act) =>
      this.records.act({ ev: `audit.erase.${act}`, what: { detail: text } }),
    );
    const [proposal, approval] = made as [TestRecord, TestRecord];
    const detail = orderedErasureText(text, idFromBytes<ObjectId>(new Uint8Array(16).fill(7)), [
      proposal.id,
      approval.id,
    ]);
    if (acts.includes('propose')) this.list.push(proposal);
    this.list.push(this.records.system('audit.erase', { detail }));
    // Who approves and what is erased commit together, so the log may number them either way round.
    if (acts.includes('approve')) this.list.push(approval);
    return this;
  }

  epoch(number: number, size: number, more: Partial<AuditWhat> = {}): this {
    const objectHash = new Uint8Array(32).fill(number);
    const what = { objectHash, bytes: size, count: 1, detail: epochDetail(number), ...more };
    this.list.push(this.records.system('log.epoch', what));
    return this;
  }

  pass(ms: number): this {
    this.records.pass(ms);
    return this;
  }

  /** @param closed places whose groups are left out, as of a record that was erased or is restricted. */
  async verified(closed: readonly number[] = [], first = 0, group = ''): Promise<ExportReport> {
    const log = await new TestLog(seededRandom(3)).append(this.list);
    const lines = await log.exportLines({ first, scope: this.records.authorities });
    const shown = lines.map((line, i) => {
      if (!closed.includes(first + i - 1)) return line;
      const text = new TextDecoder().decode(line);
      const some = new RegExp(`"${group}":\\[[^\\]]*\\],?`);
      return utf8(group === '' ? text.replace(/"open":\{.*\}\}/, '"open":{}}') : text.replace(some, ''));
    });
    const nowMs = Date.UTC(2040, 0, 1);
    return verifyExport({ origin: log.origin, logKeys: [log.logKey], nowMs, retention: settings, chunks: shown });
  }
}

async function told(story: Story, claim: AuditClaim, ...shown: Parameters<Story['verified']>) {
  const report = await story.verified(...shown);
  expect(report.claims.find((one) => one.claim === 'tree')?.outcome).toBe('holds');
  const { outcome, findings, firstBadIndex, code } = report.claims.find((one) => one.claim === claim) ?? {};
  return [outcome, findings, firstBadIndex, code];
}

const holds = ['holds', 0, undefined, undefined];

describe('restrictions that the log records', () => {
  it('explain that a record is not open, until it is released, and in their own log alone', async () => {
    const restricted = new Story().acts(9).restrict('restrict', fourth);
    expect(await told(restricted, 'erasures', [4])).toEqual(holds);
    expect(await told(restricted, 'erasures', [5])).toEqual(['not-checked', 8, 4, 'restricted-but-open']);
    expect(await told(new Story().acts(9), 'erasures', [4])).toEqual(['not-checked', 4, 4, 'opening-absent']);
    const released = new Story().acts(9).restrict('restrict', fourth).restrict('release', fourth);
    expect(await told(released, 'erasures')).toEqual(holds);
    expect(await told(released, 'erasures', [4])).toEqual(['not-checked', 4, 4, 'opening-absent']);
    const elsewhere = new Story().acts(9).restrict('restrict', fourth, '2026h1');
    expect(await told(elsewhere, 'erasures', [4])).toEqual(['not-checked', 4, 4, 'opening-absent']);
  });

  it('explain no record that comes after them', async () => {
    const early = new Story()
      .acts(3)
      .restrict('restrict', [{ first: 0, last: 90 }])
      .acts(4);
    expect(await told(early, 'erasures', [6])).toEqual(['not-checked', 4, 6, 'opening-absent']);
  });
});

describe('erasures that the log records', () => {
  it('are those of two persons, and what they name is closed', async () => {
    const ordered = () => new Story().acts(9).erased(fourth, ['propose', 'approve']);
    expect(await told(ordered(), 'erasures', [4], 0, 'src')).toEqual(holds);
    expect(await told(ordered(), 'erasures')).toEqual(['not-checked', 1, 4, 'erased-but-open']);
    for (const one of [['propose'], ['approve'], []] as const) {
      const alone = new Story().acts(9).erased(fourth, one);
      expect(await told(alone, 'erasures', [4], 0, 'src')).toEqual(['not-checked', 1, 4, 'opening-absent']);
    }
    // Of a part of the log nobody can say that an act is missing.
    expect(await told(new Story().acts(9).erased(fourth, []), 'erasures', [4], 2, 'src')).toEqual(holds);
  });

  it('explain nothing that comes after them', async () => {
    const early = new Story()
      .acts(3)
      .expired([{ first: 0, last: 90 }])
      .acts(3);
    expect(await told(early, 'erasures', [5])).toEqual(['not-checked', 4, 5, 'opening-absent']);
  });
});

describe('retention', () => {
  it('is not judged without settings', async () => {
    const story = new Story().acts(3);
    const log = await new TestLog(seededRandom(3)).append(story.list);
    const chunks = await log.exportLines({ scope: story.records.authorities });
    const report = await verifyExport({ origin: log.origin, logKeys: [log.logKey], nowMs: 0, chunks });
    const claim = report.claims.find((one) => one.claim === 'retention');
    expect(claim).toMatchObject({ outcome: 'not-checked', code: 'no-settings', findings: 0 });
  });

  it('finds what is open past its time, as of the newest record, and no sooner than two days after', async () => {
    const old = () => new Story().acts(5).pass(3 * 365 * DAY_MS + DAY_MS);
    expect(await told(old().acts(1), 'retention')).toEqual(holds);
    expect(
      await told(
        old()
          .pass(3 * DAY_MS)
          .acts(1),
        'retention',
      ),
    ).toEqual(['not-checked', 5, 0, 'kept-too-long']);
    const all = [{ first: 0, last: 4 }];
    const cleared = old()
      .pass(3 * DAY_MS)
      .expired(all)
      .acts(1);
    expect(await told(cleared, 'retention', [0, 1, 2, 3, 4])).toEqual(holds);
    expect(await told(cleared, 'erasures', [0, 1, 2, 3, 4])).toEqual(holds);
  });

  it('asks it of the two who ordered an erasure and of epochs too, and never of the erasure', async () => {
    const story = new Story()
      .acts(1)
      .erased([{ first: 0, last: 0 }], ['propose', 'approve'])
      .epoch(1, 4)
      .pass(3 * 365 * DAY_MS)
      .pass(4 * DAY_MS)
      .acts(1);
    const [act, proposal, approval, epoch] = [0, 1, 3, 4];
    expect(await told(story, 'retention')).toEqual(['not-checked', 4, act, 'kept-too-long']);
    expect(await told(story, 'retention', [act])).toEqual(['not-checked', 3, proposal, 'kept-too-long']);
    expect(await told(story, 'retention', [act, proposal, approval])).toEqual([
      'not-checked',
      1,
      epoch,
      'kept-too-long',
    ]);
    // The leaves of the two acts are enough to explain what they took.
    const over = story.expired([
      { first: act, last: proposal },
      { first: approval, last: epoch },
    ]);
    expect(await told(over, 'retention', [act, proposal, approval, epoch])).toEqual(holds);
    expect(await told(over, 'erasures', [act, proposal, approval, epoch])).toEqual(holds);
  });

  it('finds what was erased before its time', async () => {
    const year = new Story()
      .acts(5)
      .pass(300 * DAY_MS)
      .expired(fourth);
    expect(await told(year, 'retention', [4])).toEqual(['not-checked', 1, 4, 'erased-early']);
    // The legal basis went with the rest: the shortest time of the settings is all that can be asked for.
    expect(
      await told(
        new Story()
          .acts(5)
          .pass(366 * DAY_MS)
          .expired(fourth),
        'retention',
        [4],
      ),
    ).toEqual(holds);
  });

  it('lets a hold keep records, by place and by person, while it lasts', async () => {
    const id = idFromBytes<ObjectId>(new Uint8Array(16).fill(9));
    const held = (target: Extract<AuditOrder, { verb: 'hold' }>['target'], untilMs: number) => {
      const story = new Story().acts(5).pass(3 * 365 * DAY_MS);
      return story.order({ verb: 'hold', target, untilMs, ...terms }, 'audit.hold.approve', id).pass(4 * DAY_MS);
    };
    const ranges = { shard: '2026h2', records: [{ first: 0, last: 4 }] };
    const long = Date.UTC(2035, 0, 1);
    expect(await told(held(ranges, long).acts(1), 'retention')).toEqual(holds);
    expect(await told(held({ ...ranges, records: fourth }, long).acts(1), 'retention')).toEqual([
      ...['not-checked', 4, 0, 'kept-too-long'],
    ]);
    expect(await told(held(ranges, Date.UTC(2029, 0, 1)).acts(1), 'retention')).toEqual([
      'not-checked',
      5,
      0,
      'kept-too-long',
    ]);
    const lifted = held(ranges, long).order({ verb: 'lift', hold: id, ...terms }, 'audit.hold.approve');
    expect(await told(lifted.pass(3 * DAY_MS).acts(1), 'retention')).toEqual(['not-checked', 5, 0, 'kept-too-long']);
    const broken = held(ranges, long).expired(fourth);
    expect(await told(broken, 'retention', [4])).toEqual(['not-checked', 1, 4, 'erased-early']);
  });
});

describe('epochs', () => {
  it('are numbered without a gap, and an hour apart at most', async () => {
    const story = new Story()
      .acts(2)
      .epoch(1, 2)
      .acts(3)
      .pass(HOUR_MS)
      .acts(1)
      .epoch(2, 6)
      .pass(9 * HOUR_MS);
    expect(await told(story, 'epochs')).toEqual(holds);
    // Nothing came for nine hours; then the server has as long as it needs to count.
    expect(await told(story.acts(2), 'epochs')).toEqual(holds);
    expect(
      await told(
        story
          .pass(14 * 60_000)
          .acts(1)
          .epoch(3, 9),
        'epochs',
      ),
    ).toEqual(holds);
    expect(await told(story.epoch(5, 10), 'epochs')).toEqual(['not-checked', 1, 12, 'epoch-gap']);
  });

  it('whose time is over are counted by their leaves', async () => {
    const three = new Story().epoch(1, 0).pass(HOUR_MS).acts(1).epoch(2, 2).pass(HOUR_MS).acts(1).epoch(3, 4);
    expect(await told(three, 'epochs', [0])).toEqual(holds);
    expect(await told(three, 'epochs', [0, 2])).toEqual(holds);
    expect(await told(three, 'epochs', [2])).toEqual(holds);
    // One that is not open stands for one number, and only for what comes after it.
    expect(await told(three.epoch(6, 5), 'epochs', [2])).toEqual(['not-checked', 1, 5, 'epoch-gap']);
    const behind = new Story().epoch(2, 0).epoch(3, 1);
    expect(await told(behind, 'epochs', [1])).toEqual(['not-checked', 1, 0, 'epoch-gap']);
  });

  it('that are missing while records come are found', async () => {
    const late = new Story()
      .acts(1)
      .epoch(1, 1)
      .acts(1)
      .pass(HOUR_MS)
      .acts(1)
      .pass(16 * 60_000)
      .acts(3)
      .epoch(2, 6);
    expect(await told(late, 'epochs')).toEqual(['not-checked', 1, 4, 'epoch-late']);
    const none = new Story()
      .acts(1)
      .pass(16 * 60_000)
      .acts(1);
    expect(await told(none, 'epochs')).toEqual(['not-checked', 1, 1, 'epoch-late']);
    expect(await told(new Story().acts(1), 'epochs')).toEqual(['not-checked', 0, undefined, 'none-open']);
    expect(limits.epochMs).toBe(HOUR_MS);
  });

  it('of a part of a log begin where the part does', async () => {
    const story = new Story().acts(2).epoch(1, 2).acts(3).epoch(2, 5).acts(1);
    expect(await told(story, 'epochs', [], 3)).toEqual(holds);
    expect(await told(new Story().epoch(2, 0), 'epochs')).toEqual(['not-checked', 1, 0, 'epoch-gap']);
  });

  it('that contradict the log or each other fail', async () => {
    const fails = (index: number, code = 'epoch-contradicts') => ['fails', 0, index, code];
    expect(await told(new Story().acts(2).epoch(1, 3), 'epochs')).toEqual(fails(2));
    expect(await told(new Story().acts(2).epoch(1, 2).epoch(2, 1), 'epochs')).toEqual(fails(3));
    expect(await told(new Story().acts(2).epoch(1, 2).epoch(1, 2), 'epochs')).toEqual([
      'fails',
      1,
      3,
      'epoch-contradicts',
    ]);
    expect(await told(new Story().acts(2).epoch(1, 2, { detail: 'all' }), 'epochs')).toEqual(fails(2, 'codec/epoch'));
  });
});
