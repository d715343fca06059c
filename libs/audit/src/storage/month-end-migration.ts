import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = `
CREATE TABLE audit_month_end (
  month text PRIMARY KEY,
  record uuid NOT NULL UNIQUE REFERENCES audit_event (id),
  xact xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TRIGGER audit_month_end_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_month_end
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_month_ending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM audit_month_end m WHERE m.month = OLD.month AND m.xact = pg_current_xact_id()) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the key of a month goes by its recorded end alone' USING ERRCODE = 'RG001', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER audit_month_key_ended BEFORE DELETE ON audit_month_key
  FOR EACH ROW EXECUTE FUNCTION audit_month_ending();
CREATE TRIGGER audit_month_key_stays BEFORE UPDATE OR TRUNCATE ON audit_month_key
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

GRANT SELECT, DELETE ON audit_month_key TO rogatory_eraser;
GRANT SELECT, INSERT ON audit_month_end TO rogatory_eraser;
GRANT SELECT ON audit_month_end TO rogatory_app;`;

/** The recorded end of a month: the one way by which its key goes. SPEC: retention 5 */
export class MonthEnds1795910400601 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('the key of a month that ended does not come back');
  }
}
