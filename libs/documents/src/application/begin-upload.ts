import { randomUuidId } from './upload-id.js';
import type { ActRunner, Acted } from '@rogatory/audit';
import type { RequestContext } from '@rogatory/access';
import { accessRefused } from '@rogatory/access';
import { type Clock, type CompartmentId, limits, type RandomBytes } from '@rogatory/kernel';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import { quotaExceeded, tooManyUploads } from '../domain/documents.errors.js';
import { checkSealedSize, type Upload } from '../domain/upload.js';
import { membershipFacts } from './membership-facts.js';
import type { UploadStore } from './upload.store.js';

export interface UploadParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly uploads: UploadStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** A member announces a sealed file and gets room for it. */
export class BeginUpload {
  readonly #parts: UploadParts;

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `documents/size`, `documents/quota`, `documents/too-many-uploads`, `access/refused`. */
  run(ctx: RequestContext, compartmentId: CompartmentId, sealedBytes: number): Promise<Acted<Upload>> {
    const { acts, uploads, clock } = this.#parts;
    return acts.run(ctx, 'mutation.beginUpload', () => ({
      ...actSubjects.beginUpload(compartmentId),
      facts: (reader) => membershipFacts({ reader, uploads, ctx, compartmentId, nowMs: clock.nowMs() }),
      perform: async (writer, act) => {
        checkSealedSize(sealedBytes);
        const upload = await this.#announced(ctx, { reader: writer, compartmentId, sealedBytes });
        const open = await uploads.openOf(writer, upload.person, limits.maxOpenUploadsPerPerson);
        if (open.length >= limits.maxOpenUploadsPerPerson) throw tooManyUploads();
        if (!(await uploads.reserve(writer, { ...upload, bytes: sealedBytes }))) throw quotaExceeded();
        if (act === undefined) throw accessRefused('no-session');
        await uploads.add(writer, upload, act.act.actId);
        const { caseId } = upload;
        return { result: upload, what: { caseId, objectKind: auditObjectKinds.upload, bytes: sealedBytes } };
      },
    }));
  }

  async #announced(
    ctx: RequestContext,
    asked: {
      readonly reader: Parameters<UploadStore['membership']>[0];
      compartmentId: CompartmentId;
      sealedBytes: number;
    },
  ): Promise<Upload> {
    const { uploads, clock, random } = this.#parts;
    const { compartmentId, sealedBytes } = asked;
    const { principal } = ctx;
    if (principal === undefined) throw accessRefused('no-session');
    const nowMs = clock.nowMs();
    const membership = await uploads.membership(asked.reader, compartmentId, principal.deviceId, nowMs);
    if (membership === undefined) throw accessRefused('not-a-member');
    return {
      uploadId: randomUuidId(random),
      caseId: membership.caseId,
      compartmentId,
      person: principal.personId,
      device: principal.deviceId,
      authority: principal.authorityId,
      sealedBytes,
      isBound: false,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + limits.uploadIdleMs,
    };
  }
}
