import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE TABLE directory_entry (
  idx bigint PRIMARY KEY CHECK (idx >= 0),
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 16384),
  leaf_hash bytea NOT NULL UNIQUE CHECK (octet_length(leaf_hash) = 32),
  received_at bigint NOT NULL,
  card_hash bytea CHECK (octet_length(card_hash) = 32),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE directory_card (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 16384)
);
CREATE TABLE directory_prekey (
  device uuid NOT NULL,
  prekey_id bigint NOT NULL,
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 2048),
  not_before bigint NOT NULL,
  not_after bigint NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (device, prekey_id)
);`;

// Entries are added by a device or at start, one after the other, and never changed; a card can be erased.
const rights = `
GRANT SELECT, INSERT ON directory_entry TO rogatory_app;
GRANT SELECT (idx, bytes) ON directory_entry TO rogatory_sequencer;
GRANT SELECT, INSERT, DELETE ON directory_card, directory_prekey TO rogatory_app;

ALTER TABLE directory_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE directory_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE directory_prekey ENABLE ROW LEVEL SECURITY;
CREATE POLICY directory_entry_read ON directory_entry FOR SELECT TO rogatory_app USING (true);
CREATE POLICY directory_entry_number ON directory_entry FOR SELECT TO rogatory_sequencer USING (true);
CREATE POLICY directory_entry_add ON directory_entry FOR INSERT TO rogatory_app
  WITH CHECK (principal_device() IS NOT NULL OR principal_job() = 'directory-import');
CREATE POLICY directory_card_read ON directory_card FOR SELECT TO rogatory_app
  USING (principal_device() IS NOT NULL OR principal_job() LIKE 'directory-%');
CREATE POLICY directory_card_add ON directory_card FOR INSERT TO rogatory_app
  WITH CHECK (principal_device() IS NOT NULL OR principal_job() = 'directory-import');
CREATE POLICY directory_card_erase ON directory_card FOR DELETE TO rogatory_app
  USING (principal_job() = 'directory-erasure');
CREATE POLICY directory_prekey_read ON directory_prekey FOR SELECT TO rogatory_app
  USING (principal_device() IS NOT NULL);
CREATE POLICY directory_prekey_add ON directory_prekey FOR INSERT TO rogatory_app
  WITH CHECK (device = principal_device()::uuid);
CREATE POLICY directory_prekey_remove ON directory_prekey FOR DELETE TO rogatory_app
  USING (device = principal_device()::uuid);`;

// Holds for every role, the owner included.
const guards = `
CREATE FUNCTION directory_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'directory entries are never changed' USING ERRCODE = 'RG002', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER directory_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON directory_entry
  FOR EACH STATEMENT EXECUTE FUNCTION directory_refuse();`;

/** The log of the directory, the cards beside it, and prekeys. */
export class DirectoryTables1795392000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights, guards]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('directory entries are never removed');
  }
}

const witnessNonces = `
CREATE TABLE directory_witness_nonce (
  witness_key bytea NOT NULL CHECK (octet_length(witness_key) = 32),
  nonce bytea NOT NULL CHECK (octet_length(nonce) = 16),
  void_ms bigint NOT NULL,
  PRIMARY KEY (witness_key, nonce)
);
CREATE INDEX directory_witness_nonce_void ON directory_witness_nonce (void_ms);
GRANT SELECT, INSERT, DELETE ON directory_witness_nonce TO rogatory_app;
ALTER TABLE directory_witness_nonce ENABLE ROW LEVEL SECURITY;
CREATE POLICY directory_witness_nonce_read ON directory_witness_nonce FOR SELECT TO rogatory_app
  USING (principal_job() = 'directory-witness');
CREATE POLICY directory_witness_nonce_use ON directory_witness_nonce FOR INSERT TO rogatory_app
  WITH CHECK (principal_job() = 'directory-witness');
CREATE POLICY directory_witness_nonce_forget ON directory_witness_nonce FOR DELETE TO rogatory_app
  USING (principal_job() = 'directory-witness');`;

/** What a witness asked for once is not given again, after a restart and by another server neither. */
export class DirectoryWitnessNonces1796083200400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(witnessNonces);
  }

  async down(): Promise<void> {
    throw new Error('what was asked for stays asked for');
  }
}

/** In the order in which they run; the audit tables come before. */
export const directoryMigrations = [DirectoryTables1795392000200, DirectoryWitnessNonces1796083200400] as const;
