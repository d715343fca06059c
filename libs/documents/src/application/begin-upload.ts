import { randomUuidId } from './upload-id.js';
import type { ActRunner, Acted } from '@rogatory/audit';
import type { RequestContext } from '@rogatory/access';
import { accessRefused } from '@rogatory/access';
import type { JudgedMembership, Memberships } from '@rogatory/cases';
import { type Clock, type CompartmentId, limits, type RandomBytes } from '@rogatory/kernel';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import { quotaExceeded, tooManyUploads } from '../domain/documents.errors.js';
import { checkSealedSize, type Upload } from '../domain/upload.js';
import { askersMembership, membershipFacts } from './membership-facts.js';
import type { UploadStore } from './upload.store.js';

export interface UploadParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly uploads: UploadStore;
  readonly memberships: Pick<Memberships, 'own'>;
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
    const { acts, uploads, memberships, clock } = this.#parts;
    return acts.run(ctx, 'mutation.beginUpload', () => ({
      ...actSubjects.beginUpload(compartmentId),
      facts: (reader) => membershipFacts({ reader, memberships, ctx, compartmentId, nowMs: clock.nowMs() }),
      perform: async (writer, act) => {
        checkSealedSize(sealedBytes);
        const nowMs = clock.nowMs();
        const own = await askersMembership({ reader: writer, memberships, ctx, compartmentId, nowMs });
        if (own === undefined) throw accessRefused('not-a-member');
        const upload = this.#announced(ctx, { own, sealedBytes, nowMs });
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

  #announced(
    { principal }: RequestContext,
    asked: { readonly own: JudgedMembership; readonly sealedBytes: number; readonly nowMs: number },
  ): Upload {
    const { own, sealedBytes, nowMs } = asked;
    if (principal === undefined) throw accessRefused('no-session');
    return {
      uploadId: randomUuidId(this.#parts.random),
      caseId: own.head.caseId,
      compartmentId: own.head.compartmentId,
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
