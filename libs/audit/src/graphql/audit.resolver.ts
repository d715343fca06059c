import { demand, type RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { type ActId, parseActId } from '@rogatory/kernel';
import { CurrentRequest, IdScalar, Receipts, type ReceiptSink, SafeIntScalar } from '@rogatory/platform-graphql';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { GetRecord } from '../application/get-record.js';
import type { ListRecords } from '../application/list-records.js';
import type { ReadReceipt } from '../application/read-receipt.js';
import { databasePrincipalOf } from '../application/request-facts.js';
import { receiptEntry } from './receipt-entry.js';
import { auditRecordOf, parseFilter, parsePage, proofText } from './audit.mapping.js';
import { type ReviewedAuthorities, reviewContextOf } from './review-asker.js';
import { AuditPage, AuditRecord, AuditRecordsArgs, Receipt } from './audit.types.js';

export interface AuditUseCases {
  readonly listRecords: Pick<ListRecords, 'run'>;
  readonly getRecord: Pick<GetRecord, 'run'>;
  readonly readReceipt: Pick<ReadReceipt, 'run'>;
  readonly authorities: ReviewedAuthorities;
  /** Id of a record that no act of a device names. */
  freshId(): ActId;
}

/** What auditors ask of the log, and the receipts of one's own acts. */
@Resolver()
export class AuditResolver {
  readonly #use: AuditUseCases;

  constructor(use: AuditUseCases) {
    this.#use = use;
  }

  @Query(() => AuditPage, {
    description: 'Records that fit, newest first; the query is recorded before it is answered.',
  })
  @Access('query.auditRecords')
  async auditRecords(
    @CurrentRequest() ctx: RequestContext,
    @Args() { filter, purpose, first, after }: AuditRecordsArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditPage> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditRecords', purpose });
    const list = await this.#use.listRecords.run(context, parseFilter(filter), parsePage(first ?? null, after ?? null));
    receipts.put(list.receipt);
    const records = list.records.map((record) => auditRecordOf(record, undefined));
    const endCursor = list.nextBeforeIndex ?? null;
    return { records, endCursor, hasMore: endCursor !== null };
  }

  @Query(() => AuditRecord, { description: 'One record with its proof; the look-up is itself recorded.' })
  @Access('query.auditRecord')
  async auditRecord(
    @CurrentRequest() ctx: RequestContext,
    @Args('recordId', { type: () => IdScalar, description: 'Id of the record.' }) recordId: string,
    @Args('purpose', { description: 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.' })
    purpose: string,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditRecord> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditRecord', purpose });
    const record = await this.#use.getRecord.run(context, parseActId(recordId));
    receipts.put(record.receipt);
    return auditRecordOf(record, record.proof, record.notes);
  }

  @Query(() => Receipt, {
    description: 'The leaf of an act of this device, and its proof once a signed head covers it.',
  })
  @Access('query.receipt')
  async receipt(
    @CurrentRequest() ctx: RequestContext,
    @Args('recordId', { type: () => IdScalar, description: 'Id of the record.' }) recordId: string,
    @Args('knownSize', {
      type: () => SafeIntScalar,
      nullable: true,
      description: 'Size of the newest head that the asker verified.',
    })
    knownSize: number | null,
  ): Promise<Receipt> {
    // Row-level security shows a device its own records alone.
    demand(ctx.principal, 'query.receipt', { isOwn: true });
    const id = parseActId(recordId);
    const entry = receiptEntry(ctx, this.#use.freshId(), id);
    const asker = databasePrincipalOf(ctx.principal);
    const { leaf, proof, consistency } = await this.#use.readReceipt.run(asker, entry, id, knownSize ?? 0);
    return { recordId: id, leaf, proof: proofText(proof), consistency };
  }
}
