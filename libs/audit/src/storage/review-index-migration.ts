import type { MigrationInterface, QueryRunner } from 'typeorm';

// Each holds numbered records alone: an act pays for none of them, the sequencer for all.
const indexes = `
CREATE INDEX audit_event_authority ON audit_event (actor_authority, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_owner ON audit_event (owner_authority, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_device ON audit_event (actor_device, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_object ON audit_event (object_id, seq) WHERE seq IS NOT NULL AND object_id IS NOT NULL;
CREATE INDEX audit_event_code ON audit_event (ev, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_class ON audit_event (cls, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_outcome ON audit_event (out, seq) WHERE seq IS NOT NULL AND out <> 'allowed';
CREATE INDEX audit_event_basis ON audit_event (legal_basis, seq) WHERE seq IS NOT NULL AND legal_basis IS NOT NULL;
CREATE INDEX audit_event_time ON audit_event (t, seq) WHERE seq IS NOT NULL;`;
const names = ['authority', 'owner', 'device', 'object', 'code', 'class', 'outcome', 'basis', 'time'];

/** Indexes for what auditors look for, so that a page of a long log comes at once. */
export class ReviewIndexes1795910400410 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(indexes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${names.map((name) => `audit_event_${name}`).join(', ')}`);
  }
}
