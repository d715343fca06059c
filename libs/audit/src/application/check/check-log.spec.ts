import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AuthorityId, CaseId } from '@rogatory/kernel';
import { eachEngine } from '@rogatory/platform-database/testing';
import { allowedEntry, nothingConcerned } from '../../domain/audit-entry.js';
import {
  openTestingAudit,
  type TestingAudit,
  TestingClock,
  TestingDevice,
  testingRandom,
  testingSource,
} from '../../testing.js';
import { tamper, testingMigrations } from '../../testing/tampering.js';
import { logFindings } from './log-finding.js';

const RECORDS = 520;
/** Of the last tile alone, where little has to be read. */
const END = { records: 1 };

eachEngine('the check of a stored log', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  const device = new TestingDevice(71, clock, { authority: 'fa'.repeat(16) as AuthorityId });
  const caseId = 'ce'.repeat(32) as CaseId;
  let testing: TestingAudit;
  let origin: string;

  beforeAll(async () => {
    testing = await openTestingAudit(at.database(), clock, testingRandom(72));
    origin = testing.origin;
    for (let done = 0; done < RECORDS; done += 130) {
      const entries = Array.from({ length: 130 }, () => {
        const facts = { who: device.who, source: testingSource, what: { ...nothingConcerned, caseId } };
        return allowedEntry(device.act('case.open', { caseId }), facts);
      });
      await at.database().write(device.principal, (writer) => testing.audit.recorder.recordMany(writer, entries));
    }
    while ((await testing.audit.worker.tick()) < RECORDS);
  });
  afterAll(() => testing.close());

  const idAt = (index: number) =>
    at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryOne('SELECT id::text AS id FROM audit_event WHERE seq = $1', [index], (row) =>
          row.text('id').replaceAll('-', ''),
        ),
      );

  /** What the check finds while the rows are changed. */
  async function foundIn(change: string, undo: string, tail?: { readonly records: number }) {
    await tamper(at.database(), change);
    try {
      const { findings, findingCount } = await testing.audit.check.run(tail === undefined ? {} : { tail });
      expect(findingCount).toBe(findings.length);
      return findings;
    } finally {
      await tamper(at.database(), undo);
    }
  }

  const flip = (column: string, place: number) => `set_byte(${column}, ${place}, get_byte(${column}, ${place}) # 1)`;
  const tile = (level: number, idx: number, place: number) =>
    `UPDATE tlog_tile SET data = ${flip('data', place)} WHERE origin = '${origin}' AND level = ${level} AND idx = ${idx}`;

  it('finds nothing in a whole log, nor at its end, and tells how far it looked', async () => {
    const whole = await testing.audit.check.run();
    expect(whole).toMatchObject({ origin, first: 0, findings: [], findingCount: 0 });
    expect(whole.size).toBeGreaterThanOrEqual(RECORDS);
    const end = await testing.audit.check.run({ tail: END });
    expect(end).toMatchObject({ first: 512, findings: [] });
    const since = await testing.audit.check.run({ tail: { ...END, since: 300 } });
    expect(since).toMatchObject({ first: 256, findings: [] });
  });

  it('T07: names each column that differs from leaf or groups, with index and record', async () => {
    const changes: readonly (readonly [string, string])[] = [
      ['t', 't + 1'],
      ['ev', `'case.list'`],
      ['cls', `'admin'`],
      ['out', `'denied'`],
      ['ms', `'NL'`],
      ['actor_person', `'${'00'.repeat(16)}'`],
      ['actor_authority', 'NULL'],
      ['owner_authority', `'${'11'.repeat(16)}'`],
      ['case_id', 'NULL'],
      ['compartment_id', `decode('${'22'.repeat(32)}', 'hex')`],
      ['object_id', `'${'33'.repeat(16)}'`],
      ['legal_basis', '2'],
      ['act_counter', '999999'],
    ];
    const recordId = await idAt(515);
    for (const [column, value] of changes) {
      await tamper(at.database(), `CREATE TABLE kept_row AS SELECT * FROM audit_event WHERE seq = 515`);
      const found = await foundIn(
        `UPDATE audit_event SET "${column}" = ${value} WHERE seq = 515`,
        `UPDATE audit_event e SET "${column}" = k."${column}" FROM kept_row k WHERE e.id = k.id`,
        END,
      );
      await tamper(at.database(), 'DROP TABLE kept_row');
      expect(found).toEqual([{ code: logFindings.projectionMismatch, index: 515, recordId, column }]);
    }
  });

  it('T01, T09: tells a changed leaf from a changed tile, and goes on behind it', async () => {
    const [first, last] = [await idAt(300), await idAt(518)];
    const leaf = `UPDATE audit_event SET leaf = ${flip('leaf', 40)} WHERE seq IN (300, 518)`;
    const found = await foundIn(leaf, leaf);
    expect(found.filter(({ code }) => code === logFindings.leafMismatch)).toEqual([
      { code: logFindings.leafMismatch, index: 300, recordId: first },
      { code: logFindings.leafMismatch, index: 518, recordId: last },
    ]);
    expect(found.map(({ code }) => code)).not.toContain(logFindings.tileMismatch);
    expect(found.map(({ code }) => code)).not.toContain(logFindings.headMismatch);

    expect(await foundIn(tile(0, 1, 32 * 9), tile(0, 1, 32 * 9))).toEqual([
      { code: logFindings.tileMismatch, index: 265, tile: 'tile/0/001' },
    ]);
    expect(await foundIn(tile(1, 0, 32), tile(1, 0, 32))).toEqual([
      { code: logFindings.tileMismatch, index: 256, end: 512, tile: 'tile/1/000.p/2' },
    ]);
  });

  it('T03: names records that are gone, tiles that are gone, and what stands behind the head', async () => {
    const gone = await foundIn(
      'UPDATE audit_event SET seq = seq + 5000 WHERE seq = 17',
      'UPDATE audit_event SET seq = seq - 5000 WHERE seq = 5017',
    );
    expect(gone).toEqual([
      { code: logFindings.recordBeyondHead, index: 5017, recordId: expect.stringMatching(/^[0-9a-f]{32}$/) },
      { code: logFindings.recordMissing, index: 17 },
    ]);
    const tileGone = await foundIn(
      `UPDATE tlog_tile SET origin = 'elsewhere' WHERE origin = '${origin}' AND level = 0 AND idx = 0`,
      `UPDATE tlog_tile SET origin = '${origin}' WHERE origin = 'elsewhere'`,
    );
    expect(tileGone).toEqual([{ code: logFindings.tileMissing, tile: 'tile/0/000' }]);
  });

  it('holds the head of the database against the tree, the checkpoints and the head of the signer', async () => {
    const head = `UPDATE tlog_head SET root = ${flip('root', 3)} WHERE origin = '${origin}'`;
    expect(await foundIn(head, head)).toEqual([{ code: logFindings.headMismatch, size: RECORDS }]);
    const note = `UPDATE tlog_checkpoint SET note = ${flip('note', 3)} WHERE origin = '${origin}' AND size = ${RECORDS}`;
    const refused = await foundIn(note, note);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set([logFindings.checkpointRefused]));
    expect(refused[0]?.size).toBe(RECORDS);
    const shorter = await foundIn(
      `UPDATE tlog_head SET size = size - 1 WHERE origin = '${origin}'`,
      `UPDATE tlog_head SET size = size + 1 WHERE origin = '${origin}'`,
    );
    expect(shorter).toContainEqual({ code: logFindings.logTruncated, index: RECORDS - 1, end: RECORDS });
  });

  it('T12: finds a rewritten record behind a tree that was made to fit it, by the heads that were signed', async () => {
    // The leaf's hash is put into the tile as well: only the tile above, or a head, can tell.
    const fits = `UPDATE tlog_tile SET data = overlay(data placing sha256(decode('00', 'hex') ||
      (SELECT leaf FROM audit_event WHERE seq = 3)) from ${3 * 32 + 1}) WHERE origin = '${origin}' AND level = 0 AND idx = 0`;
    const leaf = `UPDATE audit_event SET leaf = ${flip('leaf', 40)} WHERE seq = 3`;
    await tamper(at.database(), leaf);
    const found = await foundIn(fits, leaf);
    await tamper(at.database(), fits);
    expect(found).toContainEqual({ code: logFindings.subtreeMismatch, index: 0, end: 256, tile: 'tile/1/000.p/2' });
    expect(found).toContainEqual({ code: logFindings.checkpointMismatch, size: RECORDS });
    expect((await testing.audit.check.run()).findings).toEqual([]);
  });

  it('T08, T25: names openings that were changed, swapped, dropped or added', async () => {
    const recordId = await idAt(514);
    const own = `(SELECT id FROM audit_event WHERE seq = 514)`;
    const altered = `UPDATE audit_opening SET who = ${flip('who', 60)} WHERE event_id = ${own}`;
    expect(await foundIn(altered, altered, END)).toEqual([
      { code: logFindings.openingMismatch, index: 514, recordId, group: 'who' },
    ]);
    await tamper(at.database(), `CREATE TABLE kept_opening AS SELECT * FROM audit_opening WHERE event_id = ${own}`);
    const undo = `UPDATE audit_opening o SET what = k.what, why = k.why FROM kept_opening k WHERE o.event_id = k.event_id`;
    const swapped = `UPDATE audit_opening SET what = (SELECT what FROM audit_opening
      WHERE event_id = (SELECT id FROM audit_event WHERE seq = 513)) WHERE event_id = ${own}`;
    expect(await foundIn(swapped, undo, END)).toEqual([
      { code: logFindings.openingMismatch, index: 514, recordId, group: 'what' },
    ]);
    const dropped = `UPDATE audit_opening SET what = NULL WHERE event_id = ${own}`;
    expect(await foundIn(dropped, undo, END)).toEqual([
      { code: logFindings.openingMissing, index: 514, recordId, group: 'what' },
    ]);
    const added = `UPDATE audit_opening SET why = who WHERE event_id = ${own}`;
    expect(await foundIn(added, undo, END)).toEqual([
      { code: logFindings.openingSurplus, index: 514, recordId, group: 'why' },
    ]);
  });

  it('counts what it does not keep', async () => {
    const all = `UPDATE audit_event SET ms = 'XX', ev = 'case.list' WHERE seq >= 0`;
    await tamper(at.database(), all);
    const report = await testing.audit.check.run();
    expect(report.findingCount).toBe(2 * RECORDS);
    expect(report.findings).toHaveLength(1_000);
    await tamper(at.database(), `UPDATE audit_event SET ms = 'FR', ev = 'case.open' WHERE seq >= 0`);
  });

  it('stops when it is told to, and changes nothing whatever it found', async () => {
    const reason = new Error('stopped');
    await expect(testing.audit.check.run({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await testing.audit.check.run()).findings).toEqual([]);
  });
});
