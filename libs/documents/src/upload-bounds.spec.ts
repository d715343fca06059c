import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addedBy, tamper, testingMigrations } from '@rogatory/audit/testing';
import { caseMigrations } from '@rogatory/cases';
import { type Actor, CaseWorld } from '@rogatory/cases/testing';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { clockOf } from '@rogatory/directory/testing';
import { limits, systemRandom } from '@rogatory/kernel';
import { FolderBlobStore } from '@rogatory/platform-blobs';
import { eachEngine } from '@rogatory/platform-database/testing';
import { actSubjects } from '@rogatory/protocol';
import { type Documents, openDocuments } from './open-documents.js';
import { documentMigrations } from './storage/document-migrations.js';

const migrations = [...testingMigrations, ...directoryMigrations, ...caseMigrations, ...documentMigrations];
/** The smallest sealed file. */
const BYTES = 112;
const kinds = { person: 1, case: 2, authority: 3 } as const;
const most = {
  person: limits.maxUploadBytesPerPerson,
  case: limits.maxUploadBytesPerCase,
  authority: limits.maxUploadBytesPerAuthority,
} as const;

eachEngine('bytes of uploads', { migrations }, (at) => {
  let folder: string;
  let world: CaseWorld;
  let documents: Documents;
  let ann: Actor;
  let bob: Actor;
  let first: ChainState;
  let second: ChainState;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rogatory-bounds-'));
    world = await CaseWorld.open(at.database(), { seed: 133, persons: 2 });
    [ann, bob] = [world.actor(0), world.actor(1)];
    first = await world.createCase(ann, [bob]);
    second = await world.createCase(ann, [bob]);
    const { acts, recorder } = world.server.audit;
    documents = await openDocuments({
      ...{ database: at.database(), acts, recorder, cases: world.cases, random: systemRandom },
      ...{ blobs: await FolderBlobStore.open(join(folder, 'blobs')), secretsFolder: join(folder, 'keys') },
      ...{ clock: clockOf(world.chains.federation), cutOffs: { watch: () => () => undefined } },
      onFault: (error) => {
        throw error;
      },
    });
    // From here on there is a row for everybody.
    for (const actor of [ann, bob]) for (const state of [first, second]) expect(await begin(actor, state)).toBe('done');
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const begin = async ({ acting }: Actor, { compartmentId }: ChainState): Promise<string> => {
    const ctx = acting.asks(actSubjects.beginUpload(compartmentId));
    const [outcome] = await addedBy(at.database(), () => documents.beginUpload.run(ctx, compartmentId, BYTES));
    return outcome as string;
  };
  const taken = () =>
    at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryRows('SELECT kind, bytes FROM upload_usage ORDER BY kind, bytes, subject', [], (row) => [
          row.integer('kind'),
          row.integer('bytes'),
        ]),
      );
  /** As if so much had been stored before. */
  const store = (kind: keyof typeof kinds, subject: string, bytes: number): Promise<void> =>
    tamper(
      at.database(),
      `UPDATE upload_usage SET bytes = ${bytes} WHERE kind = ${kinds[kind]} AND subject = decode('${subject}', 'hex')`,
    );

  it.each([
    'person',
    'case',
    'authority',
  ] as const)('are bounded to the byte for one %s, and for nobody else', async (kind) => {
    const { personId, authorityId } = ann.acting.principal;
    const subject = { person: personId, case: first.caseId, authority: authorityId }[kind];
    await store(kind, subject, most[kind] - BYTES);
    expect(await begin(ann, first)).toBe('done');
    const before = await taken();
    expect(await begin(ann, first)).toBe('documents/quota');
    // What was refused is counted nowhere.
    expect(await taken()).toEqual(before);
    const [actor, state] = { person: [bob, first], case: [ann, second], authority: [bob, second] }[kind] as [
      Actor,
      ChainState,
    ];
    expect(await begin(actor, state)).toBe(kind === 'authority' ? 'documents/quota' : 'done');
    await store(kind, subject, 10 * BYTES);
    expect(await begin(ann, first)).toBe('done');
  });
});
