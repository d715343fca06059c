import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { auditMigrations } from '@rogatory/audit';
import { addedBy } from '@rogatory/audit/testing';
import { caseMigrations } from '@rogatory/cases';
import { applyItem } from '@rogatory/chain';
import { type Actor, asksToPost, CaseWorld } from '@rogatory/cases/testing';
import { directoryMigrations } from '@rogatory/directory';
import { clockOf } from '@rogatory/directory/testing';
import { isRogatoryError, limits, type ObjectId, systemRandom, toHex, type UploadId } from '@rogatory/kernel';
import { type BlobStore, FolderBlobStore, parseBlobKey } from '@rogatory/platform-blobs';
import { eachEngine } from '@rogatory/platform-database/testing';
import { actSubjects, itemClasses } from '@rogatory/protocol';
import { documentMigrations } from './storage/document-migrations.js';
import { type Documents, openDocuments } from './open-documents.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations, ...documentMigrations];
/** The smallest sealed file: one part. */
const BYTES = 112;

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

eachEngine('what is left of uploads', { migrations }, (at) => {
  let world: CaseWorld;
  let documents: Documents;
  let folder: string;
  let stored: FolderBlobStore;
  let lead: Actor;
  let state: Awaited<ReturnType<CaseWorld['createCase']>>;
  let beforeDelete: () => Promise<void> = async () => undefined;
  const faults: unknown[] = [];

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 91, persons: 2 });
    folder = await mkdtemp(join(tmpdir(), 'rogatory-uploads-'));
    stored = await FolderBlobStore.open(join(folder, 'blobs'));
    lead = world.actor(0);
    state = await world.createCase(lead, [world.actor(1)]);
    const { acts, recorder } = world.server.audit;
    documents = await openDocuments({
      ...{ database: at.database(), blobs: held(), clock: clockOf(world.chains.federation), random: systemRandom },
      ...{ acts, recorder, cases: world.cases, cutOffs: { watch: () => () => undefined } },
      ...{ secretsFolder: folder, onFault: (error: unknown) => faults.push(error) },
    });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
    expect(faults).toEqual([]);
  });

  /** The store itself, whose deletions can be held up. */
  const held = (): BlobStore => ({
    putPart: (part) => stored.putPart(part),
    readPart: (...asked) => stored.readPart(...asked),
    listParts: (key) => stored.listParts(key),
    has: (key, index) => stored.has(key, index),
    list: (options) => stored.list(options),
    removeLeftovers: (beforeMs) => stored.removeLeftovers(beforeMs),
    delete: async (key) => {
      await beforeDelete();
      await stored.delete(key);
    },
  });
  const later = (ms: number): void => {
    world.chains.federation.nowMs += ms;
  };
  const begin = async (): Promise<UploadId> => {
    const ctx = lead.acting.asks(actSubjects.beginUpload(state.compartmentId));
    return (await documents.beginUpload.run(ctx, state.compartmentId, BYTES)).result.uploadId;
  };
  const contextOf = (uploadId: UploadId) => lead.acting.asks(actSubjects.cancelUpload(uploadId));
  const put = (uploadId: UploadId, source: AsyncIterable<Uint8Array> = whole()) =>
    documents.receivePart.run(contextOf(uploadId), { uploadId, index: 0, source, bytes: BYTES });
  async function* whole() {
    yield new Uint8Array(BYTES);
  }
  const add = async (uploadId: UploadId, version = 1): Promise<string> => {
    const forged = { itemClass: itemClasses.document, objectId: toHex(systemRandom(16)) as ObjectId, version };
    const item = world.chains.item(state, { sender: lead.device, forged });
    const code = await codeOf(documents.addDocument.run(asksToPost(lead, item), item, uploadId));
    if (code === 'done') state = applyItem(state, item, world.chains.facts()).state;
    return code;
  };
  const partsOf = async (uploadId: UploadId) => (await stored.listParts(parseBlobKey(uploadId))).length;

  it('are no bytes of an upload that was given up while a part of it came in', async () => {
    const uploadId = await begin();
    async function* slow() {
      yield new Uint8Array(BYTES - 1);
      await documents.manageUploads.cancel(contextOf(uploadId), uploadId);
      yield new Uint8Array(1);
    }
    expect(await codeOf(put(uploadId, slow()))).toBe('access/refused');
    expect(await partsOf(uploadId)).toBe(0);
  });

  it('are all bytes or no document, when the clean-up meets somebody who finishes', async () => {
    const uploadId = await begin();
    await put(uploadId);
    later(limits.uploadIdleMs + 1);
    let met = '';
    beforeDelete = async () => {
      met = await add(uploadId);
    };
    const records = await addedBy(at.database(), () => documents.removeOrphans.run());
    beforeDelete = async () => undefined;
    expect(met).toBe('access/refused');
    expect(await partsOf(uploadId)).toBe(0);
    expect(records).toContain('doc.orphan.delete allowed ok');
    expect(await add(uploadId)).toBe('access/refused');
  });

  it('expire a day after the newest part, not after the beginning', async () => {
    const uploadId = await begin();
    later(limits.uploadIdleMs - 1_000);
    await put(uploadId);
    later(limits.uploadIdleMs - 1_000);
    expect(await documents.removeOrphans.run()).toBe(0);
    expect(await add(uploadId)).toBe('done');
    later(limits.uploadIdleMs);
    expect(await documents.removeOrphans.run()).toBe(0);
    expect(await partsOf(uploadId)).toBe(1);
  });

  it('are documents of every version that an item can name', async () => {
    const uploadId = await begin();
    await put(uploadId);
    expect(await add(uploadId, 2 ** 32 - 1)).toBe('done');
  });

  it('are found a day later when nothing but the bytes is left', async () => {
    const kept = await begin();
    await put(kept);
    const strays = ['0'.repeat(32), 'f'.repeat(32)] as UploadId[];
    for (const uploadId of strays) {
      await stored.putPart({ key: parseBlobKey(uploadId), index: 0, source: whole(), bytes: BYTES });
    }
    const [old, young] = strays as [UploadId, UploadId];
    const age = (uploadId: UploadId, ms: number) => {
      const seconds = (world.chains.federation.nowMs - ms) / 1_000;
      return utimes(join(folder, 'blobs', 'objects', uploadId.slice(0, 2), uploadId), seconds, seconds);
    };
    await age(kept, limits.uploadIdleMs + 1_000);
    await age(old, limits.uploadIdleMs + 1_000);
    await age(young, 0);
    expect(await addedBy(at.database(), () => documents.removeStrays.run())).toEqual([
      'done',
      'doc.orphan.delete allowed ok',
    ]);
    expect(await Promise.all([old, young, kept].map(partsOf))).toEqual([0, 1, 1]);
  });
});
