import { type ActId, type AuthorityId, idBytes } from '@rogatory/kernel';
import type { NotedThing } from '@rogatory/protocol';
import { prepared, type Reader } from '@rogatory/platform-database';
import type { NoteReader } from '../application/notes/note.store.js';
import type { AuditScope } from '../domain/record-filter.js';
import type { StoredRecord } from '../domain/stored-record.js';
import { readRecord, selectRecords, visible } from './sql-audit-record.store.js';

const isRecordReviewed = prepared(
  'audit/note-record',
  `SELECT EXISTS (SELECT FROM audit_event e WHERE e.id = $2 AND ${visible}) AS found`,
);
// The index of cases has numbered records alone; that of the others is short.
const isCaseReviewed = prepared(
  'audit/note-case',
  `SELECT EXISTS (SELECT FROM audit_event e WHERE e.case_id = $2 AND e.seq IS NOT NULL AND ${visible})
     OR EXISTS (SELECT FROM audit_event e WHERE e.case_id = $2 AND e.seq IS NULL AND ${visible}) AS found`,
);
// The newest first, of whatever log: a note may come long after the turn of the log that it is about.
const notesOn = prepared(
  'audit/notes-on',
  `${selectRecords} WHERE e.object_id = $2 AND e.ev = 'audit.note' AND e.out = 'allowed' AND ${visible}
   ORDER BY e.t DESC, e.id DESC LIMIT $3`,
);

export class SqlNoteStore implements NoteReader {
  async isReviewed(reader: Reader, thing: NotedThing, { authorities }: AuditScope): Promise<boolean> {
    const found =
      'record' in thing
        ? await reader.queryOne(isRecordReviewed, [[...authorities], thing.record], (row) => row.boolean('found'))
        : await reader.queryOne(isCaseReviewed, [[...authorities], idBytes(thing.caseId)], (row) =>
            row.boolean('found'),
          );
    return found === true;
  }

  async on(reader: Reader, record: ActId, body: AuthorityId, most: number): Promise<readonly StoredRecord[]> {
    return reader.queryRows(notesOn, [[body], record, most], readRecord);
  }
}
