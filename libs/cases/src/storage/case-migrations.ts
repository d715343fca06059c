import type { MigrationInterface, QueryRunner } from 'typeorm';
import { caseRoles, itemClasses } from '@rogatory/protocol';
import { AnchoredHeads1796083200110 } from './anchor-migration.js';
import { CheapPolicies1795996800300 } from './case-policy-migration.js';

const tables = `
CREATE TABLE compartment (
  compartment_id bytea PRIMARY KEY CHECK (octet_length(compartment_id) = 32),
  case_id bytea NOT NULL CHECK (octet_length(case_id) = 32),
  chain_seq bigint NOT NULL CHECK (chain_seq >= 0),
  link_hash bytea NOT NULL CHECK (octet_length(link_hash) = 32),
  epoch integer NOT NULL CHECK (epoch >= 1),
  is_closed boolean NOT NULL,
  content_size bigint NOT NULL CHECK (content_size >= 1),
  content_root bytea NOT NULL CHECK (octet_length(content_root) = 32),
  content_frontier bytea NOT NULL,
  creator_device uuid NOT NULL,
  owner_authority uuid NOT NULL,
  created_at bigint NOT NULL,
  frozen_until bigint NOT NULL DEFAULT 0,
  frozen_for uuid,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX compartment_case ON compartment (case_id);

-- Who may reach a compartment now: its members without those who left or were removed from the case.
CREATE TABLE member (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  device_id uuid NOT NULL,
  case_id bytea NOT NULL,
  person_id uuid NOT NULL,
  authority_id uuid NOT NULL,
  role smallint NOT NULL,
  not_after bigint NOT NULL,
  PRIMARY KEY (compartment_id, device_id)
);
CREATE INDEX member_device ON member (device_id, case_id);
CREATE INDEX member_person ON member (case_id, person_id);

-- The content log: accepted links and items in server order. class 0 is a link, else the class of the item.
CREATE TABLE content_entry (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  position bigint NOT NULL CHECK (position >= 0),
  class smallint NOT NULL CHECK (class >= 0),
  bytes bytea NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  received_at bigint NOT NULL,
  author_device uuid NOT NULL,
  seq bigint CHECK ((seq IS NOT NULL) = (class = 0)),
  sender_seq bigint CHECK ((sender_seq IS NOT NULL) = (class > 0)),
  object_id uuid CHECK ((object_id IS NOT NULL) = (class > 0)),
  version integer CHECK ((version IS NOT NULL) = (class > 0)),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, position)
);
CREATE UNIQUE INDEX content_entry_link ON content_entry (compartment_id, seq) WHERE class = 0;
CREATE UNIQUE INDEX content_entry_sender ON content_entry (compartment_id, author_device, sender_seq) WHERE class > 0;
CREATE INDEX content_entry_object ON content_entry (compartment_id, object_id, version) WHERE class > 0;
CREATE INDEX content_entry_audit ON content_entry (audit_id);

CREATE TABLE box (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  seq bigint NOT NULL,
  device_id uuid NOT NULL,
  bytes bytea NOT NULL,
  proof bytea NOT NULL CHECK (octet_length(proof) % 32 = 0),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, device_id, seq)
);

CREATE TABLE heartbeat (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  device_id uuid NOT NULL,
  bytes bytea NOT NULL,
  made_at bigint NOT NULL,
  received_at bigint NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, device_id)
);

-- Answered ones stay: links that cite them are verified with them.
CREATE TABLE complaint (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  complaint_hash bytea NOT NULL CHECK (octet_length(complaint_hash) = 32),
  device_id uuid NOT NULL,
  bytes bytea NOT NULL,
  received_at bigint NOT NULL,
  is_open boolean NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, complaint_hash)
);
CREATE INDEX complaint_open ON complaint (compartment_id, device_id) WHERE is_open;

CREATE TABLE invitation (
  invitation_id uuid PRIMARY KEY,
  case_id bytea NOT NULL REFERENCES compartment (compartment_id),
  sponsor_person uuid NOT NULL,
  target smallint NOT NULL,
  target_id uuid NOT NULL,
  uses_left integer NOT NULL CHECK (uses_left >= 0),
  is_revoked boolean NOT NULL,
  not_after bigint NOT NULL,
  bytes bytea NOT NULL,
  received_at bigint NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX invitation_case ON invitation (case_id, received_at);
CREATE INDEX invitation_target ON invitation (target_id, received_at);

CREATE TABLE acceptance (
  invitation_id uuid NOT NULL REFERENCES invitation (invitation_id),
  person_id uuid NOT NULL,
  device_id uuid NOT NULL,
  bytes bytea NOT NULL,
  received_at bigint NOT NULL,
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (invitation_id, person_id)
);`;

// Policies ask these; they read with the owner's eyes, or a policy of "member" would ask itself.
const questions = `
CREATE FUNCTION member_compartments() RETURNS SETOF bytea LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT m.compartment_id FROM public.member m WHERE m.device_id = public.principal_device()::uuid
$$;
CREATE FUNCTION is_member(compartment bytea, device uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM public.member m WHERE m.compartment_id = compartment AND m.device_id = device)
$$;
CREATE FUNCTION may_begin(compartment bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM public.compartment c
      WHERE c.compartment_id = compartment AND c.creator_device = public.principal_device()::uuid)
    AND NOT EXISTS (SELECT FROM public.member m WHERE m.compartment_id = compartment)
$$;
CREATE FUNCTION is_addressee(kind smallint, target uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT target = (CASE kind WHEN 1 THEN public.principal_person() WHEN 2 THEN public.principal_post()
    WHEN 3 THEN public.principal_authority() END)::uuid
$$;
-- Whoever is no member of the case any more is a member of none of its compartments.
CREATE FUNCTION forget_case_members(of_case bytea) RETURNS TABLE (compartment_id bytea, device_id uuid, person_id uuid)
LANGUAGE sql SECURITY DEFINER AS $$
  DELETE FROM public.member m WHERE m.case_id = of_case AND m.compartment_id <> of_case
    AND NOT EXISTS (SELECT FROM public.member r
      WHERE r.compartment_id = of_case AND r.person_id = m.person_id)
  RETURNING m.compartment_id, m.device_id, m.person_id
$$;
REVOKE ALL ON FUNCTION member_compartments(), is_member(bytea, uuid), may_begin(bytea), is_addressee(smallint, uuid),
  forget_case_members(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_compartments(), is_member(bytea, uuid), may_begin(bytea), is_addressee(smallint, uuid),
  forget_case_members(bytea) TO rogatory_app;`;

const own = '(compartment_id IN (SELECT public.member_compartments()))';
const jobs = "(public.principal_job() LIKE 'case-%')";
const self = '(device_id = public.principal_device()::uuid)';

// The second wall: below the use cases, rows of a compartment exist for its members only.
const policies = `
GRANT SELECT, INSERT, UPDATE ON compartment, heartbeat, complaint, invitation TO rogatory_app;
GRANT SELECT, INSERT ON content_entry, box, acceptance TO rogatory_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON member TO rogatory_app;

ALTER TABLE compartment ENABLE ROW LEVEL SECURITY;
CREATE POLICY compartment_see ON compartment FOR SELECT TO rogatory_app
  USING (${own} OR ${jobs});
CREATE POLICY compartment_begin ON compartment FOR INSERT TO rogatory_app
  WITH CHECK (creator_device = public.principal_device()::uuid);
CREATE POLICY compartment_move ON compartment FOR UPDATE TO rogatory_app USING (${own} OR ${jobs});

ALTER TABLE member ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_see ON member FOR SELECT TO rogatory_app USING (${own} OR ${jobs});
CREATE POLICY member_admit ON member FOR INSERT TO rogatory_app WITH CHECK (${own} OR may_begin(compartment_id));
CREATE POLICY member_change ON member FOR UPDATE TO rogatory_app USING (${own});
CREATE POLICY member_remove ON member FOR DELETE TO rogatory_app USING (${own});

ALTER TABLE content_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY content_entry_see ON content_entry FOR SELECT TO rogatory_app USING (${own} OR ${jobs});
CREATE POLICY content_entry_add ON content_entry FOR INSERT TO rogatory_app WITH CHECK (
  is_member(compartment_id, author_device)
  AND (author_device = public.principal_device()::uuid OR (class > 0 AND ${jobs}))
);

ALTER TABLE box ENABLE ROW LEVEL SECURITY;
CREATE POLICY box_see ON box FOR SELECT TO rogatory_app USING (${self} AND ${own});
CREATE POLICY box_add ON box FOR INSERT TO rogatory_app WITH CHECK (${own});

ALTER TABLE heartbeat ENABLE ROW LEVEL SECURITY;
CREATE POLICY heartbeat_see ON heartbeat FOR SELECT TO rogatory_app USING (${own});
CREATE POLICY heartbeat_add ON heartbeat FOR INSERT TO rogatory_app WITH CHECK (${self} AND ${own});
CREATE POLICY heartbeat_renew ON heartbeat FOR UPDATE TO rogatory_app USING (${self} AND ${own});

ALTER TABLE complaint ENABLE ROW LEVEL SECURITY;
CREATE POLICY complaint_see ON complaint FOR SELECT TO rogatory_app USING (${own} OR ${jobs});
CREATE POLICY complaint_add ON complaint FOR INSERT TO rogatory_app WITH CHECK (${self} AND ${own});
CREATE POLICY complaint_answer ON complaint FOR UPDATE TO rogatory_app USING (${own});

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitation_see ON invitation FOR SELECT TO rogatory_app
  USING (is_addressee(target, target_id) OR case_id IN (SELECT public.member_compartments()));
CREATE POLICY invitation_add ON invitation FOR INSERT TO rogatory_app
  WITH CHECK (case_id IN (SELECT public.member_compartments()));
CREATE POLICY invitation_use ON invitation FOR UPDATE TO rogatory_app
  USING (is_addressee(target, target_id) OR case_id IN (SELECT public.member_compartments()));

ALTER TABLE acceptance ENABLE ROW LEVEL SECURITY;
CREATE POLICY acceptance_see ON acceptance FOR SELECT TO rogatory_app
  USING (invitation_id IN (SELECT i.invitation_id FROM invitation i));
CREATE POLICY acceptance_add ON acceptance FOR INSERT TO rogatory_app
  WITH CHECK (person_id = public.principal_person()::uuid AND ${self});`;

/** Compartments, their logs, members, boxes, statements and invitations. */
export class CaseTables1795392000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, questions, policies]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('case files are never removed by a migration');
  }
}

// Who had left before this column was there withdraws nothing: what he was can no longer be told.
const limitedWithdrawals = `
ALTER TABLE content_entry ADD COLUMN limited_to uuid CHECK (limited_to IS NULL OR class = ${itemClasses.withdrawal});
UPDATE content_entry e SET limited_to = coalesce(
    (SELECT m.person_id FROM member m WHERE m.compartment_id = e.compartment_id AND m.device_id = e.author_device),
    '00000000-0000-0000-0000-000000000000')
  WHERE e.class = ${itemClasses.withdrawal} AND NOT EXISTS (SELECT FROM member m
    WHERE m.compartment_id = e.compartment_id AND m.device_id = e.author_device AND m.role = ${caseRoles.lead});`;

/** Whose versions a withdrawal takes back, as it was when the withdrawal was accepted. */
export class LimitedWithdrawals1795478400300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(limitedWithdrawals);
  }

  async down(): Promise<void> {
    throw new Error('case files are never removed by a migration');
  }
}

/** A version is a u32 on the wire, which an integer of the database is too short for. */
export class WideVersions1795478400310 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE content_entry ALTER COLUMN version TYPE bigint');
  }

  async down(): Promise<void> {
    throw new Error('case files are never removed by a migration');
  }
}

const logMoved = `
CREATE FUNCTION log_moved() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a log is not where it was taken to be' USING ERRCODE = 'RG002', CONSTRAINT = 'cases_log_moved';
END $$;`;

/** Ends a transaction that was made for other heads, also when its commit is on the way already. */
export class LogMoved1795478400320 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(logMoved);
  }

  async down(): Promise<void> {
    throw new Error('case files are never removed by a migration');
  }
}

/** In the order in which they run; after those of the audit feature, whose records they refer to. */
export const caseMigrations = [
  CaseTables1795392000300,
  LimitedWithdrawals1795478400300,
  WideVersions1795478400310,
  LogMoved1795478400320,
  CheapPolicies1795996800300,
  AnchoredHeads1796083200110,
] as const;
