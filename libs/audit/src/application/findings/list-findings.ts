import type { Clock } from '@rogatory/kernel';
import {
  type AuthorityCalendar,
  encodeCalendar,
  encodeFinding,
  type FindingId,
  type FindingRule,
} from '@rogatory/findings';
import { auditFindingsStatement, auditObjectKinds, type FindingQuery } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';
import { wrongFilter } from '../../domain/audit.errors.js';
import { isPageSize } from '../../domain/record-filter.js';
import { askedShard, type KnownShards } from '../asked-log.js';
import type { AuditRecorder } from '../audit-recorder.js';
import { type MonthKeys, monthOf } from '../month-keys.js';
import type { PromiseSigner } from '../promise-signer.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  receiptOf,
} from '../review-context.js';
import { findingBasis } from './compute-findings.js';
import type { FindingReader, JudgedFinding, StoredVerdict } from './finding.store.js';
import { openFinding } from './sealed-memory.js';

export interface ListFindingsParts extends KnownShards {
  readonly database: Database;
  readonly findingsOf: (shard: string) => FindingReader;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
  readonly calendars: readonly AuthorityCalendar[];
}

/** A finding as an auditor gets it. */
export interface ToldFinding {
  readonly id: FindingId;
  readonly rule: FindingRule;
  /** Its bytes (docs/spec/findings.md 2); undefined where it was erased with what it rests on. */
  readonly body: Uint8Array | undefined;
  /** Whether the computation in force shows it; else only an earlier one did, over other records or on another basis. */
  readonly isCurrent: boolean;
  readonly state: 'open' | 'dismissed';
  readonly verdict: StoredVerdict | undefined;
}

export interface FindingList {
  /** Newest first. */
  readonly findings: readonly ToldFinding[];
  readonly hasMore: boolean;
  /** Number of records over which findings are computed and stored. */
  readonly computedTo: number;
  /** The calendars that the server uses, of the authorities in scope; their exact bytes. */
  readonly calendars: readonly Uint8Array[];
  readonly receipt: ReviewReceipt;
}

/** An auditor lists what the server proposes to look at; the look-up is itself a record. */
export class ListFindings {
  readonly #parts: ListFindingsParts;
  readonly #basis: string;

  constructor(parts: ListFindingsParts) {
    this.#parts = parts;
    this.#basis = findingBasis(parts.calendars);
  }

  /** @throws RefusedError `audit/filter`, `audit/unknown-log`, what `verifyAct` and the recorder throw. */
  async run(context: ReviewContext, query: FindingQuery): Promise<FindingList> {
    const { database, recorder, promises, clock, calendars } = this.#parts;
    if (!isPageSize(query.first)) throw wrongFilter();
    const findings = this.#parts.findingsOf(askedShard(this.#parts, query.shard));
    const statement = auditFindingsStatement(context.purpose, query);
    const act = verifyReviewAct(context, 'audit.finding.list', statement, { clock });
    const { authorities } = context.scope;
    const { rule, state, first, after } = query;
    const { rows, place, recorded } = await database.write(reviewPrincipal, async (writer) => {
      const search = { authorities, rule, state, first, after: after as FindingId | undefined };
      const rows = await findings.search(writer, search);
      const place = await findings.place(writer);
      const what = { objectKind: auditObjectKinds.finding, count: rows.length, detail: statement };
      return { rows, place, recorded: await recorder.record(writer, reviewEntry(context, act, what)) };
    });
    // What another basis computed says nothing about this one.
    const { pass, nextIndex } = place?.basis === this.#basis ? place : { pass: 0, nextIndex: 0 };
    return {
      findings: await Promise.all(rows.map((row) => this.#told(row, pass))),
      hasMore: rows.length === first,
      computedTo: nextIndex,
      calendars: calendars.filter(({ authority }) => authorities.includes(authority)).map(encodeCalendar),
      receipt: receiptOf(recorded, promises),
    };
  }

  async #told(row: JudgedFinding, pass: number): Promise<ToldFinding> {
    const { id, rule, body: sealed, verdict, recordCount, untilMs } = row;
    const monthKey = sealed === undefined ? undefined : await this.#parts.monthKeys.find(monthOf(untilMs));
    const finding = sealed === undefined || monthKey === undefined ? undefined : openFinding(id, sealed, monthKey);
    const isDismissed = verdict?.isDismissed === true && verdict.recordCount >= recordCount;
    return {
      ...{ id, rule, verdict, isCurrent: row.pass === pass, state: isDismissed ? 'dismissed' : 'open' },
      body: finding === undefined ? undefined : encodeFinding(finding),
    };
  }
}
