import type { MigrationInterface, QueryRunner } from 'typeorm';

// A function in SQL is parsed and planned anew by each statement that asks it, which took longer than the statement itself;
// one in PL/pgSQL keeps its plan with the connection. What they answer is as before.
// They read with the rights of the owner, so whoever asks must not decide what a name in them means: each one says its schema,
// which costs nothing, where a search path of their own would be set and put back by every call.
const questions = `
CREATE OR REPLACE FUNCTION member_compartments() RETURNS SETOF pg_catalog.bytea LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN QUERY SELECT m.compartment_id FROM public.member m
    WHERE m.device_id OPERATOR(pg_catalog.=) public.principal_device()::pg_catalog.uuid;
END $$;
CREATE OR REPLACE FUNCTION is_member(compartment pg_catalog.bytea, device pg_catalog.uuid) RETURNS pg_catalog.bool
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.member m
    WHERE m.compartment_id OPERATOR(pg_catalog.=) compartment AND m.device_id OPERATOR(pg_catalog.=) device);
END $$;`;

const own = '(compartment_id IN (SELECT public.member_compartments()))';
const jobs = "(public.principal_job() LIKE 'case-%')";

// What is named first is asked first, and the rest only where it says no: a job is no member, and need not be looked for.
const policies = `
ALTER POLICY compartment_see ON compartment USING (${jobs} OR ${own});
ALTER POLICY compartment_move ON compartment USING (${jobs} OR ${own});
ALTER POLICY member_see ON member USING (${jobs} OR ${own});
ALTER POLICY content_entry_see ON content_entry USING (${jobs} OR ${own});
ALTER POLICY complaint_see ON complaint USING (${jobs} OR ${own});`;

/** The same second wall, asked in the order and the form that cost least (ADR 0023). */
export class CheapPolicies1795996800300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [questions, policies]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('case files are never removed by a migration');
  }
}
