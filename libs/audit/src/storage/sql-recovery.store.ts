import { type ActId, equalBytes } from '@rogatory/kernel';
import { prepared, type Reader, type Writer } from '@rogatory/platform-database';
import { copyDiffers } from '../domain/audit.errors.js';
import type { CopiedLeaf, RecoveryStore } from '../application/recovery.store.js';

const findLeaves = prepared(
  'audit/recovery-find',
  'SELECT id::text AS id, leaf FROM audit_event WHERE id = ANY($1::uuid[])',
);
const addBare = prepared(
  'audit/recovery-add',
  `WITH given AS (
      SELECT * FROM unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
        AS given (id, leaf, t, ev, cls, out, ms)),
    added AS (
      INSERT INTO audit_event (id, shard, leaf, t, ev, cls, out, ms)
      SELECT id, $1, leaf, t, ev, cls, out, ms FROM given)
  INSERT INTO audit_opening (event_id) SELECT id FROM given`,
);
const placeLeaves = prepared(
  'audit/recovery-place',
  `WITH given AS (SELECT * FROM unnest($3::uuid[], $4::bytea[]) WITH ORDINALITY AS given (id, leaf, nth)),
    placed AS (
      UPDATE audit_event AS e SET seq = $2::bigint - 1 + given.nth FROM given
      WHERE e.id = given.id AND e.leaf = given.leaf AND e.shard = $1 AND e.seq IS NULL RETURNING e.seq)
  SELECT count(*) AS placed FROM placed`,
);
const isBegun = prepared('audit/recovery-begun', 'SELECT EXISTS (SELECT FROM audit_event WHERE shard = $1) AS found');
const move = prepared('audit/recovery-move', 'UPDATE audit_event SET shard = $2 WHERE shard = $1 AND seq IS NULL');

const findUnfinished = prepared(
  'audit/recovery-unfinished',
  'SELECT max(shard) AS shard FROM audit_event WHERE seq IS NULL AND shard < $1',
);

/** An earlier shard that still has records without an index; undefined for none. */
export async function unfinishedShard(reader: Reader, current: string): Promise<string | undefined> {
  return reader.queryOne(findUnfinished, [current], (row) => row.optionalText('shard'));
}

/** Records of one shard for its recovery. */
export class SqlRecoveryStore implements RecoveryStore {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async stored(reader: Reader, leaves: readonly CopiedLeaf[]): Promise<ReadonlySet<ActId>> {
    const copies = new Map(leaves.map(({ leaf, bytes }) => [leaf.id, bytes]));
    const found = await reader.queryRows(findLeaves, [[...copies.keys()]], (row) => ({
      id: row.text('id').replaceAll('-', '') as ActId,
      leaf: row.bytes('leaf'),
    }));
    for (const { id, leaf } of found) {
      if (!equalBytes(leaf, copies.get(id) ?? new Uint8Array(0))) throw copyDiffers({ recordId: id });
    }
    return new Set(found.map(({ id }) => id));
  }

  async addBare(writer: Writer, leaves: readonly CopiedLeaf[]): Promise<void> {
    const facts = leaves.map(({ leaf }) => leaf);
    await writer.execute(addBare, [
      this.#shard,
      facts.map(({ id }) => id),
      leaves.map(({ bytes }) => bytes),
      facts.map(({ t }) => t),
      facts.map(({ ev }) => ev),
      facts.map(({ cls }) => cls),
      facts.map(({ out }) => out),
      facts.map(({ ms }) => ms),
    ]);
  }

  async place(writer: Writer, first: number, leaves: readonly CopiedLeaf[]): Promise<number> {
    const ids = leaves.map(({ leaf }) => leaf.id);
    const copies = leaves.map(({ bytes }) => bytes);
    const placed = await writer.queryOne(placeLeaves, [this.#shard, first, ids, copies], (row) =>
      row.integer('placed'),
    );
    return placed ?? 0;
  }

  async isBegun(reader: Reader): Promise<boolean> {
    return (await reader.queryOne(isBegun, [this.#shard], (row) => row.boolean('found'))) === true;
  }

  async moveUnnumbered(writer: Writer, toShard: string): Promise<number> {
    return writer.execute(move, [this.#shard, toShard]);
  }
}
