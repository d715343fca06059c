import type { ObjectId, PersonId } from '@rogatory/kernel';
import type { FindingId } from '@rogatory/findings';
import {
  auditObjectKinds,
  type FindingVerdict,
  findingVerdictEvents,
  findingVerdictStatement,
} from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import { ownFinding, recordNotFound, wrongFilter } from '../../domain/audit.errors.js';
import { monthOf } from '../month-keys.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  demandReasonText,
  receiptOf,
} from '../review-context.js';
import type { FindingReader, FindingWriter, JudgedFinding } from './finding.store.js';
import type { ListFindingsParts } from './list-findings.js';
import { openFinding } from './sealed-memory.js';

export interface JudgeFindingParts
  extends Omit<ListFindingsParts, 'findingsOf' | 'calendars' | 'shard' | 'pastShards'> {
  readonly findings: Pick<FindingReader, 'find'> & Pick<FindingWriter, 'judge'>;
}

export interface GivenVerdict {
  readonly verdict: FindingVerdict;
  readonly id: FindingId;
  /** With how many records the auditor saw it: one that grew meanwhile is not what was judged. */
  readonly recordCount: number;
}

/** An auditor lets a finding be, for a reason that is recorded, or takes that back. */
export class JudgeFinding {
  readonly #parts: JudgeFindingParts;

  constructor(parts: JudgeFindingParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `audit/not-found` (also outside the scope, and where it was erased), `audit/own-finding`,
   * `audit/filter` where it has fewer records than were judged, `audit/reason-missing` without a text; what `verifyAct` throws.
   */
  async run(context: ReviewContext, given: GivenVerdict): Promise<ReviewReceipt> {
    const { database, findings, recorder, promises, clock } = this.#parts;
    const { id, recordCount, verdict } = given;
    const statement = findingVerdictStatement(context.purpose, recordCount);
    // The id of a finding has the form of any object's.
    const objectId = id as string as ObjectId;
    const act = verifyReviewAct(context, findingVerdictEvents[verdict], statement, { objectId, clock });
    // SPEC: findings 6: the reason MUST have a free text.
    demandReasonText(act);
    const recorded = await database.write(reviewPrincipal, async (writer) => {
      const found = await this.#judged(writer, context, given);
      const [owner] = found.authorities;
      const ofOwner = owner === undefined ? {} : { ownerAuthorityId: owner };
      const what = { ...ofOwner, objectKind: auditObjectKinds.finding, objectId, count: 1, detail: statement };
      const recorded = await recorder.record(writer, reviewEntry(context, act, what));
      const { id: recordId, timeMs } = recorded;
      await findings.judge(writer, id, { isDismissed: verdict === 'dismiss', recordCount, timeMs, recordId });
      return recorded;
    });
    return receiptOf(recorded, promises);
  }

  async #judged(reader: Reader, context: ReviewContext, { id, recordCount }: GivenVerdict): Promise<JudgedFinding> {
    const found = await this.#parts.findings.find(reader, id, context.scope.authorities);
    if (found?.body === undefined) throw recordNotFound();
    if ((await this.#personOf(found, found.body)) === context.who.personId) throw ownFinding();
    if (recordCount < 1 || recordCount > found.recordCount) throw wrongFilter();
    return found;
  }

  /** @throws RefusedError `audit/not-found`: of whom nobody can tell whom it concerns, nobody judges. */
  async #personOf({ id, untilMs }: JudgedFinding, sealed: Uint8Array): Promise<PersonId | undefined> {
    const monthKey = await this.#parts.monthKeys.find(monthOf(untilMs));
    if (monthKey === undefined) throw recordNotFound();
    return openFinding(id, sealed, monthKey).person;
  }
}
