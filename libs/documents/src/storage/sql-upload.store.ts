import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type PersonId,
  type UploadId,
} from '@rogatory/kernel';
import type { ActId } from '@rogatory/kernel';
import { itemClasses } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { Reservation, StoredVersion, UploadStore, VersionKey } from '../application/upload.store.js';
import type { Upload } from '../domain/upload.js';

const COLUMNS = `u.upload_id, u.case_id, u.compartment_id, u.person_id, u.device_id, u.authority_id, u.sealed_bytes,
  u.is_bound, u.created_at, u.expires_at`;

const statements = {
  find: prepared('documents/find', `SELECT ${COLUMNS} FROM upload u WHERE u.upload_id = $1`),
  openOf: prepared(
    'documents/open-of',
    `SELECT ${COLUMNS} FROM upload u WHERE u.person_id = $1 AND NOT u.is_bound ORDER BY u.created_at LIMIT $2`,
  ),
  version: prepared(
    'documents/version',
    `SELECT ${COLUMNS}, EXISTS (
       SELECT FROM content_entry w JOIN content_entry a ON a.compartment_id = w.compartment_id
         AND a.object_id = w.object_id AND a.class = ${itemClasses.document} AND a.version = d.version
       WHERE w.compartment_id = d.compartment_id AND w.object_id = d.object_id AND w.class = ${itemClasses.withdrawal}
         AND w.version IN (0, d.version) AND w.position > a.position
         -- Whoever neither led nor added the document withdrew nothing.
         AND (w.limited_to IS NULL OR w.limited_to = u.person_id)
       ) AS is_withdrawn
     FROM document_version d JOIN upload u USING (upload_id)
     WHERE d.compartment_id = $1 AND d.object_id = $2 AND d.version = $3`,
  ),
  orphans: prepared(
    'documents/orphans',
    `SELECT ${COLUMNS} FROM upload u WHERE NOT u.is_bound AND u.expires_at <= $1 ORDER BY u.expires_at LIMIT $2`,
  ),
  reserve: prepared(
    'documents/reserve',
    `INSERT INTO upload_usage AS t (kind, subject, bytes)
     SELECT kind, subject, $4::bigint FROM unnest($1::smallint[], $2::bytea[], $3::bigint[]) AS w (kind, subject, most)
       WHERE $4 <= most ORDER BY kind
     ON CONFLICT (kind, subject) DO UPDATE SET bytes = t.bytes + excluded.bytes
       WHERE t.bytes + excluded.bytes <= ($3::bigint[])[t.kind]`,
  ),
  release: prepared(
    'documents/release',
    `UPDATE upload_usage t SET bytes = greatest(0, t.bytes - $3::bigint)
     FROM unnest($1::smallint[], $2::bytea[]) AS w (kind, subject) WHERE t.kind = w.kind AND t.subject = w.subject`,
  ),
  add: prepared(
    'documents/add',
    `INSERT INTO upload (upload_id, case_id, compartment_id, person_id, device_id, authority_id, sealed_bytes,
       created_at, expires_at, audit_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
  ),
  bind: prepared('documents/bind', 'UPDATE upload SET is_bound = true WHERE upload_id = $1 AND NOT is_bound'),
  addVersion: prepared(
    'documents/add-version',
    `INSERT INTO document_version (compartment_id, object_id, version, upload_id, audit_id) VALUES ($1, $2, $3, $4, $5)`,
  ),
  known: prepared('documents/known', 'SELECT upload_id FROM upload WHERE upload_id = ANY($1::uuid[])'),
  prolong: prepared('documents/prolong', 'UPDATE upload SET expires_at = $2 WHERE upload_id = $1 AND NOT is_bound'),
  remove: prepared('documents/remove', 'DELETE FROM upload WHERE upload_id = $1 AND NOT is_bound'),
  removeExpired: prepared(
    'documents/remove-expired',
    'DELETE FROM upload WHERE upload_id = $1 AND NOT is_bound AND expires_at <= $2',
  ),
};

/** Uploads and versions in the SQL database. */
export class SqlUploadStore implements UploadStore {
  find(reader: Reader, id: UploadId): Promise<Upload | undefined> {
    return reader.queryOne(statements.find, [id], uploadOf);
  }

  openOf(reader: Reader, person: PersonId, most: number): Promise<readonly Upload[]> {
    return reader.queryRows(statements.openOf, [person, most], uploadOf);
  }

  version(reader: Reader, key: VersionKey): Promise<StoredVersion | undefined> {
    const params = [idBytes(key.compartmentId), key.objectId, key.version];
    return reader.queryOne(statements.version, params, (row) => ({
      ...key,
      upload: uploadOf(row),
      isWithdrawn: row.boolean('is_withdrawn'),
    }));
  }

  orphans(reader: Reader, nowMs: number, most: number): Promise<readonly Upload[]> {
    return reader.queryRows(statements.orphans, [nowMs, most], uploadOf);
  }

  async known(reader: Reader, ids: readonly UploadId[]): Promise<ReadonlySet<UploadId>> {
    return new Set(await reader.queryRows(statements.known, [ids], (row) => uuidId<UploadId>(row, 'upload_id')));
  }

  async reserve(writer: Writer, reservation: Reservation): Promise<boolean> {
    const { kinds, subjects } = subjectsOf(reservation);
    const most = [limits.maxUploadBytesPerPerson, limits.maxUploadBytesPerCase, limits.maxUploadBytesPerAuthority];
    const taken = await writer.execute(statements.reserve, [kinds, subjects, most, reservation.bytes]);
    return taken === kinds.length;
  }

  async release(writer: Writer, reservation: Reservation): Promise<void> {
    const { kinds, subjects } = subjectsOf(reservation);
    await writer.execute(statements.release, [kinds, subjects, reservation.bytes]);
  }

  async add(writer: Writer, upload: Upload, act: ActId): Promise<void> {
    const { uploadId, caseId, compartmentId, person, device, authority } = upload;
    const ids = [uploadId, idBytes(caseId), idBytes(compartmentId), person, device, authority];
    await writer.execute(statements.add, [...ids, upload.sealedBytes, upload.createdAtMs, upload.expiresAtMs, act]);
  }

  async bind(writer: Writer, id: UploadId, key: VersionKey, act: ActId): Promise<boolean> {
    if ((await writer.execute(statements.bind, [id])) !== 1) return false;
    await writer.execute(statements.addVersion, [idBytes(key.compartmentId), key.objectId, key.version, id, act]);
    return true;
  }

  async prolong(writer: Writer, id: UploadId, expiresAtMs: number): Promise<boolean> {
    return (await writer.execute(statements.prolong, [id, expiresAtMs])) === 1;
  }

  async remove(writer: Writer, id: UploadId): Promise<boolean> {
    return (await writer.execute(statements.remove, [id])) === 1;
  }

  async removeExpired(writer: Writer, id: UploadId, nowMs: number): Promise<boolean> {
    return (await writer.execute(statements.removeExpired, [id, nowMs])) === 1;
  }
}

function subjectsOf({ person, caseId, authority }: Reservation): { kinds: number[]; subjects: Uint8Array[] } {
  return { kinds: [1, 2, 3], subjects: [idBytes(person), idBytes(caseId), idBytes(authority)] };
}

function uploadOf(row: RowReader): Upload {
  return {
    uploadId: uuidId<UploadId>(row, 'upload_id'),
    caseId: idFromBytes<CaseId>(row.bytes('case_id')),
    compartmentId: idFromBytes<CompartmentId>(row.bytes('compartment_id')),
    person: uuidId<PersonId>(row, 'person_id'),
    device: uuidId<DeviceId>(row, 'device_id'),
    authority: uuidId<AuthorityId>(row, 'authority_id'),
    sealedBytes: row.integer('sealed_bytes'),
    isBound: row.boolean('is_bound'),
    createdAtMs: row.integer('created_at'),
    expiresAtMs: row.integer('expires_at'),
  };
}

/** The engine prints a uuid with dashes; our ids have none. */
function uuidId<Id extends string>(row: RowReader, column: string): Id {
  return row.text(column).replaceAll('-', '') as Id;
}
