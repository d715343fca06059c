import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AbandonedLogs1795910400200 } from './recovery-migration.js';
import { MonthEnds1795910400601 } from './month-end-migration.js';
import { EpochHeads1796083200100, EpochTables1795910400400 } from './epoch-migration.js';
import { FewerReviewIndexes1796083200200, ReviewIndexes1795910400410 } from './review-index-migration.js';
import { TimeBlocks1796169601300 } from './time-block-migration.js';
import { AuditOrders1795910400600 } from './retention-migration.js';
import { FindingTables1795910400700 } from './finding-migration.js';
import { ReviewReports1795910400710 } from './report-migration.js';
import { LastRecords1796083200120, ShardEnds1795910400800 } from './shard-migration.js';

const tables = `
CREATE TABLE audit_event (
  id uuid PRIMARY KEY,
  shard text NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) <= 4096),
  seq bigint CHECK (seq >= 0),
  t bigint NOT NULL,
  ev text NOT NULL,
  cls text NOT NULL,
  out text NOT NULL,
  ms text NOT NULL,
  actor_person uuid,
  actor_device uuid,
  actor_authority uuid,
  owner_authority uuid,
  case_id bytea CHECK (octet_length(case_id) = 32),
  compartment_id bytea CHECK (octet_length(compartment_id) = 32),
  object_id uuid,
  legal_basis smallint,
  act_counter bigint CHECK (act_counter IS NULL OR (act_counter >= 1 AND actor_device IS NOT NULL))
);
CREATE UNIQUE INDEX audit_event_place ON audit_event (shard, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_pending ON audit_event (shard, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX audit_event_counter ON audit_event (actor_device, act_counter) WHERE act_counter IS NOT NULL;
CREATE INDEX audit_event_case ON audit_event (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX audit_event_person ON audit_event (actor_person, seq) WHERE actor_person IS NOT NULL;

CREATE TABLE audit_opening (
  event_id uuid PRIMARY KEY REFERENCES audit_event (id),
  who bytea,
  what bytea,
  why bytea,
  src bytea,
  act bytea
);

CREATE TABLE audit_month_key (
  month text PRIMARY KEY CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
  wrapped bytea NOT NULL
);

CREATE TABLE tlog_head (
  origin text PRIMARY KEY,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32)
);

CREATE TABLE tlog_tile (
  origin text NOT NULL,
  level smallint NOT NULL,
  idx bigint NOT NULL,
  width smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
  data bytea NOT NULL CHECK (octet_length(data) = 32 * width),
  PRIMARY KEY (origin, level, idx)
);

CREATE TABLE tlog_checkpoint (
  origin text NOT NULL,
  size bigint NOT NULL,
  note bytea NOT NULL,
  t bigint NOT NULL,
  kept boolean NOT NULL,
  PRIMARY KEY (origin, size)
);`;

// Who may do what: the application adds records and reads, the sequencer numbers them, nobody deletes.
const rights = `
GRANT SELECT, INSERT ON audit_event, audit_opening, audit_month_key TO rogatory_app;
GRANT SELECT ON tlog_head, tlog_tile, tlog_checkpoint TO rogatory_app;
GRANT SELECT (id, shard, leaf, seq), UPDATE (seq) ON audit_event TO rogatory_sequencer;
GRANT SELECT, INSERT, UPDATE ON tlog_head, tlog_tile TO rogatory_sequencer;
GRANT SELECT, INSERT, UPDATE, DELETE ON tlog_checkpoint TO rogatory_sequencer;

ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_opening ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_event_add ON audit_event FOR INSERT TO rogatory_app WITH CHECK (seq IS NULL);
CREATE POLICY audit_opening_add ON audit_opening FOR INSERT TO rogatory_app WITH CHECK (true);
CREATE POLICY audit_event_number ON audit_event TO rogatory_sequencer USING (true) WITH CHECK (true);
-- A device may read its own records, for their receipts; everything else is a job of the audit part.
CREATE POLICY audit_event_read ON audit_event FOR SELECT TO rogatory_app USING (
  principal_job() LIKE 'audit-%' OR actor_device = principal_device()::uuid
);
CREATE POLICY audit_opening_read ON audit_opening FOR SELECT TO rogatory_app USING (
  principal_job() LIKE 'audit-%'
);`;

// Holds for every role, the owner included.
const guards = `
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit records are never changed' USING ERRCODE = 'RG001', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER audit_event_numbered_once BEFORE UPDATE ON audit_event FOR EACH ROW
  WHEN (OLD.seq IS NOT NULL) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_kept BEFORE DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();`;

/** Audit records, their openings, and the state of the transparency logs. */
export class AuditTables1795392000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights, guards]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('audit records are never removed');
  }
}

/** In the order in which they run. */
const witnessedTable = `
CREATE TABLE tlog_witnessed (
  origin text PRIMARY KEY,
  size bigint NOT NULL,
  note bytea NOT NULL,
  t bigint NOT NULL
);
GRANT SELECT ON tlog_witnessed TO rogatory_app;
GRANT SELECT, INSERT, UPDATE ON tlog_witnessed TO rogatory_sequencer;`;

/** The head of each log that a quorum of witnesses cosigned last. */
export class WitnessedHeads1795910400100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(witnessedTable);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tlog_witnessed');
  }
}

export const auditMigrations = [
  AuditTables1795392000100,
  WitnessedHeads1795910400100,
  AbandonedLogs1795910400200,
  EpochTables1795910400400,
  ReviewIndexes1795910400410,
  AuditOrders1795910400600,
  MonthEnds1795910400601,
  FindingTables1795910400700,
  ReviewReports1795910400710,
  ShardEnds1795910400800,
  EpochHeads1796083200100,
  FewerReviewIndexes1796083200200,
  LastRecords1796083200120,
  TimeBlocks1796169601300,
] as const;
