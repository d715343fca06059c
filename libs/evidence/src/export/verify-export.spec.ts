import { describe, expect, it } from '@jest/globals';
import { fromBase64, parseUtf8, toBase64, utf8 } from '@rogatory/kernel';
import { seededRandom } from '@rogatory/pki/testing';
import type { AuditClaim, ClaimVerdict } from '../log/claims.js';
import { joined, TestLog } from '../testing/test-log.js';
import { documentOf, TestRecords } from '../testing/test-records.js';
import { type ExportReport, type ExportVerification, verifyExport } from './verify-export.js';

const random = seededRandom(77);
const records = new TestRecords(random);
const scope = records.authorities;
const log = new TestLog(random);
const recipient = () => ({
  authorityId: scope[0] as (typeof scope)[number],
  personId: '1'.repeat(32) as never,
  deviceId: records.device(0) as NonNullable<ReturnType<typeof records.device>>,
});
await log.append(Array.from({ length: 100 }, (_, i) => records.act({ device: i % 3 })));
await log.append([records.act({ ev: 'doc.read', what: documentOf(random) })]);
await log.append([records.system('doc.delivered', { recipients: [recipient()] })]);
await log.append(Array.from({ length: 500 }, (_, i) => records.act({ device: i % 3 })));
const size = log.records.length;
const trust = { origin: log.origin, logKeys: [log.logKey], nowMs: Date.UTC(2026, 10, 24), devices: records.keys };

function verified(lines: readonly Uint8Array[], more: Partial<ExportVerification> = {}): Promise<ExportReport> {
  return verifyExport({ ...trust, chunks: [joined(lines)], ...more });
}

function claimOf(report: ExportReport, claim: AuditClaim): ClaimVerdict | undefined {
  return report.claims.find((told) => told.claim === claim);
}

function edited(lines: readonly Uint8Array[], at: number, edit: (text: string) => string): Uint8Array[] {
  return lines.map((line, i) => (i === at ? utf8(edit(parseUtf8(line))) : line));
}

const whole = await log.exportLines({ scope });

describe('an export verified from its lines', () => {
  it('holds in every claim when it is whole, in chunks of any size', async () => {
    const bytes = joined(whole);
    const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 70_001), bytes.subarray(70_001)];
    const report = await verified(whole, { chunks, earlier: log.heads });
    expect(report).toMatchObject({ isSound: true, first: 0, end: size, size, scope });
    const outcomes = Object.fromEntries(report.claims.map(({ claim, outcome }) => [claim, outcome]));
    expect(outcomes).toEqual({
      checkpoint: 'holds',
      witnesses: 'not-checked',
      tree: 'holds',
      'earlier-heads': 'holds',
      leaves: 'holds',
      order: 'holds',
      receipts: 'not-checked',
      openings: 'holds',
      devices: 'holds',
      counters: 'holds',
      pairing: 'holds',
      erasures: 'holds',
      retention: 'not-checked',
      epochs: 'not-checked',
    });
    expect(claimOf(report, 'earlier-heads')).toMatchObject({ count: log.heads.length });
  });

  it('holds for every range, with hashes in place of what lies beside it', async () => {
    for (const [first, end] of [
      [0, 0],
      [0, 1],
      [1, 2],
      [255, 257],
      [256, 512],
      [37, size],
      [size, size],
    ] as const) {
      const report = await verified(await log.exportLines({ first, end, scope }));
      expect([first, end, claimOf(report, 'tree')?.outcome]).toEqual([first, end, 'holds']);
      expect(report).toMatchObject({ isSound: true, first, end });
    }
  });

  it('keeps to leaves where records are not open', async () => {
    const report = await verified(await log.exportLines({ isOpen: () => false }));
    expect(report.isSound).toBe(true);
    expect(claimOf(report, 'openings')).toMatchObject({ outcome: 'not-checked', code: 'none-open' });
    expect(claimOf(report, 'leaves')).toMatchObject({ outcome: 'holds', count: size });
  });

  it('T24: names the place of every removed, repeated, swapped and invented line', async () => {
    const line = 1 + 123;
    const cases: readonly (readonly [string, Uint8Array[]])[] = [
      ['removed', whole.filter((_, i) => i !== line)],
      ['repeated', whole.toSpliced(line, 0, whole[line - 1] as Uint8Array)],
      ['swapped', whole.toSpliced(line, 2, whole[line + 1] as Uint8Array, whole[line] as Uint8Array)],
    ];
    for (const [name, lines] of cases) {
      const report = await verified(lines);
      expect(report.isSound).toBe(false);
      const told = { outcome: 'fails', firstBadIndex: 123, code: 'evidence/index' };
      expect([name, claimOf(report, 'tree')]).toMatchObject([name, told]);
    }
  });

  it('T24: names the place of a changed leaf, and narrows it down when its hash was changed with it', async () => {
    const other = log.records[200]?.leaf ?? new Uint8Array();
    const swapLeaf = (text: string) => text.replace(/"leaf":"[^"]*"/, `"leaf":"${toBase64(other)}"`);
    const report = await verified(edited(whole, 1 + 300, swapLeaf));
    expect(claimOf(report, 'tree')).toMatchObject({ outcome: 'fails', firstBadIndex: 300, code: 'evidence/leaf-hash' });
    const line = parseUtf8(whole[1 + 200] as Uint8Array).replace('{"i":200,', '{"i":300,');
    const both = await verified(
      edited(whole, 1 + 300, () => line),
      { earlier: log.heads.slice(0, 3) },
    );
    // The head of 102 records fits; the fault lies behind it.
    expect(claimOf(both, 'tree')).toMatchObject({ outcome: 'fails', firstBadIndex: 102, code: 'root-mismatch' });
  });

  it('T24: finds a cut at any line, and what follows the end', async () => {
    for (const kept of [0, 1, 2, 300, whole.length - 1]) {
      const report = await verified(whole.slice(0, kept));
      expect([kept, report.isSound, claimOf(report, 'tree')?.outcome]).toEqual([kept, false, 'fails']);
    }
    const surplus = await verified([...whole, whole[1] as Uint8Array]);
    expect(claimOf(surplus, 'tree')).toMatchObject({ outcome: 'fails', code: 'evidence/surplus' });
    const shorter = edited(whole.toSpliced(-2, 1), whole.length - 2, (text) =>
      text.replace(`"end":${size}`, `"end":${size - 1}`),
    );
    expect(claimOf(await verified(shorter), 'tree')).toMatchObject({ outcome: 'fails', code: 'root-mismatch' });
  });

  it('T24: refuses another key, another origin, and a head that is older than one that the reader holds', async () => {
    const stranger = new TestLog(seededRandom(5));
    const wrongKey = await verified(whole, { logKeys: [stranger.logKey] });
    expect(claimOf(wrongKey, 'checkpoint')).toMatchObject({ outcome: 'fails', code: 'tlog/unknown-signer' });
    expect(wrongKey.isSound).toBe(false);
    expect((await verified(whole, { origin: 'other.test/log' })).isSound).toBe(false);
    const short = new TestLog(seededRandom(9));
    await short.append([records.act()]);
    const before = await short.exportLines();
    await short.append([records.act()]);
    const told = await verifyExport({
      ...trust,
      origin: short.origin,
      logKeys: [short.logKey],
      chunks: before,
      earlier: [short.head],
    });
    expect(claimOf(told, 'earlier-heads')).toMatchObject({ outcome: 'fails', code: 'truncated', firstBadIndex: 1 });
  });

  it('T08: finds openings that were changed or moved to another record', async () => {
    const flip = (text: string) =>
      text.replace(/"what":\["([^"]*)"/, (_, opening: string) => {
        const bytes = fromBase64(opening);
        bytes[3] = (bytes[3] ?? 0) ^ 1;
        return `"what":["${toBase64(bytes)}"`;
      });
    const report = await verified(edited(whole, 1 + 50, flip));
    expect(claimOf(report, 'openings')).toMatchObject({
      outcome: 'fails',
      firstBadIndex: 50,
      code: 'crypto/commitment',
    });
    expect(claimOf(report, 'tree')?.outcome).toBe('holds');
    const opensOf = (i: number) => /"open":.*\}/.exec(parseUtf8(whole[1 + i] as Uint8Array))?.[0] ?? '';
    const moved = await verified(edited(whole, 1 + 60, (text) => text.replace(/"open":.*\}/, opensOf(61))));
    expect(claimOf(moved, 'openings')).toMatchObject({ outcome: 'fails', firstBadIndex: 60 });
  });

  it('T25: calls an opening that is gone a finding, unless an order explains it', async () => {
    const without = (text: string) => text.replace(/"src":\[[^\]]*\],?/, '');
    const lines = edited(whole, 1 + 42, without);
    const report = await verified(lines);
    const told = { outcome: 'not-checked', findings: 1, firstBadIndex: 42, code: 'opening-absent' };
    expect(claimOf(report, 'erasures')).toMatchObject(told);
    const erasures = {
      take: () => undefined,
      isExplained: (index: number, group: string) => index === 42 && group === 'src',
    };
    expect(claimOf(await verified(lines, { erasures }), 'erasures')?.outcome).toBe('holds');
  });
});

describe('acts of devices in an export', () => {
  it('are left unchecked without a directory, and refused under a key that the directory does not have', async () => {
    const { devices: _, ...keyless } = trust;
    const report = await verifyExport({ ...keyless, chunks: whole });
    expect(claimOf(report, 'devices')).toMatchObject({ outcome: 'not-checked', code: 'no-directory' });
    const strangers = new TestRecords(seededRandom(3));
    const unknown = await verified(whole, { devices: strangers.keys });
    expect(claimOf(unknown, 'devices')).toMatchObject({ outcome: 'fails', firstBadIndex: 0, code: 'device-unknown' });
    const other = strangers.keys.signingKey(strangers.device(0) as NonNullable<ReturnType<typeof strangers.device>>);
    const forged = await verified(whole, { devices: { signingKey: () => other } });
    expect(claimOf(forged, 'devices')).toMatchObject({ outcome: 'fails', firstBadIndex: 0, code: 'crypto/signature' });
  });

  it('T02, T05: show a missing one by its number, a forged or copied one by its chain', async () => {
    const made = Array.from({ length: 12 }, () => new TestRecords(seededRandom(1)));
    const [source] = made as [TestRecords];
    const acts = Array.from({ length: 10 }, () => source.act());
    const told = async (list: readonly (typeof acts)[number][]) => {
      const built = await new TestLog(seededRandom(2)).append(list);
      const lines = await built.exportLines({ scope: source.authorities });
      const input = { ...trust, logKeys: [built.logKey], devices: source.keys };
      return claimOf(await verifyExport({ ...input, chunks: lines }), 'counters');
    };
    expect(await told(acts)).toMatchObject({ outcome: 'holds', count: 10 });
    const overtaken = acts.toSpliced(3, 2, acts[4] as (typeof acts)[number], acts[3] as (typeof acts)[number]);
    expect(await told(overtaken)).toMatchObject({ outcome: 'holds' });
    expect(await told(acts.toSpliced(5, 1))).toMatchObject({ findings: 1, firstBadIndex: 5, code: 'counter-gap' });
    const twin = new TestRecords(seededRandom(1));
    twin.pass(60_000);
    const copied = Array.from({ length: 11 }, () => twin.act()).at(-1);
    expect(await told([...acts, copied as (typeof acts)[number]])).toMatchObject({
      outcome: 'fails',
      firstBadIndex: 10,
      code: 'counter-chain',
    });
    expect(await told([...acts, acts[4] as (typeof acts)[number]])).toMatchObject({
      outcome: 'fails',
      code: 'counter-reused',
    });
  });

  it('follow no device of an authority outside of the scope', async () => {
    const lines = await log.exportLines({
      scope: [scope[0] as (typeof scope)[number]],
      isOpen: (i) => (i < 100 ? i % 3 === 0 : i >= 100),
    });
    const report = await verified(lines);
    // Of the second authority every third act alone would be open, and nobody misses the others.
    expect(claimOf(report, 'counters')).toMatchObject({ outcome: 'holds', findings: 0 });
    expect(claimOf(report, 'devices')?.outcome).toBe('holds');
  });

  it('T02: pair a read with its delivery within a quarter of an hour', async () => {
    const source = new TestRecords(seededRandom(21));
    const read = () => source.act({ ev: 'doc.read', what: documentOf(random) });
    const to = { ...recipient(), deviceId: source.device(0) as NonNullable<ReturnType<typeof source.device>> };
    const list = [read(), source.system('doc.delivered', { recipients: [to] }), read()];
    source.pass(16 * 60_000);
    list.push(source.system('doc.delivered', { recipients: [to] }));
    list.push(read());
    const built = await new TestLog(seededRandom(2)).append(list);
    const report = await verifyExport({ ...trust, logKeys: [built.logKey], chunks: await built.exportLines() });
    const told = { count: 3, findings: 1, notDue: 1, firstBadIndex: 2, code: 'read-unpaired' };
    expect(claimOf(report, 'pairing')).toMatchObject(told);
  });
});
