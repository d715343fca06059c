import type { MigrationInterface, QueryRunner } from 'typeorm';

const own = '(compartment_id IN (SELECT public.member_compartments()))';
const jobs = "(public.principal_job() LIKE 'case-%')";
// Still one call for whoever is no job (ADR 0023).
const jobsAndEpochs = "(public.principal_job() LIKE ANY (ARRAY['case-%', 'audit-epochs']))";

/** Whoever makes the epochs of the audit log sees where every compartment stands (ADR 0027), and nothing of what is in it. */
export class AnchoredHeads1796083200110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER POLICY compartment_see ON compartment USING (${jobsAndEpochs} OR ${own});`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER POLICY compartment_see ON compartment USING (${jobs} OR ${own});`);
  }
}
