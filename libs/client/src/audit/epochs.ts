import { type ActId, limits, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  auditEpochsStatement,
  auditPurposes,
  type EpochFacts,
  type EpochPage,
  nameOf,
} from '@rogatory/protocol';
import type { GivenReason } from '../acts/act-chain.js';
import { verificationError } from '../client.errors.js';
import { type AuditEpochsQuery, auditEpochsOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import { asList, asWhole } from '../transport/answer.js';
import { epochFactsOf } from './completeness.js';
import type { OpenRecord } from './open-record.js';
import type { Review } from './review.js';

/** An epoch of the log: what it commits to, and where its record stands. */
export interface ListedEpoch extends EpochFacts {
  readonly recordId: ActId;
  readonly index: number | undefined;
  /** Server's time, UTC milliseconds. */
  readonly timeMs: number;
}

export interface EpochList {
  /** Newest first. */
  readonly epochs: readonly ListedEpoch[];
  /** Give it as `below` for the next page; undefined at the end. */
  readonly nextBelow: number | undefined;
}

export interface AuditEpochsParts {
  readonly gateway: Gateway;
  readonly reason: (review: Review) => GivenReason;
  /** Checks a record as it was told. */
  readonly open: (told: AuditEpochsQuery['auditEpochs']['records'][number]) => OpenRecord;
}

/** The hourly epochs of the log, which say how many records there are of each case and authority. */
export class AuditEpochs {
  readonly #parts: AuditEpochsParts;

  constructor(parts: AuditEpochsParts) {
    this.#parts = parts;
  }

  /**
   * A page of epochs. Each opens what its leaf commits to; that the leaf stands in the log, `Audit.get` of its record proves.
   * @throws VerificationError `client/answer`.
   */
  async list(review: Review, page: Partial<EpochPage> = {}): Promise<EpochList> {
    const { gateway, reason, open } = this.#parts;
    const asked: EpochPage = { first: limits.defaultPageItems, ...page };
    const subject = actSubjects.readEpochs(utf8(auditEpochsStatement(review.purpose, asked)));
    const variables = { ...asked, purpose: nameOf(auditPurposes, review.purpose) };
    const call = { variables, subject, reason: reason(review) };
    return gateway.call(auditEpochsOperation, call, ({ auditEpochs }) => {
      asList(auditEpochs.records, asked.first);
      const epochs = auditEpochs.records.map((told) => listed(open(told)));
      const isDescending = epochs.every(({ number }, n) => n === 0 || number < (epochs[n - 1]?.number ?? 0));
      if (!isDescending) throw verificationError('client/answer');
      return { epochs, nextBelow: auditEpochs.endCursor === null ? undefined : asWhole(auditEpochs.endCursor) };
    });
  }
}

function listed(record: OpenRecord): ListedEpoch {
  const { facts, timeMs } = epochFactsOf(record);
  return { ...facts, timeMs, recordId: record.recordId, index: record.index };
}
