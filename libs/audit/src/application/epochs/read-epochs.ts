import { type AuthorityId, type CaseId, limits } from '@rogatory/kernel';
import {
  auditCountsStatement,
  auditEpochsStatement,
  type EpochPage,
  epochSubjectKinds,
  type RecordSubject,
} from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import { auditUnavailable, recordNotFound, wrongFilter } from '../../domain/audit.errors.js';
import type { ShownEntry } from './epoch-map.js';
import { openGroup } from '../build-record.js';
import type { ReviewParts } from '../list-records.js';
import { unmarked } from '../retention/record-marks.js';
import { monthOf } from '../month-keys.js';
import { askedShard } from '../asked-log.js';
import type { ReleaseGate } from '../release-gate.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  receiptOf,
} from '../review-context.js';
import type { ReviewedRecord } from '../reviewed-record.js';
import { type CountedLog, type CountedLogs, epochFor } from './counted-logs.js';
import type { EpochRecord, StoredEpoch } from './epoch.store.js';

export interface ReadEpochsParts extends Omit<ReviewParts, 'records' | 'marks'> {
  readonly logs: Pick<CountedLogs, 'of'>;
  readonly gate: Pick<ReleaseGate, 'released'>;
}

/** What an auditor asks counts of. */
export type CountedThing = { readonly shard?: string } & (
  | { readonly kind: 'case'; readonly caseId: CaseId }
  | { readonly kind: 'actorAuthority' | 'ownerAuthority'; readonly authority: AuthorityId }
);

export interface EpochList {
  /** Records of the epochs, newest first; nothing in them is of a person, so every auditor may open them. */
  readonly records: readonly ReviewedRecord[];
  /** Give it as `below` for the next page; undefined at the end. */
  readonly nextBelow: number | undefined;
  readonly receipt: ReviewReceipt;
}

/** One subject of an epoch as the asker is shown it. */
export interface ShownCount extends ShownEntry {
  readonly authority: AuthorityId;
}

export interface ProvenCounts {
  readonly record: ReviewedRecord;
  /** `.tlog-proof` of the record under the published head. */
  readonly proof: Uint8Array;
  /** For a case one per authority that the asker reviews, else one; of a log that ended those that its last epoch counts. */
  readonly counts: readonly ShownCount[];
  readonly receipt: ReviewReceipt;
}

/** Epochs, and what they count of the cases and authorities that an auditor reviews; each look is itself a record. */
export class ReadEpochs {
  readonly #parts: ReadEpochsParts;

  constructor(parts: ReadEpochsParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `audit/filter`, `audit/unknown-log`, what `verifyAct` and the recorder throw. */
  async list(context: ReviewContext, page: EpochPage): Promise<EpochList> {
    const { database, recorder, promises, clock } = this.#parts;
    const { store } = this.#logOf(page.shard);
    const isWhole = Number.isSafeInteger(page.first) && Number.isSafeInteger(page.below ?? 1);
    if (!isWhole || page.first < 1 || page.first > limits.maxPageItems) throw wrongFilter();
    const detail = auditEpochsStatement(context.purpose, page);
    const act = verifyReviewAct(context, 'audit.epochs', detail, { clock });
    const { found, last, recorded } = await database.write(reviewPrincipal, async (writer) => {
      const epochs = await store.list(writer, page);
      const found = await Promise.all(epochs.map((epoch) => findRecord(store, writer, epoch)));
      const recorded = await recorder.record(writer, reviewEntry(context, act, { count: epochs.length, detail }));
      return { found, last: epochs.length < page.first ? undefined : epochs.at(-1)?.number, recorded };
    });
    const records = await Promise.all(found.map((one) => this.#open(one)));
    return { records, nextBelow: last, receipt: receiptOf(recorded, promises) };
  }

  /**
   * The counts of a case or an authority by an epoch that is at most `limits.minEpochGapMs` old, or by the last one of a log
   * that ended.
   * @throws RefusedError `audit/not-found` for an authority that the asker does not review, `audit/unknown-log`; UnavailableError
   * `audit/unavailable` while the epoch cannot be shown to be in the log; what `verifyAct` and the recorder throw.
   */
  async counts(context: ReviewContext, thing: CountedThing): Promise<ProvenCounts> {
    const { database, gate, recorder, promises, clock } = this.#parts;
    const id = thing.kind === 'case' ? thing.caseId : thing.authority;
    const asked = { counted: thing.kind, id, ...(thing.shard === undefined ? {} : { shard: thing.shard }) };
    const detail = auditCountsStatement(context.purpose, asked);
    const act = verifyReviewAct(context, 'audit.epochs', detail, { clock });
    const subjects = subjectsInScope(context, thing);
    const counted = this.#logOf(thing.shard);
    const { store, log, isOver } = counted;
    const { epoch, map } = (await epochFor(counted, subjects)) ?? noEpoch();
    const counts = subjects.flatMap((subject) => {
      const shown = map.show(subject);
      if (shown === undefined && !isOver) throw auditUnavailable('epoch');
      return shown === undefined ? [] : [{ ...shown, authority: subject.authority }];
    });
    if (!isOver) await gate.released(epoch.recordId, log.hasWitnesses ? 'witnessed' : 'signed');
    const { found, proof, recorded } = await database.write(reviewPrincipal, async (writer) => {
      const found = await findRecord(store, writer, epoch);
      const { index } = found.record;
      const proof = index === undefined ? undefined : await log.proof(writer, index);
      const place = thing.kind === 'case' ? { caseId: thing.caseId } : {};
      const what = { ...place, count: counts.length, detail };
      return { found, proof, recorded: await recorder.record(writer, reviewEntry(context, act, what)) };
    });
    if (proof === undefined) throw auditUnavailable('epoch');
    const receipt = receiptOf(recorded, promises);
    return { record: await this.#open(found), proof, counts, receipt };
  }

  #logOf(asked: string | undefined): CountedLog {
    return this.#parts.logs.of(askedShard(this.#parts, asked));
  }

  async #open({ epoch, record }: FoundEpoch): Promise<ReviewedRecord> {
    const { leaf, index, timeMs, sealedWhat } = record;
    const id = epoch.recordId;
    const monthKey = sealedWhat && (await this.#parts.monthKeys.find(monthOf(timeMs)));
    if (sealedWhat === undefined || monthKey === undefined) return { id, index, leaf, groups: {}, ...unmarked };
    return { id, index, leaf, groups: { what: openGroup(id, 'what', sealedWhat, monthKey) }, ...unmarked };
  }
}

async function findRecord(
  store: Pick<CountedLog['store'], 'record'>,
  reader: Reader,
  epoch: StoredEpoch,
): Promise<FoundEpoch> {
  const record = await store.record(reader, epoch);
  if (record === undefined) throw auditUnavailable('epoch');
  return { epoch, record };
}

function noEpoch(): never {
  throw auditUnavailable('epoch');
}

interface FoundEpoch {
  readonly epoch: StoredEpoch;
  readonly record: EpochRecord;
}

/** Counts of others are nobody's to ask for: what is not in the scope is as if it were not there. */
function subjectsInScope({ scope }: ReviewContext, thing: CountedThing): readonly RecordSubject[] {
  if (thing.kind === 'case') {
    if (scope.authorities.length > limits.maxEpochProofs) throw wrongFilter();
    const { caseId } = thing;
    return scope.authorities.map((authority) => ({ kind: epochSubjectKinds.case, authority, caseId }));
  }
  if (!scope.authorities.includes(thing.authority)) throw recordNotFound();
  return [{ kind: epochSubjectKinds[thing.kind], authority: thing.authority }];
}
