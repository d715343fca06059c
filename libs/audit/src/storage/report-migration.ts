import type { MigrationInterface, QueryRunner } from 'typeorm';

// Without free text: that is the sealed reason of the record. Nobody is named.
const tables = `
CREATE TABLE audit_report (
  audit_id uuid PRIMARY KEY REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  shard text NOT NULL,
  body uuid NOT NULL,
  report bytea NOT NULL CHECK (octet_length(report) <= 524288),
  first_index bigint NOT NULL CHECK (first_index >= 0),
  end_index bigint NOT NULL CHECK (end_index > first_index),
  until_ms bigint NOT NULL,
  t bigint NOT NULL,
  -- Periods follow each other: two reports that begin at one place are one too many.
  CONSTRAINT audit_report_place UNIQUE (body, shard, first_index)
);
CREATE INDEX audit_report_newest ON audit_report (body, t DESC, audit_id DESC);`;

const rights = `
GRANT SELECT, INSERT ON audit_report TO rogatory_app;
ALTER TABLE audit_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_report_jobs ON audit_report TO rogatory_app
  USING (principal_job() LIKE 'audit-%') WITH CHECK (principal_job() LIKE 'audit-%');`;

/** What oversight bodies reported of the logs. */
export class ReviewReports1795910400710 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('reports of oversight bodies are never removed');
  }
}
