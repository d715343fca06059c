import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { auditMigrations } from '@rogatory/audit';
import { addedBy } from '@rogatory/audit/testing';
import { FederationWorld } from '@rogatory/pki/testing';
import { LocalBus } from '@rogatory/platform-bus';
import { eachEngine } from '@rogatory/platform-database/testing';
import { actSubjects, encodeDirectoryBundle, postKinds } from '@rogatory/protocol';
import { directoryMigrations } from './storage/directory-migrations.js';
import { ActingDevice, openTestingDirectory, type TestingDirectory } from './testing.js';

eachEngine('identities of a demonstration', { migrations: [...auditMigrations, ...directoryMigrations] }, (at) => {
  const world = new FederationWorld(43);
  const office = world.authority(world.oversightBody('AA', { isDemo: false }), { isDemo: false });
  const registrar = new ActingDevice(world, world.device(world.person(office, { postKind: postKinds.registrar })));
  const faults: unknown[] = [];
  let testing: TestingDirectory;
  /** What the root keys signed for a demonstration, valid in itself. */
  let demo: Uint8Array;

  beforeAll(async () => {
    const bus = new LocalBus((error) => faults.push(error));
    testing = await openTestingDirectory({ database: at.database(), world, bus, admitsDemo: false });
    const before = world.entries.length;
    world.oversightBody('BB');
    demo = world.entries[before] as Uint8Array;
  });
  afterAll(async () => {
    await testing.close();
    expect(faults).toEqual([]);
  });

  const append = () =>
    testing.directory.appendDirectory.run(registrar.asks(actSubjects.appendDirectory([demo], [])), {
      entries: [demo],
      cards: [],
    });
  const bundle = () => encodeDirectoryBundle({ entries: world.entries, cards: [] });

  it('are taken from no bundle and no registrar where real people act, and the refusal is on record', async () => {
    const { size } = testing.directory.reader.history;
    expect(await addedBy(at.database(), () => testing.directory.importBundle.run(bundle()))).toEqual([
      'directory/demo-identities',
    ]);
    expect(await addedBy(at.database(), append)).toEqual([
      'directory/demo-identities',
      'directory.append denied directory/demo-identities',
    ]);
    expect(testing.directory.reader.history.size).toBe(size);
    await testing.reopen();
  });

  it('are taken by the demo profile; no other server starts on that database afterwards', async () => {
    const directory = await testing.reopen(true);
    expect(await directory.importBundle.run(bundle())).toBe(1);
    await expect(testing.reopen()).rejects.toMatchObject({ code: 'directory/demo-identities' });
  });
});
