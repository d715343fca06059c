import { type ActId, type AuthorityId, limits, type ObjectId, parseActId, utf8 } from '@rogatory/kernel';
import {
  type AuthorityCalendar,
  compareFindings,
  decodeCalendar,
  decodeFinding,
  type Finding,
  type FindingDifference,
  type FindingId,
  FindingsEngine,
  isFindingRule,
  type OpenedRecord,
  parseFindingId,
  type WitnessedHead,
} from '@rogatory/findings';
import {
  actSubjects,
  auditFindingsStatement,
  auditPurposes,
  type FindingQuery,
  type FindingState,
  findingStates,
  type FindingVerdict,
  findingVerdictStatement,
  nameOf,
} from '@rogatory/protocol';
import type { GivenReason } from '../acts/act-chain.js';
import { refusedError, usageError, verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import { auditFindingsOperation, dismissFindingOperation, reopenFindingOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import { asBytes, asFlag, asList, asText, asWhole } from '../transport/answer.js';
import type { RecordList, Review } from './review.js';
import type { OpenRecord } from './open-record.js';

/** What an auditor said of a finding last; the reason stands in the record. */
export interface GivenVerdict {
  readonly verdict: FindingVerdict;
  readonly recordCount: number;
  readonly atMs: number;
  readonly recordId: ActId;
}

/** A finding as the server proposes it. */
export interface ProposedFinding {
  readonly id: FindingId;
  readonly rule: string;
  /** Undefined where it was erased with the records that it rests on. */
  readonly finding: Finding | undefined;
  /** Whether the basis in force shows it; else only an earlier one did. */
  readonly isCurrent: boolean;
  readonly state: FindingState;
  readonly verdict: GivenVerdict | undefined;
}

export interface FindingPage {
  /** Newest first. */
  readonly findings: readonly ProposedFinding[];
  readonly hasMore: boolean;
  /** Number of records over which the server computed. */
  readonly computedTo: number;
  /** What the server says about working hours, of the authorities in scope. */
  readonly calendars: readonly AuthorityCalendar[];
}

/** With what a client computes findings by itself. */
export interface Recomputation {
  /** Name of the log; the one that takes records where left out. */
  readonly shard?: string;
  /** The auditor's own; they win over the server's. */
  readonly calendars?: readonly AuthorityCalendar[];
  /** The opened free text of a reason, for whoever holds the oversight body's key; undefined where it does not open. */
  readonly reasonText?: (record: OpenRecord) => string | undefined;
  /** Heads with the time of their quorum's last cosignature, ascending by size. */
  readonly witnessedHeads?: readonly WitnessedHead[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the records show, against what the server said. */
export interface RecomputedFindings {
  readonly proposed: readonly ProposedFinding[];
  readonly recomputed: readonly Finding[];
  readonly differences: readonly FindingDifference[];
  /** Number of records that were read. */
  readonly records: number;
  /** Memory entries that were forgotten; above 0 something may have been missed. */
  readonly forgotten: number;
  /** Authorities in scope without a calendar: off-hours is not computed for them. */
  readonly withoutCalendar: readonly AuthorityId[];
  /** Authorities whose calendar is the server's word alone. */
  readonly calendarOfServer: readonly AuthorityId[];
}

export interface FindingsParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly keys: UnlockedKeyStore;
  /** Lists records, each look-up recorded. */
  readonly list: (
    review: Review,
    range: { readonly firstIndex: number; readonly lastIndex: number; readonly shard?: string },
    page: { readonly first: number },
  ) => Promise<RecordList>;
  readonly reason: (review: Review) => GivenReason;
}

/** Every finding that the server proposes, newest first. */
export interface ProposedFindings {
  readonly proposed: readonly ProposedFinding[];
  /** Number of records over which the server computed. */
  readonly computedTo: number;
  readonly calendars: readonly AuthorityCalendar[];
}

/** A server computes once a minute; whoever meets it at work a few times in a row should try later. */
const MAX_ATTEMPTS = 5;

/** What somebody should look at: as the server proposes it, and as the records show it. */
export class Findings {
  readonly #parts: FindingsParts;

  constructor(parts: FindingsParts) {
    this.#parts = parts;
  }

  /** A page of what the server proposes. @throws VerificationError `client/answer`. */
  async list(review: Review, query: Partial<FindingQuery> = {}): Promise<FindingPage> {
    const { gateway } = this.#parts;
    const asked: FindingQuery = { first: limits.defaultPageItems, ...query };
    const statement = utf8(auditFindingsStatement(review.purpose, asked));
    const variables = { ...asked, purpose: nameOf(auditPurposes, review.purpose) };
    const call = { variables, subject: actSubjects.listFindings(statement), reason: this.#parts.reason(review) };
    return gateway.call(auditFindingsOperation, call, ({ auditFindings }) => ({
      findings: asList(auditFindings.findings).map((told) => proposedOf(told as ToldFinding)),
      hasMore: asFlag(auditFindings.hasMore),
      computedTo: asWhole(auditFindings.computedTo),
      calendars: asList(auditFindings.calendars, limits.maxDirectoryEntries).map((told) =>
        decodeCalendar(asBytes(told)),
      ),
    }));
  }

  /**
   * Lets a finding be, or takes that back; `justification.text` says why and is sealed like any reason.
   * @throws UsageError `client/input` without a text; the server's `audit/own-finding`, `audit/not-found`, `audit/filter`.
   */
  async judge(review: Review, verdict: FindingVerdict, finding: Pick<Finding, 'id' | 'recordCount'>): Promise<void> {
    if ((review.justification?.text ?? '').trim() === '') throw usageError('client/input');
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const { id, recordCount } = finding;
    const statement = utf8(findingVerdictStatement(review.purpose, recordCount));
    const variables = { findingId: id, purpose: nameOf(auditPurposes, review.purpose), recordCount };
    const subject = actSubjects.judgeFinding(verdict, id as string as ObjectId, statement);
    const call = { variables, subject, reason: this.#parts.reason(review) };
    if (verdict === 'dismiss') await gateway.call(dismissFindingOperation, call, (told) => asFlag(told.dismissFinding));
    else await gateway.call(reopenFindingOperation, call, (told) => asFlag(told.reopenFinding));
  }

  /**
   * Computes findings over the records themselves, as far as the server says that it did, and names what differs.
   * SPEC: findings 7. Reads the whole log in pages: each is a recorded look-up.
   * @throws VerificationError for a record that is missing or does not hold together.
   */
  async recompute(review: Review, given: Recomputation = {}): Promise<RecomputedFindings> {
    const { proposed, computedTo, calendars: ofServer } = await this.all(review, given.shard);
    await this.#parts.directory.syncWhenOld();
    const scope = this.#scope();
    const own = new Set((given.calendars ?? []).map(({ authority }) => authority));
    const calendars = [...(given.calendars ?? []), ...ofServer.filter(({ authority }) => !own.has(authority))];
    const { witnessedHeads } = given;
    const engine = new FindingsEngine({
      ...{ scope, calendars, mandateOf: (person) => this.#parts.directory.view.person(person)?.certificate },
      ...(witnessedHeads === undefined ? {} : { witnessedHeads }),
    });
    for await (const record of this.#records(review, computedTo, given)) engine.push(record);
    const recomputed = engine.take();
    const known = new Set(calendars.map(({ authority }) => authority));
    const told = proposed.flatMap(({ finding, isCurrent }) => (finding !== undefined && isCurrent ? [finding] : []));
    const erased = new Set(proposed.flatMap(({ id, finding }) => (finding === undefined ? [id] : [])));
    const comparable = recomputed.filter(({ id }) => !erased.has(id));
    return {
      ...{ proposed, recomputed, records: computedTo, forgotten: engine.forgotten },
      differences: compareFindings({ proposed: told, recomputed: comparable, scope }),
      withoutCalendar: [...scope].filter((authority) => !known.has(authority)),
      calendarOfServer: ofServer.flatMap(({ authority }) => (own.has(authority) ? [] : [authority])),
    };
  }

  /** Every finding that the server proposes. One that computes meanwhile is asked anew: the pages have to be of one time. */
  async all(review: Review, shard?: string): Promise<ProposedFindings> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const told = await this.#pages(review, shard);
      if (told !== undefined) return told;
    }
    throw refusedError('client/contended');
  }

  async #pages(review: Review, shard: string | undefined): Promise<ProposedFindings | undefined> {
    const place = shard === undefined ? {} : { shard };
    const proposed = new Map<FindingId, ProposedFinding>();
    let computedTo: number | undefined;
    for (let after: FindingId | undefined; ; ) {
      const asked = { first: limits.maxPageItems, ...place, ...(after === undefined ? {} : { after }) };
      const page = await this.list(review, asked);
      computedTo ??= page.computedTo;
      if (page.computedTo !== computedTo) return undefined;
      for (const finding of page.findings) {
        if (proposed.has(finding.id)) throw verificationError('client/answer');
        proposed.set(finding.id, finding);
      }
      after = page.findings.at(-1)?.id;
      if (!page.hasMore || after === undefined) {
        return { proposed: [...proposed.values()], computedTo, calendars: page.calendars };
      }
    }
  }

  /** Records in the order of the log, each index once: one that the server leaves out is an error, not a gap. */
  async *#records(
    review: Review,
    size: number,
    { reasonText, onProgress, shard }: Recomputation,
  ): AsyncGenerator<OpenedRecord> {
    for (let next = 0; next < size; ) {
      const lastIndex = Math.min(next + limits.maxPageItems, size) - 1;
      const range = { firstIndex: next, lastIndex, ...(shard === undefined ? {} : { shard }) };
      const { records } = await this.#parts.list(review, range, { first: limits.maxPageItems });
      for (const record of records.toReversed()) {
        if (record.index !== next) throw verificationError('client/answer');
        const text = reasonText?.(record);
        yield { ...record, index: next, ...(text === undefined ? {} : { reasonText: text }) };
        next += 1;
      }
      if (next !== lastIndex + 1) throw verificationError('client/answer');
      onProgress?.(next, size);
    }
  }

  /** The authorities that name this auditor's oversight body, and the body itself. */
  #scope(): ReadonlySet<AuthorityId> {
    const { directory, keys } = this.#parts;
    const ids = directory.view.authorities().map(({ authorityId }) => authorityId);
    const isReviewed = (id: AuthorityId) =>
      id === keys.authorityId || directory.view.oversightOf(id)?.authorityId === keys.authorityId;
    return new Set(ids.filter(isReviewed));
  }
}

interface ToldFinding {
  readonly findingId: unknown;
  readonly rule: unknown;
  readonly body: unknown;
  readonly isCurrent: unknown;
  readonly state: unknown;
  readonly verdict: unknown;
}

interface ToldVerdict {
  readonly verdict: unknown;
  readonly recordCount: unknown;
  readonly atMs: unknown;
  readonly recordId: unknown;
}

function proposedOf(told: ToldFinding): ProposedFinding {
  const id = parseFindingId(asText(told.findingId));
  const rule = asText(told.rule);
  const finding = told.body === null ? undefined : decodeFinding(asBytes(told.body));
  const state = findingStates.find((known) => known === told.state);
  const isOne = finding === undefined || (finding.id === id && finding.rule === rule);
  if (!isFindingRule(rule) || !isOne || state === undefined) throw verificationError('client/answer');
  return { id, rule, finding, isCurrent: asFlag(told.isCurrent), state, verdict: verdictOf(told.verdict) };
}

function verdictOf(value: unknown): GivenVerdict | undefined {
  if (value === null || value === undefined) return undefined;
  const told = value as ToldVerdict;
  const verdict = asText(told.verdict);
  if (verdict !== 'dismiss' && verdict !== 'reopen') throw verificationError('client/answer');
  const { recordCount, atMs, recordId } = told;
  return { verdict, recordCount: asWhole(recordCount), atMs: asWhole(atMs), recordId: parseActId(asText(recordId)) };
}
