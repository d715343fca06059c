import { type ActId, type DeviceId, parseDeviceId } from '@rogatory/kernel';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { PrekeyStore, StoredPrekey } from '../application/directory.store.js';

const columns = `replace(device::text, '-', '') AS device_id, prekey_id, bytes, not_before, not_after`;
const lock = prepared('prekeys/lock', `SELECT pg_advisory_xact_lock(hashtextextended('rogatory.prekeys.' || $1, 0))`);
const readOwn = prepared(
  'prekeys/own',
  `SELECT ${columns} FROM directory_prekey WHERE device = $1 ORDER BY prekey_id DESC LIMIT 100`,
);
const add = prepared(
  'prekeys/add',
  `INSERT INTO directory_prekey (device, prekey_id, bytes, not_before, not_after, audit_id)
   SELECT given.*, $6::uuid FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[]) AS given`,
);
const remove = prepared(
  'prekeys/remove',
  'DELETE FROM directory_prekey WHERE device = $1 AND prekey_id = ANY($2::bigint[])',
);
const newest = prepared(
  'prekeys/newest',
  `SELECT DISTINCT ON (device) ${columns} FROM directory_prekey
   WHERE device = ANY($1::uuid[]) AND not_before <= $2 AND not_after > $2 ORDER BY device, prekey_id DESC`,
);

export class SqlPrekeyStore implements PrekeyStore {
  async lockOf(writer: Writer, deviceId: DeviceId): Promise<readonly StoredPrekey[]> {
    await writer.execute(lock, [deviceId]);
    return writer.queryRows(readOwn, [deviceId], readPrekey);
  }

  async add(writer: Writer, prekeys: readonly StoredPrekey[], actId: ActId): Promise<void> {
    if (prekeys.length === 0) return;
    await writer.execute(add, [
      prekeys.map(({ deviceId }) => deviceId),
      prekeys.map(({ prekeyId }) => prekeyId),
      prekeys.map(({ bytes }) => bytes),
      prekeys.map(({ notBeforeMs }) => notBeforeMs),
      prekeys.map(({ notAfterMs }) => notAfterMs),
      actId,
    ]);
  }

  async remove(writer: Writer, deviceId: DeviceId, prekeyIds: readonly number[]): Promise<void> {
    if (prekeyIds.length > 0) await writer.execute(remove, [deviceId, prekeyIds]);
  }

  async newestOf(reader: Reader, deviceIds: readonly DeviceId[], atMs: number): Promise<readonly StoredPrekey[]> {
    return reader.queryRows(newest, [deviceIds, atMs], readPrekey);
  }
}

function readPrekey(row: RowReader): StoredPrekey {
  return {
    deviceId: parseDeviceId(row.text('device_id')),
    prekeyId: row.integer('prekey_id'),
    bytes: row.bytes('bytes'),
    notBeforeMs: row.integer('not_before'),
    notAfterMs: row.integer('not_after'),
  };
}
