import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActRunner, Acted } from '@rogatory/audit';
import type { Memberships } from '@rogatory/cases';
import type { Clock, UploadId } from '@rogatory/kernel';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { DownloadGrants } from './download-grants.js';
import { membershipFacts } from './membership-facts.js';
import type { UploadStore, VersionKey } from './upload.store.js';

export interface GrantedDownload {
  readonly uploadId: UploadId;
  readonly sealedBytes: number;
  readonly grant: string;
  readonly expiresAtMs: number;
}

export interface GrantDownloadParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly uploads: Pick<UploadStore, 'version'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly grants: DownloadGrants;
  readonly clock: Clock;
}

/**
 * A member states why, the record of it enters the signed log, and only then the right to fetch the sealed bytes is
 * handed out.
 */
export class GrantDownload {
  readonly #parts: GrantDownloadParts;

  constructor(parts: GrantDownloadParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `access/refused` (also for a withdrawn or absent version), `audit/reason-missing`. */
  async run(ctx: RequestContext, key: VersionKey): Promise<Acted<GrantedDownload>> {
    const { acts, uploads, memberships, grants, clock } = this.#parts;
    const acted = await acts.run(ctx, 'mutation.openDocument', () => ({
      ...actSubjects.openDocument(key.compartmentId, key.objectId, key.version),
      facts: (reader) =>
        membershipFacts({ reader, memberships, ctx, compartmentId: key.compartmentId, nowMs: clock.nowMs() }),
      perform: async (writer) => {
        const version = await uploads.version(writer, key);
        if (version === undefined || version.isWithdrawn) throw accessRefused('not-a-member');
        const { upload } = version;
        const { caseId, sealedBytes: bytes, uploadId } = upload;
        // Names what will be delivered, so that the record of the delivery is found (docs/spec/audit.md 7).
        const what = { caseId, objectKind: auditObjectKinds.file, bytes, count: 1, detail: `upload=${uploadId}` };
        return { result: upload, what };
      },
    }));
    if (ctx.principal === undefined) throw accessRefused('no-session');
    const { uploadId, sealedBytes } = acted.result;
    // Issued after the gate: its minute begins when the answer leaves.
    return { ...acted, result: { uploadId, sealedBytes, ...grants.issue(ctx.principal, uploadId, clock.nowMs()) } };
  }
}
