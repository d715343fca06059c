import { type RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { CodecError, limits, parseAuthorityId, parseCaseId } from '@rogatory/kernel';
import { countedNames } from '@rogatory/protocol';
import { CurrentRequest, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { CountedThing, ReadEpochs } from '../application/epochs/read-epochs.js';
import { auditRecordOf, shardOf } from './audit.mapping.js';
import { AuditCounts, AuditCountsArgs, AuditEpochPage, AuditEpochsArgs } from './epochs.types.js';
import { type ReviewedAuthorities, reviewContextOf } from './review-asker.js';

export interface EpochUseCases {
  readonly readEpochs: Pick<ReadEpochs, 'list' | 'counts'>;
  readonly authorities: ReviewedAuthorities;
}

/** Epochs of the log: what shows an auditor that a filtered list is whole. */
@Resolver()
export class EpochsResolver {
  readonly #use: EpochUseCases;

  constructor(use: EpochUseCases) {
    this.#use = use;
  }

  @Query(() => AuditEpochPage, { description: 'Epochs, newest first; the look-up is itself recorded.' })
  @Access('query.auditEpochs')
  async auditEpochs(
    @CurrentRequest() ctx: RequestContext,
    @Args() { purpose, first, below, shard }: AuditEpochsArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditEpochPage> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditEpochs', purpose });
    const page = {
      first: first ?? limits.defaultPageItems,
      ...(below === null || below === undefined ? {} : { below }),
      ...shardOf(shard),
    };
    const list = await this.#use.readEpochs.list(context, page);
    receipts.put(list.receipt);
    const records = list.records.map((record) => auditRecordOf(record, undefined));
    return { records, endCursor: list.nextBelow ?? null };
  }

  @Query(() => AuditCounts, {
    description: 'How many records there are of a case or an authority that one reviews; the look-up is recorded.',
  })
  @Access('query.auditCounts')
  async auditCounts(
    @CurrentRequest() ctx: RequestContext,
    @Args() { counted, id, purpose, shard }: AuditCountsArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditCounts> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditCounts', purpose });
    const thing = { ...countedThing(counted, id), ...shardOf(shard) };
    const { record, proof, counts, receipt } = await this.#use.readEpochs.counts(context, thing);
    receipts.put(receipt);
    const shown = counts.map(({ authority, opening, entry, siblings }) => ({
      ...{ authorityId: authority, opening, entry, siblings },
    }));
    return { epoch: auditRecordOf(record, proof), counts: shown };
  }
}

/** @throws CodecError `codec/unknown-value`, and for an id of another form. */
function countedThing(text: string, id: string): CountedThing {
  const kind = countedNames.find((name) => name === text);
  if (kind === undefined) throw new CodecError('codec/unknown-value', 'unknown value of a closed field');
  return kind === 'case' ? { kind, caseId: parseCaseId(id) } : { kind, authority: parseAuthorityId(id) };
}
