import { type AuthorityId, type CaseId, limits, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  auditCountsStatement,
  auditPurposes,
  type EpochEntry,
  type RecordSubject,
  nameOf,
  type RecordFilter,
} from '@rogatory/protocol';
import type { GivenReason } from '../acts/act-chain.js';
import { refusedError, verificationError } from '../client.errors.js';
import { type AuditCountsQuery, auditCountsOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import { asList } from '../transport/answer.js';
import {
  type CompleteList,
  countedOf,
  epochOf,
  filterOfWanted,
  incomplete,
  type ProvenEpoch,
  provenEntries,
  type Wanted,
  wholeOf,
} from './completeness.js';
import { demandLastEpoch, type LastEpochSources } from './last-epoch.js';
import type { OpenRecord } from './open-record.js';
import { fitsFilter } from './record-fits.js';
import type { RecordList, Review } from './review.js';

export interface CompleteListsParts {
  readonly gateway: Gateway;
  readonly server: ServerFacts;
  readonly reason: (review: Review) => GivenReason;
  /** Checks a record as it was told. */
  readonly open: (told: AuditCountsQuery['auditCounts']['epoch']) => OpenRecord;
  readonly list: (
    review: Review,
    filter: RecordFilter,
    page: { readonly first: number; readonly beforeIndex?: number },
  ) => Promise<RecordList>;
  /** A record with the proof of its place. */
  readonly get: LastEpochSources['get'];
  /** Authorities that the own body reviews. */
  readonly reviewed: () => readonly AuthorityId[];
}

interface Asked {
  readonly review: Review;
  readonly shard: string | undefined;
}

interface Counted {
  readonly epoch: Omit<ProvenEpoch, 'provenIn'>;
  readonly provenIn: number;
  readonly entries: readonly EpochEntry<RecordSubject>[];
  /** Whom the epoch does not count under what is wanted; of a log that ended alone. */
  readonly missing: readonly AuthorityId[];
}

/** Lists that are compared with what the log itself counts. */
export class CompleteLists {
  readonly #parts: CompleteListsParts;

  constructor(parts: CompleteListsParts) {
    this.#parts = parts;
  }

  /** As `Audit.complete`. */
  async of(review: Review, wanted: Wanted, filter: RecordFilter): Promise<CompleteList> {
    const { shard } = filter;
    const asked = { review, shard };
    const { epoch, provenIn, entries, missing } = await this.#counted(asked, wanted);
    const whole = await this.#whole(asked, wanted, { epoch, entries });
    const uncounted = 'caseId' in wanted ? await this.#without(asked, wanted.caseId, missing) : missing;
    const { size, number } = epoch.facts;
    return {
      ...{ records: whole.filter((record) => fitsFilter(record, filter)), beforeIndex: size, epochMs: epoch.timeMs },
      ...{ epoch: number, counted: countOf(entries), provenIn, uncounted },
    };
  }

  async #counted({ review, shard }: Asked, wanted: Wanted): Promise<Counted> {
    const { gateway, server, reason, open, reviewed } = this.#parts;
    const { origin } = await server.trustFrom(shard);
    const query = { ...countedOf(wanted), ...(shard === undefined ? {} : { shard }) };
    const subject = actSubjects.readEpochs(utf8(auditCountsStatement(review.purpose, query)));
    const variables = { ...query, purpose: nameOf(auditPurposes, review.purpose) };
    const call = { variables, subject, reason: reason(review) };
    const counted = await gateway.call(auditCountsOperation, call, ({ auditCounts }) => {
      const record = open(auditCounts.epoch);
      if (record.provenIn === undefined || record.provenLog !== origin) throw verificationError('client/answer');
      const epoch = epochOf(record);
      const told = (asList(auditCounts.counts, limits.maxEpochProofs), auditCounts.counts);
      const isOver = origin !== server.pins().auditOrigin;
      const place = { root: epoch.facts.root, origin, reviewed: reviewed(), isOver };
      return { epoch, provenIn: record.provenIn, ...provenEntries(told, wanted, place) };
    });
    await demandLastEpoch(this.#parts, review, { origin, size: counted.epoch.facts.size });
    return counted;
  }

  async #whole(asked: Asked, wanted: Wanted, { epoch, entries }: Pick<Counted, 'epoch' | 'entries'>) {
    if (countOf(entries) > limits.maxCompleteRecords) throw refusedError('client/too-many');
    const { size } = epoch.facts;
    const isNothing = size === 0 || entries.length === 0;
    const listed = isNothing ? [] : await this.#all(asked, filterOfWanted(wanted, size));
    return wholeOf(entries, listed);
  }

  /**
   * A log that ended says nothing of a case under an authority that owned none of it. That this is so, all of what that authority
   * owned there shows. @returns those of whom it says nothing at all, as of one that joined later.
   * @throws VerificationError `client/incomplete` where a record of the case is among it.
   */
  async #without(asked: Asked, caseId: CaseId, authorities: readonly AuthorityId[]): Promise<readonly AuthorityId[]> {
    const uncounted: AuthorityId[] = [];
    for (const ownerAuthority of authorities) {
      const counted = await this.#counted(asked, { ownerAuthority });
      if (counted.missing.length > 0) uncounted.push(ownerAuthority);
      const owned = await this.#whole(asked, { ownerAuthority }, counted);
      if (owned.some(({ groups }) => groups.what?.caseId === caseId)) throw incomplete(ownerAuthority);
    }
    return uncounted;
  }

  /** Every page of a list. */
  async #all({ review, shard }: Asked, wanted: RecordFilter): Promise<readonly OpenRecord[]> {
    const filter = { ...wanted, ...(shard === undefined ? {} : { shard }) };
    const records: OpenRecord[] = [];
    let page: { readonly first: number; readonly beforeIndex?: number } = { first: limits.maxPageItems };
    for (;;) {
      const { records: more, nextBeforeIndex } = await this.#parts.list(review, filter, page);
      records.push(...more);
      if (nextBeforeIndex === undefined) return newestFirst(records);
      if (records.length > limits.maxCompleteRecords) throw refusedError('client/too-many');
      page = { first: limits.maxPageItems, beforeIndex: nextBeforeIndex };
    }
  }
}

function countOf(entries: readonly EpochEntry[]): number {
  return entries.reduce((sum, { count }) => sum + count, 0);
}

/** Those without a number first, then by their places. Another order, or a record twice, is no answer. */
export function newestFirst(records: readonly OpenRecord[]): readonly OpenRecord[] {
  const isOrdered = records.every(({ index }, n) => {
    const before = records[n - 1];
    return before?.index === undefined || (index !== undefined && index < before.index);
  });
  const ids = new Set(records.map(({ recordId }) => recordId));
  if (!isOrdered || ids.size < records.length) throw verificationError('client/answer');
  return records;
}
