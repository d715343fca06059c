import {
  type ActId,
  type CaseId,
  CodecError,
  type CompartmentId,
  idBytes,
  idFromBytes,
  type ObjectId,
} from '@rogatory/kernel';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { OperationStore, OwnRecord } from '../application/operation.store.js';
import { brokenRow } from '../domain/operations.errors.js';
import type { StoredOperation } from '../domain/stored-operation.js';
import { decodeStatus, encodeStatus } from './status-bytes.js';

const COLUMNS = 'o.compartment_id, o.case_id, o.status, o.since, o.position';

const statements = {
  find: prepared(
    'operations/find',
    `SELECT ${COLUMNS} FROM operation o WHERE o.compartment_id = $1 AND o.operation_id = $2`,
  ),
  count: prepared('operations/count', 'SELECT count(*) AS operations FROM operation WHERE compartment_id = $1'),
  list: prepared(
    'operations/list',
    `SELECT ${COLUMNS} FROM operation o WHERE o.compartment_id = $1 AND ($2::uuid IS NULL OR o.operation_id > $2)
     ORDER BY o.operation_id LIMIT $3`,
  ),
  hasRecord: prepared(
    'operations/has-record',
    `SELECT count(*) AS records FROM operation_record
     WHERE compartment_id = $1 AND operation_id = $2 AND object_id = $3`,
  ),
  addRecord: prepared(
    'operations/add-record',
    'INSERT INTO operation_record (compartment_id, operation_id, object_id, audit_id) VALUES ($1, $2, $3, $4)',
  ),
  put: prepared(
    'operations/put',
    `INSERT INTO operation AS o (compartment_id, operation_id, case_id, version, kind, stage, start_at, start_zone, parties,
       held, records, status, since, position, audit_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (compartment_id, operation_id) DO UPDATE SET version = excluded.version, kind = excluded.kind,
       stage = excluded.stage, start_at = excluded.start_at, start_zone = excluded.start_zone,
       parties = excluded.parties, held = excluded.held, records = excluded.records, status = excluded.status,
       since = excluded.since, position = excluded.position, audit_id = excluded.audit_id
       WHERE o.records = excluded.records - 1`,
  ),
};

/** Operations in the SQL database. */
export class SqlOperationStore implements OperationStore {
  find(reader: Reader, compartmentId: CompartmentId, operationId: ObjectId): Promise<StoredOperation | undefined> {
    return reader.queryOne(statements.find, [idBytes(compartmentId), operationId], operationOf);
  }

  async count(reader: Reader, compartmentId: CompartmentId): Promise<number> {
    const found = await reader.queryOne(statements.count, [idBytes(compartmentId)], (row) => row.integer('operations'));
    return found ?? 0;
  }

  async hasRecord(reader: Reader, { compartmentId, operationId, objectId }: OwnRecord): Promise<boolean> {
    const params = [idBytes(compartmentId), operationId, objectId];
    const found = await reader.queryOne(statements.hasRecord, params, (row) => row.integer('records'));
    return (found ?? 0) > 0;
  }

  async addRecord(writer: Writer, { compartmentId, operationId, objectId }: OwnRecord, act: ActId): Promise<void> {
    await writer.execute(statements.addRecord, [idBytes(compartmentId), operationId, objectId, act]);
  }

  async put(writer: Writer, operation: StoredOperation, act: ActId): Promise<void> {
    const { compartmentId, caseId, status, sinceMs, position } = operation;
    const { plan, version, stage, held, records } = status;
    const states = plan.parties.map(({ state }) => state);
    const ids = [idBytes(compartmentId), status.operationId, idBytes(caseId)];
    const facts = [version, plan.kind, stage, plan.start.time.timeMs, plan.start.zone, states.join(' ')];
    const bytes = encodeStatus(status, states[0] ?? 'EU');
    const params = [...ids, ...facts, held.size, records, bytes, sinceMs, position, act];
    if ((await writer.execute(statements.put, params)) !== 1) throw brokenRow();
  }

  list(
    reader: Reader,
    compartmentId: CompartmentId,
    { after, first }: { readonly after?: ObjectId; readonly first: number },
  ): Promise<readonly StoredOperation[]> {
    return reader.queryRows(statements.list, [idBytes(compartmentId), after ?? null, first], operationOf);
  }
}

function operationOf(row: RowReader): StoredOperation {
  return {
    caseId: idFromBytes<CaseId>(row.bytes('case_id')),
    compartmentId: idFromBytes<CompartmentId>(row.bytes('compartment_id')),
    status: statusOf(row.bytes('status')),
    sinceMs: row.integer('since'),
    position: row.integer('position'),
  };
}

function statusOf(bytes: Uint8Array): StoredOperation['status'] {
  try {
    return decodeStatus(bytes.slice());
  } catch (error) {
    if (error instanceof CodecError) throw brokenRow();
    throw error;
  }
}
