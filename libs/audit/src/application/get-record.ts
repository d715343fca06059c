import { type ActId, limits, type ObjectId } from '@rogatory/kernel';
import { auditObjectKinds, auditViewStatement } from '@rogatory/protocol';
import { recordNotFound } from '../domain/audit.errors.js';
import type { ActRunner } from './act-runner.js';
import type { ReviewParts } from './list-records.js';
import type { LogReaders } from './log/log-readers.js';
import type { NoteReader } from './notes/note.store.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
} from './review-context.js';
import { openRecords, type ReviewedRecord } from './reviewed-record.js';

export interface ProvenRecord extends ReviewedRecord {
  /** `.tlog-proof` under the newest signed head; undefined while the record waits for it. */
  readonly proof: Uint8Array | undefined;
  /** What auditors of the asker's own body noted on it, newest first, at most `limits.maxShownNotes`. */
  readonly notes: readonly ReviewedRecord[];
  /** That the look-up itself will be in the log. */
  readonly receipt: ReviewReceipt;
}

export interface GetRecordParts extends ReviewParts {
  readonly notes: Pick<NoteReader, 'on'>;
  readonly acts: Pick<ActRunner, 'accounted'>;
}

/** An auditor fetches one record with its proof; the look-up is itself a record. */
export class GetRecord {
  readonly #parts: GetRecordParts;
  readonly #logs: Pick<LogReaders, 'of'>;

  constructor(parts: GetRecordParts, logs: Pick<LogReaders, 'of'>) {
    this.#parts = parts;
    this.#logs = logs;
  }

  /** @throws RefusedError `audit/not-found` (recorded as a look-up of nothing), what `verifyAct` throws. */
  async run(context: ReviewContext, id: ActId): Promise<ProvenRecord> {
    const { database, records, recorder, monthKeys, marks, promises, clock, notes } = this.#parts;
    const statement = auditViewStatement(context.purpose);
    // A record's id is a UUID like that of any object.
    const objectId = id as string as ObjectId;
    const act = verifyReviewAct(context, 'audit.view', statement, { objectId, clock });
    const found = await database.write(reviewPrincipal, async (writer) => {
      const stored = await records.find(writer, id, context.scope);
      const body = context.who.authorityId;
      const noted = body === undefined ? [] : await notes.on(writer, id, body, limits.maxShownNotes);
      const marked = await marks.of(writer, [id, ...noted.map((note) => note.id)]);
      const log = stored && this.#logs.of(stored.shard);
      const proof = stored?.index === undefined ? undefined : await log?.proof(writer, stored.index);
      const what = { objectKind: auditObjectKinds.record, objectId, count: stored === undefined ? 0 : 1 };
      const recorded = await recorder.record(writer, reviewEntry(context, act, { ...what, detail: statement }));
      return stored && { stored, noted, marked, proof, recorded };
    });
    if (found === undefined) throw this.#nothing();
    const [record] = await openRecords([found.stored], { monthKeys, marks: found.marked, purpose: context.purpose });
    if (record === undefined) throw this.#nothing();
    const receipt = { recordId: found.recorded.id, promise: promises.promise(found.recorded) };
    const opened = await openRecords(found.noted, { monthKeys, marks: found.marked });
    return { ...record, proof: found.proof, notes: opened, receipt };
  }

  /** The look-up stands in the log already, with what it came to. */
  #nothing(): Error {
    const error = recordNotFound();
    this.#parts.acts.accounted(error);
    return error;
  }
}
