import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
CREATE TABLE audit_shard_end (
  shard text PRIMARY KEY,
  next_shard text NOT NULL UNIQUE CHECK (next_shard > shard),
  reason text NOT NULL CHECK (reason IN ('turn', 'command', 'abandoned')),
  t bigint NOT NULL,
  note bytea CHECK ((note IS NOT NULL) = (reason = 'abandoned'))
);
CREATE UNIQUE INDEX audit_event_genesis ON audit_event (shard) WHERE ev = 'log.genesis';
CREATE UNIQUE INDEX audit_event_close ON audit_event (shard) WHERE ev = 'log.shard.close';
GRANT SELECT ON audit_shard_end TO rogatory_app, rogatory_eraser;
GRANT SELECT, INSERT ON audit_shard_end TO rogatory_sequencer;
CREATE TRIGGER audit_shard_end_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_shard_end
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();`;

// Whoever records holds the lock shared until it commits; whoever ends a log takes it alone. A query of this function sees
// what was committed before it, not what its statement began with: so the end is seen by everybody who waited for it.
const fence = `
CREATE FUNCTION audit_shard_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('audit-shard-end', 0));
  IF EXISTS (
    SELECT FROM added a JOIN audit_shard_end s ON s.shard = a.shard
    WHERE s.reason = 'abandoned' OR a.ev NOT IN ('log.epoch', 'log.shard.close') OR EXISTS (
      SELECT FROM audit_event e WHERE e.shard = a.shard AND e.ev = 'log.shard.close' AND e.id <> a.id))
  THEN RAISE EXCEPTION 'this log has ended' USING ERRCODE = 'RG002', CONSTRAINT = TG_NAME; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_shard_open AFTER INSERT ON audit_event REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION audit_shard_open();`;

/** Which logs have ended, and the rule that nothing is recorded in one that has. SPEC: audit 15 */
export class ShardEnds1795910400800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [table, fence]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('a log that has ended is never begun again');
  }
}

// Two servers that end a log at once: the epoch of the one must not come to stand behind the record with which the other ends it.
// Whoever ends it waits for all who record, and then finds nothing that has no index yet, or tries again.
const closed = `
CREATE OR REPLACE FUNCTION audit_shard_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE ev = 'log.shard.close') THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit-shard-end', 0));
  ELSE
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('audit-shard-end', 0));
  END IF;
  IF EXISTS (
    SELECT FROM added a JOIN audit_shard_end s ON s.shard = a.shard
    WHERE s.reason = 'abandoned' OR a.ev NOT IN ('log.epoch', 'log.shard.close') OR EXISTS (
      SELECT FROM audit_event e WHERE e.shard = a.shard AND e.ev = 'log.shard.close' AND e.id <> a.id)
      OR (a.ev = 'log.shard.close' AND EXISTS (
        SELECT FROM audit_event e WHERE e.shard = a.shard AND e.seq IS NULL AND e.id <> a.id)))
  THEN RAISE EXCEPTION 'this log has ended' USING ERRCODE = 'RG002', CONSTRAINT = TG_NAME; END IF;
  RETURN NULL;
END $$;`;

/** The record that ends a log stands behind everything else in it, whoever is at work besides. */
export class LastRecords1796083200120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(closed);
  }

  async down(): Promise<void> {
    throw new Error('a log that has ended is never begun again');
  }
}
