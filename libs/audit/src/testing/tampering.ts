import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from '@rogatory/platform-database';
import { auditMigrations } from '../storage/audit-migrations.js';

/** A domain table as features have them, and a door for the test's administrator that no server has. */
export class TestingTables1795392009000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE testing_deed (id int PRIMARY KEY, audit_id uuid NOT NULL REFERENCES audit_event (id));
      GRANT SELECT, INSERT ON testing_deed TO rogatory_app;
      CREATE TABLE testing_entry (place bigint PRIMARY KEY, bytes bytea NOT NULL);
      GRANT SELECT, INSERT ON testing_entry TO rogatory_app;
      GRANT SELECT ON testing_entry TO rogatory_sequencer;
      CREATE FUNCTION testing_administrate(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN EXECUTE statement; END $$;`);
  }

  async down(): Promise<void> {}
}

export const testingMigrations = [...auditMigrations, TestingTables1795392009000];

/** Tables whose triggers stop the owner as well. */
const guarded = ['audit_event', 'audit_opening'];

/** Edits rows as the database's administrator can, walking around rights and triggers. */
export async function tamper(database: Database, statement: string): Promise<void> {
  const guard = (verb: string) => guarded.map((table) => `ALTER TABLE ${table} ${verb} TRIGGER USER`);
  await database.writeUnaudited(
    { kind: 'job', job: 'testing' },
    async (writer) => {
      for (const step of [...guard('DISABLE'), statement, ...guard('ENABLE')]) {
        await writer.execute('SELECT testing_administrate($1)', [step]);
      }
    },
    { reason: 'testing/fixture' },
  );
}
