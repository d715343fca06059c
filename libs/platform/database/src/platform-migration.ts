import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Roles without DDL, and the functions by which row-level policies read the transaction's principal. A policy that
 * compares with an absent value compares with NULL and admits nothing.
 */
export class CreatePlatform1763856000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const role of ['rogatory_app', 'rogatory_sequencer']) {
      // Roles belong to the whole server, so another database may have made them, at this very moment even.
      await runner.query(`
        DO $do$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
            BEGIN CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
          END IF;
          IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
             AND NOT pg_has_role(current_user, '${role}', 'MEMBER') THEN
            EXECUTE format('GRANT ${role} TO %I', current_user);
          END IF;
        END $do$`);
    }
    await runner.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    await runner.query(`GRANT USAGE ON SCHEMA public TO rogatory_app, rogatory_sequencer`);
    for (const [index, name] of ['kind', 'device', 'person', 'post', 'authority', 'job'].entries()) {
      await runner.query(`
        CREATE FUNCTION principal_${name}() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
          RETURN nullif(split_part(current_setting('rogatory.principal', true), '|', ${index + 1}), '')`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['kind', 'device', 'person', 'post', 'authority', 'job']) {
      await runner.query(`DROP FUNCTION principal_${name}()`);
    }
  }
}

/** Comes before the migrations of every feature. */
export const platformMigrations = [CreatePlatform1763856000000] as const;
