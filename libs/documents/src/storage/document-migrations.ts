import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE TABLE upload (
  upload_id uuid PRIMARY KEY,
  case_id bytea NOT NULL,
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  person_id uuid NOT NULL,
  device_id uuid NOT NULL,
  authority_id uuid NOT NULL,
  sealed_bytes bigint NOT NULL CHECK (sealed_bytes > 0),
  is_bound boolean NOT NULL DEFAULT false,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX upload_open ON upload (person_id, created_at) WHERE NOT is_bound;
CREATE INDEX upload_orphan ON upload (expires_at) WHERE NOT is_bound;

CREATE TABLE document_version (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  object_id uuid NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  upload_id uuid NOT NULL UNIQUE REFERENCES upload (upload_id),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, object_id, version)
);

-- Bytes taken by person, case and authority; kind 1, 2, 3.
CREATE TABLE upload_usage (
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
  subject bytea NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (kind, subject)
);`;

const policies = `
GRANT SELECT, INSERT, UPDATE, DELETE ON upload TO rogatory_app;
GRANT SELECT, INSERT ON document_version TO rogatory_app;
GRANT SELECT, INSERT, UPDATE ON upload_usage TO rogatory_app;

ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY upload_see ON upload FOR SELECT TO rogatory_app USING (
  device_id = public.principal_device()::uuid
  OR person_id = public.principal_person()::uuid
  OR (is_bound AND compartment_id IN (SELECT public.member_compartments()))
  OR public.principal_job() LIKE 'document-%'
);
CREATE POLICY upload_add ON upload FOR INSERT TO rogatory_app WITH CHECK (
  device_id = public.principal_device()::uuid AND compartment_id IN (SELECT public.member_compartments())
);
CREATE POLICY upload_change ON upload FOR UPDATE TO rogatory_app USING (person_id = public.principal_person()::uuid);
CREATE POLICY upload_remove ON upload FOR DELETE TO rogatory_app USING (
  NOT is_bound AND (person_id = public.principal_person()::uuid OR public.principal_job() = 'document-cleanup')
);

ALTER TABLE document_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY document_version_see ON document_version FOR SELECT TO rogatory_app
  USING (compartment_id IN (SELECT public.member_compartments()));
CREATE POLICY document_version_add ON document_version FOR INSERT TO rogatory_app
  WITH CHECK (compartment_id IN (SELECT public.member_compartments()));`;

/** Uploads, the versions they became, and the room they take. */
export class DocumentTables1795392000500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, policies]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('documents are never removed by a migration');
  }
}

/** A version is a u32 on the wire, which an integer of the database is too short for. */
export class WideDocumentVersions1795478400510 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE document_version ALTER COLUMN version TYPE bigint');
  }

  async down(): Promise<void> {
    throw new Error('documents are never removed by a migration');
  }
}

/** In the order in which they run; after those of the cases feature. */
export const documentMigrations = [DocumentTables1795392000500, WideDocumentVersions1795478400510] as const;
