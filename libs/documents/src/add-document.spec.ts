import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { auditMigrations } from '@rogatory/audit';
import { caseMigrations } from '@rogatory/cases';
import { type Actor, asksToPost, CaseWorld } from '@rogatory/cases/testing';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { clockOf } from '@rogatory/directory/testing';
import { systemRandom } from '@rogatory/kernel';
import { actSubjects, decodeAuditLeaf, itemClasses, linkTypes } from '@rogatory/protocol';
import { FolderBlobStore } from '@rogatory/platform-blobs';
import { eachEngine } from '@rogatory/platform-database/testing';
import { DeliverContent } from './application/deliver-content.js';
import { DownloadGrants } from './application/download-grants.js';
import { type Documents, openDocuments } from './open-documents.js';
import { BlobSealedFiles } from './storage/blob-sealed-files.js';
import { documentMigrations } from './storage/document-migrations.js';
import { SqlUploadStore } from './storage/sql-upload.store.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations, ...documentMigrations];
const SEALED_BYTES = 112;

eachEngine('adding a document', { migrations }, (at) => {
  let folder: string;
  let world: CaseWorld;
  let documents: Documents;
  let lead: Actor;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rogatory-documents-'));
    world = await CaseWorld.open(at.database(), { seed: 131, persons: 2 });
    lead = world.actor(0);
    const { acts, recorder } = world.server.audit;
    documents = await openDocuments({
      ...{ database: at.database(), acts, recorder, cases: world.cases, random: systemRandom },
      ...{ blobs: await openBlobs(), secretsFolder: join(folder, 'keys') },
      ...{ clock: clockOf(world.chains.federation), cutOffs: { watch: () => () => undefined } },
      onFault: (error) => {
        throw error;
      },
    });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const openBlobs = () => FolderBlobStore.open(join(folder, 'blobs'));
  const uploaded = async ({ compartmentId }: ChainState) => {
    const context = lead.acting.asks(actSubjects.beginUpload(compartmentId));
    const { result } = await documents.beginUpload.run(context, compartmentId, SEALED_BYTES);
    const source = systemRandom(SEALED_BYTES);
    const part = { uploadId: result.uploadId, index: 0, source, bytes: SEALED_BYTES };
    await documents.receivePart.run(context, part);
    return result.uploadId;
  };
  const itemOf = (state: ChainState) =>
    world.chains.item(state, { sender: lead.device, forged: { itemClass: itemClasses.document } });
  const recordsOf = async (id: string) =>
    at.database().read({ kind: 'job', job: 'audit-test' }, (reader) =>
      reader.queryRows('SELECT leaf FROM audit_event WHERE id = $1', [id], (row) => {
        const { ev, out, rc } = decodeAuditLeaf(row.bytes('leaf'));
        return `${ev} ${out} ${rc}`;
      }),
    );

  it('that comes twice has one effect, one answer and one promise', async () => {
    const state = await world.createCase(lead);
    const uploadId = await uploaded(state);
    const item = itemOf(state);
    const context = asksToPost(lead, item);
    const first = await documents.addDocument.run(context, item, uploadId);
    expect(first.result).toMatchObject({ kind: 'posted', position: 1 });
    const again = await documents.addDocument.run(context, item, uploadId);
    expect(again).toEqual(first);
    expect(await recordsOf(first.receipt?.recordId ?? '')).toEqual(['doc.add allowed ok']);
  });

  it('handed out to a member leaves a record that the oversight of its case may open', async () => {
    const state = await world.createCase(lead);
    const uploadId = await uploaded(state);
    const item = itemOf(state);
    await documents.addDocument.run(asksToPost(lead, item), item, uploadId);
    const grants = new DownloadGrants(systemRandom(32));
    const clock = clockOf(world.chains.federation);
    const delivery = new DeliverContent({
      ...{ database: at.database(), recorder: world.server.audit.recorder, uploads: new SqlUploadStore(), grants },
      ...{ memberships: world.cases.memberships, files: new BlobSealedFiles(await openBlobs()), random: systemRandom },
      ...{ clock, cutOffs: { watch: () => () => undefined } },
    });
    const context = lead.acting.asks(actSubjects.beginUpload(state.compartmentId));
    const { principal } = context;
    if (principal === undefined) throw new Error('nobody asks');
    const { grant } = grants.issue(principal, uploadId, clock.nowMs());
    const file = await delivery.admitted(context, uploadId, grant);
    const { stream } = delivery.start(principal, file, { start: 0, end: SEALED_BYTES });
    const sent: Uint8Array[] = [];
    for await (const chunk of stream) sent.push(chunk as Uint8Array);
    expect(Buffer.concat(sent)).toHaveLength(SEALED_BYTES);
    const owners = await at
      .database()
      .read({ kind: 'job', job: 'audit-test' }, (reader) =>
        reader.queryRows(
          "SELECT owner_authority::text AS owner FROM audit_event WHERE ev = 'doc.delivered' AND object_id = $1",
          [uploadId],
          (row) => row.optionalText('owner')?.replaceAll('-', ''),
        ),
      );
    expect(owners).toEqual([principal.authorityId]);
  });

  it('made for an older head is answered with the newest and recorded as refused; the upload stays', async () => {
    const state = await world.createCase(lead);
    const uploadId = await uploaded(state);
    const item = itemOf(state);
    const rotation = world.chains.link(state, linkTypes.rotate, { signer: lead.device });
    const { applied } = await world.append(lead, rotation, state);
    const stale = await documents.addDocument.run(asksToPost(lead, item), item, uploadId);
    expect(stale.result).toMatchObject({ kind: 'stale', head: { chainSeq: 1, compartmentId: state.compartmentId } });
    expect(stale.receipt?.promise.length).toBeGreaterThan(0);
    expect(await recordsOf(stale.receipt?.recordId ?? '')).toEqual(['doc.add denied chain/stale-head']);
    const fresh = itemOf(applied?.state as ChainState);
    const added = await documents.addDocument.run(asksToPost(lead, fresh), fresh, uploadId);
    expect(added.result).toMatchObject({ kind: 'posted', position: 2 });
  });
});
