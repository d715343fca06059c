import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Reader, Writer } from '../database.js';
import { prepared } from '../statement.js';
import { type TestEngine, testPrincipal } from '../testing.js';

/** Tables of the contract suite: plain rows, rows under row-level security, and an append-only table. */
class CreateContract1763856000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE notes (id text PRIMARY KEY, body bytea, size bigint, at timestamptz, is_open boolean,
      facts jsonb, names text[], parts bytea[], CONSTRAINT notes_size CHECK (size >= 0))`);
    await runner.query(`CREATE TABLE replies (id text PRIMARY KEY, note text NOT NULL REFERENCES notes)`);
    await runner.query(`CREATE TABLE records (id text PRIMARY KEY, seq bigint)`);
    await runner.query(`CREATE TABLE drafts (id text PRIMARY KEY, owner text NOT NULL)`);
    await runner.query(`ALTER TABLE drafts ENABLE ROW LEVEL SECURITY`);
    await runner.query(`CREATE POLICY own_drafts ON drafts USING (owner = principal_device())`);
    await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON notes, replies, drafts TO rogatory_app`);
    await runner.query(`GRANT SELECT, INSERT ON records TO rogatory_app`);
    await runner.query(`GRANT SELECT, UPDATE (seq) ON records TO rogatory_sequencer`);
    await runner.query(`CREATE FUNCTION refuse_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'no' USING ERRCODE = 'RG001', CONSTRAINT = 'notes-stay-open'; END $$`);
    await runner.query(`CREATE TRIGGER notes_stay_open BEFORE UPDATE OF is_open ON notes
      FOR EACH ROW EXECUTE FUNCTION refuse_note()`);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replies, notes, records, drafts');
    await runner.query('DROP FUNCTION refuse_note()');
  }
}

export const contractMigrations = [CreateContract1763856000001] as const;

export const ANN = testPrincipal(1);
export const BEN = testPrincipal(2);
export const insertNote = prepared('contract/insert-note', 'INSERT INTO notes (id, size) VALUES ($1, $2)');

export async function countNotes(reader: Reader, prefix: string): Promise<number> {
  const count = await reader.queryOne('SELECT count(*) AS n FROM notes WHERE id LIKE $1', [`${prefix}%`], (row) =>
    row.integer('n'),
  );
  return count ?? 0;
}

/** An audited write of one engine's database, and a count of the notes whose id begins with a prefix. */
export function actsOf(at: TestEngine): {
  readonly act: <T>(use: (writer: Writer) => Promise<T>) => Promise<T>;
  readonly count: (prefix: string) => Promise<number>;
} {
  return {
    act: (use) =>
      at.database().write(ANN, async (writer) => {
        const result = await use(writer);
        at.recorder().recorded(writer);
        return result;
      }),
    count: (prefix) => at.database().read(ANN, (reader) => countNotes(reader, prefix)),
  };
}
