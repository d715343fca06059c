/**
 * E1: the server killed at random moments under load loses nothing that it acknowledged.
 * Eight writers, three subscribers and an upload; after each kill the next life starts on what the last one left. At the end
 * the ledger that the clients kept is compared with the verified log, the rows with each other, and the audit log with its
 * earlier heads. 5 kills by name, 100 with `--long`; `ROGATORY_E1_KILLS` and
 * `ROGATORY_E1_SEED` choose others.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AuditReport,
  BytesTarget,
  type Client,
  type OpenCase,
  rootOf,
  serverLogSource,
  verifyAuditLog,
} from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { legalBases } from '@rogatory/protocol';
import { parseVerifierKey } from '@rogatory/tlog';
import { type Aftermath, aftermathOf } from '../fault/aftermath.js';
import { type CrashRun, crashRun } from '../fault/crash-run.js';
import { sha256 } from '../fault/load.js';
import { onEachEngine } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { World } from '../world/world.js';
import { isLong, report } from './report.js';

const kills = Number(process.env['ROGATORY_E1_KILLS'] ?? (isLong ? 100 : 5));
const seed = Number(process.env['ROGATORY_E1_SEED'] ?? 20_261_123);
/** What is looked at afterwards grows with the run. */
const lookMs = 60_000 + kills * 6_000;
const justification = { legalBasis: legalBases.oversight, instrument: 'E1', text: 'after the kills' };

onEachEngine('E1, F01, T20: killed at random moments', (database) => {
  let world: World;
  let run: CrashRun;
  let reader: Client;
  let read: OpenCase;
  let audit: AuditReport;
  let aftermath: Aftermath;

  beforeAll(
    async () => {
      world = await World.start(await database());
      run = await crashRun(world, { kills, seed });
      reader = await world.client('judge-xb');
      read = await reader.cases.open(run.open.caseId);
      audit = await auditOf(await world.client('auditor-xa'), run.checkpoints);
    },
    120_000 + kills * 40_000,
  );
  afterAll(() => world.stop());

  const textsOf = (): string[] =>
    read.compartments.flatMap((compartment) => reader.messages.list(compartment).map(({ text }) => text));

  it('the run was under load', () => {
    expect(run.readyMs).toHaveLength(kills + 1);
    expect(run.ledger.messages.length).toBeGreaterThan(kills * 5);
    expect(run.ledger.watched.map(({ resumptions }) => resumptions >= kills)).toEqual([true, true, true]);
    expect(run.ledger.interruptedUploads).toBeGreaterThan(0);
  });

  it('every acknowledged message is in the log that a device verifies from its beginning, once; no other is there that nobody tried', () => {
    const texts = textsOf();
    const found = new Set(texts);
    expect(run.ledger.messages.filter((text) => !found.has(text))).toEqual([]);
    expect(texts.length).toBe(found.size);
    expect(texts.filter((text) => !run.ledger.attempts.has(text))).toEqual([]);
    expect(read.compartments.flatMap((compartment) => reader.messages.sealed(compartment))).toEqual([]);
  });

  it(
    'every acknowledged document can be fetched, byte for byte, and none is there twice',
    async () => {
      const root = read.compartment(rootOf(read.caseId));
      for (const { objectId, name, sha256: wanted } of run.ledger.documents) {
        const document = reader.documents.find(root, objectId);
        const target = new BytesTarget();
        await reader.documents.download(root, document, target, { justification });
        expect([document.manifest.name, target.bytes && sha256(target.bytes)]).toEqual([name, wanted]);
      }
      const names = reader.documents.list(root).map(({ manifest }) => manifest.name);
      expect(names.length).toBe(new Set(names).size);
    },
    lookMs,
  );

  it(
    'each device has the proof of every promise that the server ever made to it',
    async () => {
      for (const [profile, client] of run.clients) {
        for (let waiting = 1, endMs = Date.now() + limits.receiptDeadlineMs; waiting > 0 && Date.now() < endMs; ) {
          const receipts = await client.audit.receipts();
          expect([profile, receipts.overdue]).toEqual([profile, []]);
          waiting = receipts.waiting;
        }
        expect([profile, client.concerns]).toEqual([profile, []]);
      }
    },
    lookMs,
  );

  it('the audit log verifies offline and extends every head that it ever signed', () => {
    expect(audit.claims.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    expect(audit.claims.find(({ claim }) => claim === 'earlier-heads')).toMatchObject({
      outcome: 'holds',
      count: kills + 1,
    });
  });

  describe('with the server stopped', () => {
    beforeAll(async () => {
      await world.restart(async () => {
        const root = rootOf(read.caseId);
        aftermath = await asAdministrator(world.configuration, (ask) => aftermathOf(ask, root));
      });
    }, 60_000);

    it('nothing is half done, and every act has exactly one record, every record its act', () => {
      expect(Object.entries(aftermath.found).filter(([, rows]) => rows > 0)).toEqual([]);
      for (const event of ['msg.send', 'doc.add', 'case.create']) {
        expect([event, audit.events.get(event)]).toEqual([event, aftermath.recordsOf.get(event)]);
      }
    });

    it('subscribers were pushed the stored entries in order, with no gap and no duplicate, through all kills', () => {
      for (const { from, hashes, faults } of run.ledger.watched) {
        expect(faults).toEqual([]);
        expect(hashes.length).toBeGreaterThan(kills);
        expect(hashes).toEqual(aftermath.entryHashes.slice(from, from + hashes.length));
      }
    });

    it('reports', () => {
      const ready = run.readyMs.slice(1).sort((a, b) => a - b);
      const items = read.compartments.flatMap(({ replica }) => replica.items).length;
      expect(aftermath.items).toBe(items);
      report(`killed at random moments, ${world.configuration.database.kind}, seed ${seed}`, {
        kills,
        'messages acknowledged': run.ledger.messages.length,
        'acknowledged and lost': run.ledger.messages.filter((text) => !new Set(textsOf()).has(text)).length,
        'done without an answer': textsOf().length - run.ledger.messages.length,
        'documents acknowledged': run.ledger.documents.length,
        'uploads interrupted and taken up again': run.ledger.interruptedUploads,
        'events to three subscribers': run.ledger.watched.map(({ hashes }) => hashes.length).join(', '),
        'gaps and duplicates': run.ledger.watched.flatMap(({ faults }) => faults).length,
        'half states': Object.values(aftermath.found).reduce((sum, rows) => sum + rows, 0),
        'audit records, all in the verified log': audit.size,
        'ready again, ms (median, worst)': `${ready[Math.floor(ready.length / 2)]}, ${ready.at(-1)}`,
      });
    });
  });
});

async function auditOf(auditor: Client, earlier: readonly Uint8Array[]): Promise<AuditReport> {
  const { auditOrigin: origin, logKeys, promiseKey } = await auditor.server();
  const prefix = `audit/log/${origin.slice(origin.lastIndexOf('/') + 1)}`;
  const source = serverLogSource(auditor.gateway.transport, prefix, () => auditor.gateway.accessToken());
  const trust = { origin, logKeys: logKeys.map(parseVerifierKey), promiseKey };
  return verifyAuditLog({ source, ...trust, earlier, nowMs: Date.now() });
}
