import { join } from 'node:path';
import { type Clock, newActId, type RandomBytes } from '@rogatory/kernel';
import { type AuditLeaf, decodeAuditLeaf } from '@rogatory/protocol';
import { openCheckpoint, parseCheckpointText, parseNote, verifyLog } from '@rogatory/tlog';
import type { AuditRecorder as DatabaseRecorder, Database } from '@rogatory/platform-database';
import { AuditRecorder } from '../application/audit-recorder.js';
import { CheckpointPublisher } from '../application/log/checkpoint-publisher.js';
import { Sequencer } from '../application/log/sequencer.js';
import { LogReader } from '../application/log/log-reader.js';
import { logReaderPrincipal } from '../application/log/transparency-log.js';
import { MonthKeys } from '../application/month-keys.js';
import { nothingConcerned, systemActor } from '../domain/audit-entry.js';
import { openFolderSigner } from '../folder-signer.js';
import { auditLogOf } from '../log-check.js';
import { FolderMonthKeys } from '../storage/folder-month-keys.js';
import { SqlAuditRecordStore } from '../storage/sql-audit-record.store.js';
import { SqlMonthKeyStore } from '../storage/sql-month-key.store.js';
import { settleLogs, type StoredLogs, storedLogs, type TurnOptions } from '../turn/open-turn.js';
import type { TurnStep } from '../turn/log-turn.js';
import { quorumOf, TestingWitness } from './witnesses.js';

export interface TurnRigParts {
  readonly database: Database;
  readonly databaseRecorder: DatabaseRecorder;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly folder: string;
}

const place = 'test.invalid/audit/log';

/** The audit logs of a server that turn, and three witnesses of which two have to cosign. */
export class TurnRig {
  /** Shards that the witnesses were told of. */
  readonly followed = new Set<string>();
  readonly #parts: TurnRigParts;
  readonly #witnesses = new Map<string, TestingWitness>();
  readonly #faces = ['fr', 'de', 'nl'].map((name, i) => new TestingWitness(name, i + 1, []));

  constructor(parts: TurnRigParts) {
    this.#parts = parts;
  }

  async logs(): Promise<StoredLogs> {
    const { database, clock } = this.#parts;
    return storedLogs(database, place, clock.nowMs());
  }

  async shard(): Promise<string> {
    return (await this.logs()).origin.slice(place.length + 1);
  }

  settle(options: { readonly isCommanded?: boolean; readonly onStep?: (step: TurnStep) => void } = {}) {
    return settleLogs(
      { ...this.#turnOptions(), ...(options.onStep && { onStep: options.onStep }) },
      options.isCommanded,
    );
  }

  /** Records in a log as a server does that has it open; answers the ids. */
  async record(shard: string, count = 1, aheadMs = 0): Promise<readonly string[]> {
    const { database, databaseRecorder, clock, random, folder } = this.#parts;
    const keys = new MonthKeys(database, new SqlMonthKeyStore(), new FolderMonthKeys(folder, random), random);
    await keys.prepare(clock.nowMs());
    const store = new SqlAuditRecordStore(shard);
    const recorder = new AuditRecorder({ store, monthKeys: keys, databaseRecorder, clock, random, shard });
    const ahead = { nowMs: () => clock.nowMs() + aheadMs, monotonicMs: () => clock.monotonicMs() };
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const id = newActId(ahead, random);
      await database.write({ kind: 'job', job: 'audit-test' }, (writer) =>
        recorder.record(writer, {
          ...{ id, event: 'system.job', outcome: 'allowed', reasonCode: 'ok' },
          ...{ who: systemActor, what: nothingConcerned },
        }),
      );
      ids.push(id);
    }
    return ids;
  }

  /** As the worker of a server does: at most so many batches of all that waits. */
  async number(shard: string, batches = Number.POSITIVE_INFINITY): Promise<void> {
    const { database, clock } = this.#parts;
    const log = auditLogOf(`${place}/${shard}`);
    const sequencer = new Sequencer(database, log);
    for (let batch = 0; batch < batches && (await sequencer.runBatch()).leaves > 0; batch++);
    await new CheckpointPublisher(database, log, await this.#openSigner([log.origin]), clock).publish();
  }

  /** Leaves in the order of their indices. */
  async leaves(shard: string): Promise<readonly AuditLeaf[]> {
    const { leaves } = auditLogOf(`${place}/${shard}`);
    const bytes = await this.#parts.database.read(logReaderPrincipal, (reader) => leaves.read(reader, 0, 10_000));
    return bytes.map(decodeAuditLeaf);
  }

  /** How many records of all logs have no index. */
  async pending(): Promise<number> {
    const { database } = this.#parts;
    const count = await database.read(logReaderPrincipal, (reader) =>
      reader.queryOne('SELECT count(*) AS n FROM audit_event WHERE seq IS NULL', [], (row) => row.integer('n')),
    );
    return count ?? 0;
  }

  /** Verifies a log as it is shown, from its bytes to the quorum's head. */
  async verify(shard: string) {
    const origin = `${place}/${shard}`;
    const reader = new LogReader(this.#parts.database, auditLogOf(origin), true);
    const checkpoint = await reader.published();
    if (checkpoint === undefined) throw new Error('no quorum spoke');
    const logKeys = (await this.#openSigner([origin])).keys(origin);
    const tiles = { readTile: (path: string) => reader.file(path) };
    return verifyLog({
      ...{ tiles, checkpoint: checkpoint.note, earlier: [] },
      open: (note) =>
        openCheckpoint(note, { origin, logKeys, witnessKeys: this.#faces.map(({ witness }) => witness.key) }),
    });
  }

  #openSigner(origins: readonly string[]) {
    const { folder, random } = this.#parts;
    return openFolderSigner({ folder: join(folder, 'signer'), origins, random });
  }

  #turnOptions(): TurnOptions {
    const { database, databaseRecorder, clock, random, folder } = this.#parts;
    const options = { database, databaseRecorder, clock, random, secretsFolder: folder, place };
    const witnesses = {
      policy: quorumOf(2, this.#faces),
      clientOf: ({ name }: { readonly name: string }) => ({
        addCheckpoint: async (request: Parameters<TestingWitness['addCheckpoint']>[0]) => {
          const { origin } = parseCheckpointText(parseNote(request.checkpoint).text);
          if (!this.followed.has(origin.slice(place.length + 1))) return { kind: 'refused', status: 404 } as const;
          return (await this.#witness(name, origin)).addCheckpoint(request);
        },
      }),
      onChange: () => undefined,
    };
    return { ...options, witnesses, openSigner: (origins) => this.#openSigner(origins) };
  }

  /** What a witness holds of one log. */
  async #witness(name: string, origin: string): Promise<TestingWitness> {
    const known = this.#witnesses.get(`${name} ${origin}`);
    if (known !== undefined) return known;
    const seed = this.#faces.findIndex(({ witness }) => witness.name === name) + 1;
    const made = new TestingWitness(name, seed, (await this.#openSigner([origin])).keys(origin));
    this.#witnesses.set(`${name} ${origin}`, made);
    return made;
  }
}
