import {
  CodecError,
  equalBytes,
  type ObjectId,
  type PersonId,
  RefusedError,
  VerificationError,
} from '@rogatory/kernel';
import {
  type BoardEntry,
  decodeBoardEntry,
  decodeFreezeContent,
  decodeOperationPlan,
  decodeOperationReason,
  decodeSignedEndorsement,
  type EntryBody,
  type OperationPlan,
  stepKinds,
  stepMarks,
} from '@rogatory/protocol';
import { judgeEntry, judgePlan, keepsNamed } from './board-judgement.js';
import { type AlertChange, alertsOf, instrumentsOf, type PlacedMark, progressOf, stepsOf } from './board-steps.js';
import { type CountedEvent, talliesOf } from './board-tally.js';
import type {
  Board,
  BoardCode,
  BoardEndorsement,
  BoardFreeze,
  EntryHead,
  LogLine,
  SetAside,
  StandingEntry,
} from './board-view.js';
import type { OperationRefusalCode } from './operation.errors.js';
import { withoutVotesOf } from './operation-quorum.js';
import type { OperationRecord } from './operation-record.js';
import { applyOperation, isLateRecord } from './operation-rules.js';
import type { OperationStatus } from './operation-status.js';

/** A record with its content; absent where it does not open. */
export interface BoardRecord extends OperationRecord {
  readonly content?: Uint8Array;
}

/** Persons who are members no more from this place of the log on. */
export interface Departure {
  readonly place: number;
  readonly departed: readonly PersonId[];
}

export type BoardHistory = BoardRecord | Departure;

/** What stands for a departure among the hashes of records. */
const noHash = new Uint8Array();

interface Kept {
  readonly head: EntryHead;
  readonly kind: EntryBody['kind'];
  body: EntryBody | undefined;
  note: string;
  readonly corrections: EntryHead[];
}

/**
 * Folds the records of one operation in the order of the log into its board. It reads no clock and asks nobody: the same
 * records give the same board on every device.
 */
export class BoardFold {
  readonly #operationId: ObjectId;
  readonly #seen = new Map<number, Uint8Array>();
  readonly #objects = new Set<ObjectId>();
  readonly #entries = new Map<ObjectId, Kept>();
  readonly #named: BoardEntry[] = [];
  readonly #marks: PlacedMark[] = [];
  readonly #changes = new Map<ObjectId, AlertChange[]>();
  readonly #log: LogLine[] = [];
  readonly #endorsements: BoardEndorsement[] = [];
  #frozen: BoardFreeze | undefined;
  readonly #setAside: SetAside[] = [];
  #lastPlace = -1;
  #status: OperationStatus | undefined;
  #plan: OperationPlan | undefined;
  #hasRun = false;

  constructor(operationId: ObjectId) {
    this.#operationId = operationId;
  }

  /** What the facts come to so far; undefined before the first plan. */
  get status(): OperationStatus | undefined {
    return this.#status;
  }

  /**
   * Takes the next record or departure. One that was taken before changes nothing.
   * @throws VerificationError `board/fork` for another record at a place that is taken; RefusedError `board/out-of-order`
   * for one before the last.
   */
  apply(next: BoardHistory): void {
    const hash = 'departed' in next ? noHash : next.itemHash;
    const known = this.#seen.get(next.place);
    if (known !== undefined) {
      if (equalBytes(known, hash)) return;
      throw new VerificationError('board/fork', 'two records at one place of the log');
    }
    if (next.place <= this.#lastPlace) throw new RefusedError('board/out-of-order', 'not in the order of the log');
    this.#seen.set(next.place, hash);
    this.#lastPlace = next.place;
    if ('departed' in next) this.#depart(next);
    else this.#take(next);
  }

  /** The board as of the last record. @throws RefusedError `board/no-plan` before the first plan. */
  board(): Board {
    const status = this.#status;
    if (status === undefined) throw new RefusedError('board/no-plan', 'no plan was made yet');
    const plan = this.#plan;
    const entries: StandingEntry[] = [...this.#entries.values()].map(({ head, body, note, corrections }) => ({
      ...{ head, note, corrections: [...corrections] },
      ...(body === undefined ? {} : { body }),
    }));
    const steps = plan === undefined ? [] : stepsOf(plan, entries, this.#marks);
    return {
      status,
      ...(plan === undefined ? {} : { plan }),
      ...{ steps, progress: progressOf(status, steps) },
      instruments: plan === undefined ? [] : instrumentsOf(plan, entries),
      alerts: plan === undefined ? [] : alertsOf(plan, status, this.#changes),
      ...{ entries, tallies: talliesOf(eventsOf(entries)), log: [...this.#log], setAside: [...this.#setAside] },
      ...(this.#frozen === undefined ? {} : { frozen: this.#frozen }),
      endorsements: [...this.#endorsements],
    };
  }

  #depart({ departed }: Departure): void {
    if (this.#status !== undefined) this.#status = withoutVotesOf(this.#status, new Set(departed));
  }

  #take(record: BoardRecord): void {
    const before = this.#status;
    let after: OperationStatus;
    try {
      after = this.#statusAfter(before, record);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#putAside(record, error.code as OperationRefusalCode);
      return;
    }
    if (record.version === 1) this.#objects.add(record.objectId);
    this.#status = after;
    this.#hasRun ||= after.stage === 'running';
    try {
      const code = this.#read(record, before ?? after);
      if (code !== undefined) this.#putAside(record, code);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#putAside(record, 'board/unreadable');
    }
  }

  #statusAfter(before: OperationStatus | undefined, record: BoardRecord): OperationStatus {
    if (record.facts.operationId !== this.#operationId) {
      throw new RefusedError('operation/object', 'a record of another operation');
    }
    const isKnown = record.version === 1 && this.#objects.has(record.objectId);
    if (isKnown && record.objectId !== this.#operationId) throw new RefusedError('operation/twice', 'was done before');
    return applyOperation(before, record);
  }

  /** Reads the content, as far as there is one that can be read; gives why it is set aside. */
  #read(record: BoardRecord, before: OperationStatus): BoardCode | undefined {
    const { content, facts } = record;
    if (content === undefined) return 'board/unreadable';
    const line = { ...this.#head(record), act: facts.act };
    switch (facts.act) {
      case 'plan':
        return this.#readPlan(record, content, before);
      case 'entry':
      case 'hold':
      case 'restore':
        return this.#readEntry(record, content, before);
      case 'freeze':
        this.#frozen = { head: this.#head(record), ...decodeFreezeContent(content) };
        this.#log.push({ ...line, reason: this.#frozen.reason });
        return undefined;
      case 'endorse':
        this.#endorsements.push({ head: this.#head(record), signed: decodeSignedEndorsement(content) });
        this.#log.push(line);
        return undefined;
      default:
        this.#log.push({ ...line, reason: decodeOperationReason(content) });
        return undefined;
    }
  }

  #readPlan(record: BoardRecord, content: Uint8Array, before: OperationStatus): BoardCode | undefined {
    const { facts } = record;
    if (facts.act !== 'plan') return 'board/mismatch';
    const plan = decodeOperationPlan(content);
    const code = judgePlan(plan, facts);
    if (code !== undefined) return code;
    const isUnderWay = before.stage === 'running' || before.stage === 'suspended';
    if (isUnderWay && this.#plan !== undefined && !keepsNamed(this.#plan, plan, this.#named)) return 'board/plan';
    this.#plan = plan;
    this.#log.push({ ...this.#head(record), act: facts.act });
    return undefined;
  }

  #readEntry(record: BoardRecord, content: Uint8Array, status: OperationStatus): BoardCode | undefined {
    const entry = decodeBoardEntry(content);
    const plan = this.#plan;
    const by = { plan, status, hasRun: this.#hasRun, entry: (id: ObjectId) => this.#entries.get(id) };
    const code = judgeEntry(entry, record, by);
    if (code !== undefined) return code;
    const head = this.#head(record);
    this.#named.push(entry);
    this.#log.push({ ...head, act: record.facts.act, entry });
    this.#enter(entry, head, record);
    return undefined;
  }

  #enter(entry: BoardEntry, head: EntryHead, record: BoardRecord): void {
    if (entry.kind === 'alert') this.#change(entry, head, record);
    else if (entry.kind === 'correction') this.#correct(entry, head);
    else {
      const { note, ...body } = entry;
      this.#entries.set(head.objectId, { head, kind: entry.kind, body, note, corrections: [] });
    }
  }

  #correct(correction: BoardEntry & { readonly kind: 'correction' }, head: EntryHead): void {
    const kept = this.#entries.get(correction.entryId);
    if (kept === undefined) return;
    kept.body = correction.given;
    kept.note = correction.note;
    kept.corrections.push(head);
  }

  #change(entry: BoardEntry & { readonly kind: 'alert' }, head: EntryHead, record: BoardRecord): void {
    const changes = this.#changes.get(entry.alertId) ?? [];
    changes.push({ head, state: entry.state, authority: entry.authority });
    this.#changes.set(entry.alertId, changes);
    const { act } = record.facts;
    if (act !== 'hold' && act !== 'restore') return;
    const isThat = (step: OperationPlan['steps'][number]) =>
      step.kind === stepKinds[act] && step.alertId === entry.alertId && step.state === head.author.state;
    for (const { id } of this.#plan?.steps.filter(isThat) ?? []) {
      this.#marks.push({ head, stepId: id, mark: stepMarks.done });
    }
  }

  #putAside(record: BoardRecord, code: SetAside['code']): void {
    this.#setAside.push({ head: this.#head(record), act: record.facts.act, code });
  }

  #head(record: BoardRecord): EntryHead {
    const { objectId, itemHash, place, author, time, facts } = record;
    const isReport = facts.act === 'entry' || facts.act === 'hold' || facts.act === 'restore';
    const logTimeMs = Math.max(this.#status?.logTimeMs ?? 0, record.headTimeMs);
    return {
      ...{ objectId, itemHash, place, author, time, acted: isReport ? facts.acted : time },
      ...{ isQueued: isReport && facts.isQueued, isLate: isLateRecord(record, logTimeMs) },
    };
  }
}

/** The board of an operation's records and departures, in whatever order and however often they came. */
export function boardOf(operationId: ObjectId, history: Iterable<BoardHistory>): Board {
  const fold = new BoardFold(operationId);
  for (const next of [...history].sort((a, b) => a.place - b.place)) fold.apply(next);
  return fold.board();
}

function* eventsOf(entries: Iterable<StandingEntry>): Generator<CountedEvent> {
  for (const { head, body } of entries) {
    if (body?.kind === 'event') yield { state: head.author.state, event: body };
  }
}
