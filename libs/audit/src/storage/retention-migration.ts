import type { MigrationInterface, QueryRunner } from 'typeorm';

// Roles belong to the whole server, so another database may have made them, at this very moment even.
const role = `
DO $do$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rogatory_eraser') THEN
    BEGIN CREATE ROLE rogatory_eraser NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
  END IF;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
     AND NOT pg_has_role(current_user, 'rogatory_eraser', 'MEMBER') THEN
    EXECUTE format('GRANT rogatory_eraser TO %I', current_user);
  END IF;
END $do$;
GRANT USAGE ON SCHEMA public TO rogatory_eraser;`;

// The records of proposal and approval are written after what they are about, in the same transaction.
const tables = `
CREATE TABLE audit_order (
  id uuid PRIMARY KEY,
  body uuid NOT NULL,
  statement text NOT NULL CHECK (octet_length(statement) <= 1800),
  proposal uuid NOT NULL UNIQUE REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  person uuid NOT NULL,
  device uuid NOT NULL,
  t bigint NOT NULL,
  expires bigint NOT NULL CHECK (expires > t)
);
CREATE INDEX audit_order_body ON audit_order (body, t);

CREATE TABLE audit_order_execution (
  order_id uuid PRIMARY KEY REFERENCES audit_order (id),
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  approval uuid NOT NULL UNIQUE REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  person uuid NOT NULL,
  device uuid NOT NULL,
  t bigint NOT NULL
);

CREATE TABLE audit_hold (
  id uuid PRIMARY KEY REFERENCES audit_order_execution (order_id),
  body uuid NOT NULL,
  case_id bytea CHECK (octet_length(case_id) = 32),
  person uuid,
  until bigint NOT NULL
);
CREATE TABLE audit_hold_range (
  hold uuid NOT NULL REFERENCES audit_hold (id),
  shard text NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= first),
  PRIMARY KEY (hold, first)
);
CREATE TABLE audit_hold_end (
  hold uuid PRIMARY KEY REFERENCES audit_hold (id),
  order_id uuid NOT NULL UNIQUE REFERENCES audit_order_execution (order_id)
);

CREATE TABLE audit_restriction (
  event_id uuid NOT NULL REFERENCES audit_event (id),
  order_id uuid NOT NULL REFERENCES audit_order_execution (order_id),
  purpose smallint,
  PRIMARY KEY (event_id, order_id)
);

CREATE TABLE audit_erasure (
  record uuid PRIMARY KEY REFERENCES audit_event (id),
  order_id uuid UNIQUE REFERENCES audit_order_execution (order_id),
  xact xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE audit_erased (
  event_id uuid NOT NULL REFERENCES audit_event (id),
  erasure uuid NOT NULL REFERENCES audit_erasure (record),
  groups smallint NOT NULL CHECK (groups BETWEEN 1 AND 31),
  PRIMARY KEY (event_id, erasure)
);
CREATE INDEX audit_erased_by ON audit_erased (erasure);`;

// What only two persons may do, the database refuses by itself when one does it.
const persons = `
CREATE FUNCTION audit_order_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_order o WHERE o.id = NEW.order_id
      AND o.person <> NEW.person AND o.device <> NEW.device AND NEW.t BETWEEN o.t AND o.expires) THEN
    RAISE EXCEPTION 'an order is approved by a second person in time' USING ERRCODE = 'RG001', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_order_by_two BEFORE INSERT ON audit_order_execution
  FOR EACH ROW EXECUTE FUNCTION audit_order_checked();`;

// Groups as bits: who 1, what 2, why 4, src 8, act 16. Counted are those that this very transaction erases.
const clearing = `
CREATE FUNCTION audit_erasing(event uuid) RETURNS int LANGUAGE sql STABLE
  RETURN (SELECT coalesce(bit_or(e.groups), 0) FROM audit_erased e JOIN audit_erasure x ON x.record = e.erasure
    WHERE e.event_id = event AND x.xact = pg_current_xact_id());

CREATE FUNCTION audit_opening_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named int := audit_erasing(OLD.event_id);
BEGIN
  IF named <> 0 AND NEW.event_id = OLD.event_id
    AND (NEW.who IS NOT DISTINCT FROM OLD.who OR (NEW.who IS NULL AND named & 1 <> 0))
    AND (NEW.what IS NOT DISTINCT FROM OLD.what OR (NEW.what IS NULL AND named & 2 <> 0))
    AND (NEW.why IS NOT DISTINCT FROM OLD.why OR (NEW.why IS NULL AND named & 4 <> 0))
    AND (NEW.src IS NOT DISTINCT FROM OLD.src OR (NEW.src IS NULL AND named & 8 <> 0))
    AND (NEW.act IS NOT DISTINCT FROM OLD.act OR (NEW.act IS NULL AND named & 16 <> 0))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'an opening goes by an erasure alone' USING ERRCODE = 'RG001', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER audit_opening_kept BEFORE UPDATE ON audit_opening FOR EACH ROW
  WHEN (current_user <> 'rogatory_eraser') EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_opening_erased BEFORE UPDATE ON audit_opening FOR EACH ROW
  WHEN (current_user = 'rogatory_eraser') EXECUTE FUNCTION audit_opening_change();
CREATE TRIGGER audit_opening_stays BEFORE DELETE OR TRUNCATE ON audit_opening
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named int := audit_erasing(OLD.id);
BEGIN
  IF named <> 0 AND (NEW.id, NEW.shard, NEW.leaf, NEW.seq, NEW.t, NEW.ev, NEW.cls, NEW.out, NEW.ms)
      IS NOT DISTINCT FROM (OLD.id, OLD.shard, OLD.leaf, OLD.seq, OLD.t, OLD.ev, OLD.cls, OLD.out, OLD.ms)
    AND (NEW.actor_person IS NOT DISTINCT FROM OLD.actor_person OR (NEW.actor_person IS NULL AND named & 1 <> 0))
    AND (NEW.actor_device IS NOT DISTINCT FROM OLD.actor_device OR (NEW.actor_device IS NULL AND named & 1 <> 0))
    AND (NEW.actor_authority IS NOT DISTINCT FROM OLD.actor_authority
      OR (NEW.actor_authority IS NULL AND named & 1 <> 0))
    AND (NEW.owner_authority IS NOT DISTINCT FROM OLD.owner_authority
      OR (NEW.owner_authority IS NULL AND named & 2 <> 0))
    AND (NEW.case_id IS NOT DISTINCT FROM OLD.case_id OR (NEW.case_id IS NULL AND named & 2 <> 0))
    AND (NEW.compartment_id IS NOT DISTINCT FROM OLD.compartment_id OR (NEW.compartment_id IS NULL AND named & 2 <> 0))
    AND (NEW.object_id IS NOT DISTINCT FROM OLD.object_id OR (NEW.object_id IS NULL AND named & 2 <> 0))
    AND (NEW.legal_basis IS NOT DISTINCT FROM OLD.legal_basis OR (NEW.legal_basis IS NULL AND named & 4 <> 0))
    AND (NEW.act_counter IS NOT DISTINCT FROM OLD.act_counter OR (NEW.act_counter IS NULL AND named & 17 <> 0))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'audit records are never changed' USING ERRCODE = 'RG001', CONSTRAINT = TG_NAME;
END $$;
DROP TRIGGER audit_event_numbered_once ON audit_event;
CREATE TRIGGER audit_event_numbered_once BEFORE UPDATE ON audit_event FOR EACH ROW
  WHEN (OLD.seq IS NOT NULL AND current_user <> 'rogatory_eraser') EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_erased BEFORE UPDATE ON audit_event FOR EACH ROW
  WHEN (current_user = 'rogatory_eraser') EXECUTE FUNCTION audit_event_change();`;

const kept = [
  ...['audit_order', 'audit_order_execution', 'audit_hold', 'audit_hold_range', 'audit_hold_end'],
  ...['audit_restriction', 'audit_erasure', 'audit_erased'],
];
const keeping = kept
  .map(
    (table) => `CREATE TRIGGER ${table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();`,
  )
  .join('\n');

const rights = `
GRANT SELECT ON ${kept.join(', ')} TO rogatory_app;
GRANT SELECT, INSERT ON ${kept.join(', ')}, audit_event, audit_opening TO rogatory_eraser;
GRANT UPDATE (who, what, why, src, act) ON audit_opening TO rogatory_eraser;
GRANT UPDATE (actor_person, actor_device, actor_authority, owner_authority, case_id, compartment_id, object_id,
  legal_basis, act_counter) ON audit_event TO rogatory_eraser;
CREATE POLICY audit_event_eraser_add ON audit_event FOR INSERT TO rogatory_eraser WITH CHECK (seq IS NULL);
CREATE POLICY audit_opening_eraser_add ON audit_opening FOR INSERT TO rogatory_eraser WITH CHECK (true);
CREATE POLICY audit_event_eraser_read ON audit_event FOR SELECT TO rogatory_eraser USING (principal_job() LIKE 'audit-%');
CREATE POLICY audit_opening_eraser_read ON audit_opening FOR SELECT TO rogatory_eraser
  USING (principal_job() LIKE 'audit-%');
CREATE POLICY audit_event_erase ON audit_event FOR UPDATE TO rogatory_eraser
  USING (seq IS NOT NULL AND audit_erasing(id) <> 0) WITH CHECK (true);
CREATE POLICY audit_opening_erase ON audit_opening FOR UPDATE TO rogatory_eraser
  USING (audit_erasing(event_id) <> 0) WITH CHECK (true);
${kept
  .map(
    (table) => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY ${table}_job ON ${table} TO rogatory_app, rogatory_eraser
  USING (principal_job() LIKE 'audit-%') WITH CHECK (principal_job() IN ('audit-orders', 'audit-retention'));`,
  )
  .join('\n')}`;

/** Orders of two auditors, and the one way by which an opening goes. SPEC: retention 2, 3 */
export class AuditOrders1795910400600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [role, tables, persons, clearing, keeping, rights]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('what was ordered of the audit log is never forgotten');
  }
}
