import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { equalBytes, limits, systemRandom } from '@rogatory/kernel';
import { addedBy, recordedLeaves } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { makePrekey, makeRevocation } from '@rogatory/pki';
import { FederationWorld, type WorldAuthority, type WorldDevice } from '@rogatory/pki/testing';
import { LocalBus } from '@rogatory/platform-bus';
import { eachEngine } from '@rogatory/platform-database/testing';
import {
  actSubjects,
  currentSuite,
  encodeDirectoryBundle,
  encodeSignedWitnessRead,
  encodeWitnessRead,
  postKinds,
  revocationActions,
  revocationReasons,
  revocationTargets,
  signaturePurposes,
} from '@rogatory/protocol';
import { decodeEntryBundle, keyTypes, verifierKey } from '@rogatory/tlog';
import type { StoredEntry } from './application/directory.store.js';
import { DirectoryReplica } from './application/directory-replica.js';
import { ReadForReplay } from './application/read-for-replay.js';
import { SqlUsedNonces } from './storage/sql-used-nonces.js';
import { WitnessRequests } from './application/witness-requests.js';
import { directoryMigrations } from './storage/directory-migrations.js';
import { SqlDirectoryStore } from './storage/sql-directory.store.js';
import { ActingDevice, clockOf, openTestingDirectory, type TestingDirectory } from './testing.js';

const job = { kind: 'job', job: 'audit-test' } as const;
const HOUR_MS = 3_600_000;
const WITNESS = SigningKey.generate(systemRandom);

eachEngine('directory', { migrations: [...auditMigrations, ...directoryMigrations] }, (at) => {
  const world = new FederationWorld(41);
  const body = world.oversightBody('AA');
  const [office, other] = [world.authority(body), world.authority(body)];
  const member = (authority: WorldAuthority, postKind: 1 | 2 | 3 | 4 | 5 = postKinds.prosecutor): WorldDevice =>
    world.device(world.person(authority, { postKind }));
  const [prosecutor, registrar, stranger] = [
    member(office),
    member(office, postKinds.registrar),
    member(other, postKinds.registrar),
  ];
  const acting = (device: WorldDevice) => new ActingDevice(world, device);
  const [asProsecutor, asRegistrar, asStranger] = [acting(prosecutor), acting(registrar), acting(stranger)];
  const faults: unknown[] = [];
  let testing: TestingDirectory;

  const added = (work: () => Promise<unknown>) => addedBy(at.database(), work);
  /** The entries that a change of the world makes. */
  const entriesOf = (change: () => void): Uint8Array[] => {
    const before = world.entries.length;
    change();
    return world.entries.slice(before);
  };
  const append = async (by: ActingDevice, entries: readonly Uint8Array[], cards: readonly Uint8Array[] = []) => {
    const ctx = by.asks(actSubjects.appendDirectory(entries, cards));
    return (await testing.directory.appendDirectory.run(ctx, { entries, cards })).result;
  };
  const page = async (from: number, first?: number) => {
    const query = { from, ...(first === undefined ? {} : { first }) };
    return (await testing.directory.readDirectory.run(asProsecutor.asks(actSubjects.readDirectory()), query)).result;
  };
  const prekeyOf = (device: WorldDevice, prekeyId: number, fromMs = 0, forMs = HOUR_MS) =>
    makePrekey(
      {
        ...{ suite: currentSuite, deviceId: device.id, prekeyId, kemKey: KemKey.generate(world.random).publicKey },
        ...{ notBeforeMs: world.nowMs + fromMs, notAfterMs: world.nowMs + fromMs + forMs },
      },
      device.signing,
    );
  const publish = (by: ActingDevice, ...prekeys: readonly Uint8Array[]) =>
    testing.directory.publishPrekeys.run(by.asks(actSubjects.publishPrekeys(prekeys)), prekeys);
  const readPrekeys = async (by: ActingDevice, ...ids: readonly WorldDevice['id'][]) =>
    (await testing.directory.readPrekeys.run(by.asks(actSubjects.readPrekeys()), ids)).result;

  beforeAll(async () => {
    testing = await openTestingDirectory({
      database: at.database(),
      world,
      bus: new LocalBus((error) => faults.push(error)),
    });
  });
  afterAll(async () => {
    await testing.close();
    expect(faults).toEqual([]);
  });
  beforeEach(() => {
    world.nowMs += 1_000;
  });

  it('imports a bundle once, recorded once, and has the head that its author has', async () => {
    expect(testing.directory.reader.current().head).toEqual(world.state.head);
    const bundle = encodeDirectoryBundle({ entries: world.entries, cards: [prosecutor.person.cardBytes] });
    expect(await added(() => testing.directory.importBundle.run(bundle))).toEqual(['done']);
    expect((await recordedLeaves(at.database())).filter(({ ev }) => ev === 'directory.import')).toHaveLength(1);
  });

  it('imports nothing of a bundle with one entry that does not hold', async () => {
    const size = testing.directory.reader.history.size;
    const forger = new FederationWorld(42);
    const entries = [...world.entries, ...forger.entries];
    const forged = encodeDirectoryBundle({ entries, cards: [] });
    expect(await added(() => testing.directory.importBundle.run(forged))).toEqual(['directory/root-succession']);
    expect(testing.directory.reader.history.size).toBe(size);
  });

  it('appends what registrars of the authority hand in, and answers a signed head that covers it', async () => {
    let card: Uint8Array = new Uint8Array(0);
    const entries = entriesOf(() => {
      const person = world.person(office);
      card = person.cardBytes;
      world.device(person);
    });
    const head = await append(asRegistrar, entries, [card]);
    expect({ size: head.size, root: head.root }).toEqual(world.state.head);
    expect(head.timeMs).toBe(world.nowMs);
    expect(head.checkpoint.split('\n').slice(0, 2)).toEqual(['test.rogatory.invalid/directory/log', String(head.size)]);
    const read = await page(world.entries.length - 2);
    expect(read.entries.map(({ bytes }) => bytes)).toEqual(entries);
    expect(read.entries[0]?.card).toEqual(card);
    expect(read.entries[1]?.card).toBeUndefined();
    expect([read.hasMore, (await page(0, 3)).hasMore]).toEqual([false, true]);
    expect((await recordedLeaves(at.database())).filter(({ ev }) => ev === 'directory.read')).toHaveLength(2);
  });

  it('lets nobody else append: strangers, members, other registrars', async () => {
    const entries = entriesOf(() => world.person(office));
    const size = testing.directory.reader.history.size;
    const refused = ['access/refused', 'directory.append denied access/refused'];
    expect(await added(() => append(asProsecutor, entries))).toEqual(refused);
    expect(await added(() => append(asStranger, entries))).toEqual(refused);
    expect(testing.directory.reader.history.size).toBe(size);
    expect((await append(asRegistrar, entries)).size).toBe(size + 1);
  });

  it('passes over entries that it holds, under a fresh act', async () => {
    const entries = world.entries.slice(-1);
    const size = testing.directory.reader.history.size;
    expect(await added(() => append(asRegistrar, entries))).toEqual(['done', 'directory.append allowed ok']);
    expect(testing.directory.reader.history.size).toBe(size);
  });

  it('keeps nothing of a submission with one bad entry, and takes the good ones afterwards', async () => {
    const good = entriesOf(() => world.person(office));
    const bad = Uint8Array.from(good[0] ?? []);
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    const size = testing.directory.reader.history.size;
    expect((await added(() => append(asRegistrar, [...good, bad])))[0]).toMatch(/^directory\//);
    expect(testing.directory.reader.history.size).toBe(size);
    expect((await append(asRegistrar, good)).size).toBe(size + 1);
  });

  it('refuses cards that no certificate names, and too many entries', async () => {
    const entries = entriesOf(() => world.person(office));
    const stray = stranger.person.cardBytes;
    const tooMany = Array.from({ length: limits.maxEntriesPerAppend + 1 }, () => entries[0] ?? new Uint8Array(0));
    expect(await added(() => append(asRegistrar, entries, [stray]))).toContain('directory/stray-card');
    expect(await added(() => append(asRegistrar, tooMany))).toContain('directory/append-size');
    await append(asRegistrar, entries);
  });

  it('lets a person end an own device, and tells who listens', async () => {
    const second = world.device(prosecutor.person, prosecutor);
    await append(asProsecutor, world.entries.slice(-1));
    const told: unknown[] = [];
    const stop = testing.directory.reader.onAdvance((touched) => told.push(...touched));
    const revocation = makeRevocation(
      {
        ...{ authorityId: office.id, serial: 1, target: revocationTargets.device, targetId: second.id },
        ...{ action: revocationActions.revoke, reason: revocationReasons.lost, time: world.time },
      },
      { devices: [prosecutor.signing] },
    );
    world.admit(revocation);
    expect(await added(() => append(asStranger, [revocation]))).toContain('access/refused');
    await append(asProsecutor, [revocation]);
    stop();
    expect(told).toEqual([{ kind: 'device', deviceId: second.id }]);
    expect(testing.directory.reader.current().isDeviceLive(second.id, world.nowMs)).toBe(false);
  });

  it('rebuilds the same head from storage, and knows every head that it had', async () => {
    const reopened = await testing.reopen();
    expect(reopened.reader.current().head).toEqual(world.state.head);
    for (let size = 0; size <= world.state.size; size++)
      expect(reopened.reader.isKnownHead(world.state.at(size).head)).toBe(true);
    const forged = { size: 3, root: new Uint8Array(32) };
    expect([reopened.reader.isKnownHead(forged), reopened.reader.isKnownHead({ ...forged, size: 9_999 })]).toEqual([
      false,
      false,
    ]);
  });

  it('F09: believes storage as little as a stranger: one flipped bit or one missing row, and it does not start', async () => {
    const store = new SqlDirectoryStore();
    const replay = (alter: (rows: readonly StoredEntry[]) => readonly StoredEntry[]) => {
      const page: SqlDirectoryStore['page'] = async (...args) => alter(await store.page(...args));
      const parts = { database: at.database(), entries: { page }, pinnedRootHash: world.pinnedRootHash };
      return new DirectoryReplica(parts).refresh();
    };
    const flipped = ({ bytes }: StoredEntry) => bytes.map((byte, place) => (place === 60 ? byte ^ 4 : byte));
    const bit = replay((rows) => rows.map((row) => (row.index === 4 ? { ...row, bytes: flipped(row) } : row)));
    await expect(bit).rejects.toMatchObject({ code: 'directory/stored-log', details: { index: 4 } });
    const gap = replay((rows) => rows.filter(({ index }) => index !== 3));
    await expect(gap).rejects.toMatchObject({ code: 'directory/stored-log', details: { index: 3 } });
    const otherRoot = { database: at.database(), entries: store, pinnedRootHash: new Uint8Array(32) };
    await expect(new DirectoryReplica(otherRoot).refresh()).rejects.toMatchObject({ details: { index: 0 } });
  });

  it('follows what another process appended', async () => {
    const elsewhere = await testing.reopen();
    const entries = entriesOf(() => world.person(office));
    await append(asRegistrar, entries);
    expect(elsewhere.reader.history.size).toBe(world.state.size - 1);
    const { result } = await elsewhere.readDirectory.run(asProsecutor.asks(actSubjects.readDirectory()), { from: 0 });
    expect({ size: result.head.size, root: result.head.root }).toEqual(world.state.head);
    expect((await elsewhere.reader.head()).size).toBe(world.state.size);
    expect(elsewhere.reader.current().head).toEqual(world.state.head);
  });

  it('gives racing appends one order without a gap', async () => {
    const batches = Array.from({ length: 6 }, () => entriesOf(() => world.person(office)));
    await Promise.all(batches.map((entries) => append(asRegistrar, entries)));
    const reopened = await testing.reopen();
    expect(reopened.reader.history.size).toBe(world.state.size);
    expect(reopened.reader.current().head).toEqual(testing.directory.reader.current().head);
    const rows = await at
      .database()
      .read(job, (reader) =>
        reader.queryRows('SELECT idx FROM directory_entry ORDER BY idx', [], (row) => row.integer('idx')),
      );
    expect(rows).toEqual(rows.map((_, index) => index));
  });

  it('never changes an entry, whoever asks', async () => {
    const statements = [
      'UPDATE directory_entry SET received_at = 0 WHERE idx = 0',
      'DELETE FROM directory_entry WHERE idx = 0',
      `INSERT INTO directory_entry (idx, bytes, leaf_hash, received_at, audit_id)
       SELECT 100000, bytes, sha256(bytes), 0, audit_id FROM directory_entry WHERE idx = 0`,
    ];
    for (const statement of statements) {
      const attempt = at.database().writeUnaudited(job, (writer) => writer.execute(statement, []), {
        reason: 'testing/fixture',
      });
      await expect(attempt).rejects.toMatchObject({ code: 'database/denied' });
    }
  });

  it('O09, X08: gives the newest valid prekey of a live device, and null alike for expired, unknown and revoked', async () => {
    await publish(asProsecutor, prekeyOf(prosecutor, 1), prekeyOf(prosecutor, 2));
    const [newest] = await readPrekeys(asProsecutor, prosecutor.id);
    expect(newest?.prekey && equalBytes(newest.prekey, new Uint8Array(0))).toBe(false);
    const unknown = world.id<WorldDevice['id']>();
    const short = prekeyOf(prosecutor, 3, 0, 10_000);
    await publish(asProsecutor, short);
    expect((await readPrekeys(asProsecutor, unknown, prosecutor.id)).map(({ prekey }) => prekey)).toEqual([
      undefined,
      short,
    ]);
    world.nowMs += 20_000;
    const [later] = await readPrekeys(asProsecutor, prosecutor.id);
    expect(later?.prekey).toEqual(newest?.prekey);
    world.nowMs += HOUR_MS;
    expect(await readPrekeys(asProsecutor, prosecutor.id)).toEqual([{ deviceId: prosecutor.id, prekey: undefined }]);
  });

  it('keeps few prekeys, takes none back, none of others, none that is not valid', async () => {
    const keys = [4, 5, 6, 7, 8].map((prekeyId) => prekeyOf(prosecutor, prekeyId));
    expect(await added(() => publish(asProsecutor, ...keys))).toContain('directory/prekey-count');
    for (const key of keys) await publish(asProsecutor, key);
    expect(await added(() => publish(asProsecutor, keys[4] ?? new Uint8Array(0)))).toEqual([
      'done',
      'key.prekey.publish allowed ok',
    ]);
    expect(await added(() => publish(asProsecutor, keys[0] ?? new Uint8Array(0)))).toContain('directory/prekey-id');
    expect(await added(() => publish(asProsecutor, prekeyOf(prosecutor, 8)))).toContain('directory/prekey-id');
    const foreign = ['access/refused', 'key.prekey.publish denied access/refused'];
    expect(await added(() => publish(asProsecutor, prekeyOf(registrar, 1)))).toEqual(foreign);
    expect(await added(() => publish(asProsecutor, prekeyOf(prosecutor, 9, -2 * HOUR_MS)))).toContain(
      'directory/prekey',
    );
    const stored = await at
      .database()
      .read({ kind: 'device', device: prosecutor.id, person: prosecutor.person.id, authority: office.id }, (reader) =>
        reader.queryRows('SELECT prekey_id FROM directory_prekey ORDER BY 1', [], (row) => row.integer('prekey_id')),
      );
    expect(stored).toEqual([5, 6, 7, 8]);
  });

  it('X08: bounds what one reader may drain in a minute, and nobody else suffers', async () => {
    world.nowMs += 60_000;
    const ids = Array.from({ length: limits.maxPageItems }, () => prosecutor.id);
    const calls = limits.prekeyReadsPerMinute / limits.maxPageItems;
    for (let call = 0; call < calls; call++) await readPrekeys(asProsecutor, ...ids);
    expect(await added(() => readPrekeys(asProsecutor, prosecutor.id))).toContain('directory/prekey-rate');
    const third = acting(world.device(world.person(other)));
    expect(await readPrekeys(third, prosecutor.id)).toHaveLength(1);
    expect(await added(() => readPrekeys(asRegistrar, prosecutor.id))).toContain('access/refused');
  });

  it('gives a witness of the policy a bundle, records who asked for which, and gives it to nobody else', async () => {
    const key = verifierKey({
      ...{ name: 'witness.example/fr', type: keyTypes.cosignature },
      publicKey: WITNESS.publicKey,
    });
    const { log } = testing.directory;
    const { origin } = log.log;
    const requests = new WitnessRequests({ origin, witnessKeys: [key], clock: clockOf(world) });
    const stored = { acts: testing.audit.acts, log, nonces: new SqlUsedNonces(), clock: clockOf(world) };
    const reading = new ReadForReplay({ ...stored, requests });
    const path = 'tile/entries/000.p/3';
    const statementOf = (signer: SigningKey): Uint8Array => {
      const about = { origin, witnessKey: signer.publicKey, from: 0, end: 3, timeMs: world.nowMs };
      const signedBytes = encodeWitnessRead({ ...about, nonce: world.random(16) });
      return encodeSignedWitnessRead({
        signedBytes,
        signature: signer.sign(signaturePurposes.witnessRead, signedBytes),
      });
    };
    const { principal: _, ...anonymous } = asProsecutor.context;
    const once = statementOf(WITNESS);
    const given = await added(async () => {
      const { result } = await reading.run(anonymous, { path, statement: once });
      expect(decodeEntryBundle(result ?? new Uint8Array(0), 3)).toEqual(world.entries.slice(0, 3));
    });
    expect(given.slice(1)).toEqual(['directory.replay allowed ok']);
    // A server that started anew, or another one, has the same memory.
    const restarted = new ReadForReplay({
      ...stored,
      requests: new WitnessRequests({ origin, witnessKeys: [key], clock: clockOf(world) }),
    });
    const again = await added(async () => {
      await expect(restarted.run(anonymous, { path, statement: once })).rejects.toMatchObject({
        code: 'access/refused',
      });
    });
    expect(again.slice(1)).toEqual([expect.stringMatching(/^(authz.denied|directory.replay) denied /)]);
    expect((await restarted.run(anonymous, { path, statement: statementOf(WITNESS) })).result).toBeDefined();
    for (const ctx of [anonymous, asProsecutor.context]) {
      for (const statement of [undefined, statementOf(SigningKey.generate(world.random))]) {
        const refused = await added(async () => {
          await expect(reading.run(ctx, { path, statement })).rejects.toMatchObject({ code: 'access/refused' });
        });
        expect(refused.slice(1)).toEqual([expect.stringMatching(/^authz.denied denied /)]);
      }
    }
  });
});
