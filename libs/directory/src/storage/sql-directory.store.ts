import type { ActId } from '@rogatory/kernel';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { DirectoryStore, NewEntry, StoredCard, StoredEntry } from '../application/directory.store.js';

const lock = prepared('directory/lock', `SELECT pg_advisory_xact_lock(hashtextextended('rogatory.directory', 0))`);
const readPage = prepared(
  'directory/page',
  `SELECT entry.idx, entry.bytes, entry.received_at, card.bytes AS card
   FROM directory_entry AS entry LEFT JOIN directory_card AS card ON card.hash = entry.card_hash
   WHERE entry.idx >= $1 AND entry.idx < $1::bigint + $2 ORDER BY entry.idx`,
);
const findKnown = prepared(
  'directory/known',
  'SELECT leaf_hash FROM directory_entry WHERE leaf_hash = ANY($1::bytea[])',
);
const countEntries = prepared('directory/size', 'SELECT coalesce(max(idx) + 1, 0) AS size FROM directory_entry');
const addEntries = prepared(
  'directory/add',
  `INSERT INTO directory_entry (idx, bytes, leaf_hash, received_at, card_hash, audit_id)
   SELECT given.*, $6::uuid FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bytea[]) AS given`,
);
const addCards = prepared(
  'directory/add-cards',
  `INSERT INTO directory_card (hash, bytes) SELECT * FROM unnest($1::bytea[], $2::bytea[])
   ON CONFLICT (hash) DO NOTHING`,
);

export class SqlDirectoryStore implements DirectoryStore {
  async lock(writer: Writer): Promise<void> {
    await writer.execute(lock, []);
  }

  async page(reader: Reader, from: number, limit: number): Promise<readonly StoredEntry[]> {
    return reader.queryRows(readPage, [from, limit], readEntry);
  }

  async findKnown(reader: Reader, leafHashes: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    return reader.queryRows(findKnown, [leafHashes], (row) => row.bytes('leaf_hash'));
  }

  async size(reader: Reader): Promise<number> {
    return (await reader.queryOne(countEntries, [], (row) => row.integer('size'))) ?? 0;
  }

  async add(writer: Writer, entries: readonly NewEntry[], actId: ActId): Promise<void> {
    if (entries.length === 0) return;
    await writer.execute(addEntries, [
      entries.map(({ index }) => index),
      entries.map(({ bytes }) => bytes),
      entries.map(({ leafHash }) => leafHash),
      entries.map(({ receivedAtMs }) => receivedAtMs),
      entries.map(({ cardHash }) => cardHash ?? null),
      actId,
    ]);
  }

  async addCards(writer: Writer, cards: readonly StoredCard[]): Promise<void> {
    if (cards.length === 0) return;
    await writer.execute(addCards, [cards.map(({ hash }) => hash), cards.map(({ bytes }) => bytes)]);
  }
}

function readEntry(row: RowReader): StoredEntry {
  return {
    index: row.integer('idx'),
    bytes: row.bytes('bytes'),
    receivedAtMs: row.integer('received_at'),
    card: row.optionalBytes('card'),
  };
}
