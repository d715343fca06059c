import { type Clock, newActId, type RandomBytes, toHex } from '@rogatory/kernel';
import { type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import { applyEntry } from '@rogatory/pki';
import { auditObjectKinds, decodeDirectoryBundle, decodeDirectoryEntry } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import type { Database, JobPrincipal, Writer } from '@rogatory/platform-database';
import { demandRealAuthority } from '../domain/demo-identities.js';
import { newEntry } from './append-directory.js';
import { cardHashesOf, namedCards } from './cards.js';
import type { DirectoryStore, NewEntry } from './directory.store.js';
import type { DirectoryReplica } from './directory-replica.js';

export interface ImportBundleParts {
  readonly database: Pick<Database, 'write' | 'read'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly store: DirectoryStore;
  readonly replica: Pick<DirectoryReplica, 'extended' | 'adopt' | 'refresh'>;
  readonly clock: Clock;
  /** Whether identities of a demonstration may come in. */
  readonly admitsDemo: boolean;
  readonly random: RandomBytes;
}

const principal: JobPrincipal = { kind: 'job', job: 'directory-import' };

/**
 * Takes a ceremony's bundle in before the server serves anybody: what the log holds already is passed over, everything
 * else must hold by itself. All or none.
 */
export class ImportBundle {
  readonly #parts: ImportBundleParts;

  constructor(parts: ImportBundleParts) {
    this.#parts = parts;
  }

  /**
   * Answers the number of entries that were new; a bundle without any changes and records nothing.
   * @throws CodecError; VerificationError `directory/…`; RefusedError `directory/stray-card`,
   * `directory/demo-identities`; whatever the database throws.
   */
  async run(bundleBytes: Uint8Array): Promise<number> {
    const { entries, cards } = decodeDirectoryBundle(bundleBytes);
    const { database, store } = this.#parts;
    const hashes = entries.map(leafHash);
    const known = await database.read(principal, (reader) => store.findKnown(reader, hashes));
    if (known.length === new Set(hashes.map(toHex)).size) {
      await this.#parts.replica.refresh();
      return 0;
    }
    return database.write(principal, (writer) => this.#import(writer, entries, cards));
  }

  async #import(writer: Writer, entries: readonly Uint8Array[], cards: readonly Uint8Array[]): Promise<number> {
    const { store, replica, recorder, clock, random, admitsDemo } = this.#parts;
    const [receivedAtMs, actId] = [clock.nowMs(), newActId(clock, random)];
    await store.lock(writer);
    const before = await replica.extended(writer);
    const known = new Set((await store.findKnown(writer, entries.map(leafHash))).map(toHex));
    let { state } = before;
    const rows: NewEntry[] = [];
    for (const bytes of entries) {
      if (known.has(toHex(leafHash(bytes)))) continue;
      const entry = decodeDirectoryEntry(bytes);
      demandRealAuthority(entry, admitsDemo);
      state = applyEntry(state, bytes, receivedAtMs);
      rows.push(newEntry(state.size - 1, bytes, entry, receivedAtMs));
    }
    const { view } = state;
    const persons = view.authorities().flatMap(({ authorityId }) => view.personsOf(authorityId));
    const named = [...cardHashesOf(persons), ...rows.flatMap(({ cardHash }) => cardHash ?? [])];
    await store.add(writer, rows, actId);
    await store.addCards(writer, namedCards(cards, named));
    await recorder.record(writer, {
      ...{ id: actId, event: 'directory.import', outcome: 'allowed', reasonCode: 'ok', who: systemActor },
      what: {
        ...nothingConcerned,
        objectKind: auditObjectKinds.directoryEntry,
        count: rows.length,
        bytes: rows.reduce((sum, { bytes }) => sum + bytes.length, 0),
        detail: `size=${state.size}`,
      },
    });
    const added = [...before.added, ...rows.map(({ bytes }) => bytes)];
    writer.afterCommit(() => replica.adopt({ state, added }));
    return rows.length;
  }
}
