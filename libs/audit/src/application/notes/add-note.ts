import type { Clock, ObjectId } from '@rogatory/kernel';
import { auditNoteStatement, auditObjectKinds, type AuditWhat, type NotedThing } from '@rogatory/protocol';
import type { Database, Reader } from '@rogatory/platform-database';
import { recordNotFound } from '../../domain/audit.errors.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { PromiseSigner } from '../promise-signer.js';
import type { RecordMarks } from '../retention/record-marks.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  demandReasonText,
  receiptOf,
} from '../review-context.js';
import type { NoteReader } from './note.store.js';

export interface AddNoteParts {
  readonly database: Database;
  readonly notes: Pick<NoteReader, 'isReviewed'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly marks: RecordMarks;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
}

/**
 * An auditor attaches a note to a record or a case. The record of the act is the note: its sealed reason is the text, which
 * nobody but the own oversight body can open.
 */
export class AddNote {
  readonly #parts: AddNoteParts;

  constructor(parts: AddNoteParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `audit/not-found` for what is not there, outside of the scope, or restricted to another purpose;
   * `audit/reason-missing` without a text; what `verifyAct` and the recorder throw.
   */
  async run(context: ReviewContext, thing: NotedThing): Promise<ReviewReceipt> {
    const { database, recorder, promises, clock } = this.#parts;
    const statement = auditNoteStatement(context.purpose);
    const place = placeOf(thing);
    const act = verifyReviewAct(context, 'audit.note', statement, { ...place, clock });
    // SPEC: review 4: a note MUST have a text.
    demandReasonText(act);
    const recorded = await database.write(reviewPrincipal, async (writer) => {
      await this.#demandReviewed(writer, context, thing);
      return recorder.record(writer, reviewEntry(context, act, { ...place, count: 1, detail: statement }));
    });
    return receiptOf(recorded, promises);
  }

  async #demandReviewed(reader: Reader, { scope, purpose }: ReviewContext, thing: NotedThing): Promise<void> {
    const { notes, marks } = this.#parts;
    if (!(await notes.isReviewed(reader, thing, scope))) throw recordNotFound();
    if (!('record' in thing)) return;
    const restrictedTo = (await marks.of(reader, [thing.record])).get(thing.record)?.restrictedTo;
    if (restrictedTo !== undefined && restrictedTo !== purpose) throw recordNotFound();
  }
}

/**
 * What the record of a note says that it is about. It names no owner, even where the case has one: so nobody but the body of
 * the auditor opens it.
 */
function placeOf(thing: NotedThing): Pick<AuditWhat, 'objectKind' | 'objectId' | 'caseId'> {
  if (!('record' in thing)) return { objectKind: auditObjectKinds.none, caseId: thing.caseId };
  // A record's id is a UUID like that of any object.
  return { objectKind: auditObjectKinds.record, objectId: thing.record as string as ObjectId };
}
