import { type CompartmentId, type DeviceId, idBytes, limits } from '@rogatory/kernel';
import { prepared, type Reader, type Writer } from '@rogatory/platform-database';
import type { NewStatement, StatementReader, StatementWriter } from '../application/statement.store.js';

const heartbeats = prepared(
  'cases/heartbeats',
  `SELECT h.bytes FROM heartbeat h JOIN member m USING (compartment_id, device_id)
    WHERE h.compartment_id = $1 ORDER BY h.device_id LIMIT ${limits.maxDevicesPerCompartment}`,
);
// Answered ones come first: without them no reader could verify the links that cite them.
const readableComplaints = prepared(
  'cases/readable-complaints',
  `SELECT c.bytes FROM complaint c
    WHERE c.compartment_id = $1 AND (NOT c.is_open OR EXISTS (
      SELECT FROM member m WHERE m.compartment_id = c.compartment_id AND m.device_id = c.device_id))
    ORDER BY c.is_open, c.received_at, c.complaint_hash LIMIT ${limits.maxDevicesPerCompartment}`,
);
const complaints = prepared(
  'cases/complaints',
  'SELECT complaint_hash, bytes FROM complaint WHERE compartment_id = $1',
);
const countOpenComplaints = prepared(
  'cases/count-open-complaints',
  'SELECT count(*) AS open FROM complaint WHERE compartment_id = $1 AND device_id = $2 AND is_open',
);
const putHeartbeat = prepared(
  'cases/put-heartbeat',
  `INSERT INTO heartbeat (compartment_id, device_id, bytes, made_at, received_at, audit_id)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (compartment_id, device_id)
    DO UPDATE SET bytes = EXCLUDED.bytes, made_at = EXCLUDED.made_at, received_at = EXCLUDED.received_at,
      audit_id = EXCLUDED.audit_id
    WHERE heartbeat.made_at < EXCLUDED.made_at`,
);
const addComplaint = prepared(
  'cases/add-complaint',
  `INSERT INTO complaint (compartment_id, complaint_hash, device_id, bytes, received_at, is_open, audit_id)
    VALUES ($1, $2, $3, $4, $5, true, $6) ON CONFLICT DO NOTHING`,
);
const answerComplaints = prepared(
  'cases/answer-complaints',
  'UPDATE complaint SET is_open = false WHERE compartment_id = $1 AND complaint_hash = ANY($2::bytea[])',
);

/** Heartbeats and complaints over either engine. */
export class SqlStatementStore implements StatementReader, StatementWriter {
  heartbeats(reader: Reader, id: CompartmentId): Promise<readonly Uint8Array[]> {
    return reader.queryRows(heartbeats, [idBytes(id)], (row) => row.bytes('bytes'));
  }

  readableComplaints(reader: Reader, id: CompartmentId): Promise<readonly Uint8Array[]> {
    return reader.queryRows(readableComplaints, [idBytes(id)], (row) => row.bytes('bytes'));
  }

  complaints(
    reader: Reader,
    id: CompartmentId,
  ): Promise<readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[]> {
    return reader.queryRows(complaints, [idBytes(id)], (row) => ({
      hash: row.bytes('complaint_hash').slice(),
      bytes: row.bytes('bytes').slice(),
    }));
  }

  async countOpenComplaints(reader: Reader, id: CompartmentId, device: DeviceId): Promise<number> {
    const count = await reader.queryOne(countOpenComplaints, [idBytes(id), device], (row) => row.integer('open'));
    return count ?? 0;
  }

  async putHeartbeat(writer: Writer, statement: NewStatement & { readonly madeAtMs: number }): Promise<boolean> {
    const { compartmentId, deviceId, bytes, madeAtMs, receivedAtMs, auditId } = statement;
    const params = [idBytes(compartmentId), deviceId, bytes, madeAtMs, receivedAtMs, auditId];
    return (await writer.execute(putHeartbeat, params)) === 1;
  }

  async addComplaint(writer: Writer, statement: NewStatement & { readonly hash: Uint8Array }): Promise<boolean> {
    const { compartmentId, hash, deviceId, bytes, receivedAtMs, auditId } = statement;
    const params = [idBytes(compartmentId), hash, deviceId, bytes, receivedAtMs, auditId];
    return (await writer.execute(addComplaint, params)) === 1;
  }

  async answerComplaints(writer: Writer, id: CompartmentId, hashes: readonly Uint8Array[]): Promise<void> {
    if (hashes.length > 0) await writer.execute(answerComplaints, [idBytes(id), [...hashes]]);
  }
}
