import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The table of the kill test. */
export class CreateAcknowledged1763856000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE acknowledged (number bigint PRIMARY KEY, filler bytea NOT NULL)');
    await runner.query('GRANT SELECT, INSERT ON acknowledged TO rogatory_app');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE acknowledged');
  }
}
