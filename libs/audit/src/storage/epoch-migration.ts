import type { MigrationInterface, QueryRunner } from 'typeorm';

// The counts are derived from records that never change: what is written here can only be moved on. A subject without any
// record is nobody's count, and may go.
const tables = `
CREATE TABLE audit_count (
  shard text PRIMARY KEY,
  counted bigint NOT NULL CHECK (counted >= 0)
);
CREATE TABLE audit_count_subject (
  shard text NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 49),
  count bigint NOT NULL CHECK (count >= 0),
  last bigint NOT NULL CHECK (last >= 0),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  epoch_count bigint,
  epoch_last bigint,
  epoch_digest bytea CHECK (octet_length(epoch_digest) = 32),
  PRIMARY KEY (shard, subject)
);
CREATE INDEX audit_count_moved ON audit_count_subject (shard)
  WHERE epoch_count IS NULL OR epoch_count <> count;
CREATE INDEX audit_count_absent ON audit_count_subject (shard) WHERE count = 0;
CREATE TABLE audit_epoch (
  shard text NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  size bigint NOT NULL CHECK (size >= 0),
  t bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  entries bigint NOT NULL,
  record_id uuid NOT NULL REFERENCES audit_event (id),
  secret bytea CHECK (octet_length(secret) = 32),
  PRIMARY KEY (shard, number)
);`;

const rights = `
GRANT SELECT, INSERT, UPDATE ON audit_count, audit_count_subject TO rogatory_app;
GRANT DELETE ON audit_count_subject TO rogatory_app;
GRANT SELECT, INSERT ON audit_epoch TO rogatory_app;
GRANT UPDATE (secret) ON audit_epoch TO rogatory_app;
ALTER TABLE audit_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_count_subject ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_epoch ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_count_job ON audit_count TO rogatory_app USING (principal_job() LIKE 'audit-%');
CREATE POLICY audit_count_subject_job ON audit_count_subject TO rogatory_app USING (principal_job() LIKE 'audit-%');
CREATE POLICY audit_count_subject_absent ON audit_count_subject AS RESTRICTIVE FOR DELETE TO rogatory_app
  USING (count = 0);
CREATE POLICY audit_epoch_job ON audit_epoch TO rogatory_app USING (principal_job() LIKE 'audit-%');`;

/** How far the records of each log are counted, and the epochs that tell of it. */
export class EpochTables1795910400400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights]) await runner.query(statements);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_epoch, audit_count_subject, audit_count');
  }
}

// What an epoch said of a compartment may move without its number of links: an item changes last position and digest.
const moved = `
DROP INDEX audit_count_moved;
CREATE INDEX audit_count_moved ON audit_count_subject (shard)
  WHERE epoch_count IS NULL OR epoch_count <> count OR epoch_last <> last OR epoch_digest <> digest;`;

/** Epochs that commit to the heads of compartments as well (ADR 0027). */
export class EpochHeads1796083200100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(moved);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX audit_count_moved;
      CREATE INDEX audit_count_moved ON audit_count_subject (shard) WHERE epoch_count IS NULL OR epoch_count <> count;`);
  }
}
