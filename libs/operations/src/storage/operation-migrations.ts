import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- What the facts of the accepted records made of each operation. Nothing of what is sealed is here.
CREATE TABLE operation (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  operation_id uuid NOT NULL,
  case_id bytea NOT NULL CHECK (octet_length(case_id) = 32),
  version bigint NOT NULL CHECK (version >= 1),
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
  stage text NOT NULL CHECK (stage IN ('planned', 'pending', 'running', 'suspended', 'aborted', 'finished', 'frozen')),
  start_at bigint NOT NULL,
  start_zone text NOT NULL CHECK (octet_length(start_zone) BETWEEN 1 AND 64),
  parties text NOT NULL CHECK (parties ~ '^[A-Z]{2}( [A-Z]{2})*$'),
  held smallint NOT NULL CHECK (held >= 0),
  records bigint NOT NULL CHECK (records >= 1),
  status bytea NOT NULL CHECK (octet_length(status) <= 65536),
  since bigint NOT NULL,
  position bigint NOT NULL CHECK (position >= 1),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, operation_id)
);
-- Votes, entries, endorsements and debriefs are taken once, by their object ids.
CREATE TABLE operation_record (
  compartment_id bytea NOT NULL,
  operation_id uuid NOT NULL,
  object_id uuid NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, operation_id, object_id),
  FOREIGN KEY (compartment_id, operation_id) REFERENCES operation (compartment_id, operation_id)
);`;

const own = '(compartment_id IN (SELECT public.member_compartments()))';

const policies = `
GRANT SELECT, INSERT, UPDATE ON operation TO rogatory_app;
GRANT SELECT, INSERT ON operation_record TO rogatory_app;
ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY operation_see ON operation FOR SELECT TO rogatory_app USING ${own};
CREATE POLICY operation_add ON operation FOR INSERT TO rogatory_app WITH CHECK ${own};
CREATE POLICY operation_change ON operation FOR UPDATE TO rogatory_app USING ${own};
CREATE POLICY operation_record_see ON operation_record FOR SELECT TO rogatory_app USING ${own};
CREATE POLICY operation_record_add ON operation_record FOR INSERT TO rogatory_app WITH CHECK ${own};`;

/** Operations, for the members of their compartments only. */
export class OperationTables1796169600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, policies]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('operations are never removed by a migration');
  }
}

/** In the order in which they run; after those of the cases feature. */
export const operationMigrations = [OperationTables1796169600100] as const;
