import { join } from 'node:path';
import type { ActRunner, AuditRecorder } from '@rogatory/audit';
import { loadOrCreateSecret } from '@rogatory/platform-files';
import type { Cases } from '@rogatory/cases';
import type { Clock, RandomBytes } from '@rogatory/kernel';
import type { BlobStore } from '@rogatory/platform-blobs';
import type { Database } from '@rogatory/platform-database';
import { AddDocument } from './application/add-document.js';
import { BeginUpload } from './application/begin-upload.js';
import { type CutOffs, DeliverContent } from './application/deliver-content.js';
import { DownloadGrants } from './application/download-grants.js';
import { GrantDownload } from './application/grant-download.js';
import { ManageUploads } from './application/manage-uploads.js';
import { ReceivePart } from './application/receive-part.js';
import { RemoveOrphans } from './application/remove-orphans.js';
import { RemoveStrays } from './application/remove-strays.js';
import { BlobSealedFiles } from './storage/blob-sealed-files.js';
import { SqlUploadStore } from './storage/sql-upload.store.js';

export interface DocumentsOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  readonly cases: Pick<Cases, 'logWriter' | 'compartments' | 'memberships'>;
  readonly cutOffs: CutOffs;
  /** Holds the key that grants are made with; the same on every server of one service. */
  readonly secretsFolder: string;
  readonly onFault: (error: unknown) => void;
}

/** The documents part of a server. */
export interface Documents {
  readonly beginUpload: BeginUpload;
  readonly manageUploads: ManageUploads;
  readonly receivePart: ReceivePart;
  readonly addDocument: AddDocument;
  readonly grantDownload: GrantDownload;
  readonly deliverContent: DeliverContent;
  readonly removeOrphans: RemoveOrphans;
  readonly removeStrays: RemoveStrays;
  /** Starts to remove what nobody finished. */
  start(): void;
  stop(): Promise<void>;
}

/** Between two looks for orphans; nothing waits for it. */
const CLEAN_MS = 600_000;

/** Puts the documents part together. @throws InternalError `files/secret` when a key file cannot be used. */
export async function openDocuments(options: DocumentsOptions): Promise<Documents> {
  const { database, clock, random, acts, recorder, cases, cutOffs, secretsFolder } = options;
  const uploads = new SqlUploadStore();
  const files = new BlobSealedFiles(options.blobs);
  const key = await loadOrCreateSecret(join(secretsFolder, 'download.key'), random);
  const grants = new DownloadGrants(key.use((bytes) => bytes.slice()));
  const { logWriter, compartments, memberships } = cases;
  const removeOrphans = new RemoveOrphans({ database, recorder, uploads, files, clock, random });
  const removeStrays = new RemoveStrays({ database, recorder, uploads, files, clock, random });
  return {
    beginUpload: new BeginUpload({ acts, uploads, memberships, clock, random }),
    manageUploads: new ManageUploads({ acts, uploads, files }),
    receivePart: new ReceivePart({ database, uploads, memberships, files, clock }),
    addDocument: new AddDocument({ database, acts, uploads, files, logWriter, compartments, clock }),
    grantDownload: new GrantDownload({ acts, uploads, memberships, grants, clock }),
    deliverContent: new DeliverContent({
      ...{ database, recorder, uploads, memberships, files, grants, cutOffs, clock, random },
    }),
    ...{ removeOrphans, removeStrays },
    ...lifecycle(() => removeOrphans.run().then(() => removeStrays.run()), options.onFault),
  };
}

function lifecycle(
  clean: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): Pick<Documents, 'start' | 'stop'> {
  let timer: ReturnType<typeof setInterval> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  return {
    start: () => {
      timer ??= setInterval(() => {
        running = clean().catch(onFault);
      }, CLEAN_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
