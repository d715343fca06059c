import { type ActId, type CaseId, type CompartmentId, type DeviceId, idBytes, limits } from '@rogatory/kernel';
import { prepared, type Reader, type RowReader } from '@rogatory/platform-database';
import type { CompartmentReader, OwnCasesQuery, PastHead } from '../application/compartment.store.js';
import type { CompartmentHead, CompartmentOfMember, MemberRow } from '../domain/compartment.js';
import type { ContentEntry, LinkEntry, PageOf, PlacedEntry, StoredBox } from '../domain/content-entry.js';
import { headColumns, longId, longIds, memberColumns, readHead, readMember, shortId } from './case-rows.js';

const HASH_BYTES = 32;

/** The named compartments and their root chains, always in this order: it is the order in which they are locked. */
/** Rows of the compartments $1 and of their root chains, in the one order of all who lock them. */
export const selectHeads = (columns: string): string => `SELECT ${columns} FROM compartment c
  WHERE c.compartment_id = ANY($1::bytea[] || ARRAY(
    SELECT i.case_id FROM compartment i WHERE i.compartment_id = ANY($1::bytea[])))
  ORDER BY c.case_id, c.compartment_id <> c.case_id, c.compartment_id`;
export const headsOf = selectHeads(headColumns);

const heads = prepared('cases/heads', headsOf);
const ownCompartments = prepared(
  'cases/own-compartments',
  `SELECT ${headColumns}, ${memberColumns} FROM compartment c JOIN member m USING (compartment_id)
    WHERE m.device_id = $1 AND m.not_after > $2 AND m.case_id IN (
      SELECT r.case_id FROM member r WHERE r.device_id = $1 AND r.not_after > $2 AND r.compartment_id = r.case_id
        AND ($3::bytea IS NULL OR r.case_id = $3) AND ($4::bytea IS NULL OR r.case_id > $4)
        ORDER BY r.case_id LIMIT $5)
    ORDER BY c.case_id, c.compartment_id <> c.case_id, c.created_at, c.compartment_id`,
);
const strangers = prepared(
  'cases/strangers',
  `SELECT m.compartment_id, m.device_id::text AS device_id FROM member m
    WHERE m.case_id = $1 AND m.compartment_id = ANY($4::bytea[])
      AND NOT EXISTS (SELECT FROM unnest($2::bytea[], $3::uuid[]) AS named (compartment_id, device_id)
        WHERE named.compartment_id = m.compartment_id AND named.device_id = m.device_id)
    LIMIT ${limits.maxStrangersTold}`,
);

/** At most $3 rows, and no more than needed to reach $4 bytes; one row at least. */
function bounded(columns: string, from: string, order: string): string {
  return `SELECT ${columns} FROM (
      SELECT ${columns}, sum(octet_length(bytes)) OVER (ORDER BY ${order}) - octet_length(bytes) AS before FROM (
        SELECT ${columns} FROM ${from} ORDER BY ${order} LIMIT $3) AS chosen) AS page
    WHERE before < $4 ORDER BY ${order}`;
}

const links = prepared(
  'cases/links',
  bounded(
    'seq, position, bytes, received_at',
    'content_entry WHERE compartment_id = $1 AND class = 0 AND seq >= $2',
    'seq',
  ),
);
const entries = prepared(
  'cases/entries',
  bounded(
    'position, class, bytes, received_at',
    'content_entry WHERE compartment_id = $1 AND position >= $2',
    'position',
  ),
);
const boxes = prepared(
  'cases/boxes',
  bounded('seq, bytes, proof', 'box WHERE compartment_id = $1 AND device_id = $5 AND seq >= $2', 'seq'),
);
const newestItems = prepared(
  'cases/newest-items',
  `SELECT newest.bytes FROM unnest($2::uuid[]) AS sender (device) CROSS JOIN LATERAL (
      SELECT e.bytes FROM content_entry e
      WHERE e.compartment_id = $1 AND e.author_device = sender.device AND e.class > 0
      ORDER BY e.sender_seq DESC LIMIT 1) AS newest`,
);
const pastRoots = prepared(
  'cases/past-roots',
  `SELECT asked.place, e.root FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS asked (id, size, place)
    JOIN content_entry e ON e.compartment_id = asked.id AND e.position = asked.size - 1`,
);
const placedBy = prepared(
  'cases/placed-by',
  `SELECT compartment_id, position, root, received_at, author_device::text AS author_device FROM content_entry
    WHERE audit_id = $1 ORDER BY compartment_id, position`,
);

/** Reads of compartments over either engine; each under the row-level policies of its transaction. */
export class SqlCompartmentReader implements CompartmentReader {
  heads(reader: Reader, ids: readonly CompartmentId[]): Promise<readonly CompartmentHead[]> {
    return reader.queryRows(heads, [longIds(ids)], readHead);
  }

  ownCompartments(reader: Reader, query: OwnCasesQuery): Promise<readonly CompartmentOfMember[]> {
    const { device, nowMs, caseId, after, first } = query;
    const params = [device, nowMs, optionalBytes(caseId), optionalBytes(after), first];
    return reader.queryRows(ownCompartments, params, readOfMember);
  }

  strangers(
    reader: Reader,
    caseId: CaseId,
    named: readonly Pick<MemberRow, 'compartmentId' | 'deviceId'>[],
  ): Promise<readonly Pick<MemberRow, 'compartmentId' | 'deviceId'>[]> {
    const places = named.map(({ compartmentId }) => compartmentId);
    const devices = named.map(({ deviceId }) => deviceId);
    const params = [idBytes(caseId), longIds(places), devices, longIds([...new Set(places)])];
    return reader.queryRows(strangers, params, (row) => ({
      compartmentId: longId<CompartmentId>(row, 'compartment_id'),
      deviceId: shortId<DeviceId>(row, 'device_id'),
    }));
  }

  links(reader: Reader, id: CompartmentId, page: PageOf): Promise<readonly LinkEntry[]> {
    return reader.queryRows(links, pageParams(id, page), (row) => ({
      ...readEntry(row, true),
      seq: row.integer('seq'),
    }));
  }

  entries(reader: Reader, id: CompartmentId, page: PageOf): Promise<readonly ContentEntry[]> {
    return reader.queryRows(entries, pageParams(id, page), (row) => readEntry(row, row.integer('class') === 0));
  }

  newestItems(reader: Reader, id: CompartmentId, devices: readonly DeviceId[]): Promise<readonly Uint8Array[]> {
    return reader.queryRows(newestItems, [idBytes(id), [...devices]], (row) => row.bytes('bytes'));
  }

  async pastRoots(reader: Reader, asked: readonly PastHead[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (asked.length === 0) return [];
    const params = [longIds(asked.map(({ compartmentId }) => compartmentId)), asked.map(({ size }) => size)];
    const found = await reader.queryRows(pastRoots, params, (row) => ({
      place: row.integer('place'),
      root: row.bytes('root').slice(),
    }));
    const byPlace = new Map(found.map(({ place, root }) => [place, root]));
    return asked.map((_, index) => byPlace.get(index + 1));
  }

  placedBy(reader: Reader, act: ActId): Promise<readonly PlacedEntry[]> {
    return reader.queryRows(placedBy, [act], (row) => ({
      compartmentId: longId<CompartmentId>(row, 'compartment_id'),
      position: row.integer('position'),
      root: row.bytes('root').slice(),
      receivedAtMs: row.integer('received_at'),
      authorDevice: shortId<DeviceId>(row, 'author_device'),
    }));
  }

  boxes(reader: Reader, id: CompartmentId, device: DeviceId, page: PageOf): Promise<readonly StoredBox[]> {
    return reader.queryRows(boxes, [...pageParams(id, page), device], (row) => ({
      seq: row.integer('seq'),
      bytes: row.bytes('bytes'),
      proof: hashesOf(row.bytes('proof')),
    }));
  }
}

function pageParams(id: CompartmentId, page: PageOf): (Uint8Array | number)[] {
  const { from, first, maxBytes = limits.maxPageBytes } = page;
  return [idBytes(id), from, first, maxBytes];
}

function readOfMember(row: RowReader): CompartmentOfMember {
  return { head: readHead(row), member: readMember(row) };
}

function readEntry(row: RowReader, isLink: boolean): ContentEntry {
  return {
    position: row.integer('position'),
    isLink,
    bytes: row.bytes('bytes'),
    receivedAtMs: row.integer('received_at'),
  };
}

function hashesOf(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / HASH_BYTES }, (_, i) =>
    joined.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

function optionalBytes(id: string | undefined): Uint8Array | null {
  return id === undefined ? null : idBytes(id);
}
