import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records that have no index yet may go into the log that follows an abandoned one; numbered ones stay where they are. */
export class AbandonedLogs1795910400200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('GRANT UPDATE (shard) ON audit_event TO rogatory_sequencer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('REVOKE UPDATE (shard) ON audit_event FROM rogatory_sequencer');
  }
}
