import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE TABLE audit_finding (
  id uuid PRIMARY KEY,
  shard text NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL,
  authorities uuid[] NOT NULL,
  first_index bigint NOT NULL CHECK (first_index >= 0),
  record_count bigint NOT NULL CHECK (record_count >= 1),
  until_ms bigint NOT NULL,
  -- Each computation from the first record on is a pass; what only an earlier one found is told apart.
  pass integer NOT NULL CHECK (pass >= 1),
  records uuid[] NOT NULL,
  -- Sealed under the key of the month of until_ms; null once an opening that it rests on was erased.
  body bytea,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX audit_finding_place ON audit_finding (shard, first_index DESC, id DESC);
CREATE INDEX audit_finding_records ON audit_finding USING gin (records);

-- How far a log was computed, and what the rules remember of it, sealed under the key of a month.
CREATE TABLE audit_finding_state (
  shard text PRIMARY KEY,
  next_index bigint NOT NULL CHECK (next_index >= 0),
  pass integer NOT NULL CHECK (pass >= 1),
  basis text NOT NULL,
  month text NOT NULL,
  memory bytea NOT NULL
);

CREATE TABLE audit_finding_verdict (
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  finding_id uuid NOT NULL REFERENCES audit_finding (id),
  is_dismissed boolean NOT NULL,
  record_count bigint NOT NULL CHECK (record_count >= 1),
  t bigint NOT NULL,
  audit_id uuid NOT NULL UNIQUE REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX audit_finding_verdict_newest ON audit_finding_verdict (finding_id, place DESC);`;

const rights = `
GRANT SELECT, INSERT, UPDATE ON audit_finding TO rogatory_app;
GRANT SELECT, INSERT, UPDATE ON audit_finding_state TO rogatory_app;
GRANT SELECT, INSERT ON audit_finding_verdict TO rogatory_app;
ALTER TABLE audit_finding ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_finding_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_finding_verdict ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_finding_jobs ON audit_finding TO rogatory_app
  USING (principal_job() LIKE 'audit-%') WITH CHECK (principal_job() LIKE 'audit-%');
CREATE POLICY audit_finding_state_jobs ON audit_finding_state TO rogatory_app
  USING (principal_job() LIKE 'audit-%') WITH CHECK (principal_job() LIKE 'audit-%');
CREATE POLICY audit_finding_verdict_jobs ON audit_finding_verdict TO rogatory_app
  USING (principal_job() LIKE 'audit-%') WITH CHECK (principal_job() LIKE 'audit-%');`;

// What is erased or restricted is no more told by findings, whoever ordered it: the rules begin anew over what is left.
const erasure = `
CREATE FUNCTION audit_finding_forget(event uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.audit_finding SET body = NULL WHERE records @> ARRAY[event] AND body IS NOT NULL;
  DELETE FROM public.audit_finding_state s USING public.audit_event e WHERE e.id = event AND s.shard = e.shard;
END $$;
CREATE FUNCTION audit_finding_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM public.audit_finding_forget(OLD.event_id);
  RETURN NULL;
END $$;
CREATE FUNCTION audit_finding_restricted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM public.audit_finding_forget(NEW.event_id);
  RETURN NULL;
END $$;
CREATE FUNCTION audit_finding_month_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM public.audit_finding_state;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_finding_opening AFTER UPDATE ON audit_opening FOR EACH ROW
  WHEN ((OLD.who IS NOT NULL AND NEW.who IS NULL) OR (OLD.what IS NOT NULL AND NEW.what IS NULL)
    OR (OLD.why IS NOT NULL AND NEW.why IS NULL) OR (OLD.act IS NOT NULL AND NEW.act IS NULL))
  EXECUTE FUNCTION audit_finding_erased();
CREATE TRIGGER audit_finding_opening_gone AFTER DELETE ON audit_opening
  FOR EACH ROW EXECUTE FUNCTION audit_finding_erased();
CREATE TRIGGER audit_finding_restriction AFTER INSERT ON audit_restriction
  FOR EACH ROW EXECUTE FUNCTION audit_finding_restricted();
CREATE TRIGGER audit_finding_month AFTER DELETE OR UPDATE ON audit_month_key
  FOR EACH STATEMENT EXECUTE FUNCTION audit_finding_month_gone();
REVOKE ALL ON FUNCTION audit_finding_forget(uuid), audit_finding_erased(), audit_finding_restricted(),
  audit_finding_month_gone() FROM PUBLIC;`;

/** Findings that the server proposes, how far it computed them, and what auditors said of them. */
export class FindingTables1795910400700 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, rights, erasure]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('verdicts of auditors are never removed');
  }
}
