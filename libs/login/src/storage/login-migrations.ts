import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE TABLE login_session (
  id uuid PRIMARY KEY,
  device uuid NOT NULL,
  created_at bigint NOT NULL,
  ends_at bigint NOT NULL CHECK (ends_at > created_at),
  ended_at bigint,
  end_reason text,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX login_session_open ON login_session (device, created_at) WHERE ended_at IS NULL;
CREATE INDEX login_session_over ON login_session (ends_at);
CREATE TABLE login_refresh (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  session uuid NOT NULL REFERENCES login_session (id) ON DELETE CASCADE,
  issued_at bigint NOT NULL,
  used_at bigint
);
CREATE INDEX login_refresh_session ON login_refresh (session);
CREATE TABLE login_used_challenge (
  challenge bytea PRIMARY KEY CHECK (octet_length(challenge) = 32),
  expires_at bigint NOT NULL
);
CREATE INDEX login_used_challenge_over ON login_used_challenge (expires_at);`;

// A device sees and ends its own sessions; tokens and challenges are the login's own work.
const rights = `
GRANT SELECT, INSERT, UPDATE, DELETE ON login_session, login_refresh, login_used_challenge TO rogatory_app;
ALTER TABLE login_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_refresh ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_used_challenge ENABLE ROW LEVEL SECURITY;
CREATE POLICY login_session_work ON login_session TO rogatory_app USING (principal_job() = 'login');
CREATE POLICY login_session_read_own ON login_session FOR SELECT TO rogatory_app
  USING (device = principal_device()::uuid);
CREATE POLICY login_session_end_own ON login_session FOR UPDATE TO rogatory_app
  USING (device = principal_device()::uuid) WITH CHECK (ended_at IS NOT NULL);
CREATE POLICY login_refresh_work ON login_refresh TO rogatory_app USING (principal_job() = 'login');
CREATE POLICY login_used_challenge_work ON login_used_challenge TO rogatory_app USING (principal_job() = 'login');`;

const guards = `
CREATE FUNCTION login_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what is over stays over' USING ERRCODE = 'RG003', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER login_session_fixed BEFORE UPDATE ON login_session FOR EACH ROW
  WHEN (OLD.ended_at IS NOT NULL OR (NEW.id, NEW.device, NEW.created_at, NEW.ends_at, NEW.audit_id)
    IS DISTINCT FROM (OLD.id, OLD.device, OLD.created_at, OLD.ends_at, OLD.audit_id))
  EXECUTE FUNCTION login_refuse();
CREATE TRIGGER login_refresh_used_once BEFORE UPDATE ON login_refresh FOR EACH ROW
  WHEN (OLD.used_at IS NOT NULL OR (NEW.token_hash, NEW.session) IS DISTINCT FROM (OLD.token_hash, OLD.session))
  EXECUTE FUNCTION login_refuse();`;

/** Sessions, the hashes of refresh tokens, and challenges that were used. */
export class LoginTables1795392000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights, guards]) await runner.query(statements);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE login_refresh, login_session, login_used_challenge');
    await runner.query('DROP FUNCTION login_refuse()');
  }
}

/** In the order in which they run; the audit tables come before. */
export const loginMigrations = [LoginTables1795392000300] as const;
