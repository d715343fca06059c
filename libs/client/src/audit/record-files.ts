import { type ActId, utf8 } from '@rogatory/kernel';
import { type GroupOpenings, groupOpeningsOf, type RecordFile, verifyRecordFile } from '@rogatory/evidence';
import { actSubjects, auditPurposes, auditViewStatement, decodeAuditLeaf, nameOf } from '@rogatory/protocol';
import { parseTlogProof } from '@rogatory/tlog';
import type { GivenReason } from '../acts/act-chain.js';
import { originOf } from '../acts/known-logs.js';
import { refusedError, verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import { auditRecordOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import { asBytes, asList, asText } from '../transport/answer.js';
import type { Review } from './review.js';

export interface RecordFilesParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly server: ServerFacts;
  readonly reason: (review: Review) => GivenReason;
}

/** Records with all that proves them, to be given to others. */
export class RecordFiles {
  readonly #parts: RecordFilesParts;

  constructor(parts: RecordFilesParts) {
    this.#parts = parts;
  }

  /**
   * One record with its proof and what this auditor may open of it, verified as anybody would. A recorded look-up.
   * @throws VerificationError `client/answer` for one that does not hold; RefusedError `client/contended` while the record
   * waits for its place in the log.
   */
  async get(review: Review, recordId: ActId): Promise<RecordFile> {
    const { gateway, directory, reason, server } = this.#parts;
    await directory.syncWhenOld();
    const variables = { recordId, purpose: nameOf(auditPurposes, review.purpose) };
    const subject = actSubjects.viewRecord(recordId, utf8(auditViewStatement(review.purpose)));
    const call = { variables, subject, reason: reason(review) };
    const { leaf, proof, open } = await gateway.call(auditRecordOperation, call, ({ auditRecord }) => ({
      leaf: asBytes(auditRecord.leaf),
      proof: auditRecord.proof === null ? undefined : utf8(asText(auditRecord.proof)),
      open: openingsOf(auditRecord.groups),
    }));
    if (proof === undefined) throw refusedError('client/contended');
    if (decodeAuditLeaf(leaf).id !== recordId) throw verificationError('client/answer');
    const record = { leaf, proof, open };
    const devices = {
      signingKey: (id: Parameters<typeof directory.view.device>[0]) =>
        directory.view.device(id)?.certificate.signingKey,
    };
    const origin = originOf(parseTlogProof(proof).checkpoint);
    const trust = await server.trustFrom(origin.slice(origin.lastIndexOf('/') + 1));
    // Under a key of the log alone, a head of a log that ended could be another than its last one.
    server.openHead(parseTlogProof(proof).checkpoint);
    const told = verifyRecordFile({ ...trust, nowMs: gateway.clock.nowMs(), devices, record });
    const isProven = told.claims.some(({ claim, outcome }) => claim === 'inclusion' && outcome === 'holds');
    if (!told.isSound || !isProven) throw verificationError('client/answer');
    return record;
  }
}

/** Groups as an answer has them, in the form of files. */
export function openingsOf(told: unknown): GroupOpenings {
  const groups = asList(told) as readonly {
    readonly name: unknown;
    readonly opening: unknown;
    readonly bytes: unknown;
  }[];
  return groupOpeningsOf(
    Object.fromEntries(groups.map(({ name, opening, bytes }) => [asText(name), [opening, bytes]])),
  );
}
